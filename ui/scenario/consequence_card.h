// ConsequenceCard: what choosing a method means for the scenario at hand, a line each: bytes, exactness, who sees what, what a
// client keeps, what it excludes. GUI thread; lines are named "<prefix>.bytes", ".aggregation", ".coordinator", ".others",
// ".keeps", ".excludes" and carry their text as accessible name.
#pragma once

#include <QFrame>

#include "ui/scenario/method_bytes.h"
#include "ui/shell/wrapped_label.h"

namespace fedllm::ui {

class ConsequenceCard : public QFrame {
  Q_OBJECT
 public:
  explicit ConsequenceCard(const QString& prefix, QWidget* parent = nullptr);
  // `scenario` has the method already.
  void show(const spec::Scenario& scenario, const MethodBytes& bytes);

 private:
  WrappedLabel* line(const QString& name);
  void say(WrappedLabel* line, const QString& head, const QString& text, const QString& tip = {});

  QString prefix_;
  WrappedLabel *bytes_, *aggregation_, *coordinator_, *others_, *keeps_, *excludes_;
};

}  // namespace fedllm::ui
