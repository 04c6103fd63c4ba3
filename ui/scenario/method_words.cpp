#include "ui/scenario/method_words.h"

#include <QCoreApplication>
#include <QStringList>

namespace fedllm::ui {

using spec::LoraFactors;
using spec::MethodFacts;
using spec::MethodFamily;

namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Methods)
};

// Chinese has no space between sentences.
QString joined(const QStringList& sentences) {
  QString text = sentences.value(0);
  for (qsizetype i = 1; i < sentences.size(); ++i) text = Words::tr("%1 %2", "two sentences").arg(text, sentences[i]);
  return text;
}

bool isScript(const MethodFacts& method) { return method.name == "exec"; }
bool isExactButCut(const MethodFacts& method) { return method.exact && method.family == MethodFamily::product && !method.adds_to_base; }
bool byTurns(const MethodFacts& method) {
  return spec::round_shape(method, 2).trained != spec::round_shape(method, 3).trained;
}
LoraFactors sent(const MethodFacts& method) { return spec::round_shape(method, 2).up; }
bool laysBasis(const MethodFacts& method) { return spec::round_shape(method, 1).first_step; }

QString whyExact(const MethodFacts& method) {
  if (method.adds_to_base) return Words::tr("Exact: the clients' products B A are averaged, and what the factors cannot hold is added beside the base.");
  if (isExactButCut(method)) return Words::tr("Exact before the cut: the clients' products B A are averaged, then cut to the rank; what that drops is reported.");
  if (laysBasis(method)) return Words::tr("Exact after the first round: only small cores between factors that everybody has are averaged. The first round's mean is cut to the rank; what that drops is reported.");
  if (sent(method) == LoraFactors::core) return Words::tr("Exact: only small cores between factors that everybody has are averaged.");
  if (byTurns(method)) return Words::tr("Exact: a round trains one factor and leaves the other, which all clients share.");
  return Words::tr("Exact: only B is averaged; A is the same for all clients of a round.");
}

QString whyInexact(const MethodFacts& method) {
  if (method.personal) return Words::tr("Inexact: A is averaged, while every client multiplies it with a B of its own.");
  if (method.family == MethodFamily::product) return Words::tr("Inexact: the averaged factors are only corrected towards the mean of the products B A.");
  if (method.family == MethodFamily::mixed_ranks) return Words::tr("Inexact: factors of different ranks are averaged component by component.");
  return Words::tr("Inexact: A and B are averaged apart, and the product of means is not the mean of products.");
}

QString aggregation(const MethodFacts& method, const spec::Scenario& scenario) {
  if (isScript(method)) return Words::tr("Up to your program; every round reports how far its result is from exact.");
  QStringList text{method.exact ? whyExact(method) : whyInexact(method)};
  if (spec::sent_share(method, scenario.strategy.parameters) < 1) text << Words::tr("What a client does not choose stays as it was.");
  if (method.own_adapter) text << Words::tr("The adapters that clients keep are not averaged.");
  return joined(text);
}

QString whatIsSent(const MethodFacts& method) {
  if (byTurns(method)) return Words::tr("One factor of every client a round, B and A by turns.");
  switch (sent(method)) {
    case LoraFactors::a: return Words::tr("A of every client, never a B.");
    case LoraFactors::b: return Words::tr("B of every client; everybody knows A.");
    case LoraFactors::core:
      return laysBasis(method) ? Words::tr("The leading part of every client's gradient in the first round, then small cores of every client.") : Words::tr("Small cores of every client.");
    default: return Words::tr("A and B of every client.");
  }
}

QString coordinatorSees(const MethodFacts& method, const spec::Scenario& scenario) {
  QStringList text{whatIsSent(method)};
  if (method.own_adapter) text << Words::tr("Never the adapters that clients keep.");
  if (scenario.strategy.control_variates) text << Words::tr("Their control variates, too.");
  text << (method.sum_only ? Words::tr("It needs only their weighted sum, so secure aggregation would fit.")
                           : Words::tr("It needs each client's update by itself, so secure aggregation does not fit."));
  return joined(text);
}

QString othersSee(const MethodFacts& method) {
  if (method.shows_adapters) return Words::tr("Every adapter that was sent in the round, stacked: each client receives the others'.");
  if (method.personal) return Words::tr("The mean of A only.");
  if (method.adds_to_base) return Words::tr("The combined adapter and what was added beside the base; never one client's own.");
  if (laysBasis(method)) return Words::tr("The leading part of the mean gradient, then the mean of the cores; never one client's own.");
  if (sent(method) == LoraFactors::core) return Words::tr("The mean of the cores; never one client's own.");
  return Words::tr("The combined adapter only; never one client's own.");
}

QString clientKeeps(const MethodFacts& method, const spec::Scenario& scenario) {
  QStringList kept;
  if (method.personal) kept << Words::tr("Its own B, which never leaves it.");
  if (method.own_adapter) kept << Words::tr("An adapter of its own, trained beside the shared one: twice the local work.");
  if (method.adds_to_base) kept << Words::tr("What was added beside the base so far, for every adapted module.");
  if (laysBasis(method)) kept << Words::tr("The two factors around the cores, which the first round found.");
  if (byTurns(method)) kept << Words::tr("The factor that is not trained in the round.");
  if (scenario.strategy.control_variates) kept << Words::tr("Its control variate.");
  if (scenario.codec != "f32" && spec::sent_share(method, scenario.strategy.parameters) == 1)
    kept << Words::tr("What its codec lost, for its next update.");
  return kept.isEmpty() ? Words::tr("Nothing: each round starts from what comes down.") : joined(kept);
}

// Texts of the table of methods, for the catalogue; the table says them.
const char* const kCatalogue[] = {
    QT_TRANSLATE_NOOP("Methods", "FedIT"),
    QT_TRANSLATE_NOOP("Methods", "FFA-LoRA"),
    QT_TRANSLATE_NOOP("Methods", "RoLoRA"),
    QT_TRANSLATE_NOOP("Methods", "LoRA-A2"),
    QT_TRANSLATE_NOOP("Methods", "FedSVD"),
    QT_TRANSLATE_NOOP("Methods", "RAVAN"),
    QT_TRANSLATE_NOOP("Methods", "Fed-SB"),
    QT_TRANSLATE_NOOP("Methods", "FLoRA"),
    QT_TRANSLATE_NOOP("Methods", "FlexLoRA"),
    QT_TRANSLATE_NOOP("Methods", "FedEx-LoRA"),
    QT_TRANSLATE_NOOP("Methods", "LoRA-FAIR"),
    QT_TRANSLATE_NOOP("Methods", "Zero padding"),
    QT_TRANSLATE_NOOP("Methods", "HetLoRA"),
    QT_TRANSLATE_NOOP("Methods", "RBLA"),
    QT_TRANSLATE_NOOP("Methods", "FedSA-LoRA"),
    QT_TRANSLATE_NOOP("Methods", "Local and global LoRA (Ditto)"),
    QT_TRANSLATE_NOOP("Methods", "A program of your own"),
    QT_TRANSLATE_NOOP("Methods", "Rank to which the accumulator beside the base is recompressed after every round; 0 keeps it without loss.\n\nA smaller rank costs less memory and fewer bytes for a client that comes late; the energy that is dropped is reported every round."),
    QT_TRANSLATE_NOOP("Methods", "Rank to which the mean of the products is cut; 0 is the scenario's rank.\n\nThe energy of the singular values behind it is dropped and reported."),
    QT_TRANSLATE_NOOP("Methods", "How strongly the correction of B is held small, beside the distance between the product and the mean of the clients' products.\n\n0 takes the closest correction there is; a large value takes none and leaves FedIT."),
    QT_TRANSLATE_NOOP("Methods", "1 corrects the direction only (cosine similarity, found step by step), 0 the distance (closed form).\n\nThe paper names both; the closed form is exact for the distance."),
    QT_TRANSLATE_NOOP("Methods", "1 weighs every module by its own norms, 0 all modules of a client alike.\n\nThe paper does not settle which."),
    QT_TRANSLATE_NOOP("Methods", "A client whose components behind this part of its rank lost weight while it trained is pruned to this part of its rank.\n\n1 never prunes. In a room nobody is pruned."),
    QT_TRANSLATE_NOOP("Methods", "Weight of the penalty that makes a client's last components small, so that it can be pruned.\n\n0 leaves the loss alone."),
    QT_TRANSLATE_NOOP("Methods", "No client is pruned below this rank."),
    QT_TRANSLATE_NOOP("Methods", "Seconds that the program may take for one round.\n\nThen it is ended, with everything it started, and the run fails with that reason."),
    QT_TRANSLATE_NOOP("Methods", "Part of the trained factor's numbers that a client trains and sends in a round: its most important components of all modules.\n\nA component counts by what it would add to the change of the product: the length of its row or column in the client's gradient times the length of the one it is multiplied with. The others stay as they are."),
    QT_TRANSLATE_NOOP("Methods", "Batches from whose mean gradient a client chooses its components, before it trains.\n\nThey cost about as much time as local steps; the paper chooses by the change that an epoch makes."),
    QT_TRANSLATE_NOOP("Methods", "Into how many heads the rank is split, each with a core of its own; it must divide the LoRA rank.\n\nA module sends rank^2 / heads numbers: with twice the rank and four times the heads as many bytes buy twice the rank."),
    QT_TRANSLATE_NOOP("Methods", "How strongly a client's own adapter is drawn towards the global one while it trains.\n\n0 trains it alone; a large value leaves the global adapter."),
};

struct ParameterTitle {
  const char *name, *title;
};
const ParameterTitle kTitles[] = {
    {"merged_rank", QT_TRANSLATE_NOOP("Methods", "Merged rank")},
    {"rank", QT_TRANSLATE_NOOP("Methods", "Rank of the mean")},
    {"lambda", QT_TRANSLATE_NOOP("Methods", "Lambda")},
    {"cosine", QT_TRANSLATE_NOOP("Methods", "Correct the direction only")},
    {"per_module", QT_TRANSLATE_NOOP("Methods", "Weigh each module")},
    {"decay", QT_TRANSLATE_NOOP("Methods", "Kept part of the rank")},
    {"min_rank", QT_TRANSLATE_NOOP("Methods", "Smallest rank")},
    {"time_limit_s", QT_TRANSLATE_NOOP("Methods", "Time limit (s)")},
    {"share", QT_TRANSLATE_NOOP("Methods", "Share sent")},
    {"batches", QT_TRANSLATE_NOOP("Methods", "Batches to choose by")},
    {"heads", QT_TRANSLATE_NOOP("Methods", "Heads")},
};

QString translated(std::string_view text) { return Words::tr(std::string(text).c_str()); }

}  // namespace

Consequences consequencesOf(const MethodFacts& method, const spec::Scenario& scenario) {
  return {aggregation(method, scenario), coordinatorSees(method, scenario), othersSee(method), clientKeeps(method, scenario)};
}

QString exactnessWord(const MethodFacts& method) {
  if (isScript(method)) return Words::tr("up to you");
  if (isExactButCut(method)) return Words::tr("exact before the cut");
  return method.exact ? Words::tr("exact") : Words::tr("inexact");
}

QString methodTitle(const MethodFacts& method) { return translated(method.title); }

QString strategyTitle(const spec::StrategySpec& strategy) {
  const MethodFacts* method = spec::find_method(strategy.aggregator);
  if (!method) return QString::fromStdString(strategy.aggregator);
  if (method != &spec::methods().front()) return methodTitle(*method);
  static const std::pair<std::string_view, const char*> kOptimizers[] = {
      {"fedavgm", "FedAvgM"}, {"fedadagrad", "FedAdagrad"}, {"fedadam", "FedAdam"}, {"fedyogi", "FedYogi"}};
  for (const auto& [name, title] : kOptimizers)
    if (strategy.server_optimizer == name) return QString::fromLatin1(title);
  if (strategy.control_variates) return QStringLiteral("SCAFFOLD");
  return strategy.proximal_mu > 0 ? QStringLiteral("FedProx") : QStringLiteral("FedAvg");
}

QString familyTitle(MethodFamily family) {
  switch (family) {
    case MethodFamily::average_factors: return Words::tr("Average the factors");
    case MethodFamily::exact: return Words::tr("Exact by freezing or alternating");
    case MethodFamily::product: return Words::tr("Aggregate the product");
    case MethodFamily::mixed_ranks: return Words::tr("Mixed ranks");
    case MethodFamily::personal: return Words::tr("Personal");
  }
  return {};
}

QString explanationText(const spec::MethodParameter& parameter) { return translated(parameter.explanation); }

QString parameterTitle(const spec::MethodParameter& parameter) {
  for (const ParameterTitle& known : kTitles)
    if (parameter.name == known.name) return Words::tr(known.title);
  return QString::fromUtf8(parameter.name.data(), qsizetype(parameter.name.size()));
}

std::vector<QString> catalogued() {
  std::vector<QString> list;
  for (const char* text : kCatalogue) list.push_back(QString::fromUtf8(text));
  return list;
}

}  // namespace fedllm::ui
