// SCAFFOLD's rules (Karimireddy et al. 1910.06378, option II) on LoRA factors. A client adds c - c_k to every gradient; after K
// steps of rates eta its variate is c_k+ = c_k - c + (theta_t - theta_k) / (K eta), and the server's moves by
// c += (1/N) sum over the round's clients of (c_k+ - c_k), N counting all clients. (theta_t - theta_k) / (K eta) is a mean of
// gradients under plain SGD; under another optimizer the method is a heuristic. Pure.
#pragma once

#include <span>

#include "adapter/adapter.h"

namespace fedllm::fed {

// sum_of_rates: eta summed over the local steps, above 0. All of one layout.
Result<adapter::AdapterState> next_variate(const adapter::AdapterState& own, const adapter::AdapterState& control,
                                           const adapter::AdapterState& start, const adapter::AdapterState& trained, double sum_of_rates);
// changes: c_k+ - c_k of the round's clients, in client order; clients: all there are, at least as many.
Result<adapter::AdapterState> next_control(const adapter::AdapterState& control, std::span<const adapter::AdapterState* const> changes, size_t clients);

}  // namespace fedllm::fed
