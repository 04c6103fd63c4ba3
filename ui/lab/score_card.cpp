#include "ui/lab/score_card.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/lab/lab_text.h"
#include "ui/run/run_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr double kDot = 14;                    // pixels across
constexpr int kFewest = 20;                    // records below which the core suppresses a score

double share(double value) { return std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0; }

}  // namespace

ScoreBar::ScoreBar(Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Exact match"));
}

void ScoreBar::setScore(const wire::CardScore& score, const QColor& color) {
  exact_ = share(score.exact());
  low_ = share(score.low());
  high_ = share(score.high());
  color_ = color;
  setAccessibleDescription(tr("%1, 95 % interval %2 to %3").arg(run_text::percent(exact_), run_text::percent(low_), run_text::percent(high_)));
  update();
}

// From 0 to 100 %: a thin scale, the interval as a band on it, the score as a dot.
void ScoreBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  const double y = height() / 2.0, left = kDot / 2, length = width() - kDot;
  const auto bar = [&](double from, double to, double thickness, const QColor& color) {
    painter.setBrush(color);
    painter.drawRoundedRect(QRectF(left + length * from, y - thickness / 2, std::max(2.0, length * (to - from)), thickness), thickness / 2, thickness / 2);
  };
  bar(0, 1, 3, theme_->grid());
  QColor band = color_;
  band.setAlphaF(0.35f);
  bar(low_, high_, 10, band);
  painter.setBrush(color_);
  painter.setPen(QPen(theme_->surface(), 2));
  painter.drawEllipse(QPointF(left + length * exact_, y), kDot / 2, kDot / 2);
}

ScoreCard::ScoreCard(Theme* theme, QWidget* parent) : Card(tr("On your data"), parent), theme_(theme) {
  setObjectName(QStringLiteral("card.lab.scores"));
  sentence_ = paragraph({}, "label.lab.verdict");
  enlarge(sentence_, 1.1);
  auto* grid = new QGridLayout;
  grid->setColumnStretch(1, 1);
  grid->setHorizontalSpacing(12);
  const QString titles[] = {tr("Base model"), tr("Trained alone"), tr("Trained together")};
  const char* names[] = {"label.lab.scoreBase", "label.lab.scoreAlone", "label.lab.scoreTogether"};
  for (int i = 0; i < 3; ++i) {
    rows_[size_t(i)] = {new ScoreBar(theme), new QLabel(titles[i]), figure({}, names[i])};
    grid->addWidget(rows_[size_t(i)].title, i, 0);
    grid->addWidget(rows_[size_t(i)].bar, i, 1);
    grid->addWidget(rows_[size_t(i)].text, i, 2);
  }
  records_ = paragraph({}, "label.lab.scoreRecords");
  alone_ = button(tr("Train &alone to compare"), "btn.lab.alone",
                  tr("Trains an adapter on this machine with your data only, for the same number of steps. Nothing is sent."));
  progress_ = new QProgressBar;
  progress_->setRange(0, 100);
  progress_->setAccessibleName(tr("Training alone"));
  auto* last = new QHBoxLayout;
  last->addWidget(records_, 1);
  last->addWidget(progress_);
  last->addWidget(alone_);
  body()->addWidget(sentence_);
  body()->addLayout(grid);
  body()->addLayout(last);
  connect(alone_, &QPushButton::clicked, this, &ScoreCard::aloneWanted);
}

void ScoreCard::showRow(Row& row, const wire::CardScore& score, const QColor& color) {
  const bool known = score.records() > 0;
  row.bar->setVisible(known);
  row.bar->setScore(score, color);
  row.text->setText(known ? tr("%1 exact (%2 to %3), loss %4")
                                .arg(run_text::percent(share(score.exact())), run_text::percent(share(score.low())), run_text::percent(share(score.high())),
                                     run_text::loss(score.loss()))
                          : tr("not measured"));
  paintText(row.text, known ? theme_->text() : theme_->mutedText());
}

void ScoreCard::setCard(const wire::OnYourData& card, bool live) {
  const bool trained = card.alone_trained() || card.alone().records() > 0;
  const bool running = !trained && card.alone_progress() > 0 && card.alone_progress() < 1;
  sentence_->setText(lab_text::sentence(card.sentence()));
  sentence_->setVisible(!card.sentence().empty());
  showRow(rows_[0], card.base(), theme_->mutedText());
  showRow(rows_[1], trained ? card.alone() : wire::CardScore(), theme_->client(1));
  if (!trained) rows_[1].text->setText(running ? tr("training…") : tr("not trained yet"));
  showRow(rows_[2], card.together(), theme_->accent());
  const qint64 records = card.together().records();
  records_->setText(records > 0 ? tr("Measured on %1 of your records that nobody trained on, with 95 % intervals.").arg(QLocale().toString(records))
                                : tr("You held out fewer than %1 records, too few to measure on.").arg(kFewest));
  paintText(records_, theme_->mutedText());
  alone_->setVisible(!trained && !running && records > 0);
  alone_->setEnabled(live);
  progress_->setVisible(running);
  progress_->setValue(int(std::lround(100 * share(card.alone_progress()))));
}

}  // namespace fedllm::ui
