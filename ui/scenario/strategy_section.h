// StrategySection: how updates are combined: the method with its consequences for this scenario, its parameters, and what goes
// with it (FedProx, the coordinator's optimizer, control variates); what the method excludes is disabled and says why.
// GUI thread.
#pragma once

#include <QWidget>
#include <span>

#include "spec/method_facts.h"
#include "ui/scenario/field_form.h"
#include "ui/scenario/method_bytes.h"

class QToolButton;
class QVBoxLayout;

namespace fedllm::ui {

class ConsequenceCard;
class MethodPopup;

class StrategySection : public QWidget {
  Q_OBJECT
 public:
  StrategySection(ScenarioEditor* editor, const Theme* theme, QWidget* parent = nullptr,
                  std::span<const spec::MethodFacts> methods = spec::methods());
  void setBytes(MethodBytes bytes);
  bool focusPath(const QString& path);

 private:
  void buildChooser();
  void buildScript();
  void buildOptions();
  void addServerOptimizer();
  void addServerNumber(const char* path, const QString& label, const QString& help, double spec::StrategySpec::*member,
                       std::vector<std::string_view> optimizers);
  void rebuildParameters();
  void addParameter(const spec::MethodParameter& parameter);
  void choose(const QString& aggregator);
  void chooseScript();
  void refresh();
  const spec::MethodFacts* method() const;

  ScenarioEditor* editor_;
  const Theme* theme_;
  MethodPopup* popup_;
  QVBoxLayout* column_;
  QToolButton* chooser_ = nullptr;
  FieldForm *head_ = nullptr, *parameters_ = nullptr, *options_ = nullptr;
  ConsequenceCard* card_ = nullptr;
  const spec::MethodFacts* shown_ = nullptr;   // whose parameters there are fields for
  MethodBytes bytes_;
};

}  // namespace fedllm::ui
