// The tail of an adapter: the last rank-1 components of every module, from floor(keep * rank) on. HetLoRA (2401.06432) makes it
// small while a client trains, and cuts it off where that succeeded. Pure functions, any thread.
#pragma once

#include "adapter/adapter.h"

namespace fedllm::adapter {

struct TailPenalty {
  double weight = 0;   // lambda; 0: none
  double keep = 1;     // in (0, 1]
};

// First component of the tail; `rank` where there is none.
int tail_from(int rank, double keep);
// sum over modules of ||A[k:, :]||_F ||B[:, k:]||_F, the penalty for weight 1.
double tail_product(const AdapterState& adapter, double keep);
// Adds the penalty's gradient; a factor that is 0 has none. values, gradient: [layout.size()].
void add_tail_gradient(const AdapterLayout& layout, const float* values, const TailPenalty& penalty, float* gradient);

}  // namespace fedllm::adapter
