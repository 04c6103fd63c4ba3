// FieldForm: labelled inputs bound to paths of the scenario. A field reads its value from the document after every change,
// writes it as one named undo step (a held spin button merges), is bold with a reset button where it differs from the
// default, and shows what validate() says about its path. A field that something else rules out is disabled and says why, unless
// it departs from its default and so needs repair. GUI thread; inputs are named "field.<path>", the reasons "note.<path>".
#pragma once

#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

#include "spec/scenario.h"
#include "ui/scenario/scenario_editor.h"

class QFormLayout;
class QLabel;
class QLineEdit;
class QToolButton;

namespace fedllm::ui {

class Theme;
class WrappedLabel;

struct FieldSpec {
  QString path;                              // "lora.rank"; problems are matched by it
  QString label;                             // with a mnemonic
  QString help;                              // What's This; its first paragraph is the tool tip
  std::function<bool(const spec::Problem&)> isAbout;   // problems of another path that belong here
};

class FieldForm : public QWidget {
  Q_OBJECT
 public:
  using Get = std::function<double(const spec::Scenario&)>;
  using Set = std::function<void(spec::Scenario&, double)>;
  FieldForm(ScenarioEditor* editor, const Theme* theme, QWidget* parent = nullptr);

  void addNumber(const FieldSpec& spec, double low, double high, int decimals, const QString& suffix, Get get, Set set,
                 const QString& special = {});
  QLineEdit* addText(const FieldSpec& spec, std::function<QString(const spec::Scenario&)> get,
                     std::function<void(spec::Scenario&, const QString&)> set);
  void addSwitch(const FieldSpec& spec, std::function<bool(const spec::Scenario&)> get,
                 std::function<void(spec::Scenario&, bool)> set);
  struct Choice { QString value, text; };
  void addChoice(const FieldSpec& spec, std::vector<Choice> choices, std::function<QString(const spec::Scenario&)> get,
                 std::function<void(spec::Scenario&, const QString&)> set);
  // A row of one's own, over the whole width if `wide`; `differs` tells whether it departs from the default, `reset` takes it
  // back.
  void addWidget(const FieldSpec& spec, QWidget* input, std::function<void()> refresh, std::function<bool()> differs,
                 std::function<void(spec::Scenario&)> reset, bool wide = false);

  // Of a field that is there already. Shown where it matters or departs from its default; `whyNot`: "" where it may be used.
  void showWhere(const QString& path, std::function<bool()> matters);
  void disableWhere(const QString& path, std::function<QString()> whyNot);

  void refresh();
  int changedCount() const;                  // fields that differ from their defaults
  bool focusPath(const QString& path);       // the field a problem is on
  void followInTabOrder(const FieldForm* before);   // a form that came later than what stands behind it
  ScenarioEditor* editor() const { return editor_; }

 private:
  struct Row {
    FieldSpec spec;
    QWidget* input;
    QLabel* label;
    WrappedLabel *problem, *note;
    QToolButton* reset;
    QWidget* holder;
    std::function<void()> refresh;
    std::function<bool()> differs;
    std::function<bool()> matters;
    std::function<QString()> whyNot;
  };
  void addRow(const FieldSpec& spec, QWidget* input, std::function<void()> refresh, std::function<bool()> differs,
              std::function<void(spec::Scenario&)> reset, bool wide = false);
  Row& rowOf(const QString& path);
  void refreshRow(Row& row);
  void refreshUse(Row& row, bool differs);
  void refreshProblem(Row& row);
  QString editName(const FieldSpec& spec) const;

  ScenarioEditor* editor_;
  const Theme* theme_;
  QFormLayout* form_;
  std::vector<Row> rows_;
  bool refreshing_ = false;
};

}  // namespace fedllm::ui
