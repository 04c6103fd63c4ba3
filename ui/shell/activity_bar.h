// ActivityBar: the pages at the window's left edge, icon over text, one of them checked. Arrow keys move along it. The
// page a problem is on carries a mark, one where somebody waits for an answer their number. GUI thread; buttons are named "activity.<page>".
#pragma once

#include <QString>
#include <QWidget>

class QButtonGroup;
class QToolButton;
class QVBoxLayout;

namespace fedllm::ui {

class Theme;

class ActivityBar : public QWidget {
  Q_OBJECT
 public:
  explicit ActivityBar(Theme* theme, QWidget* parent = nullptr);
  void addPage(const QString& id, const QString& title, const QString& hint);
  void setCurrent(const QString& id);
  void setMarked(const QString& id, bool marked);
  void setWaiting(const QString& id, int count, const QString& sentence);   // 0: nobody; the sentence is told, too
  QToolButton* button(const QString& id) const;

 signals:
  void chosen(const QString& id);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void fitWidths();

  Theme* theme_;
  QButtonGroup* group_;
  QVBoxLayout* column_;
};

}  // namespace fedllm::ui
