// TargetBoxes: the modules that get an adapter, as check boxes in two columns: those of the base model (or the usual seven
// until the core has looked) and whatever else the scenario names. GUI thread.
#pragma once

#include <QStringList>
#include <QWidget>
#include <string>
#include <vector>

class QGridLayout;

namespace fedllm::ui {

class TargetBoxes : public QWidget {
  Q_OBJECT
 public:
  explicit TargetBoxes(QWidget* parent = nullptr);
  void show(const QStringList& modules, const std::vector<std::string>& chosen);

 signals:
  void toggled(const QString& name, bool on);

 private:
  QGridLayout* grid_;
  QStringList names_;
};

}  // namespace fedllm::ui
