// How soon a generation ends once it is asked to stop: while a prompt that fills the model's positions (2048 at most) is read,
// and while tokens come. Wall time; the stop comes from another thread, each time at another point of the work.
#pragma once

#include "bench_setup.h"

namespace fedllm::app {

// {"prompt_tokens", "prompt_s", "reading": {"median_ms", "worst_ms"}, "writing": {…}, "stops"}
Result<nlohmann::ordered_json> measure_cancel(train::Backend& backend, const train::BaseModel& model, int stops);
void print_cancel(const nlohmann::ordered_json& json);

}  // namespace fedllm::app
