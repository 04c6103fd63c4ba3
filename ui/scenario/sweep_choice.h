// SweepChoice: what a person ticks and types for a sweep around the scenario at hand, and the sweep that it makes: methods, seeds,
// a grid of learning rates, and one more field with its values. Pure values. The sweep is that of `fedllm sweep` (spec/sweep.h),
// so either goes on with what the other began.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <vector>

#include "spec/sweep.h"

namespace fedllm::ui {

struct SweepChoice {
  QStringList methods;          // as in strategy.aggregator
  QString seeds = QStringLiteral("1, 2, 3");
  QString rates;                // empty: the scenario's
  QString path, values;         // empty: no further field
};

// A field that cannot be used as it is, and why. Both empty: none.
struct SweepFault {
  QString field;                // "seeds", "rates", "values", "methods"
  QString sentence;
};

// `out` is set where there is no fault.
SweepFault makeSweep(const SweepChoice& choice, const spec::Scenario& scenario, spec::Sweep& out);
// Rates on the first seed, then the best on the others.
qsizetype runsOf(const spec::Sweep& sweep, qsizetype combinations);
// As `fedllm sweep` reads it; `scenarioFile` is the scenario's, beside it.
QByteArray sweepJson(const spec::Sweep& sweep, const QString& scenarioFile);
QString combinationText(const spec::SweepPoint& point);

}  // namespace fedllm::ui
