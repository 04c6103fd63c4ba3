// Which clients of a simulation train at once and on how many threads each. Where a step keeps little, every core has a
// client of its own. Where it keeps much, fewer clients run and share the cores in their batches: the same speed, the
// same bits (gradient_step.h), and the memory of fewer steps.
#pragma once

#include "spec/forecast.h"

namespace fedllm::train {

struct ClientSchedule { int at_once = 1, threads = 1; };

// Bytes that one step keeps from its forward to its backward pass, about and from above, in float32: the outputs of every
// linear for every token, and the logits of as many as are held at once.
int64_t step_bytes(const spec::ModelFacts& model, int vocab_size, int batch_size, int max_length);

// `clients` train in a round on `cores` threads.
ClientSchedule client_schedule(int64_t step_bytes, int batch_size, int clients, int cores);

}  // namespace fedllm::train
