// Inspector: the settings of what is selected: of the federation (six knobs, the strategy, the rest under "More" with a count of
// changed ones), of clients (several at once), or of links. GUI thread; objectName "inspector".
#pragma once

#include <QScrollArea>

#include "ui/scenario/field_form.h"

class QCheckBox;
class QLabel;
class QStackedWidget;
class QToolButton;

namespace fedllm::ui {

class StrategySection;

class Inspector : public QScrollArea {
  Q_OBJECT
 public:
  Inspector(ScenarioEditor* editor, const Theme* theme, QWidget* parent = nullptr);
  void focusFirst();
  // Goes to the field of a problem, selecting the node it is on. False: no field has this path.
  bool focusPath(const QString& path);
  void setModules(const QStringList& names);         // linear modules of the base model, as the core found them
  StrategySection* strategy() const { return strategy_; }

 private:
  QWidget* buildFederation();
  QWidget* buildClients();
  QWidget* buildLinks();
  void fillKnobs(FieldForm* form);
  void fillMore(FieldForm* form);
  void fillRounds(FieldForm* form);
  void addLocalWork(FieldForm* form);
  void addTargets(FieldForm* form);
  void addCohort(FieldForm* form);
  void refresh();

  ScenarioEditor* editor_;
  const Theme* theme_;
  QStackedWidget* stack_;
  QLabel* head_;
  FieldForm *knobs_ = nullptr, *more_ = nullptr, *clients_ = nullptr, *links_ = nullptr;
  StrategySection* strategy_ = nullptr;
  QToolButton* moreButton_ = nullptr;
  QWidget* targets_ = nullptr;
  QStringList modules_;
};

}  // namespace fedllm::ui
