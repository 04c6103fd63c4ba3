// FieldForm: labelled inputs bound to paths of the scenario. A field reads its value from the document after every change,
// writes it as one named undo step (a held spin button merges), is bold with a reset button where it differs from the
// default, and shows what validate() says about its path. GUI thread; inputs are named "field.<path>".
#pragma once

#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

#include "spec/scenario.h"
#include "ui/scenario/scenario_editor.h"

class QFormLayout;
class QLabel;
class QToolButton;

namespace fedllm::ui {

class Theme;

struct FieldSpec {
  QString path;                              // "lora.rank"; problems are matched by it
  QString label;                             // with a mnemonic
  QString help;                              // What's This and tool tip
};

class FieldForm : public QWidget {
  Q_OBJECT
 public:
  using Get = std::function<double(const spec::Scenario&)>;
  using Set = std::function<void(spec::Scenario&, double)>;
  FieldForm(ScenarioEditor* editor, const Theme* theme, QWidget* parent = nullptr);

  void addNumber(const FieldSpec& spec, double low, double high, int decimals, const QString& suffix, Get get, Set set,
                 const QString& special = {});
  void addText(const FieldSpec& spec, std::function<QString(const spec::Scenario&)> get,
               std::function<void(spec::Scenario&, const QString&)> set);
  struct Choice { QString value, text; };
  void addChoice(const FieldSpec& spec, std::vector<Choice> choices, std::function<QString(const spec::Scenario&)> get,
                 std::function<void(spec::Scenario&, const QString&)> set);
  // A row of one's own, over the whole width if `wide`; `differs` tells whether it departs from the default, `reset` takes it
  // back.
  void addWidget(const FieldSpec& spec, QWidget* input, std::function<void()> refresh, std::function<bool()> differs,
                 std::function<void(spec::Scenario&)> reset, bool wide = false);

  void refresh();
  int changedCount() const;                  // fields that differ from their defaults
  bool focusPath(const QString& path);       // the field a problem is on
  ScenarioEditor* editor() const { return editor_; }

 private:
  struct Row {
    FieldSpec spec;
    QWidget* input;
    QLabel* label;
    QLabel* problem;
    QToolButton* reset;
    std::function<void()> refresh;
    std::function<bool()> differs;
  };
  void addRow(const FieldSpec& spec, QWidget* input, std::function<void()> refresh, std::function<bool()> differs,
              std::function<void(spec::Scenario&)> reset, bool wide = false);
  void refreshRow(Row& row);
  QString editName(const FieldSpec& spec) const;

  ScenarioEditor* editor_;
  const Theme* theme_;
  QFormLayout* form_;
  std::vector<Row> rows_;
  bool refreshing_ = false;
};

}  // namespace fedllm::ui
