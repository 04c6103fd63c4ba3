// Reference lines: what a client would have without the others, and what one place with all data would have, each trained from
// the run's start for as many local steps as a client takes in the whole run, its optimizer beginning anew as in every round.
#include <map>

#include "node/round_state.h"

namespace fedllm::node {

Status Coordinator::train_references() {
  const PreparedRun& run = tools_.run;
  struct Reference {
    std::string name;
    int client = -1;
    std::vector<int64_t> records;
    adapter::AdapterState adapter;
    Status status;
  };
  std::vector<Reference> all;
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState start, train::start_state(*run.base, run.layout, run.version_seed(0)));
  Reference central{"centralised", -1, {}, start, {}};
  for (const int client : run.active) {
    const auto& shard = run.shard(client);
    central.records.insert(central.records.end(), shard.begin(), shard.end());
    if (all.size() < static_cast<size_t>(kOwnAdapters)) all.push_back({"local", client, shard, start, {}});
  }
  if (run.active.size() > all.size())
    tools_.journal.warning("only the first " + std::to_string(all.size()) + " of " + std::to_string(run.active.size()) + " clients are also trained alone", run.scenario.rounds);
  std::sort(central.records.begin(), central.records.end());   // whoever holds them
  all.push_back(std::move(central));
  tools_.pool.run_all(static_cast<int>(all.size()), [&](int job) {
    Reference& one = all[static_cast<size_t>(job)];
    const auto examples = run.tokens->examples(one.records);
    for (int round = 1; round <= run.scenario.rounds && one.status.ok(); ++round) {
      tools_.gate.wait(tools_.stop);
      train::LocalOptions options = run.local_options();
      const int like = one.client >= 0 ? one.client : run.active.front();
      options.steps = run.local_steps(like);
      options.learning_rate = one.client >= 0 ? run.learning_rate(one.client) : run.scenario.training.learning_rate;
      options.seed = (one.client >= 0 ? run.client_seed(one.client, round) : SeedTree(run.scenario.seed).child("centralised", static_cast<uint64_t>(round))).value();
      options.stop = tools_.stop;
      auto trained = tools_.backend.train(*run.base, one.adapter, examples, options);
      if (trained.ok()) one.adapter = std::move(trained->adapter);
      else one.status = trained.status();
    }
  });
  const EvalTools tools{tools_.backend, *run.base, tools_.pool, tools_.gate, tools_.stop};
  for (Reference& one : all) {
    FEDLLM_RETURN_IF_ERROR(one.status);
    FEDLLM_ASSIGN_OR_RETURN(const TopicScores scores, evaluate(tools, &one.adapter, run.eval, one.client >= 0 ? &run.eval.client_records : nullptr));
    tools_.journal.evaluated(run.scenario.rounds, one.name, one.client, scores, {}, run.scenario.evaluation.exact_match);
    TopicScores& sum = totals_.references[one.name];
    for (const auto& [topic, score] : scores) add_score(sum[topic], score);
  }
  return {};
}

}  // namespace fedllm::node
