// The Llama formula in double, one sequence at a time, as plainly as it can be written: the truth that float32 results are
// measured against. The angles of the rotation are float32, as Hugging Face defines them; everything else, their sines
// included, is double. Tied weights, no biases, no rope scaling; a missing tensor throws.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "golden/model_cases.h"

namespace golden {

using Rows = std::vector<double>;

class LlamaF64 {
 public:
  explicit LlamaF64(const std::string& folder) : config_(read_json(folder + "/config.json")) {
    const auto file = must(adapter::SafetensorsFile::open(folder + "/model.safetensors"));
    for (const auto& [name, view] : file.tensors()) {
      const auto values = must(adapter::to_float(view));
      weights_[name] = Rows(values.begin(), values.end());
    }
  }

  // Logits [ids, vocab].
  Rows logits(std::span<const int64_t> ids) const {
    const Rows& embedding = weights_.at("model.embed_tokens.weight");
    Rows x;
    for (int64_t id : ids) x.insert(x.end(), embedding.begin() + id * hidden_, embedding.begin() + (id + 1) * hidden_);
    for (int layer = 0; layer < config_["num_hidden_layers"].get<int>(); ++layer) {
      const std::string at = "model.layers." + std::to_string(layer) + ".";
      const Rows normed = norm(x, at + "input_layernorm.weight");
      const Rows q = rotated(times(normed, at + "self_attn.q_proj.weight"), heads_), k = rotated(times(normed, at + "self_attn.k_proj.weight"), kv_heads_);
      add(x, times(mixed(q, k, times(normed, at + "self_attn.v_proj.weight")), at + "self_attn.o_proj.weight"));
      const Rows middle = norm(x, at + "post_attention_layernorm.weight");
      Rows gate = times(middle, at + "mlp.gate_proj.weight");
      const Rows up = times(middle, at + "mlp.up_proj.weight");
      for (size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));
      add(x, times(gate, at + "mlp.down_proj.weight", config_["intermediate_size"]));
    }
    return times(norm(x, "model.norm.weight"), "model.embed_tokens.weight");
  }

 private:
  static void add(Rows& x, const Rows& y) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }
  static double dot(const double* a, const double* b, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum;
  }
  // x W^T, W [out, in].
  Rows times(const Rows& x, const std::string& name, int64_t in = 0) const {
    const Rows& weight = weights_.at(name);
    if (in == 0) in = hidden_;
    Rows y;
    for (size_t row = 0; row < x.size(); row += static_cast<size_t>(in))
      for (size_t out = 0; out < weight.size(); out += static_cast<size_t>(in)) y.push_back(dot(x.data() + row, weight.data() + out, in));
    return y;
  }
  Rows norm(const Rows& x, const std::string& name) const {
    const Rows& gain = weights_.at(name);
    Rows y = x;
    for (size_t row = 0; row < x.size(); row += static_cast<size_t>(hidden_)) {
      const double inverse = 1 / std::sqrt(dot(x.data() + row, x.data() + row, hidden_) / static_cast<double>(hidden_) + config_["rms_norm_eps"].get<double>());
      for (size_t i = 0; i < static_cast<size_t>(hidden_); ++i) y[row + i] *= inverse * gain[i];
    }
    return y;
  }
  Rows rotated(Rows x, int heads) const {
    const size_t half = static_cast<size_t>(head_dim_) / 2, width = static_cast<size_t>(heads) * head_dim_;
    for (size_t at = 0; at < x.size(); at += 2 * half)
      for (size_t i = 0; i < half; ++i) {
        const float frequency = 1 / static_cast<float>(std::pow(config_["rope_theta"].get<double>(), static_cast<float>(2 * i) / static_cast<float>(head_dim_)));
        const double angle = static_cast<float>(at / width) * frequency, a = x[at + i], b = x[at + half + i];
        x[at + i] = a * std::cos(angle) - b * std::sin(angle);
        x[at + half + i] = b * std::cos(angle) + a * std::sin(angle);
      }
    return x;
  }
  Rows mixed(const Rows& q, const Rows& k, const Rows& v) const {
    const int64_t length = static_cast<int64_t>(q.size()) / (heads_ * head_dim_), wide = kv_heads_ * head_dim_;
    Rows out(q.size()), share(static_cast<size_t>(length));
    for (int head = 0; head < heads_; ++head)
      for (int64_t row = 0; row < length; ++row) {
        const int64_t at = row * heads_ * head_dim_ + head * head_dim_, from = head / (heads_ / kv_heads_) * head_dim_;
        double top = -1e300, sum = 0;
        for (int64_t j = 0; j <= row; ++j) {
          share[static_cast<size_t>(j)] = dot(q.data() + at, k.data() + j * wide + from, head_dim_) / std::sqrt(static_cast<double>(head_dim_));
          top = std::max(top, share[static_cast<size_t>(j)]);
        }
        for (int64_t j = 0; j <= row; ++j) sum += share[static_cast<size_t>(j)] = std::exp(share[static_cast<size_t>(j)] - top);
        for (int64_t j = 0; j <= row; ++j)
          for (int64_t d = 0; d < head_dim_; ++d) out[static_cast<size_t>(at + d)] += share[static_cast<size_t>(j)] / sum * v[static_cast<size_t>(j * wide + from + d)];
      }
    return out;
  }

  nlohmann::json config_;
  std::map<std::string, Rows> weights_;
  int64_t hidden_ = config_["hidden_size"];
  int heads_ = config_["num_attention_heads"], kv_heads_ = config_["num_key_value_heads"], head_dim_ = config_["head_dim"];
};

struct Noise { double worst = 0, rms = 0; };
inline Noise noise(const std::vector<float>& got, const Rows& truth) {
  Noise noise;
  if (got.size() != truth.size() || got.empty()) return {1e30, 1e30};
  for (size_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(got[i] - truth[i]);
    if (!(error <= noise.worst)) noise.worst = std::isfinite(error) ? error : 1e30;   // NaN is the worst of all
    noise.rms += error * error / static_cast<double>(got.size());
  }
  noise.rms = std::sqrt(noise.rms);
  return noise;
}

}  // namespace golden
