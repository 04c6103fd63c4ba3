// Scenario: the saved design of a federation, everything a person chooses and nothing that was measured. Plain values.
// The JSON keys are stable (see scenario_json.h); defaults here are the documented defaults. Rates are per second,
// sizes in bytes unless a name says otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fedllm::spec {

// How a record becomes text. Either a named form ("auto": recognised from the fields; "instruction", "question", "text")
// or `prompt` and `response` with {field} placeholders; loss is taken on the response only.
struct TemplateSpec {
  std::string name = "auto";  // "custom" when prompt/response are given
  std::string prompt;
  std::string response;
  bool operator==(const TemplateSpec&) const = default;
};

struct DatasetSpec {
  std::vector<std::string> files;      // paths relative to the scenario file, absolute, or builtin:NAME
  std::string format = "auto";         // auto jsonl json csv text
  TemplateSpec text_template;          // key "template": a string or {"prompt","response"}
  std::string label;                   // field whose value is the label (topic); empty: none
  double test_fraction = 0.1;          // held out before anything is partitioned, in [0, 1)
  std::vector<std::string> test_files; // if given, the held-out set is these files and test_fraction is not used
  std::string bad_lines = "refuse";    // refuse skip
  bool operator==(const DatasetSpec&) const = default;
};

struct PartitionSpec {
  std::string method = "iid";          // iid dirichlet by_column by_file quantity
  std::optional<int> clients;          // absent where the data decide it (by_column, by_file)
  double alpha = 0.5;                  // Dirichlet concentration: labels (dirichlet) or sizes (quantity)
  std::string column;                  // by_column: the field whose values are the clients
  std::optional<int> labels_per_client;// dirichlet only is continuous; pathological k labels a client where set (iid)
  int min_records = 1;                 // every client gets at least this many, where the data allow it
  bool operator==(const PartitionSpec&) const = default;
};

struct LoraSpec {
  int rank = 8;
  double alpha = 16;                   // scale = alpha / rank
  double dropout = 0;
  std::vector<std::string> target_modules = {"q_proj", "k_proj", "v_proj", "o_proj"};
  bool operator==(const LoraSpec&) const = default;
};

struct TrainingSpec {
  std::optional<int> local_steps = 30; // exactly one of local_steps and local_epochs
  std::optional<int> local_epochs;
  int batch_size = 16;
  double learning_rate = 3e-3;
  int max_length = 256;                // tokens; longer records are cut on the right
  double weight_decay = 0;
  double clip_norm = 1;                // global gradient norm; 0: no clipping
  double warmup_fraction = 0;          // of a round's local steps
  bool operator==(const TrainingSpec&) const = default;
};

struct StrategySpec {
  std::string aggregator = "fedavg";         // fedavg (average of A and of B, weighted by examples: FedIT)
  std::string server_optimizer = "none";     // none fedavgm
  double server_learning_rate = 1;
  double server_momentum = 0.9;              // fedavgm
  double proximal_mu = 0;                    // FedProx: (mu/2)||theta - theta_t||^2; 0: off
  bool operator==(const StrategySpec&) const = default;
};

struct CohortSpec {                          // at most one; neither: everybody
  std::optional<int> size;
  std::optional<double> fraction;            // (0, 1]
  bool operator==(const CohortSpec&) const = default;
};

// One client's departures from the federation's values, keyed by its 0-based index.
struct ClientOverride {
  int client = 0;
  std::optional<std::string> name;
  std::optional<std::string> group;
  std::optional<int> local_steps;
  std::optional<double> learning_rate;
  std::optional<double> speed;               // relative compute speed for the forecast and simulated time, 1 = this machine
  std::optional<double> uplink_mbit_s;
  std::optional<double> downlink_mbit_s;
  std::optional<double> latency_ms;
  std::optional<double> x, y;                // position on the canvas, scene units
  bool operator==(const ClientOverride&) const = default;
};

// Links as modelled (not emulated): used by the forecast and the modelled figures.
struct NetworkSpec {
  double uplink_mbit_s = 20;
  double downlink_mbit_s = 100;
  double latency_ms = 20;
  double quorum = 1;                         // share of the cohort whose updates close a round, (0, 1]
  double deadline_s = 0;                     // 0: none
  std::optional<double> coordinator_x, coordinator_y;
  bool operator==(const NetworkSpec&) const = default;
};

struct EvaluationSpec {
  int max_records = 256;                     // held-out records scored per topic and evaluation
  bool exact_match = true;
  std::vector<std::string> control_files;    // records nobody trains, scored as their own topics (forgetting)
  bool client_adapters = true;               // score each client's own adapter at the first and last round
  bool operator==(const EvaluationSpec&) const = default;
};

struct Scenario {
  std::string name = "untitled";
  uint64_t seed = 1;
  std::string base_model = "builtin:microworld";
  DatasetSpec dataset;
  PartitionSpec partition;
  LoraSpec lora;
  TrainingSpec training;
  StrategySpec strategy;
  int rounds = 5;
  CohortSpec cohort;
  std::string codec = "f32";                 // f32 f16
  std::vector<ClientOverride> clients;
  NetworkSpec network;
  EvaluationSpec evaluation;
  bool operator==(const Scenario&) const = default;
};

}  // namespace fedllm::spec
