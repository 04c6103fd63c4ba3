// The Run page on a stage: a RunView with a scripted try-it core, shown with synthetic runs, without a core or a window.
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QTest>
#include <memory>

#include "synthetic_run.h"
#include "ui/run/run_view.h"
#include "ui/shell/theme.h"

namespace fedllm::test {

inline ui::TryItBox::Core fakeCore() {
  ui::TryItBox::Core core;
  core.cancel = [](quint64) {};
  core.ask = [](const wire::TryRequest& request, const ui::TryItBox::TakePart&, const ui::TryItBox::TakeReply& answer) {
    wire::TryReply reply;
    const bool good = request.round() > 1 && request.client() < 0;
    reply.set_answer(good ? request.expected() : "travel");
    reply.set_right(good);
    reply.set_adapter_sha256(request.round() < 0 ? "" : "3fa94c21b07d55aa");
    reply.set_seconds(0.04);
    for (auto [word, p] : {std::pair{"hardware", 0.81}, {"travel", 0.11}, {"billing", 0.04}, {"legal", 0.02}, {"desk", 0.01}}) {
      auto* choice = reply.add_first_choices();
      choice->set_text(word);
      choice->set_probability(p);
    }
    reply.set_tokens(3);
    reply.set_prompt_tokens(11);
    reply.set_tokens_per_s(112.4);
    answer(reply);
    return quint64{0};
  };
  core.items = [](const QString&, std::function<void(Result<wire::TryItemsReply>)> answer) {
    wire::TryItemsReply reply;
    const std::pair<const char*, const char*> items[] = {{"leak tap pipe", "plumbing"}, {"screen cable boot", "hardware"}, {"ticket train seat", "travel"}};
    for (auto [slot, expected] : items) {
      auto* item = reply.add_items();
      item->set_prompt(std::string("Which desk: ") + slot + "?");
      item->set_expected(expected);
      item->set_topic(expected);
    }
    for (const char* thing : {"ball", "lamp"}) {
      auto* item = reply.add_items();
      item->set_prompt(std::string("How big is the ") + thing + "?");
      item->set_expected("small");
      item->set_topic("size");
    }
    for (int r = 0; r <= 5; ++r) reply.add_rounds(r);
    reply.add_client_rounds(1);
    reply.add_client_rounds(5);
    reply.set_clients(4);
    answer(reply);
  };
  return core;
}

struct Stage {
  ui::Theme theme;
  std::unique_ptr<ui::RunRecord> record, before;
  std::unique_ptr<ui::RunView> view;

  explicit Stage(QSize size = {940, 620}, const QString& themeName = QStringLiteral("light")) {
    theme.apply(themeName);
    view = std::make_unique<ui::RunView>(&theme, fakeCore());
    view->resize(size);
    view->show();
  }
  void show(SyntheticRun& run, SyntheticRun* earlier = nullptr) {
    record = std::make_unique<ui::RunRecord>(QStringLiteral("20261122-a1"));
    run.applyTo(*record);
    if (earlier) {
      before = std::make_unique<ui::RunRecord>(QStringLiteral("20261122-a0"));
      earlier->applyTo(*before);
    }
    view->setRecords(record.get(), before.get(), earlier ? QStringLiteral("partition.alpha 0.5 -> 0.1") : QString());
    settle();
  }
  void settle() const {
    QTest::qWait(30);
    QTRY_VERIFY_WITH_TIMEOUT(view->readyForScreenshot(), 5000);
    QTest::qWait(150);
  }
  ~Stage() {
    view.reset();                      // before the records it looks at
  }
};

// Visible labels and buttons whose text does not fit into them.
inline QStringList clipped(const QWidget& root) {
  QStringList found;
  for (const QLabel* label : root.findChildren<QLabel*>()) {
    if (!label->isVisible() || label->text().isEmpty() || label->sizePolicy().horizontalPolicy() == QSizePolicy::Ignored) continue;
    if (label->minimumSizeHint().width() <= 40 || label->wordWrap()) continue;
    if (label->width() + 1 < label->sizeHint().width()) found << label->objectName() + QLatin1Char(':') + label->text();
  }
  for (const QPushButton* button : root.findChildren<QPushButton*>())
    if (button->isVisible() && button->width() < button->minimumSizeHint().width()) found << button->text();
  return found;
}

}  // namespace fedllm::test
