// WrappedLabel: a label of several lines that is as high as its text needs at the width it got, whatever the layouts around it
// make of height for width. GUI thread.
#pragma once

#include <QLabel>
#include <QResizeEvent>

namespace fedllm::ui {

class WrappedLabel : public QLabel {
 public:
  explicit WrappedLabel(QWidget* parent = nullptr) : QLabel(parent) { setWordWrap(true); }
  void say(const QString& text) {
    setText(text);
    fitHeight();
  }
  void fitHeight() {
    setMinimumHeight(0);                     // a label asks for no less than its minimum, and the text may have become shorter
    setMinimumHeight(qMax(0, heightForWidth(qMax(width(), 60))));
  }

 protected:
  void resizeEvent(QResizeEvent* event) override {
    QLabel::resizeEvent(event);
    fitHeight();
  }
};

}  // namespace fedllm::ui
