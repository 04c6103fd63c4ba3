// Scenario <-> JSON. Keys: name, seed, base_model, base_precision, dataset {files, format, template, label, test_fraction, test_files,
// bad_lines}, partition {method, clients, alpha, column, labels_per_client, min_records}, lora {rank, alpha, dropout,
// target_modules}, training {local_steps | local_epochs, batch_size, optimizer, momentum, learning_rate, max_length, weight_decay,
// clip_norm, warmup_fraction}, strategy {aggregator, parameters, server_optimizer, server_learning_rate, server_momentum,
// server_beta1, server_beta2, server_tau, proximal_mu, control_variates}, rounds,
// cohort {size | fraction}, codec, clients [{client, …}], network {…}, evaluation {…}, and "format_version" (written as
// kScenarioVersion; absent means 1; a newer one is refused by number). Unknown keys are an error with the path and the
// nearest known key. Type errors name path, expected and got. Opens no file that a scenario names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "spec/scenario.h"

namespace fedllm::spec {

inline constexpr int kScenarioVersion = 1;

Result<Scenario> parse_scenario(std::string_view json);
Result<Scenario> load_scenario(const std::string& path);  // "builtin:NAME" -> assets/scenarios/NAME.json
// Canonical, human-readable: fixed key order, two-space indent, trailing newline. parse(to_json(s)) == s.
std::string to_json(const Scenario& scenario);
std::string scenario_sha256(const Scenario& scenario);
// "--set path=value": value is JSON if it parses, else a string. training.local_steps removes local_epochs and the
// reverse; cohort.size / cohort.fraction likewise; partition.method by_column / by_file removes partition.clients.
// Paths use dots; clients.K.field addresses the override of client K (created if absent).
Status apply_set(Scenario& scenario, std::string_view assignment);
// Every path that apply_set takes, in document order (for help, completion and the sweep builder).
std::vector<std::string> scenario_paths();
// The value at a path as JSON text, e.g. value_at(s, "lora.rank") == "8".
Result<std::string> value_at(const Scenario& scenario, std::string_view path);
// The differences as one sentence: "lora.rank 8 -> 4, partition.alpha 0.5 -> 0.1"; "no difference".
std::string difference_sentence(const Scenario& before, const Scenario& after);

}  // namespace fedllm::spec
