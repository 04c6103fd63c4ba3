// ChipRow: clickable prompts in one line, as many as fit, the rest behind a "More" button. Emits the index chosen.
#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

class QToolButton;

namespace fedllm::ui {

class ChipRow : public QWidget {
  Q_OBJECT
 public:
  explicit ChipRow(QWidget* parent = nullptr);
  void setTexts(const QStringList& texts);
  void setCurrent(int index);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void chosen(int index);

 protected:
  void resizeEvent(QResizeEvent*) override;

 private:
  void place();
  QToolButton* chip(const QString& text, int index);
  std::vector<QToolButton*> chips_;
  QToolButton* more_;
};

}  // namespace fedllm::ui
