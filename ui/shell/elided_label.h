// ElidedLabel: a label that gives way: it shortens its one line with an ellipsis instead of widening the window, and shows all
// of it as a tool tip then, unless it was given a tool tip of its own. GUI thread.
#pragma once

#include <QLabel>

namespace fedllm::ui {

class ElidedLabel : public QLabel {
 public:
  using QLabel::QLabel;
  QSize minimumSizeHint() const override { return {0, QLabel::minimumSizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent*) override;

 private:
  QString tip_;                        // the tool tip that the label gave itself
};

}  // namespace fedllm::ui
