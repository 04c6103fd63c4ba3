// What a round measures beside its training: how well the clients' adapters agree, what each would have alone, and the new
// global adapter on what is held out.
#include "node/round_state.h"

namespace fedllm::node {
namespace {

constexpr double kDiagnosisPerSecond = 5e8, kDiagnosisShare = 0.05;

}  // namespace

// A network run spends at most a small share of a round on it: members wait for the coordinator.
bool Coordinator::worth_diagnosing(const Round& round) const {
  if (!tools_.run.network) return true;
  double work = 0;  // multiplications and additions, twice for every pair
  const double clients = static_cast<double>(round.updates->size());
  for (const adapter::ModuleSlot& slot : tools_.run.layout->modules())
    work += (clients + 1) * (clients + 2) * slot.rank * static_cast<double>(slot.a_size() + slot.b_size());
  return work / kDiagnosisPerSecond < kDiagnosisShare * (round.trained_s - round.began_s);
}

// How well the clients' adapters agree.
Status Coordinator::diagnose(Round& round) {
  UpdateShelf& updates = *round.updates;
  std::vector<double> weights;
  for (size_t i = 0; i < updates.size(); ++i) weights.push_back(static_cast<double>(updates.num_examples(i)));
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState received, tools_.run.codec->decode(*round.offered, tools_.run.layout));
  const auto read = [&](size_t i, size_t from, std::span<float> values) {
    FEDLLM_RETURN_IF_ERROR(updates.read(i, from, values));
    const float* start = received.values.data() + from;
    for (size_t k = 0; k < values.size(); ++k) values[k] += start[k];
    return Status();
  };
  FEDLLM_ASSIGN_OR_RETURN(const adapter::Agreement agreement, adapter::agreement(*tools_.run.layout, weights, read));
  round.aggregation_error = agreement.aggregation_error;
  for (size_t i = 0; i < updates.size(); ++i) round.cosines.emplace_back(updates.client(i), agreement.cosines[i]);
  return {};
}

// What each client would have alone: saved for the try-it box and scored, at the first and the last round.
Status Coordinator::evaluate_own(Round& round) {
  const spec::EvaluationSpec& spec = tools_.run.scenario.evaluation;
  if (tools_.run.eval.records.empty() && tools_.run.network) return {};  // there is nothing here to score them on
  if (!spec.client_adapters || (round.number != 1 && round.number != tools_.run.scenario.rounds)) return {};
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState received, tools_.run.codec->decode(*round.offered, tools_.run.layout));
  UpdateShelf& updates = *round.updates;
  if (updates.size() > static_cast<size_t>(kOwnAdapters)) {
    tools_.journal.warning("only the first " + std::to_string(kOwnAdapters) + " of " + std::to_string(updates.size()) + " clients' own adapters are kept and scored",
                           round.number);
  }
  for (size_t i = 0; i < updates.size() && i < static_cast<size_t>(kOwnAdapters); ++i) {
    const int client = updates.client(i);
    adapter::AdapterState own = received;
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState* delta, updates.load(i));
    FEDLLM_RETURN_IF_ERROR(adapter::add_scaled(own, *delta, 1));
    FEDLLM_RETURN_IF_ERROR(save(own, round_dir(round.number) + "/client-" + std::to_string(client)).status());
    FEDLLM_ASSIGN_OR_RETURN(const TopicScores scores, score(&own, &tools_.run.eval.client_records));
    tools_.journal.evaluated(round.number, "client", client, scores, spec.exact_match);
  }
  return {};
}

Status Coordinator::evaluate_global(Round& round) {
  FEDLLM_ASSIGN_OR_RETURN(round.eval, score_global(round.number));
  tools_.journal.evaluated(round.number, "global", -1, round.eval, tools_.run.scenario.evaluation.exact_match);
  return {};
}

Result<TopicScores> Coordinator::score(const adapter::AdapterState* adapter, const std::vector<size_t>* only) {
  const EvalTools tools{tools_.backend, *tools_.run.base, tools_.pool, tools_.gate, tools_.stop};
  return evaluate(tools, adapter, tools_.run.eval, only);
}

}  // namespace fedllm::node
