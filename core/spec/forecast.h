// forecast(): bytes exactly, time as a range, from the scenario and facts about model and data. Bytes are payload bytes
// (codec header included) of one update and of the whole run; formulas in methods.md 2.1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spec/scenario.h"

namespace fedllm::spec {

struct LinearFacts { std::string name; int in_features = 0; int out_features = 0; };

struct ModelFacts {
  std::vector<LinearFacts> linears;      // every linear module by full name
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
  int64_t update_payload_bytes = 0;      // one client, one direction
  int64_t uplink_bytes = 0, downlink_bytes = 0;   // whole run
  double low_s = 0, high_s = 0;          // wall time of the run on this machine; 0 if unknown
  int64_t adapter_memory_bytes = 0;      // per simulated client: adapter + optimizer state
};

int cohort_size(const Scenario& scenario, int clients);
Forecast forecast(const Scenario& scenario, const ModelFacts& model, const DataFacts& data, int workers);

}  // namespace fedllm::spec
