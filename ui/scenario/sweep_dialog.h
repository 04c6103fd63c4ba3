// SweepDialog: an experiment around the scenario at hand. Left what is ticked: methods, seeds, a grid of learning rates, one more
// field. Right its runs with their cost before the start, then as they come, and the results by combination. Stays open beside the
// window; closing it lets the present run end and starts no more. GUI thread. Objects: sweep.methods, sweep.seeds, sweep.rates,
// sweep.path, sweep.values, sweep.fault, sweep.cost, sweep.leaveOut, sweep.runs, sweep.results, btn.sweepStart, btn.sweepStop,
// btn.sweepCsv, btn.sweepFile.
#pragma once

#include <QDialog>
#include <map>

#include "ui/scenario/sweep_choice.h"
#include "ui/scenario/sweep_queue.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QTableWidget;
class QTabWidget;

namespace fedllm::ui {

class Theme;

class SweepDialog : public QDialog {
  Q_OBJECT
 public:
  SweepDialog(CoreLink* link, const Theme* theme, QWidget* parent = nullptr);
  // The scenario that the sweep varies; a sweep that runs keeps its own.
  void setScenario(const spec::Scenario& scenario, const QString& baseDir);
  SweepQueue* queue() const { return queue_; }

 signals:
  void runAsked(const QString& run);           // to be looked at

 protected:
  void reject() override;

 private:
  QWidget* buildChoice();
  QWidget* buildTables();
  SweepChoice choice() const;
  void chosen();
  void askCost();
  void askNext();
  void refresh();
  void showRuns();
  void showRun(int entry);
  void showResults();
  void start();
  void saveCsv();
  void saveFile();
  std::set<size_t> impossible() const;
  QString costText() const;

  CoreLink* link_;
  const Theme* theme_;
  SweepQueue* queue_;
  spec::Scenario scenario_;
  QString baseDir_;
  spec::Sweep sweep_;
  SweepFault fault_;
  std::vector<spec::SweepPoint> points_;
  std::map<size_t, QString> bad_;              // combinations that cannot run, and why
  struct Cost { double up = 0, down = 0, low = 0, high = 0; } cost_;
  size_t asked_ = 0;                           // points whose cost is known
  bool asking_ = false, stale_ = false;
  QListWidget* methods_;
  QLineEdit *seeds_, *rates_, *values_;
  QComboBox* path_;
  QLabel *faultLabel_, *costLabel_;
  QCheckBox* leaveOut_;
  QTabWidget* tabs_;
  QTableWidget *runs_, *results_;
  QPushButton *start_, *stop_, *csv_, *file_;
};

}  // namespace fedllm::ui
