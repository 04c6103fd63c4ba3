// RunHeader: name, state, round n/m, pause or resume, stop, ETA as a range (after two rounds), age of the data, and the
// difference to the previous run as one sentence. Asks by signals; knows nothing of the core. Objects: btn.pause, btn.stop.
#pragma once

#include <QTimer>
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
  void setDifference(const QString& sentence);
  void setNotice(const QString& sentence);         // a command that failed; empty clears it
  void setLink(const QString& trouble);            // "the core has not answered for 12 s"; empty: fine

 signals:
  void pauseRequested();
  void resumeRequested();
  void stopRequested(bool abandon);

 private:
  void askStop();
  void refreshAge();

  RunFocus* focus_;
  Theme* theme_;
  QLabel *name_, *state_, *round_, *eta_, *age_, *difference_, *notice_;
  QProgressBar* progress_;
  QPushButton *pause_, *stop_;
  QTimer second_;
  QString trouble_, commandNotice_;
};

}  // namespace fedllm::ui
