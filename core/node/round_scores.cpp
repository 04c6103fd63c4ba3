// What a round measures beside its training: how well the clients' adapters agree, what each would have alone, and the new
// global adapter on what is held out.
#include <cstdio>

#include "node/round_state.h"
#include "node/text_scores.h"

namespace fedllm::node {
namespace {

constexpr size_t kPrecisionRecords = 64;

}  // namespace

// What each client would have alone: saved for the try-it box and scored, at the first and the last round.
Status Coordinator::evaluate_own(Round& round) {
  const spec::EvaluationSpec& spec = tools_.run.scenario.evaluation;
  if (tools_.run.eval.records.empty() && tools_.run.network) return {};  // there is nothing here to score them on
  if (!spec.client_adapters || tools_.run.method->personal || tools_.run.method->own_adapter || (round.number != 1 && round.number != tools_.run.scenario.rounds)) return {};
  UpdateShelf& updates = *round.updates;
  if (updates.size() > static_cast<size_t>(kOwnAdapters)) {
    tools_.journal.warning("only the first " + std::to_string(kOwnAdapters) + " of " + std::to_string(updates.size()) + " clients' own adapters are kept and scored",
                           round.number);
  }
  for (size_t i = 0; i < updates.size() && i < static_cast<size_t>(kOwnAdapters); ++i) {
    const int client = updates.client(i);
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* started, received(round, client));
    adapter::AdapterState own = *started;
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* delta, updates.load(i));
    FEDLLM_RETURN_IF_ERROR(adapter::add_scaled(own, *delta, 1));
    // What lay beside the base while it trained belongs to it.
    if (round.merged_before) {
      FEDLLM_ASSIGN_OR_RETURN(own, with_beside(own, round.merged_before));
    }
    FEDLLM_RETURN_IF_ERROR(save(own, round_dir(round.number) + "/client-" + std::to_string(client)).status());
    FEDLLM_ASSIGN_OR_RETURN(const TopicScores scores, score(&own, &tools_.run.eval.client_records));
    FEDLLM_ASSIGN_OR_RETURN(const Measures measures, measure(&own));
    tools_.journal.evaluated(round.number, "client", client, scores, measures, spec.exact_match);
  }
  return {};
}

Status Coordinator::evaluate_global(Round& round) {
  if (tools_.run.method->personal && !tools_.run.network) {
    FEDLLM_ASSIGN_OR_RETURN(round.eval, score_personal(round));
    tools_.journal.evaluated(round.number, "global", -1, round.eval, {}, tools_.run.scenario.evaluation.exact_match);
    return {};
  }
  FEDLLM_ASSIGN_OR_RETURN(round.eval, score_global(round.number));
  if (!tools_.run.method->personal) {
    FEDLLM_ASSIGN_OR_RETURN(round.measures, measure(&global_));
  }
  tools_.journal.evaluated(round.number, "global", -1, round.eval, round.measures, tools_.run.scenario.evaluation.exact_match);
  // In a room what a client keeps to itself is scored on its own machine.
  return tools_.run.method->own_adapter && !tools_.run.network ? score_personal(round).status() : Status();
}

// Each client's shared factor is the new version's, the other its own; or all of it its own.
Result<TopicScores> Coordinator::score_personal(Round& round) {
  const PreparedRun& run = tools_.run;
  const ClientStates states = fleet_.states();
  const spec::LoraFactors kept = run.shape(round.number).up == spec::LoraFactors::a ? spec::LoraFactors::b : spec::LoraFactors::a;
  const bool save_them = run.scenario.evaluation.client_adapters && (round.number == 1 || round.number == run.scenario.rounds);
  TopicScores sum;
  int scored = 0;
  for (const int client : run.active) {
    if (scored++ == kOwnAdapters) {
      tools_.journal.warning("only the first " + std::to_string(kOwnAdapters) + " of " + std::to_string(run.active.size()) + " clients' own adapters are scored", round.number);
      break;
    }
    adapter::AdapterState own = global_;
    if (const auto found = states.personal.find(client); found != states.personal.end()) {
      if (run.method->own_adapter) own.values = found->second;
      else Parcel(run.layout, kept).unpack({nullptr, found->second}, own);
    }
    if (save_them) FEDLLM_RETURN_IF_ERROR(save(own, round_dir(round.number) + "/client-" + std::to_string(client)).status());
    FEDLLM_ASSIGN_OR_RETURN(const TopicScores scores, score(&own, &run.eval.client_records));
    Measures measures;
    if (save_them) {
      FEDLLM_ASSIGN_OR_RETURN(measures, measure(&own));
    }
    tools_.journal.evaluated(round.number, "client", client, scores, measures, run.scenario.evaluation.exact_match);
    for (const auto& [topic, one] : scores) add_score(sum[topic], one);
  }
  return sum;
}

Result<TopicScores> Coordinator::score(const adapter::AdapterState* adapter, const std::vector<size_t>* only) {
  const EvalTools tools{tools_.backend, *base_, tools_.pool, tools_.gate, tools_.stop};
  return evaluate(tools, adapter, tools_.run.eval, only);
}

// What evaluation.metrics ask for, on what is held out here; adapter null: the base itself.
Result<Measures> Coordinator::measure(const adapter::AdapterState* adapter) {
  const spec::EvaluationSpec& spec = tools_.run.scenario.evaluation;
  Measures measures;
  if (spec.metrics.empty() || tools_.run.held_out_records.empty()) return measures;
  const TextScoreOptions options{.metrics = spec.metrics, .among = tools_.run.held_out_records, .max_records = spec.answer_records,
                                 .max_new_tokens = spec.max_new_tokens, .seed = tools_.run.scenario.seed, .stop = tools_.stop};
  FEDLLM_ASSIGN_OR_RETURN(const auto scores, text_scores(tools_.backend, *base_, adapter, tools_.run.held_out, options));
  for (const auto& [name, score] : scores)
    if (score.records > 0) measures[name] = score.mean();
  return measures;
}

// What a base that is held as int8 loses: its loss on held-out records beside that of the file's own numbers.
Status Coordinator::weigh_precision() {
  const EvalSet& eval = tools_.run.eval;
  if (tools_.run.scenario.base_precision != "int8" || eval.records.empty()) return {};
  FEDLLM_ASSIGN_OR_RETURN(const auto whole, tools_.backend.load_base(tools_.run.opened.model_dir, {}));
  std::vector<data::Example> examples;
  for (size_t i = 0; i < eval.records.size() && i < kPrecisionRecords; ++i) examples.push_back(eval.records[i * eval.records.size() / std::min(eval.records.size(), kPrecisionRecords)].example);
  const auto loss = [&](const train::BaseModel& base) -> Result<double> {
    FEDLLM_ASSIGN_OR_RETURN(const auto scores, tools_.backend.score(base, nullptr, examples, tools_.stop));
    train::Score sum;
    for (const train::Score& one : scores) add_score(sum, one);
    return sum.mean_loss();
  };
  FEDLLM_ASSIGN_OR_RETURN(const double held, loss(*tools_.run.base));
  FEDLLM_ASSIGN_OR_RETURN(const double exact, loss(*whole));
  totals_.precision_cost = held - exact;
  char text[160];
  std::snprintf(text, sizeof text, "the base held as int8 has a loss of %.4f on %zu held-out records, %+.5f against the file's own numbers", held, examples.size(), held - exact);
  tools_.journal.warning(text, 0);
  return {};
}

}  // namespace fedllm::node
