#include "train/block_parts.h"

#include <algorithm>
#include <cstring>

namespace fedllm::train {
namespace {

// 0 or 1 / (1 - p), from 16 bits of the stream a value.
void dropout_mask(double p, Rng rng, float* mask, int64_t count) {
  const auto threshold = static_cast<uint64_t>(p * 65536.0);
  const auto keep = static_cast<float>(65536.0 / static_cast<double>(65536 - threshold));
  for (int64_t i = 0; i < count; i += 4) {
    const uint64_t word = rng.next();
    for (int64_t j = i; j < std::min(i + 4, count); ++j) mask[j] = ((word >> (16 * (j - i))) & 0xffff) < threshold ? 0.0f : keep;
  }
}

float* mask_of(const LoraSite& site, const LoraModule& module, int64_t width, Arena& arena) {
  float* mask = arena.take(site.starts.back() * width);
  const SeedTree seed = site.pass.dropout_seed.child("module", static_cast<uint64_t>(module.index));
  for (size_t s = 0; s + 1 < site.starts.size(); ++s)
    dropout_mask(site.pass.dropout, seed.child("sequence", site.pass.sequences.empty() ? s : static_cast<uint64_t>(site.pass.sequences[s])).rng(), mask + site.starts[s] * width, (site.starts[s + 1] - site.starts[s]) * width);
  return mask;
}

}  // namespace

QkvHeads qkv_heads(const ModelConfig& c, float* qkv, int64_t stride) {
  const int64_t d = c.head_dim, q = d * c.heads, kv = d * c.kv_heads;
  if (c.qkv == QkvLayout::per_head) return {{qkv, stride, 3 * d}, {qkv + d, stride, 3 * d}, {qkv + 2 * d, stride, 3 * d}};
  return {{qkv, stride, d}, {qkv + q, stride, d}, {qkv + q + kv, stride, d}};
}

void norm_forward(const ModelConfig& c, const FrozenNorm& norm, const float* x, float* y, float* mean, float* inverse, int64_t rows) {
  if (c.norm == NormKind::rms) kernels::rms_norm(x, norm.gain.data(), y, inverse, rows, c.hidden_size, static_cast<float>(c.norm_eps));
  else kernels::layer_norm(x, norm.gain.data(), norm.bias.data(), y, mean, inverse, rows, c.hidden_size, static_cast<float>(c.norm_eps));
}

void norm_backward(const ModelConfig& c, const FrozenNorm& norm, const float* x, const float* mean, const float* inverse, const float* dy, float* dx, int64_t rows) {
  if (c.norm == NormKind::rms) kernels::rms_norm_backward_add(x, norm.gain.data(), inverse, dy, dx, rows, c.hidden_size);
  else kernels::layer_norm_backward_add(x, norm.gain.data(), mean, inverse, dy, dx, rows, c.hidden_size);
}

// x [rows, in] of one or several modules times their A.
static void times_a(const float* x, int64_t rows, const float* a, int64_t rank, int64_t in, float* low, int64_t low_row) {
  kernels::times_rows(x, in, rows, a, kernels::WeightType::f32, nullptr, rank, in, low, low_row, false);
}

void lora_low(const LoraSite& site, const float* x, int64_t rows, Arena& arena, float* low) {
  const LoraGroup& g = *site.group();
  const ArenaScope scope(arena);
  if (site.pass.dropout == 0) times_a(x, rows, g.a.data(), g.rank, g.in, low, g.rank);
  for (const LoraModule& m : g.modules) {
    if (site.pass.dropout != 0) {
      const ArenaScope inner(arena);
      float* kept = mask_of(site, m, g.in, arena);
      kernels::multiply(kept, x, kept, rows * g.in);
      times_a(kept, rows, g.a.data() + m.rank_start * g.in, m.rank, g.in, low + m.rank_start, g.rank);
    }
    kernels::scale_columns(low + m.rank_start, g.rank, m.scale, rows, m.rank);
  }
}

void lora_up(const LoraSite& site, const float* low, int64_t rows, MatrixOut y, int64_t from, int64_t to) {
  const LoraGroup& g = *site.group();
  for (const LoraModule& m : g.modules)
    if (m.out_start >= from && m.out_start + m.out <= to)
      kernels::times_rows(low + m.rank_start, g.rank, rows, site.pass.lora->values() + m.b_offset, kernels::WeightType::f32, nullptr, m.out, m.rank, y.data + m.out_start - from, y.stride, true);
}

// gradient of B [out, rank] += dy^T low: made as its transpose, whose rows are long.
static void add_b_gradient(const LoraModule& m, MatrixIn dy, const float* low, int64_t low_row, const RowRange& range, Arena& arena) {
  const ArenaScope scope(arena);
  float* across = arena.take(m.rank * m.out);
  std::memset(across, 0, sizeof(float) * static_cast<size_t>(m.rank * m.out));
  kernels::add_outer(low + range.from * low_row, low_row, m.rank, dy.data + range.from * dy.stride, dy.stride, m.out, range.to - range.from, across, m.out);
  float* gradient = range.gradient + m.b_offset;
  for (int64_t o = 0; o < m.out; ++o)
    for (int64_t r = 0; r < m.rank; ++r) gradient[o * m.rank + r] += across[r * m.out + o];
}

void lora_up_backward(const LoraSite& site, const float* low, MatrixIn dy, int64_t rows, int64_t from, int64_t to, float* d_low, std::span<const RowRange> ranges, Arena& arena) {
  const LoraGroup& g = *site.group();
  for (const LoraModule& m : g.modules) {
    if (m.out_start < from || m.out_start + m.out > to) continue;
    const MatrixIn part{dy.data + m.out_start - from, dy.stride};
    if (site.pass.factors != Factors::a)
      for (const RowRange& range : ranges) add_b_gradient(m, part, low + m.rank_start, g.rank, range, arena);
    kernels::times_columns(part.data, part.stride, rows, site.pass.lora->values() + m.b_offset, kernels::WeightType::f32, nullptr, m.out, m.rank, d_low + m.rank_start, g.rank, false);
    kernels::scale_columns(d_low + m.rank_start, g.rank, m.scale, rows, m.rank);
  }
}

void lora_low_backward(const LoraSite& site, const float* x, const float* d_low, int64_t rows, float* dx, std::span<const RowRange> ranges, Arena& arena) {
  const LoraGroup& g = *site.group();
  const ArenaScope scope(arena);
  const bool drops = site.pass.dropout != 0, learns = site.pass.factors != Factors::b;
  float* kept = drops ? arena.take(rows * g.in) : nullptr;
  for (const LoraModule& m : g.modules) {
    if (!learns && !(dx && drops)) break;
    const ArenaScope inner(arena);
    const float* mask = drops ? mask_of(site, m, g.in, arena) : nullptr;
    if (drops && learns) kernels::multiply(kept, x, mask, rows * g.in);
    for (const RowRange& range : learns ? ranges : std::span<const RowRange>())
      kernels::add_outer(d_low + range.from * g.rank + m.rank_start, g.rank, m.rank, (drops ? kept : x) + range.from * g.in, g.in, g.in, range.to - range.from, range.gradient + m.a_offset, g.in);
    if (!dx || !drops) continue;
    kernels::times_columns(d_low + m.rank_start, g.rank, rows, g.a.data() + m.rank_start * g.in, kernels::WeightType::f32, nullptr, m.rank, g.in, kept, g.in, false);
    kernels::add_product(dx, kept, mask, rows * g.in);
  }
  if (dx && !drops) kernels::times_columns(d_low, g.rank, rows, g.a.data(), kernels::WeightType::f32, nullptr, g.rank, g.in, dx, g.in, true);
}

void gather(const float* x, const std::vector<int32_t>& rows, int64_t width, float* y) {
  for (int32_t row : rows) {
    std::memcpy(y, x + row * width, sizeof(float) * static_cast<size_t>(width));
    y += width;
  }
}

}  // namespace fedllm::train
