// HostForm: what it takes to open a room: its name, the scenario (the one in the studio, a recent one or a file), when the
// run starts, who is admitted, what is announced. Asks by a signal; knows nothing of the core. Objects: edit.lab.roomName,
// combo.lab.scenario, btn.lab.host.
#pragma once

#include <QWidget>

#include "spec/scenario.h"
#include "ui/shell/page.h"
#include "wire/lab.pb.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;
class QSpinBox;
class QToolButton;

namespace fedllm::ui {

class HostForm : public QWidget {
  Q_OBJECT
 public:
  explicit HostForm(const StudioContext& context, QWidget* parent = nullptr);
  void refresh();                              // the scenario in the studio may have changed
  void chooseScenario(const QString& path);    // a file
  void setBusy(bool busy);
  void setProblem(const QString& sentence);    // empty: none

 signals:
  void wanted(const fedllm::wire::HostRoomRequest& request);

 private:
  QWidget* buildStart();
  QWidget* buildMore();
  void fillScenarios();
  void readScenario();
  void askForProgram();
  void refreshButton();
  void scenarioChosen();
  void ask();

  StudioContext context_;
  QLineEdit *name_, *bind_;
  QComboBox *scenario_, *valid_;
  QLabel *about_, *problem_;
  QRadioButton *whenReady_, *byHand_;
  QSpinBox *members_, *uses_;
  QCheckBox *ask_, *announce_, *handOut_, *program_;
  QToolButton* moreButton_;
  QWidget* more_;
  QPushButton* open_;
  QString chosen_;                             // data of the entry last chosen
  std::string asked_;                          // the aggregator that program_ speaks of
  spec::Scenario wantedScenario_;
  QString baseDir_, unreadable_;
  bool busy_ = false;
};

}  // namespace fedllm::ui
