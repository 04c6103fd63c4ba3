// DoctorDialog: why nobody is seen or reached: what the core found, line by line, as icon, word and sentence, with the command
// that helps ready to copy. Objects: dialog.lab.doctor, edit.lab.doctorAddress, btn.lab.examine, line.lab.doctor.
#pragma once

#include <QDialog>

#include "base/status.h"
#include "wire/lab.pb.h"

class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QVBoxLayout;

namespace fedllm::ui {

class LabLink;
class Theme;

class DoctorDialog : public QDialog {
  Q_OBJECT
 public:
  // `about` names a room of this core or a membership whose host's clock is compared.
  DoctorDialog(LabLink* lab, Theme* theme, const wire::DoctorRequest& about, QWidget* parent);

 private:
  void examine();
  void show(Result<wire::DoctorReply> reply);
  QWidget* line(const wire::DoctorLine& line);
  void copyAll();

  LabLink* lab_;
  Theme* theme_;
  wire::DoctorRequest about_;
  QString report_;
  QLineEdit* address_;
  QPushButton *examine_, *copy_;
  QProgressBar* busy_;
  QLabel* summary_;
  QVBoxLayout* lines_;
};

}  // namespace fedllm::ui
