// ClosingBox: asked when the window closes while something goes on: a run, a room that is open here, a membership. Says for
// each what the core does in the background and what ends otherwise; staying in the background is the default. Object
// "dialog.running".
#pragma once

#include <QMessageBox>

#include "ui/lab/lab_presence.h"

namespace fedllm::ui {

class ClosingBox : public QMessageBox {
  Q_OBJECT
 public:
  enum class Answer { Background, Pause, End };
  ClosingBox(bool running, const LabPresence& lab, bool keepRunning, QWidget* parent);
  bool keepAfterLogOut() const;

 signals:
  void answered(ClosingBox::Answer answer);    // not for Cancel

 private:
  void say();
  QString background() const;
  QString ending() const;
  QString endWord() const;

  const bool running_;
  const LabPresence lab_;
};

}  // namespace fedllm::ui
