// ShortcutSheet: every key of the window and its pages in one searchable table (Ctrl+?). GUI thread.
#pragma once

#include <QDialog>

class QAction;
class QLineEdit;
class QTableWidget;

namespace fedllm::ui {

class ShortcutSheet : public QDialog {
  Q_OBJECT
 public:
  ShortcutSheet(const QList<QAction*>& actions, QWidget* parent);

 private:
  void addRow(const QString& where, const QString& what, const QString& keys);
  void filter(const QString& words);
  void addPageKeys();

  QLineEdit* search_;
  QTableWidget* table_;
};

}  // namespace fedllm::ui
