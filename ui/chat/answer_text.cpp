#include "ui/chat/answer_text.h"

#include <QScrollBar>
#include <algorithm>

namespace fedllm::ui {

AnswerText::AnswerText(QWidget* parent) : QPlainTextEdit(parent) {
  setReadOnly(true);
  setFrameShape(QFrame::NoFrame);
  setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  setTabChangesFocus(true);
  setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setAutoFillBackground(false);
  document()->setDocumentMargin(0);
}

void AnswerText::setAnswer(const QString& text) {
  if (text == toPlainText()) return;
  setPlainText(text);
  updateGeometry();
}

void AnswerText::append(const QString& text) {
  QScrollBar* bar = verticalScrollBar();
  const bool atEnd = bar->value() >= bar->maximum();
  QTextCursor end(document());
  end.movePosition(QTextCursor::End);
  end.insertText(text);
  updateGeometry();
  if (atEnd) bar->setValue(bar->maximum());
}

int AnswerText::heightOf(int lines) const { return lines * fontMetrics().lineSpacing() + 2; }

QSize AnswerText::sizeHint() const { return {160, heightOf(std::max(1, static_cast<int>(document()->size().height())))}; }
QSize AnswerText::minimumSizeHint() const { return {40, heightOf(1)}; }

void AnswerText::resizeEvent(QResizeEvent* event) {
  QPlainTextEdit::resizeEvent(event);
  if (event->size().width() != event->oldSize().width()) updateGeometry();
}

}  // namespace fedllm::ui
