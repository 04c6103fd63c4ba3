// Scenario: the saved design of a federation, everything a person chooses and nothing that was measured. Plain values.
// The JSON keys are stable (see scenario_json.h); defaults here are the documented defaults. Rates are per second,
// sizes in bytes unless a name says otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spec/lora_spec.h"

namespace fedllm::spec {

// How a record becomes text. Either a named form ("auto": recognised from the fields; "instruction", "question", "prompt",
// "text"), `prompt` and `response` with {field} placeholders, or a prompt format (kChatFormats) for conversations and single
// turns, which may give them and a `system` text. Loss is taken on the responses only.
struct TemplateSpec {
  std::string name = "auto";  // "custom" when prompt/response are given
  std::string prompt;
  std::string response;
  std::string system;         // prompt formats: the system turn of records that have none of their own
  bool operator==(const TemplateSpec&) const = default;
};

struct DatasetSpec {
  std::vector<std::string> files;      // paths relative to the scenario file, absolute, or builtin:NAME
  std::string format = "auto";         // auto jsonl json csv text
  TemplateSpec text_template;          // key "template": a string or {"name","prompt","response","system"}
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

struct TrainingSpec {
  std::optional<int> local_steps = 30; // exactly one of local_steps and local_epochs
  std::optional<int> local_epochs;
  int batch_size = 16;
  std::string optimizer = "adamw";     // adamw sgd; begins anew in every round
  double momentum = 0;                 // sgd
  double learning_rate = 3e-3;
  int max_length = 256;                // tokens; longer records are cut on the right
  double weight_decay = 0;
  double clip_norm = 1;                // global gradient norm; 0: no clipping
  double warmup_fraction = 0;          // of a round's local steps
  bool operator==(const TrainingSpec&) const = default;
};

struct StrategySpec {
  std::string aggregator = "fedavg";         // one of methods() (method_facts.h); fedavg averages A and B by examples (FedIT)
  std::map<std::string, double> parameters;  // of the aggregator; those that are absent have its documented values
  std::string server_optimizer = "none";     // none fedavgm fedadagrad fedadam fedyogi
  double server_learning_rate = 1;
  double server_momentum = 0.9;              // fedavgm
  double server_beta1 = 0.9;                 // fedadam, fedyogi
  double server_beta2 = 0.99;                // fedadam, fedyogi
  double server_tau = 1e-3;                  // fedadagrad, fedadam, fedyogi: v starts at tau^2
  double proximal_mu = 0;                    // FedProx: (mu/2)||theta - theta_t||^2; 0: off
  bool control_variates = false;             // SCAFFOLD (1910.06378, option II): c - c_k is added to every gradient
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
  std::optional<int> rank;                   // of its LoRA factors, at most lora.rank
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
  std::vector<std::string> metrics;          // of kEvaluationMetrics, on some of the held-out records
  int answer_records = 32;                   // records that are answered for them in one evaluation
  int max_new_tokens = 64;                   // of such an answer
  bool client_adapters = true;               // score each client's own adapter at the first and last round
  bool references = false;                   // also train every client alone, and all data in one place, for as many steps
  bool operator==(const EvaluationSpec&) const = default;
};

struct Scenario {
  std::string name = "untitled";
  uint64_t seed = 1;
  std::string base_model = "builtin:microworld";
  std::string base_precision = "auto";       // how the base's weights are held: auto (the file's type) f32 bf16 int8
  DatasetSpec dataset;
  PartitionSpec partition;
  LoraSpec lora;
  TrainingSpec training;
  StrategySpec strategy;
  int rounds = 5;
  CohortSpec cohort;
  std::string codec = "f32";                 // of updates: f32 f16 bf16 int8 int4 top-k random-mask sign
  std::optional<double> codec_density;       // top-k, random-mask: the part of the values that is sent, (0, 1]; absent: 1/16
  std::optional<std::string> downlink_codec; // of versions; absent: codec where it carries every value, else f16
  std::optional<double> downlink_density;    // of a version coded top-k: the part of the values that comes down, (0, 1]; absent: 1/4
  std::vector<ClientOverride> clients;
  NetworkSpec network;
  EvaluationSpec evaluation;
  bool operator==(const Scenario&) const = default;
};

}  // namespace fedllm::spec
