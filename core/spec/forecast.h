// forecast(): bytes exactly, time as a range, from the scenario and facts about model and data. Bytes are payload bytes
// (codec header included) of one update and of the whole run: each of the cohort gets one version and sends one update a
// round. Adapter parameters P = sum of r (in + out) over the target modules, plus the modules saved whole. Links are
// modelled, never waited for. methods.md 2.0 and 2.1 (FedIT). Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spec/scenario.h"

namespace fedllm::spec {

struct LinearFacts {
  std::string name;
  int in_features = 0, out_features = 0;
  bool head = false;                     // the output layer, which all-linear leaves out
};

struct TensorFacts { std::string name; std::vector<int64_t> shape; };

struct ModelFacts {
  std::vector<LinearFacts> linears;      // every linear module by full name, the head last
  std::vector<TensorFacts> tensors;      // every weight by name, the head's also where it is the embedding's
  int64_t parameters = 0;
  int64_t weight_bytes = 0;
  double step_seconds = 0;               // measured, one local step of one client; 0 if unknown
};

struct DataFacts {
  int64_t train_records = 0, test_records = 0;
  std::vector<int64_t> client_records;   // by client index; empty if not partitioned yet
};

struct Forecast {
  int64_t adapter_parameters = 0;
  int64_t update_payload_bytes = 0;      // one client, up
  int64_t version_payload_bytes = 0;     // one client, down
  int64_t uplink_bytes = 0, downlink_bytes = 0;   // whole run
  double low_s = 0, high_s = 0;          // wall time of the run on this machine; 0 if unknown
  int64_t adapter_memory_bytes = 0;      // per simulated client: adapter, gradient, AdamW's two moments, float32
  int clients = 0;                       // 0 if only the data know
  double round_transfer_s = 0;           // modelled: the slowest client's downlink + uplink + latencies in one round
};

inline constexpr double kCodecDensity = 1.0 / 16, kDownlinkDensity = 1.0 / 4;
// What carries versions: the scenario's own choice, else its codec where that carries every value, else f16.
std::string downlink_codec(const Scenario& scenario);
double downlink_density(const Scenario& scenario);
// Exact size of one encoded adapter of `elements` numbers (core/codec/FORMAT.md); 0 for an unknown codec. density: the part
// that top-k and random-mask send.
int64_t payload_bytes(std::string_view codec, int64_t elements, double density = kCodecDensity);
// Does `target` (a suffix such as "q_proj", or a full name) choose the linear module `name`?
bool targets_module(std::string_view target, std::string_view name);
// Clients of the federation: what the data say, else what the scenario says; 0 if unknown.
int client_count(const Scenario& scenario, const DataFacts& data);
int cohort_size(const Scenario& scenario, int clients);
Forecast forecast(const Scenario& scenario, const ModelFacts& model, const DataFacts& data, int workers);

}  // namespace fedllm::spec
