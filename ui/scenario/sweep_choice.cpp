#include "ui/scenario/sweep_choice.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLocale>
#include <QRegularExpression>
#include <algorithm>
#include <cmath>

#include "spec/method_facts.h"
#include "spec/scenario_json.h"

namespace fedllm::ui {
namespace {

constexpr qsizetype kMostRuns = 10'000;

struct Words {
  Q_DECLARE_TR_FUNCTIONS(SweepChoice)
};

QStringList parts(const QString& text) {
  QStringList list;
  for (const QString& part : text.split(QRegularExpression(QStringLiteral("[,;\\s]+")), Qt::SkipEmptyParts)) list << part;
  return list;
}

// Values as a scenario file has them may hold spaces, so commas alone part them.
QStringList values(const QString& text) {
  QStringList list;
  for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts))
    if (!part.trimmed().isEmpty()) list << part.trimmed();
  return list;
}

SweepFault readSeeds(const QString& text, spec::Sweep& sweep) {
  sweep.seeds.clear();
  for (const QString& part : parts(text)) {
    bool ok = false;
    const quint64 seed = part.toULongLong(&ok);
    if (!ok) return {QStringLiteral("seeds"), Words::tr("expected whole numbers from 0, got \"%1\"").arg(part)};
    if (std::find(sweep.seeds.begin(), sweep.seeds.end(), seed) != sweep.seeds.end())
      return {QStringLiteral("seeds"), Words::tr("expected every seed once, got %1 twice").arg(seed)};
    sweep.seeds.push_back(seed);
  }
  if (sweep.seeds.empty()) return {QStringLiteral("seeds"), Words::tr("expected at least one seed, got none")};
  return {};
}

SweepFault readRates(const QString& text, spec::Sweep& sweep) {
  for (const QString& part : parts(text)) {
    bool ok = false;
    const double rate = part.toDouble(&ok);
    if (!ok || !(rate > 0) || !std::isfinite(rate)) return {QStringLiteral("rates"), Words::tr("expected numbers above 0, got \"%1\"").arg(part)};
    if (std::find(sweep.learning_rates.begin(), sweep.learning_rates.end(), rate) != sweep.learning_rates.end())
      return {QStringLiteral("rates"), Words::tr("expected every rate once, got %1 twice").arg(part)};
    sweep.learning_rates.push_back(rate);
  }
  return {};
}

// Parameters of one method mean nothing to another.
spec::SweepAxis methodsAxis(const QStringList& methods, const spec::Scenario& scenario) {
  spec::SweepAxis axis{"method", {}};
  for (const QString& name : methods) {
    const std::string aggregator = name.toStdString();
    const spec::MethodFacts* facts = spec::find_method(aggregator);
    spec::Assignments set{"strategy.aggregator=" + aggregator};
    if (aggregator != scenario.strategy.aggregator) set.push_back("strategy.parameters={}");
    axis.values.push_back({facts ? std::string(facts->title) : aggregator, set});
  }
  return axis;
}

SweepFault readValues(const SweepChoice& choice, const spec::Scenario& scenario, spec::Sweep& sweep) {
  if (choice.path.isEmpty()) return {};
  const std::string path = choice.path.toStdString();
  spec::SweepAxis axis{path, {}};
  for (const QString& value : values(choice.values)) {
    const std::string set = path + "=" + value.toStdString();
    spec::Scenario tried = scenario;
    if (const Status status = spec::apply_set(tried, set); !status.ok()) return {QStringLiteral("values"), QString::fromStdString(status.message())};
    for (const spec::SweepAxis::Value& known : axis.values)
      if (known.name == value.toStdString()) return {QStringLiteral("values"), Words::tr("expected every value once, got %1 twice").arg(value)};
    axis.values.push_back({value.toStdString(), {set}});
  }
  if (axis.values.empty()) return {QStringLiteral("values"), Words::tr("expected values of %1, got none").arg(choice.path)};
  sweep.axes.push_back(std::move(axis));
  return {};
}

QByteArray quoted(const QString& text) {
  const QByteArray list = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
  return list.mid(1, list.size() - 2);
}

// "lora.rank=8" as "lora.rank": 8; what is no JSON is text.
QByteArray assignmentJson(const QString& assignment) {
  const qsizetype at = assignment.indexOf(QLatin1Char('='));
  const QByteArray value = assignment.mid(at + 1).toUtf8();
  const bool json = QJsonDocument::fromJson("[" + value + "]").isArray();
  return quoted(assignment.left(at)) + ": " + (json ? value : quoted(QString::fromUtf8(value)));
}

}  // namespace

SweepFault makeSweep(const SweepChoice& choice, const spec::Scenario& scenario, spec::Sweep& out) {
  spec::Sweep sweep;
  sweep.name = scenario.name.empty() ? "sweep" : scenario.name;
  sweep.match_by = "rounds";
  if (choice.methods.isEmpty()) return {QStringLiteral("methods"), Words::tr("expected at least one method, got none")};
  sweep.axes.push_back(methodsAxis(choice.methods, scenario));
  if (const SweepFault fault = readSeeds(choice.seeds, sweep); !fault.sentence.isEmpty()) return fault;
  if (const SweepFault fault = readRates(choice.rates, sweep); !fault.sentence.isEmpty()) return fault;
  if (const SweepFault fault = readValues(choice, scenario, sweep); !fault.sentence.isEmpty()) return fault;
  const qsizetype runs = runsOf(sweep, qsizetype(spec::sweep_points(sweep).size()));
  if (runs > kMostRuns) return {QStringLiteral("values"), Words::tr("expected at most %1 runs, got %2").arg(kMostRuns).arg(runs)};
  out = std::move(sweep);
  return {};
}

qsizetype runsOf(const spec::Sweep& sweep, qsizetype combinations) {
  const qsizetype rates = std::max<qsizetype>(1, qsizetype(sweep.learning_rates.size()));
  return combinations * (qsizetype(sweep.seeds.size()) + rates - 1);
}

// Axes and their values keep their order, which QJsonObject would not: it is that of the runs and of their names.
QByteArray sweepJson(const spec::Sweep& sweep, const QString& scenarioFile) {
  QByteArrayList seeds, rates;
  for (const uint64_t seed : sweep.seeds) seeds << QByteArray::number(quint64(seed));
  for (const double rate : sweep.learning_rates) rates << QByteArray::number(rate, 'g', QLocale::FloatingPointShortest);   // no digit is lost
  QByteArrayList axes;
  for (const spec::SweepAxis& axis : sweep.axes) {
    QByteArrayList named;
    for (const spec::SweepAxis::Value& value : axis.values) {
      QByteArrayList set;
      for (const std::string& one : value.set) set << assignmentJson(QString::fromStdString(one));
      named << "      " + quoted(QString::fromStdString(value.name)) + ": {" + set.join(", ") + "}";
    }
    axes << "    " + quoted(QString::fromStdString(axis.name)) + ": {\n" + named.join(",\n") + "\n    }";
  }
  QByteArrayList lines{"  \"name\": " + quoted(QString::fromStdString(sweep.name)), "  \"scenario\": " + quoted(scenarioFile),
                       "  \"axes\": {\n" + axes.join(",\n") + "\n  }", "  \"seeds\": [" + seeds.join(", ") + "]"};
  if (!rates.isEmpty()) lines << "  \"learning_rates\": [" + rates.join(", ") + "]";
  return "{\n" + lines.join(",\n") + "\n}\n";
}

QString combinationText(const spec::SweepPoint& point) {
  QStringList names;
  for (const std::string& value : point.values) names << QString::fromStdString(value);
  return names.join(QStringLiteral(", "));
}

}  // namespace fedllm::ui
