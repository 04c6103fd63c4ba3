// TakingPart: a member while the room works: what happens now, round and host's age, pause and leave, how fast and how gently,
// and the ledger of what left this machine. Objects: label.lab.now, btn.lab.pause, btn.lab.memberRun, spin.lab.upload,
// check.lab.gentle, label.lab.left.
#pragma once

#include <QTimer>

#include "ui/lab/card.h"
#include "wire/lab.pb.h"

class QCheckBox;
class QDoubleSpinBox;
class QProgressBar;

namespace fedllm::ui {

class Theme;

class TakingPart : public QWidget {
  Q_OBJECT
 public:
  explicit TakingPart(Theme* theme, QWidget* parent = nullptr);
  void setMembership(const wire::Membership& membership, qint64 nowMs, bool live);

 signals:
  void pauseWanted(bool on);
  void runWanted();
  void limitsWanted(double uploadCapMbit, bool gentle);

 private:
  QWidget* buildNow();
  QWidget* buildLimits();

  Theme* theme_;
  Card *nowCard_, *limits_;
  QLabel *icon_, *now_, *sentence_, *host_, *left_, *wire_;
  QProgressBar* rounds_;
  QPushButton *pause_, *run_;
  QDoubleSpinBox* upload_;
  QCheckBox* gentle_;
  QTimer limitsLater_;                         // a spin box in motion is one command, not ten
  bool paused_ = false;
};

}  // namespace fedllm::ui
