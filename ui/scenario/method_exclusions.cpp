#include "ui/scenario/method_exclusions.h"

#include <QCoreApplication>
#include <algorithm>

#include "spec/validate.h"
#include "ui/scenario/method_words.h"
#include "ui/shell/problem_text.h"

namespace fedllm::ui {

using enum StrategyOption;
using spec::Scenario;

namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Methods)
};

// What the other options at hand already are is taken back first, so that only the method speaks.
Scenario plainOf(const Scenario& scenario) {
  Scenario plain = scenario;
  const spec::StrategySpec usual;
  plain.strategy.server_optimizer = usual.server_optimizer;
  plain.strategy.control_variates = false;
  plain.lora.rank = std::max(2, plain.lora.rank);
  plain.lora.modules_to_save.clear();
  plain.lora.dropout = 0;
  plain.base_precision = "auto";
  plain.downlink_codec.reset();
  plain.clients.clear();
  if (plain.strategy.aggregator == spec::kScriptPrefix) plain.strategy.aggregator += "program";   // which one does not matter
  return plain;
}

Scenario chosen(Scenario s, StrategyOption option) {
  switch (option) {
    case ServerOptimizer: s.strategy.server_optimizer = "fedavgm"; break;
    case ControlVariates: s.strategy.control_variates = true; break;
    case ClientRanks: {
      spec::ClientOverride client;
      client.rank = s.lora.rank - 1;
      s.clients = {client};
      break;
    }
    case WholeModules: s.lora.modules_to_save = {"lm_head"}; break;
    case SparseDownlink: s.downlink_codec = "top-k"; break;
    case RoundedDownlink: s.downlink_codec = "int8"; break;
    case Rooms: break;
  }
  return s;
}

QString nameOf(StrategyOption option) {
  switch (option) {
    case ServerOptimizer: return Words::tr("coordinator's optimizer");
    case ControlVariates: return Words::tr("control variates");
    case ClientRanks: return Words::tr("ranks of clients' own");
    case WholeModules: return Words::tr("modules kept whole");
    case SparseDownlink: return Words::tr("top-k down");
    case RoundedDownlink: return Words::tr("int8 and int4 down");
    case Rooms: return Words::tr("rooms");
  }
  return {};
}

// What validate() says of a wrong choice, said of one that nobody has made yet.
struct Reason {
  const char *code, *text;
};
const Reason kReasons[] = {
    {"strategy.server_optimizer.method", QT_TRANSLATE_NOOP("Methods", "%1 sets the next adapter itself.")},
    {"strategy.control_variates.method", QT_TRANSLATE_NOOP("Methods", "Control variates go with FedIT alone, not with %1.")},
    {"clients.rank.method", QT_TRANSLATE_NOOP("Methods", "%1 needs the same rank of every client.")},
    {"lora.modules_to_save.method", QT_TRANSLATE_NOOP("Methods", "%1 adds to the base, which is not done for whole modules.")},
    {"lora.modules_to_save.cores", QT_TRANSLATE_NOOP("Methods", "%1 trains cores of LoRA modules alone.")},
    {"downlink_codec.sparse", QT_TRANSLATE_NOOP("Methods", "Versions without their small numbers are a start for FedIT alone, not for %1.")},
    {"downlink_codec.method", QT_TRANSLATE_NOOP("Methods", "%1 leaves one factor with the clients, which rounding at random would tear apart.")},
};

QString reasonText(const spec::Problem& problem, const Scenario& scenario) {
  const spec::MethodFacts* method = spec::find_method(scenario.strategy.aggregator);
  for (const Reason& known : kReasons)
    if (method && problem.code == known.code) return Words::tr(known.text).arg(methodTitle(*method));
  return problemText(problem);
}

bool isIn(const std::vector<spec::Problem>& list, const spec::Problem& problem) {
  return std::any_of(list.begin(), list.end(), [&](const spec::Problem& one) { return one.path == problem.path && one.code == problem.code; });
}

QString newError(const Scenario& plain, StrategyOption option) {
  const auto before = spec::validate(plain);
  const auto setting = option == Rooms ? spec::Setting::network : spec::Setting::simulation;
  for (const spec::Problem& problem : spec::validate(chosen(plain, option), setting))
    if (problem.severity == spec::Problem::Severity::error && !isIn(before, problem) &&
        (option != Rooms || problem.path == "strategy.aggregator"))
      return reasonText(problem, plain);
  return {};
}

}  // namespace

Scenario withMethod(const Scenario& scenario, const std::string& aggregator) {
  Scenario other = scenario;
  other.strategy.aggregator = aggregator;
  const spec::MethodFacts* method = spec::find_method(aggregator);
  const bool same = method && method == spec::find_method(scenario.strategy.aggregator);
  // A parameter of the same name means something else to another method; of the same method only what it knows stays.
  std::erase_if(other.strategy.parameters, [&](const auto& given) {
    return !same || std::none_of(method->parameters.begin(), method->parameters.end(),
                                 [&](const spec::MethodParameter& one) { return one.name == given.first; });
  });
  return other;
}

std::vector<Exclusion> exclusionsOf(const Scenario& scenario) {
  const Scenario plain = plainOf(scenario);
  std::vector<Exclusion> list;
  for (const StrategyOption option : {ServerOptimizer, ControlVariates, ClientRanks, WholeModules, SparseDownlink, RoundedDownlink, Rooms})
    if (const QString reason = newError(plain, option); !reason.isEmpty()) list.push_back({option, nameOf(option), reason});
  return list;
}

QString whyNot(const Scenario& scenario, StrategyOption option) { return newError(plainOf(scenario), option); }

}  // namespace fedllm::ui
