// DuplicateDialog: "Duplicate and change one thing": one field of the run's scenario gets another value; the difference is
// said as a sentence before the next run starts. Uses the same paths and checks as `--set`. Objects: duplicate.field,
// duplicate.value, duplicate.sentence.
#pragma once

#include <QDialog>

#include "spec/scenario.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace fedllm::ui {

class Theme;

class DuplicateDialog : public QDialog {
  Q_OBJECT
 public:
  DuplicateDialog(const spec::Scenario& scenario, Theme* theme, QWidget* parent = nullptr);
  const spec::Scenario& changed() const { return changed_; }
  static QString fieldName(const QString& path);   // "LoRA rank" for "lora.rank"

 private:
  void fieldChosen();
  void valueEdited();

  spec::Scenario original_, changed_;
  Theme* theme_;
  QComboBox *field_, *value_;
  QLabel* sentence_;
  QPushButton* start_;
};

}  // namespace fedllm::ui
