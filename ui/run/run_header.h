// RunHeader: name, state, round n/m, pause or resume, stop, ETA as a range (after two rounds), age of the data, the way back
// from the round cursor, and the difference to the previous run as one sentence. What was asked for is said ("Pausing…")
// until the run has answered. Asks by signals; knows nothing of the core. Objects: btn.pause, btn.stop, btn.live.
#pragma once

#include <QWidget>

#include "ui/run/run_focus.h"

class QLabel;
class QPushButton;
class QProgressBar;

namespace fedllm::ui {

class Theme;

class RunHeader : public QWidget {
  Q_OBJECT
 public:
  RunHeader(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  void refresh();
  void tick();                                     // once a second: ages
  void setDifference(const QString& sentence);
  void setNotice(const QString& sentence);         // a command that failed; empty clears it
  void setLink(const QString& trouble);            // "the core has not answered for 12 s"; empty: fine

 signals:
  void pauseRequested();
  void resumeRequested();
  void stopRequested(bool abandon);

 private:
  void buildRow(class QHBoxLayout* row);
  void askStop();
  void askPause();
  void refreshState(const RunRecord& record);
  void refreshButtons(const QString& state);
  void refreshNotice(const RunRecord& record);
  void await(const QString& text, bool stop = false);                 // shown on the button until the state changes

  RunFocus* focus_;
  Theme* theme_;
  QLabel *name_, *state_, *round_, *eta_, *age_, *difference_, *notice_;
  QProgressBar* progress_;
  QPushButton *pause_, *stop_, *live_;
  QString trouble_, commandNotice_;
  QString awaited_, askedIn_;                      // what the button says meanwhile, the state it was asked in
  bool stopAsked_ = false;
};

}  // namespace fedllm::ui
