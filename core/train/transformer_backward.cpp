#include <cstring>

#include "train/block_parts.h"

namespace fedllm::train {

class BackwardPass {
 public:
  BackwardPass(const Transformer& net, const PackedBatch& batch, const Pass& pass, Arena& arena, const Tape& tape, std::span<const GradientUnit> units)
      : c_(net.config_), model_(*net.model_), batch_(batch), pass_(pass), arena_(arena), tape_(tape), lowest_(pass.lora->lowest_layer()) {
    int sequence = 0;
    for (const GradientUnit& unit : units) {
      const int end = sequence + unit.sequences;
      all_.push_back({batch.starts[sequence], batch.starts[end], unit.gradient});
      wanted_.push_back({batch.out_starts[sequence], batch.out_starts[end], unit.gradient});
      sequence = end;
    }
  }

  void run(const float* d_hidden) {
    const ArenaScope scope(arena_);
    float* dx = arena_.take(out_rows() * d());
    std::memset(dx, 0, bytes(out_rows() * d()));
    norm_backward(c_, model_.final_norm, tape_.final_input, tape_.final_mean, tape_.final_inverse, d_hidden, dx, out_rows());
    float* wide = tape_.wanted.empty() ? nullptr : arena_.take(rows() * d());
    for (int layer = c_.layers - 1; layer >= lowest_; --layer) {
      const bool narrow = layer + 1 == c_.layers && wide;
      block(layer, dx, narrow ? wide : dx);
      if (narrow) dx = wide;
    }
  }

 private:
  int64_t rows() const { return batch_.rows(); }
  int64_t out_rows() const { return batch_.out_rows(); }
  int64_t d() const { return c_.hidden_size; }
  static size_t bytes(int64_t floats) { return sizeof(float) * static_cast<size_t>(floats); }
  LoraSite site(int layer, GroupKind kind) const { return {pass_, layer, kind, layer + 1 == c_.layers && kind != GroupKind::qkv ? batch_.out_starts : batch_.starts}; }
  // Of the rows that a group sees: the wanted ones behind the last layer's queries.
  std::span<const RowRange> ranges(int layer, GroupKind kind) const { return layer + 1 == c_.layers && kind != GroupKind::qkv ? wanted_ : all_; }
  bool adapted(int layer, GroupKind kind) const { return site(layer, kind).group() != nullptr; }

  // From the gradient dy of a linear's output: LoRA gradients, and dx = dy W + LoRA where `dx` is given. `x` is read only
  // where the group is adapted.
  void linear(int layer, GroupKind kind, const FrozenLinear& w, const float* x, MatrixIn dy, int64_t count, float* dx) {
    if (dx) w.backward(dy, count, {dx, w.in()});
    const LoraSite s = site(layer, kind);
    if (!s.group()) return;
    const ArenaScope scope(arena_);
    float* d_low = arena_.take(count * s.group()->rank);
    lora_up_backward(s, tape_.layers[layer].low[static_cast<int>(kind)], dy, count, 0, w.out(), d_low, ranges(layer, kind), arena_);
    lora_low_backward(s, x, d_low, count, dx, ranges(layer, kind), arena_);
  }

  // dx [reached, hidden] is the gradient of the block's output; below [rows, hidden] takes that of its input (it may be dx).
  void block(int layer, float* dx, float* below) {
    const FrozenLayer& w = model_.layers[layer];
    const LayerTape& t = tape_.layers[layer];
    const bool deeper = layer > lowest_, attention = deeper || adapted(layer, GroupKind::qkv) || adapted(layer, GroupKind::attention_out);
    const int64_t reached = layer + 1 == c_.layers ? out_rows() : rows();
    const ArenaScope scope(arena_);
    float* d_branch = nullptr;         // what the MLP's norm adds below, where that is not the attention's residual
    if (c_.parallel_residual && attention) {
      d_branch = arena_.take(reached * d());
      std::memset(d_branch, 0, bytes(reached * d()));
    }
    mlp(layer, reached, dx, d_branch ? d_branch : attention ? dx : nullptr);
    if (!attention) return;
    if (!deeper && !adapted(layer, GroupKind::qkv)) {
      linear(layer, GroupKind::attention_out, w.attention_out, t.mix, {dx, d()}, reached, nullptr);
      return;
    }
    float* d_normed = attend(layer, reached, dx);
    if (!deeper) return;
    if (d_branch) kernels::add(dx, d_branch, reached * d());
    if (below != dx) {
      std::memset(below, 0, bytes(rows() * d()));
      scatter_add(dx, d(), below);
    }
    norm_backward(c_, w.attention_norm, t.input, t.attention_mean, t.attention_inverse, d_normed, below, rows());
  }

  // Gradients of the MLP; the norm's part is added to d_source (may be null).
  void mlp(int layer, int64_t reached, const float* dx, float* d_source) {
    const FrozenLayer& w = model_.layers[layer];
    const LayerTape& t = tape_.layers[layer];
    const ArenaScope scope(arena_);
    const int64_t ff = c_.intermediate_size;
    const bool in = adapted(layer, GroupKind::mlp_in);
    if (!d_source && !in) {            // the lowest layer, adapted in its last linear alone
      if (!adapted(layer, GroupKind::mlp_out)) return;
      float* active = arena_.take(reached * ff);
      kernels::activate(static_cast<int>(c_.activation), c_.gated, t.mlp, active, reached, ff);
      return linear(layer, GroupKind::mlp_out, w.mlp_out, active, {dx, d()}, reached, nullptr);
    }
    float* d_active = arena_.take(reached * ff);
    {
      const ArenaScope inner(arena_);
      float* active = nullptr;
      if (adapted(layer, GroupKind::mlp_out)) {
        active = arena_.take(reached * ff);
        kernels::activate(static_cast<int>(c_.activation), c_.gated, t.mlp, active, reached, ff);
      }
      linear(layer, GroupKind::mlp_out, w.mlp_out, active, {dx, d()}, reached, d_active);
    }
    kernels::activate_backward(static_cast<int>(c_.activation), c_.gated, t.mlp, d_active, reached, ff);
    float* normed = in ? renormed(w.mlp_norm, t.middle, reached) : nullptr;
    float* d_normed = d_source ? arena_.take(reached * d()) : nullptr;
    linear(layer, GroupKind::mlp_in, w.mlp_in, normed, {t.mlp, w.mlp_in.out()}, reached, d_normed);
    if (d_source) norm_backward(c_, w.mlp_norm, t.middle, t.mlp_mean, t.mlp_inverse, d_normed, d_source, reached);
  }

  // The gradient of the attention norm's output [rows, hidden]; null in the lowest layer, where nothing below needs it.
  float* attend(int layer, int64_t reached, const float* dx) {
    const FrozenLayer& w = model_.layers[layer];
    const LayerTape& t = tape_.layers[layer];
    const int64_t q_width = int64_t{c_.heads} * c_.head_dim, width = w.qkv.out();
    float* d_normed = layer > lowest_ ? arena_.take(rows() * d()) : nullptr;
    const ArenaScope scope(arena_);
    float* d_mix = arena_.take(reached * q_width);
    linear(layer, GroupKind::attention_out, w.attention_out, t.mix, {dx, d()}, reached, d_mix);
    float* d_qkv = arena_.take(rows() * width);
    float* d_queries = t.queries ? arena_.take(reached * q_width) : nullptr;
    unmix(layer, reached, d_mix, d_qkv, d_queries);
    if (d_queries && c_.qkv == QkvLayout::separate) {
      unproject_narrow(layer, d_qkv, d_queries, d_normed);
    } else {
      float* normed = adapted(layer, GroupKind::qkv) ? renormed(w.attention_norm, t.input, rows()) : nullptr;
      linear(layer, GroupKind::qkv, w.qkv, normed, {d_qkv, width}, rows(), d_normed);
    }
    return d_normed;
  }

  // Gradients of queries, keys and values before rotation and head norms.
  void unmix(int layer, int64_t reached, const float* d_mix, float* d_qkv, float* d_queries) {
    const LayerTape& t = tape_.layers[layer];
    const FrozenLayer& w = model_.layers[layer];
    const int64_t width = w.qkv.out(), q_width = int64_t{c_.heads} * c_.head_dim;
    QkvHeads heads = qkv_heads(c_, t.qkv, width), d_heads = qkv_heads(c_, d_qkv, width);
    const kernels::Heads all_queries = d_heads.q;
    if (d_queries) heads.q = plain_heads(c_, t.queries, c_.heads), d_heads.q = plain_heads(c_, d_queries, c_.heads);
    const kernels::AttentionShape shape{batch_.starts, d_queries ? batch_.out_starts : batch_.starts, c_.heads, c_.kv_heads, c_.head_dim, static_cast<float>(c_.attention_scales[layer]), c_.windows[layer]};
    kernels::attention_backward(shape, heads.q, heads.k, heads.v, plain_heads(c_, t.mix, c_.heads), t.log_sums, plain_heads(c_, const_cast<float*>(d_mix), c_.heads), d_heads.q, d_heads.k, d_heads.v);
    if (tape_.rotation) {
      const kernels::Rotation rotation{tape_.rotation->cosine.data(), tape_.rotation->sine.data(), c_.rope.dim};
      const auto& positions = d_queries ? tape_.wanted_positions : batch_.positions;
      kernels::rotate_heads(d_heads.q, positions.data(), reached, c_.heads, rotation, -1);
      kernels::rotate_heads(d_heads.k, batch_.positions.data(), rows(), c_.kv_heads, rotation, -1);
    }
    if (c_.qk_norm) {
      kernels::rms_norm_heads_backward(d_heads.q, w.q_norm.gain.data(), t.qk_before, t.q_inverse, reached, c_.heads, c_.head_dim);
      kernels::rms_norm_heads_backward(d_heads.k, w.k_norm.gain.data(), t.qk_before + reached * q_width, t.k_inverse, rows(), c_.kv_heads, c_.head_dim);
    }
    if (d_queries && c_.qkv != QkvLayout::separate) spread(all_queries, d_queries);
  }

  // Queries' gradients of the wanted rows into their rows of qkv; 0 elsewhere.
  void spread(const kernels::Heads& to, const float* d_queries) const {
    for (int64_t row = 0; row < rows(); ++row)
      for (int h = 0; h < c_.heads; ++h) std::memset(to.at(row, h), 0, bytes(c_.head_dim));
    for (int32_t row : tape_.wanted)
      for (int h = 0; h < c_.heads; ++h, d_queries += c_.head_dim) std::memcpy(to.at(row, h), d_queries, bytes(c_.head_dim));
  }

  // The projection of the last block: keys and values of every row, queries of the wanted ones.
  void unproject_narrow(int layer, float* d_qkv, const float* d_queries, float* d_normed) {
    const FrozenLayer& w = model_.layers[layer];
    const LayerTape& t = tape_.layers[layer];
    const ArenaScope scope(arena_);
    const int64_t width = w.qkv.out(), q = w.qkv.start(1);
    const MatrixIn rest{d_qkv + q, width}, queries{d_queries, q};
    if (d_normed) {
      w.qkv.backward(rest, rows(), {d_normed, d()}, false, q, width);
      float* few = arena_.take(out_rows() * d());
      w.qkv.backward(queries, out_rows(), {few, d()}, false, 0, q);
      scatter_add(few, d(), d_normed);
    }
    const LoraSite s = site(layer, GroupKind::qkv);
    if (!s.group()) return;
    const int64_t rank = s.group()->rank;
    float *d_low = arena_.take(rows() * rank), *low = arena_.take(out_rows() * rank), *d_few = arena_.take(out_rows() * rank);
    std::memset(d_low, 0, bytes(rows() * rank)), std::memset(d_few, 0, bytes(out_rows() * rank));
    gather(t.low[0], tape_.wanted, rank, low);
    lora_up_backward(s, t.low[0], rest, rows(), q, width, d_low, all_, arena_);
    lora_up_backward(s, low, queries, out_rows(), 0, q, d_few, wanted_, arena_);
    scatter_add(d_few, rank, d_low);
    lora_low_backward(s, renormed(w.attention_norm, t.input, rows()), d_low, rows(), d_normed, all_, arena_);
  }

  // A norm's output again, in the arena of the caller's scope.
  float* renormed(const FrozenNorm& norm, const float* x, int64_t count) {
    float *y = arena_.take(count * d()), *mean = arena_.take(count), *inverse = arena_.take(count);
    norm_forward(c_, norm, x, y, mean, inverse, count);
    return y;
  }

  // Rows of the wanted ones, added to their rows among all.
  void scatter_add(const float* few, int64_t width, float* all) const {
    for (int32_t row : tape_.wanted) {
      kernels::add(all + row * width, few, width);
      few += width;
    }
  }

  const ModelConfig& c_;
  const FrozenModel& model_;
  const PackedBatch& batch_;
  const Pass& pass_;
  Arena& arena_;
  const Tape& tape_;
  std::vector<RowRange> all_, wanted_;
  int lowest_;
};

void Transformer::backward(const PackedBatch& batch, const Pass& pass, Arena& arena, const Tape& tape, const float* d_hidden, std::span<const GradientUnit> units) const {
  BackwardPass(*this, batch, pass, arena, tape, units).run(d_hidden);
}

}  // namespace fedllm::train
