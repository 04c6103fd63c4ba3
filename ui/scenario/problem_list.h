// ProblemList: what is wrong with the scenario, as it arises: errors first. Enter or a click goes to the field. GUI thread.
#pragma once

#include <QListWidget>

#include "ui/scenario/scenario_editor.h"

namespace fedllm::ui {

class Theme;

class ProblemList : public QListWidget {
  Q_OBJECT
 public:
  ProblemList(ScenarioEditor* editor, const Theme* theme, QWidget* parent = nullptr);

 signals:
  void chosen(const QString& path);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void refresh();
  ScenarioEditor* editor_;
  const Theme* theme_;
};

}  // namespace fedllm::ui
