// AnswerText: the text of an answer, as high as it needs to be and scrollable where there is no room; it stays at its end while
// text comes, unless it was scrolled up. Selectable by mouse and keyboard.
#pragma once

#include <QPlainTextEdit>

namespace fedllm::ui {

class AnswerText : public QPlainTextEdit {
 public:
  explicit AnswerText(QWidget* parent = nullptr);
  void setAnswer(const QString& text);
  void append(const QString& text);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  int heightOf(int lines) const;
};

}  // namespace fedllm::ui
