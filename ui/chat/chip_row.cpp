#include "ui/chat/chip_row.h"

#include <QMenu>
#include <QToolButton>
#include <algorithm>

namespace fedllm::ui {
namespace {

constexpr int kGap = 4, kWidest = 260;

}  // namespace

ChipRow::ChipRow(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("tryit.prompts"));
  setAccessibleName(tr("Prompts"));
  more_ = new QToolButton(this);
  more_->setText(tr("More"));
  more_->setAccessibleName(tr("More prompts"));
  more_->setPopupMode(QToolButton::InstantPopup);
  more_->setMenu(new QMenu(more_));
  more_->hide();
}

QToolButton* ChipRow::chip(const QString& text, int index) {
  auto* button = new QToolButton(this);
  button->setObjectName(QStringLiteral("tryit.prompt.%1").arg(index));
  button->setText(fontMetrics().elidedText(text, Qt::ElideMiddle, kWidest));
  button->setToolTip(text);
  button->setAccessibleName(text);
  button->setCheckable(true);
  connect(button, &QToolButton::clicked, this, [this, index] { emit chosen(index); });
  return button;
}

void ChipRow::setTexts(const QStringList& texts) {
  for (QToolButton* old : chips_) delete old;
  chips_.clear();
  more_->menu()->clear();
  for (int i = 0; i < texts.size(); ++i) {
    chips_.push_back(chip(texts[i], i));
    more_->menu()->addAction(fontMetrics().elidedText(texts[i], Qt::ElideMiddle, 2 * kWidest), this, [this, i] { emit chosen(i); });
  }
  place();
}

void ChipRow::setCurrent(int index) {
  for (int i = 0; i < int(chips_.size()); ++i) chips_[i]->setChecked(i == index);
}

void ChipRow::place() {
  int wanted = 0;
  for (QToolButton* one : chips_) wanted += one->sizeHint().width() + kGap;
  const bool all = wanted <= width();
  const int room = all ? width() : width() - more_->sizeHint().width() - kGap;
  int x = 0;
  bool open = true;
  for (QToolButton* one : chips_) {
    const QSize size = one->sizeHint();
    open = open && x + size.width() <= room;
    one->setVisible(open);
    if (!open) continue;
    one->setGeometry(x, 0, size.width(), height());
    x += size.width() + kGap;
  }
  more_->setVisible(!all);
  more_->setGeometry(x, 0, more_->sizeHint().width(), height());
}

void ChipRow::resizeEvent(QResizeEvent*) { place(); }
QSize ChipRow::sizeHint() const { return {400, more_->sizeHint().height()}; }
QSize ChipRow::minimumSizeHint() const { return {more_->sizeHint().width(), more_->sizeHint().height()}; }

}  // namespace fedllm::ui
