// Card: a titled panel with a thin frame, the building block of the Lab page. Its colours are the palette's, so that it
// follows the theme. And small helpers for the labels in it.
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace fedllm::ui {

class Card : public QFrame {
  Q_OBJECT
 public:
  explicit Card(const QString& title, QWidget* parent = nullptr);   // without a title: none is shown
  QVBoxLayout* body() const { return body_; }
  void setTitle(const QString& title);
  void setEdge(const QColor& color);           // a line at its leading edge; invalid: none

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QLabel* title_;
  QVBoxLayout* body_;
  QColor edge_;
};

void paintText(QLabel* label, const QColor& color);
void enlarge(QWidget* widget, double factor, bool bold = false);
QLabel* paragraph(const QString& text = {}, const char* name = nullptr);   // wraps, can be selected
QLabel* figure(const QString& text = {}, const char* name = nullptr);      // one line, can be selected
QPushButton* button(const QString& text, const char* name, const QString& help, const char* icon = nullptr);

}  // namespace fedllm::ui
