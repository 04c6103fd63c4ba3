// The gates of the shipped sample, as medians of three seeds: what the base can do, what the sample run reaches, what a
// client with two labels reaches alone, and what skew costs. Federates with the run's own parts (scenario, partition,
// backend, aggregator, seeds) but without ledger and wire. Prints one line a gate; exit code 1 when one is missed.
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cstdio>
#include <map>
#include <thread>

#include "base/home.h"
#include "base/seed_tree.h"
#include "fed/strategy.h"
#include "node/scenario_facts.h"
#include "spec/scenario_json.h"
#include "train/backend.h"

using namespace fedllm;

namespace {

using Examples = std::vector<data::Example>;
const std::vector<uint64_t> kSeeds = {1, 2, 3};

template <class T>
T must(Result<T> result) {
  if (!result.ok()) qFatal("%s", result.status().to_string().c_str());
  return std::move(result).value();
}

Examples tokenized(const data::Dataset& dataset, const std::vector<int64_t>& records, const node::OpenedScenario& opened) {
  Examples examples;
  for (const int64_t record : records) {
    const auto rendered = must(data::render(must(dataset.read(record)), opened.text_template));
    examples.push_back(must(data::tokenize(rendered, *opened.tokenizer, opened.scenario.training.max_length)));
  }
  return examples;
}

Examples all_of(const data::Dataset& dataset, const node::OpenedScenario& opened) {
  std::vector<int64_t> records(static_cast<size_t>(dataset.size()));
  for (size_t i = 0; i < records.size(); ++i) records[i] = static_cast<int64_t>(i);
  return tokenized(dataset, records, opened);
}

struct Federation {
  node::OpenedScenario opened;
  std::vector<Examples> shards;
  Examples test, control;
  std::shared_ptr<const train::BaseModel> base;
  adapter::LayoutPtr layout;
};

class World {
 public:
  World() : facts_(folder_.path().toStdString()), backend_(must(train::open_backend())) {}

  Federation open(const std::string& name, uint64_t seed) {
    spec::Scenario scenario = must(spec::load_scenario("builtin:" + name));
    scenario.seed = seed;
    Federation f{.opened = must(facts_.open(scenario, "."))};
    for (const auto& shard : must(f.opened.partition()).clients) f.shards.push_back(tokenized(*f.opened.dataset, shard, f.opened));
    f.test = all_of(*f.opened.test_dataset, f.opened);
    for (const auto& control : f.opened.controls) f.control = all_of(*control.dataset, f.opened);
    f.base = must(backend_->load_base(f.opened.model_dir, f.opened.tokenizer->vocab_size()));
    f.layout = must(f.base->lora_layout(scenario.lora));
    return f;
  }

  // Share of records answered exactly, in per cent.
  double exact(const Federation& f, const adapter::AdapterState* adapter, const Examples& examples) {
    int64_t right = 0;
    for (const auto& score : must(backend_->score(*f.base, adapter, examples, {}))) right += score.exact;
    return 100.0 * static_cast<double>(right) / static_cast<double>(examples.size());
  }

  // The base's exact match on the label value it answers best.
  double best_base_label(const Federation& f) {
    const data::Dataset& records = *f.opened.test_dataset;
    std::map<int32_t, std::pair<int64_t, int64_t>> right_of;    // label -> right, all
    const auto scores = must(backend_->score(*f.base, nullptr, f.test, {}));
    for (size_t i = 0; i < scores.size(); ++i) {
      auto& [right, all] = right_of[records.label_of(static_cast<int64_t>(i))];
      right += scores[i].exact, ++all;
    }
    double best = 0;
    for (const auto& [label, counts] : right_of)
      best = std::max(best, 100.0 * static_cast<double>(counts.first) / static_cast<double>(counts.second));
    return best;
  }

  adapter::AdapterState start(const Federation& f) const {
    return adapter::initial_state(f.layout, SeedTree(f.opened.scenario.seed).child("adapter").value());
  }

  adapter::AdapterState train(const Federation& f, const adapter::AdapterState& from, int client, int round) {
    const spec::Scenario& s = f.opened.scenario;
    train::LocalOptions options;
    options.steps = s.training.local_steps.value();
    options.batch_size = s.training.batch_size;
    options.learning_rate = s.training.learning_rate;
    options.clip_norm = s.training.clip_norm;
    options.seed = SeedTree(s.seed).child("round", static_cast<uint64_t>(round)).child("client", static_cast<uint64_t>(client)).value();
    return must(backend_->train(*f.base, from, f.shards[static_cast<size_t>(client)], options)).adapter;
  }

  // Every client of one round, two at a time.
  std::vector<adapter::AdapterState> train_all(const Federation& f, const adapter::AdapterState& global, int round) {
    std::vector<adapter::AdapterState> locals(f.shards.size());
    for (size_t first = 0; first < locals.size(); first += 2) {
      std::vector<std::jthread> workers;
      for (size_t k = first; k < std::min(first + 2, locals.size()); ++k)
        workers.emplace_back([&, k] { locals[k] = train(f, global, static_cast<int>(k), round); });
    }
    return locals;
  }

  adapter::AdapterState average(const Federation& f, const adapter::AdapterState& global, const std::vector<adapter::AdapterState>& locals) {
    std::vector<fed::Contribution> contributions;
    for (size_t k = 0; k < locals.size(); ++k)
      contributions.push_back({static_cast<int>(k), {0, static_cast<int64_t>(f.shards[k].size()), must(adapter::difference(locals[k], global))}});
    const auto aggregator = must(fed::make_aggregator(f.opened.scenario.strategy));
    const auto optimizer = must(fed::make_server_optimizer(f.opened.scenario.strategy));
    return must(optimizer->step(global, must(aggregator->aggregate(global, contributions))));
  }

 private:
  QTemporaryDir folder_;
  node::ScenarioFacts facts_;
  train::Backend* backend_;
};

struct Outcome {
  std::vector<double> rounds;    // exact match of the global adapter, per cent
  std::vector<double> own;       // of each client's own adapter, last round
  double control = 0;            // of the control topic at the end
};

Outcome federate(World& world, const Federation& f) {
  adapter::AdapterState global = world.start(f);
  Outcome outcome;
  std::vector<adapter::AdapterState> locals;
  for (int round = 1; round <= f.opened.scenario.rounds; ++round) {
    locals = world.train_all(f, global, round);
    global = world.average(f, global, locals);
    outcome.rounds.push_back(world.exact(f, &global, f.test));
  }
  for (const auto& local : locals) outcome.own.push_back(world.exact(f, &local, f.test));
  outcome.control = world.exact(f, &global, f.control);
  return outcome;
}

// Client 0 with its own records only, as many steps as the whole run gives it.
double alone(World& world, const Federation& f) {
  adapter::AdapterState adapter = world.start(f);
  for (int round = 1; round <= f.opened.scenario.rounds; ++round) adapter = world.train(f, adapter, 0, round);
  return world.exact(f, &adapter, f.test);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void show(const char* name, uint64_t seed, const Outcome& outcome) {
  std::printf("%-12s seed %llu  global", name, static_cast<unsigned long long>(seed));
  for (const double value : outcome.rounds) std::printf(" %5.1f", value);
  std::printf("   own");
  for (const double value : outcome.own) std::printf(" %5.1f", value);
  std::printf("   control %5.1f\n", outcome.control);
  std::fflush(stdout);
}

bool gate(const char* what, double value, const char* rule, bool passed) {
  std::printf("%-58s %6.1f  %-9s %s\n", what, value, rule, passed ? "ok" : "MISSED");
  return passed;
}

}  // namespace

int main() {
  World world;
  std::map<std::string, std::vector<double>> figures;
  for (const uint64_t seed : kSeeds) {
    for (const char* name : {"desk-iid", "desk-skewed", "things", "private"}) {
      const Federation f = world.open(name, seed);
      if (seed == kSeeds.front()) {
        figures["base"].push_back(world.best_base_label(f));
        figures["control"] = {world.exact(f, nullptr, f.control)};
      }
      const Outcome outcome = federate(world, f);
      show(name, seed, outcome);
      figures[name].push_back(outcome.rounds.back());
      if (std::string(name) == "desk-skewed") figures["alone"].push_back(alone(world, f));
    }
    figures["gap"].push_back(figures["desk-iid"].back() - figures["desk-skewed"].back());
  }
  const double base = *std::max_element(figures["base"].begin(), figures["base"].end());
  std::printf("\n%-58s %6s  gate\n", "exact match on held-out, per cent, median of 3 seeds", "value");
  bool ok = gate("base on its best trained topic", base, "<= 10", base <= 10);
  ok &= gate("base on the control topic", figures["control"][0], ">= 95", figures["control"][0] >= 95);
  ok &= gate("sample run after the last round", median(figures["desk-iid"]), ">= 90", median(figures["desk-iid"]) >= 90);
  ok &= gate("a client alone on two labels", median(figures["alone"]), "<= 40", median(figures["alone"]) <= 40);
  ok &= gate("sample run minus two labels a client, points", median(figures["gap"]), ">= 15", median(figures["gap"]) >= 15);
  return ok ? 0 : 1;
}
