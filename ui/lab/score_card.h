// ScoreCard: whether it was worth it: the member's own held-out records answered by the base model, by an adapter trained
// alone and by the one trained together: exact match with its 95 % interval as bars and in words, loss beside it. Objects:
// card.lab.scores, btn.lab.alone.
#pragma once

#include <array>

#include "ui/lab/card.h"
#include "wire/lab.pb.h"

class QProgressBar;

namespace fedllm::ui {

class Theme;

// One bar with its interval; in words for screen readers.
class ScoreBar : public QWidget {
  Q_OBJECT
 public:
  explicit ScoreBar(Theme* theme, QWidget* parent = nullptr);
  void setScore(const wire::CardScore& score, const QColor& color);
  QSize sizeHint() const override { return {180, 22}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  Theme* theme_;
  double exact_ = 0, low_ = 0, high_ = 0;
  QColor color_;
};

class ScoreCard : public Card {
  Q_OBJECT
 public:
  explicit ScoreCard(Theme* theme, QWidget* parent = nullptr);
  void setCard(const wire::OnYourData& card, bool live);

 signals:
  void aloneWanted();

 private:
  struct Row {
    ScoreBar* bar;
    QLabel *title, *text;
  };
  void showRow(Row& row, const wire::CardScore& score, const QColor& color);

  Theme* theme_;
  std::array<Row, 3> rows_;
  QLabel *sentence_, *records_;
  QPushButton* alone_;
  QProgressBar* progress_;
};

}  // namespace fedllm::ui
