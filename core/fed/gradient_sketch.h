// GradientSketch: the leading part of a client's gradient G of every adapted weight [out, in], found with gradients of LoRA
// factors alone, so that no matrix of a weight's size is ever held: where B = 0 that of B is s G A^T, where A = 0 that of A is
// s B^T G. Turn by turn one factor is made orthonormal on what the other's gradient showed: randomised subspace iteration
// (Halko, Martinsson, Tropp 0909.4061, algorithm 4.4). Fed-SB's start (2502.15436, from LoRA-SB 2411.19557).
#pragma once

#include <vector>

#include "adapter/adapter.h"
#include "base/status.h"

namespace fedllm::fed {

class GradientSketch {
 public:
  static constexpr int kTurns = 4;   // of B, A, B, A
  GradientSketch(adapter::LayoutPtr layout, uint64_t seed);
  // Where the next gradient is to be taken, and of which factor: the other is orthonormal (up to a module's size), this one 0,
  // so the model is the base.
  const adapter::AdapterState& place() const { return place_; }
  bool wants_b() const { return turn_ % 2 == 0; }
  bool done() const { return turn_ == kTurns; }
  // In the layout; the other factor's part is not read.
  void take(const adapter::AdapterState& gradient);
  // When done: the adapter with s B A = -rate G_r, G_r the leading part of the layout's rank, where every turn saw the gradients of
  // the same batches; held to clip_norm over all modules where that is above 0. Both factors share the singular values evenly.
  adapter::AdapterState step(double rate, double clip_norm) const;

 private:
  adapter::LayoutPtr layout_;
  uint64_t seed_;
  int turn_ = 0;
  adapter::AdapterState place_;                 // after the last turn its B is the basis of what was found
  std::vector<std::vector<double>> found_;      // B^T G, a module: [rank, in]
};

}  // namespace fedllm::fed
