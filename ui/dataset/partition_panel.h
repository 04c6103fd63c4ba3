// PartitionPanel: the method of the split and its knobs. The alpha slider is logarithmic from 0.01 to 100. One drag is one
// undo step.
#pragma once

#include <QWidget>

#include "ui/shell/page.h"
#include "wire/control.pb.h"

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QSlider;
class QSpinBox;

namespace fedllm::ui {

class PartitionPanel : public QWidget {
  Q_OBJECT
 public:
  explicit PartitionPanel(const StudioContext& context, QWidget* parent = nullptr);
  void setFields(const wire::DatasetInfo& dataset);
  void showScenario();

 private:
  void build();
  void connectEdits();
  void setMethod(const QString& method);

  StudioContext context_;
  QFormLayout* form_ = nullptr;
  QComboBox* method_ = nullptr;
  QSpinBox* clients_ = nullptr;
  QSlider* alphaSlider_ = nullptr;
  QDoubleSpinBox* alpha_ = nullptr;
  QComboBox* column_ = nullptr;
  QSpinBox* labelsPerClient_ = nullptr;
  QSpinBox* seed_ = nullptr;
  QLabel* hint_ = nullptr;
  QWidget* alphaBox_ = nullptr;
};

}  // namespace fedllm::ui
