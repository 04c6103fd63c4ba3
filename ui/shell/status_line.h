// StatusLine: the window's bottom line: core state and age of its news, round and time left of the run, CPU and memory of
// the core. Everything comes from heartbeats and the run's record. GUI thread.
#pragma once

#include <QPointer>
#include <QTimer>
#include <QWidget>

class QLabel;

namespace fedllm::ui {

class CoreLink;
class RunRecord;
class RunSession;
class Theme;

class StatusLine : public QWidget {
  Q_OBJECT
 public:
  StatusLine(CoreLink* link, RunSession* session, Theme* theme, QWidget* parent = nullptr);

 private:
  void refresh();
  void takeBeat();
  QString runText() const;

  CoreLink* link_;
  RunSession* session_;
  Theme* theme_;
  QLabel *dot_, *core_, *run_, *load_;
  QTimer timer_, soon_;
  double lastCpu_ = -1;
  qint64 lastBeatMs_ = 0;
  double cpuShare_ = -1;                     // of one core
};

// "40 s", "3 min", "1 h 20 min"; and a range of two of them.
QString durationText(double seconds);
QString durationRangeText(double low, double high);

}  // namespace fedllm::ui
