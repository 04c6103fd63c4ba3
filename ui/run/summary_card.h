// SummaryCard: what a finished run came to, in one line, and what to do next: open the adapter's folder, try it, duplicate
// and change one thing. Shown when the run is over. Objects: run.summary, btn.folder, btn.try, btn.duplicate.
#pragma once

#include <QWidget>

#include "ui/run/run_focus.h"

class QLabel;
class QPushButton;

namespace fedllm::ui {

class SummaryCard : public QWidget {
  Q_OBJECT
 public:
  SummaryCard(RunFocus* focus, QWidget* parent = nullptr);
  void refresh();
  static QString sentence(const RunRecord& record);   // "Loss 3.2 → 0.9 · exact 4 % → 92 % · …"

 signals:
  void tryRequested();
  void duplicateRequested();
  void failed(const QString& sentence);        // the folder could not be opened

 private:
  void openFolder();
  RunFocus* focus_;
  QLabel* text_;
  QPushButton *folder_, *try_, *duplicate_;
};

}  // namespace fedllm::ui
