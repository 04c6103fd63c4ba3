// TokenSampler: which token comes next, from one row of logits [vocab]. In the order of Hugging Face's generate: the
// repetition penalty (Keskar et al. 1909.05858, section 4.1; each token of prompt and answer counts once), then, unless
// greedy, temperature, top-k (ties at the border stay) and top-p (Holtzman et al. 1904.09751: the smallest set of likeliest
// tokens whose probability reaches p, at least one). The draw depends on the seed and on how many were drawn before, on
// nothing else. Not thread-safe; one sampler an answer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/seed_tree.h"
#include "base/status.h"

namespace fedllm::train {

struct SamplingOptions {
  double temperature = 0;              // 0: greedy, the likeliest token, the smaller id among equals
  int top_k = 0;                       // 0: all
  double top_p = 1;                    // in (0, 1]; 1: all
  double repetition_penalty = 1;       // above 0; 1: none
  uint64_t seed = 1;
};
Status check_sampling(const SamplingOptions& options);

class TokenSampler {
 public:
  TokenSampler(const SamplingOptions& options, std::span<const int32_t> prompt);
  // The next token; it counts as said from then on.
  int32_t next(std::span<const float> logits);
  // Logits as the draw sees them; what is left out is minus infinity.
  std::vector<float> processed(std::span<const float> logits) const;

 private:
  void say(int32_t id);
  SamplingOptions options_;
  Rng rng_;
  std::vector<int32_t> said_;          // sorted, each once
};

}  // namespace fedllm::train
