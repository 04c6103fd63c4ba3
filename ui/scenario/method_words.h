// What a method implies, in sentences made from its facts (spec/method_facts.h) and the scenario around it: nothing here knows
// a method by name. Also its title and the explanations of its parameters in the window's language. GUI thread.
#pragma once

#include <QString>

#include "spec/method_facts.h"
#include "spec/scenario.h"

namespace fedllm::ui {

struct Consequences {
  QString aggregation;       // exact or not, and why in one clause
  QString coordinatorSees;
  QString othersSee;
  QString clientKeeps;       // between its rounds
};
Consequences consequencesOf(const spec::MethodFacts& method, const spec::Scenario& scenario);
QString exactnessWord(const spec::MethodFacts& method);      // "exact", "inexact" …: for a line of a list

QString methodTitle(const spec::MethodFacts& method);
QString strategyTitle(const spec::StrategySpec& strategy);   // in a word or two: the method, else what FedAvg is joined by
QString familyTitle(spec::MethodFamily family);
QString explanationText(const spec::MethodParameter& parameter);
QString parameterTitle(const spec::MethodParameter& parameter);   // "merged_rank" -> "Merged rank"
// The catalogue's list of what the facts say; a test holds it against them.
std::vector<QString> catalogued();

}  // namespace fedllm::ui
