#include "train/transformer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "train/block_parts.h"

namespace fedllm::train {

Transformer::Transformer(ModelConfig config, std::shared_ptr<const FrozenModel> model) : config_(std::move(config)), model_(std::move(model)) {}

KvCache Transformer::make_cache(int capacity) const {
  const size_t floats = static_cast<size_t>(capacity) * config_.kv_heads * config_.head_dim;
  KvCache cache;
  cache.capacity = capacity;
  cache.keys.assign(config_.layers, std::vector<float>(floats));
  cache.values.assign(config_.layers, std::vector<float>(floats));
  return cache;
}

// Tables are made for as many positions as were needed so far; where they depend on the length, for just that.
std::shared_ptr<const RotationTable> Transformer::rotation(int length) const {
  if (config_.rope.dim == 0) return nullptr;
  const bool exact = depends_on_length(config_.rope);
  std::lock_guard lock(mutex_);
  if (rotation_ && (exact ? rotation_->positions == length : rotation_->positions >= length)) return rotation_;
  int positions = length;
  if (!exact)
    for (positions = 256; positions < length; positions *= 2) {}
  rotation_ = std::make_shared<const RotationTable>(make_rotation(config_.rope, positions));
  return rotation_;
}

class ForwardPass {
 public:
  ForwardPass(const Transformer& net, const PackedBatch& batch, const Pass& pass, Arena& arena, Tape* tape)
      : c_(net.config_), model_(*net.model_), batch_(batch), pass_(pass), arena_(arena), keep_(tape != nullptr), lowest_(pass.lora ? pass.lora->lowest_layer() : 0), tape_(tape ? *tape : own_) {
    tape_.layers.assign(c_.layers, {});
    tape_.final_input = nullptr;
    find_wanted();
    int length = std::max(batch.length, pass.cache ? pass.cache->length + static_cast<int>(batch.rows()) : 0);
    for (int32_t p : batch.positions) length = std::max(length, p + 1);
    tape_.rotation = net.rotation(length);
  }

  float* run() {
    int layer = pass_.lower_known ? lowest_ : 0;
    float* x = arena_.take(rows() * d());
    float* other = layer < lowest_ || !keep_ ? arena_.take(rows() * d()) : nullptr;
    if (pass_.lower_known) copy_lower([&](float* kept, size_t from, size_t count) { std::memcpy(x + from, kept, sizeof(float) * count); });
    else embed(x);
    for (; layer < c_.layers; ++layer) {
      if (!keep_ && pass_.stop && pass_.stop->requested()) return nullptr;
      if (layer == lowest_ && !pass_.lower_known) copy_lower([&](float* kept, size_t from, size_t count) { std::memcpy(kept, x + from, sizeof(float) * count); });
      const bool keeps = keep_ && layer >= lowest_;
      float* out = keeps ? arena_.take((last(layer) ? out_rows() : rows()) * d()) : other;
      if (keeps) {
        block(layer, x, out);
      } else {
        const ArenaScope scope(arena_);
        block(layer, x, out);
        other = x;
      }
      x = out;
    }
    if (pass_.cache) pass_.cache->length += static_cast<int>(rows());
    float* hidden = arena_.take(out_rows() * d());
    tape_.final_input = x;
    tape_.final_mean = arena_.take(out_rows()), tape_.final_inverse = arena_.take(out_rows());
    norm_forward(c_, model_.final_norm, x, hidden, tape_.final_mean, tape_.final_inverse, out_rows());
    return hidden;
  }

 private:
  int64_t rows() const { return batch_.rows(); }
  int64_t out_rows() const { return batch_.out_rows(); }
  int64_t d() const { return c_.hidden_size; }
  bool last(int layer) const { return layer + 1 == c_.layers; }
  bool narrows(int layer) const { return last(layer) && !tape_.wanted.empty(); }

  void find_wanted() {
    tape_.wanted.clear(), tape_.wanted_positions.clear();
    if (out_rows() == rows()) return;
    for (int s = 0; s < batch_.sequences(); ++s)
      for (int32_t n = batch_.out_starts[s + 1] - batch_.out_starts[s], i = batch_.starts[s + 1] - n; i < batch_.starts[s + 1]; ++i)
        tape_.wanted.push_back(i), tape_.wanted_positions.push_back(batch_.positions[i]);
  }

  template <class Copy> void copy_lower(Copy&& copy) const {
    for (size_t s = 0; s < pass_.lower.size(); ++s)
      copy(pass_.lower[s], static_cast<size_t>(batch_.starts[s] * d()), static_cast<size_t>((batch_.starts[s + 1] - batch_.starts[s]) * d()));
  }

  void embed(float* x) const {
    for (int64_t i = 0; i < rows(); ++i, x += d()) {
      model_.embedding.row(batch_.tokens[i], x);
      if (!model_.positions.empty()) kernels::add(x, model_.positions.data() + batch_.positions[i] * d(), d());
    }
  }

  void block(int layer, const float* x, float* out) {
    const FrozenLayer& w = model_.layers[layer];
    LayerTape& t = tape_.layers[layer];
    const bool narrow = narrows(layer);
    const int64_t reached = narrow ? out_rows() : rows();
    take(layer, reached);
    t.input = const_cast<float*>(x);
    {
      const ArenaScope scope(arena_);
      float* normed = arena_.take(rows() * d());
      norm_forward(c_, w.attention_norm, x, normed, t.attention_mean, t.attention_inverse, rows());
      project_qkv(layer, normed);
      position_and_mix(layer, reached);
    }
    residual(x, narrow, out);
    linear(layer, GroupKind::attention_out, w.attention_out, t.mix, reached, out, true);
    if (c_.parallel_residual) {
      if (narrow) gather(x, tape_.wanted, d(), t.middle);
      else t.middle = const_cast<float*>(x);
    } else {
      std::memcpy(t.middle, out, sizeof(float) * static_cast<size_t>(reached * d()));
    }
    const ArenaScope scope(arena_);
    float* normed = arena_.take(reached * d());
    norm_forward(c_, w.mlp_norm, t.middle, normed, t.mlp_mean, t.mlp_inverse, reached);
    linear(layer, GroupKind::mlp_in, w.mlp_in, normed, reached, t.mlp, false);
    float* active = arena_.take(reached * c_.intermediate_size);
    kernels::activate(static_cast<int>(c_.activation), c_.gated, t.mlp, active, reached, c_.intermediate_size);
    linear(layer, GroupKind::mlp_out, w.mlp_out, active, reached, out, true);
  }

  // The layer's buffers that outlive its scratch.
  void take(int layer, int64_t reached) {
    const FrozenLayer& w = model_.layers[layer];
    LayerTape& t = tape_.layers[layer];
    const int64_t q_width = int64_t{c_.heads} * c_.head_dim, kv_width = int64_t{c_.kv_heads} * c_.head_dim;
    t.attention_mean = arena_.take(rows()), t.attention_inverse = arena_.take(rows());
    t.mlp_mean = arena_.take(reached), t.mlp_inverse = arena_.take(reached);
    t.qkv = arena_.take(rows() * w.qkv.out());
    if (narrows(layer)) t.queries = arena_.take(reached * q_width);
    if (c_.qk_norm) {
      t.qk_before = arena_.take(reached * q_width + rows() * kv_width);
      t.q_inverse = arena_.take(reached * c_.heads), t.k_inverse = arena_.take(rows() * c_.kv_heads);
    }
    t.mix = arena_.take(reached * q_width), t.log_sums = arena_.take(reached * c_.heads);
    if (!c_.parallel_residual || narrows(layer)) t.middle = arena_.take(reached * d());
    t.mlp = arena_.take(reached * w.mlp_in.out());
    for (int kind = 0; kind < kGroupKinds; ++kind) {
      const LoraGroup* g = site(layer, static_cast<GroupKind>(kind)).group();
      if (g) t.low[kind] = arena_.take((kind == 0 ? rows() : reached) * g->rank);
    }
  }

  LoraSite site(int layer, GroupKind kind) const { return {pass_, layer, kind, last(layer) && kind != GroupKind::qkv ? batch_.out_starts : batch_.starts}; }

  // y = x W^T (+ bias) + LoRA, or added to y.
  void linear(int layer, GroupKind kind, const FrozenLinear& w, const float* x, int64_t count, float* y, bool add) {
    w.forward({x, w.in()}, count, {y, w.out()}, add, 0, w.out(), pass_.cache);
    const LoraSite s = site(layer, kind);
    if (!s.group()) return;
    float* low = tape_.layers[layer].low[static_cast<int>(kind)];
    lora_low(s, x, count, arena_, low);
    lora_up(s, low, count, {y, w.out()}, 0, w.out());
  }

  // Queries, keys and values of every row; where the wanted rows are fewer, queries of those alone.
  void project_qkv(int layer, const float* normed) {
    const FrozenLinear& w = model_.layers[layer].qkv;
    LayerTape& t = tape_.layers[layer];
    if (!narrows(layer) || c_.qkv != QkvLayout::separate) return linear(layer, GroupKind::qkv, w, normed, rows(), t.qkv, false);
    const int64_t q = w.start(1);
    w.forward({normed, d()}, rows(), {t.qkv + q, w.out()}, false, q, w.out());
    const ArenaScope scope(arena_);
    float* few = arena_.take(out_rows() * d());
    gather(normed, tape_.wanted, d(), few);
    w.forward({few, d()}, out_rows(), {t.queries, q}, false, 0, q);
    const LoraSite s = site(layer, GroupKind::qkv);
    if (!s.group()) return;
    lora_low(s, normed, rows(), arena_, t.low[0]);
    lora_up(s, t.low[0], rows(), {t.qkv + q, w.out()}, q, w.out());
    float* low = arena_.take(out_rows() * s.group()->rank);
    gather(t.low[0], tape_.wanted, s.group()->rank, low);
    lora_up(s, low, out_rows(), {t.queries, q}, 0, q);
  }

  // Head norms, rotation, attention.
  void position_and_mix(int layer, int64_t reached) {
    LayerTape& t = tape_.layers[layer];
    const FrozenLayer& w = model_.layers[layer];
    const int64_t q_width = int64_t{c_.heads} * c_.head_dim;
    QkvHeads heads = qkv_heads(c_, t.qkv, w.qkv.out());
    if (t.queries) {
      if (c_.qkv != QkvLayout::separate)
        for (size_t i = 0; i < tape_.wanted.size(); ++i)
          for (int h = 0; h < c_.heads; ++h) std::memcpy(t.queries + i * q_width + h * c_.head_dim, heads.q.at(tape_.wanted[i], h), sizeof(float) * c_.head_dim);
      heads.q = plain_heads(c_, t.queries, c_.heads);
    }
    if (c_.qk_norm) {
      const auto eps = static_cast<float>(c_.norm_eps);
      kernels::rms_norm_heads(heads.q, w.q_norm.gain.data(), t.qk_before, t.q_inverse, reached, c_.heads, c_.head_dim, eps);
      kernels::rms_norm_heads(heads.k, w.k_norm.gain.data(), t.qk_before + reached * q_width, t.k_inverse, rows(), c_.kv_heads, c_.head_dim, eps);
    }
    if (tape_.rotation) {
      const kernels::Rotation rotation{tape_.rotation->cosine.data(), tape_.rotation->sine.data(), c_.rope.dim};
      const auto& positions = t.queries ? tape_.wanted_positions : batch_.positions;
      kernels::rotate_heads(heads.q, positions.data(), reached, c_.heads, rotation, 1);
      kernels::rotate_heads(heads.k, batch_.positions.data(), rows(), c_.kv_heads, rotation, 1);
    }
    attend(layer, heads);
  }

  void attend(int layer, const QkvHeads& heads) {
    LayerTape& t = tape_.layers[layer];
    const kernels::Heads mix = plain_heads(c_, t.mix, c_.heads);
    kernels::AttentionShape shape{batch_.starts, t.queries ? batch_.out_starts : batch_.starts, c_.heads, c_.kv_heads, c_.head_dim, static_cast<float>(c_.attention_scales[layer]), c_.windows[layer]};
    if (!pass_.cache) return kernels::attention(shape, heads.q, heads.k, heads.v, mix, t.log_sums);
    KvCache& cache = *pass_.cache;
    const kernels::Heads keys = plain_heads(c_, cache.keys[layer].data(), c_.kv_heads), values = plain_heads(c_, cache.values[layer].data(), c_.kv_heads);
    for (int64_t i = 0; i < rows(); ++i)
      for (int h = 0; h < c_.kv_heads; ++h) {
        std::memcpy(keys.at(cache.length + i, h), heads.k.at(i, h), sizeof(float) * c_.head_dim);
        std::memcpy(values.at(cache.length + i, h), heads.v.at(i, h), sizeof(float) * c_.head_dim);
      }
    const int32_t key_starts[2] = {0, cache.length + static_cast<int32_t>(rows())};
    shape.key_starts = key_starts;
    kernels::attention(shape, heads.q, keys, values, mix, t.log_sums);
  }

  void residual(const float* x, bool narrow, float* out) const {
    if (narrow) gather(x, tape_.wanted, d(), out);
    else std::memcpy(out, x, sizeof(float) * static_cast<size_t>(rows() * d()));
  }

  const ModelConfig& c_;
  const FrozenModel& model_;
  const PackedBatch& batch_;
  const Pass& pass_;
  Arena& arena_;
  bool keep_;
  int lowest_;                       // layer
  Tape own_;
  Tape& tape_;
};

float* Transformer::forward(const PackedBatch& batch, const Pass& pass, Arena& arena, Tape* tape) const { return ForwardPass(*this, batch, pass, arena, tape).run(); }

}  // namespace fedllm::train
