// The base model's weights as products need them: matrices in their own type where they lie (memory-mapped f32, bf16 or f16,
// or int8 with one scale an output channel), widened panel by panel inside the product. Immutable, shared by all clients and
// threads of the process. Torch-free.
#pragma once

#include <cstdint>
#include <vector>

#include "train/kernels.h"

namespace fedllm::train {

struct MatrixIn { const float* data = nullptr; int64_t stride = 0; };
struct MatrixOut { float* data = nullptr; int64_t stride = 0; };

// W [out, in], stored [in, out] where `transposed` (Conv1D). int8: W[o, i] = data * scales[o], never transposed.
struct FrozenMatrix {
  const void* data = nullptr;
  kernels::WeightType type = kernels::WeightType::f32;
  int64_t out = 0, in = 0;
  bool transposed = false;
  const float* scales = nullptr;
};

// Linears that read the same input, outputs side by side: y [rows, out] = x [rows, in] W^T + bias.
class FrozenLinear {
 public:
  struct Part { FrozenMatrix matrix; const float* bias = nullptr; };   // bias [out] or null
  explicit FrozenLinear(std::vector<Part> parts);

  const std::vector<Part>& parts() const { return parts_; }
  int64_t in() const { return in_; }
  int64_t out() const { return out_; }
  // First output of a part.
  int64_t start(int part) const { return starts_[part]; }
  // y = x W^T + bias, or added to y. Outputs [from, to) only: any, but all of a transposed part. A row's result does not
  // depend on the other rows, except with `few`: a handful of rows then take another way, bound by reading the weights.
  void forward(MatrixIn x, int64_t rows, MatrixOut y, bool add, int64_t from, int64_t to, bool few = false) const;
  void forward(MatrixIn x, int64_t rows, MatrixOut y, bool add = false) const { forward(x, rows, y, add, 0, out_); }
  // dx = dy W, or added to dx, dy holding outputs [from, to).
  void backward(MatrixIn dy, int64_t rows, MatrixOut dx, bool add, int64_t from, int64_t to) const;
  void backward(MatrixIn dy, int64_t rows, MatrixOut dx, bool add = false) const { backward(dy, rows, dx, add, 0, out_); }
  // Row `index` of W as floats: an embedding.
  void row(int64_t index, float* values) const;

 private:
  template <class Work> void parts(int64_t from, int64_t to, Work&& work) const;
  std::vector<Part> parts_;
  std::vector<int64_t> starts_;
  int64_t in_ = 0, out_ = 0;
};

}  // namespace fedllm::train
