#include "train/frozen.h"

#include <algorithm>
#include <cstring>

namespace fedllm::train {
namespace {

using kernels::WeightType;

constexpr int64_t kFewRows = 4;                 // up to here a product is bound by reading the weights

int64_t size_of(WeightType type) { return type == WeightType::f32 ? 4 : type == WeightType::i8 ? 1 : 2; }
const void* row_of(const FrozenMatrix& m, int64_t row) { return static_cast<const char*>(m.data) + row * m.in * size_of(m.type); }
const float* scales_of(const FrozenMatrix& m, int64_t row) { return m.scales ? m.scales + row : nullptr; }

// y [rows, count] (+)= x W^T for a few rows; the weights are read once.
void forward_few(const FrozenMatrix& m, int64_t first, int64_t count, MatrixIn x, int64_t rows, MatrixOut y, bool add) {
  thread_local std::vector<float> sums;
  if (sums.size() < static_cast<size_t>(rows * count)) sums.resize(static_cast<size_t>(rows * count));
  kernels::dots(x.data, x.stride, static_cast<int>(rows), row_of(m, first), m.type, count, m.in, sums.data(), count);
  for (int64_t row = 0; row < rows; ++row) {
    float *sum = sums.data() + row * count, *to = y.data + row * y.stride;
    if (m.scales) kernels::multiply(sum, sum, m.scales + first, count);
    if (add) kernels::add(to, sum, count);
    else std::memcpy(to, sum, sizeof(float) * static_cast<size_t>(count));
  }
}

}  // namespace

FrozenLinear::FrozenLinear(std::vector<Part> parts) : parts_(std::move(parts)) {
  for (const Part& part : parts_) starts_.push_back(out_), out_ += part.matrix.out, in_ = part.matrix.in;
}

// Calls work(part, first, count, at): rows [first, first + count) of the part are outputs from + at on.
template <class Work>
void FrozenLinear::parts(int64_t from, int64_t to, Work&& work) const {
  for (size_t p = 0; p < parts_.size(); ++p) {
    const int64_t begin = std::max(from, starts_[p]), end = std::min(to, starts_[p] + parts_[p].matrix.out);
    if (begin < end) work(parts_[p], begin - starts_[p], end - begin, begin - from);
  }
}

void FrozenLinear::forward(MatrixIn x, int64_t rows, MatrixOut y, bool add, int64_t from, int64_t to, bool few) const {
  if (rows == 0) return;
  parts(from, to, [&](const Part& part, int64_t first, int64_t count, int64_t at) {
    const FrozenMatrix& m = part.matrix;
    float* out = y.data + at;
    if (m.transposed) kernels::times_columns(x.data, x.stride, rows, m.data, m.type, nullptr, m.in, m.out, out, y.stride, add);
    else if (few && rows <= kFewRows) forward_few(m, first, count, x, rows, {out, y.stride}, add);
    else kernels::times_rows(x.data, x.stride, rows, row_of(m, first), m.type, scales_of(m, first), count, m.in, out, y.stride, add);
    if (part.bias) kernels::add_bias(out, y.stride, part.bias + first, rows, count);
  });
}

void FrozenLinear::backward(MatrixIn dy, int64_t rows, MatrixOut dx, bool add, int64_t from, int64_t to) const {
  if (rows == 0) return;
  parts(from, to, [&](const Part& part, int64_t first, int64_t count, int64_t at) {
    const FrozenMatrix& m = part.matrix;
    if (m.transposed) kernels::times_rows(dy.data + at, dy.stride, rows, m.data, m.type, nullptr, m.in, m.out, dx.data, dx.stride, add);
    else kernels::times_columns(dy.data + at, dy.stride, rows, row_of(m, first), m.type, scales_of(m, first), count, m.in, dx.data, dx.stride, add || at > 0);
  });
}

void FrozenLinear::row(int64_t index, float* values) const {
  const FrozenMatrix& m = parts_.front().matrix;
  kernels::widen(m.data, m.type, index * m.in, values, m.in);
  if (m.scales) kernels::scale(values, m.scales[index], m.in);
}

}  // namespace fedllm::train
