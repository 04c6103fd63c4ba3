// The six architectures in double, one sequence at a time, read from config.json anew and as plainly as it can be written:
// what float32 networks are measured against where no golden case exists. It shares nothing with the code under test.
// A missing tensor or key throws. Source: the formulas of Hugging Face transformers (eager attention, modeling_rope_utils).
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

namespace golden {

class ModelF64 {
 public:
  using Rows = std::vector<double>;
  nlohmann::json config;
  std::map<std::string, Rows> weights;
  std::vector<int> windows;            // by layer; 0: none
  double yarn_positions = 0;           // of yarn's correction range

  std::vector<int64_t> mask;           // 0: no query sees this key; empty: all ones

  // Logits [ids, vocab].
  Rows logits(const std::vector<int64_t>& ids) {
    length_ = static_cast<int64_t>(ids.size());
    const std::string type = config["model_type"];
    gpt2_ = type == "gpt2", neox_ = type == "gpt_neox";
    hidden_ = config[gpt2_ ? "n_embd" : "hidden_size"], heads_ = config[gpt2_ ? "n_head" : "num_attention_heads"];
    kv_heads_ = config.value("num_key_value_heads", heads_), head_dim_ = config.value("head_dim", hidden_ / heads_);
    const std::string root = gpt2_ ? "transformer." : neox_ ? "gpt_neox." : "model.";
    const std::string embedding = root + (gpt2_ ? "wte" : neox_ ? "embed_in" : "embed_tokens") + ".weight";
    Rows x;
    for (int64_t t = 0; t < length_; ++t)
      for (int64_t i = 0; i < hidden_; ++i)
        x.push_back(weights.at(embedding).at(ids[t] * hidden_ + i) + (gpt2_ ? weights.at(root + "wpe.weight").at(t * hidden_ + i) : 0));
    const int layers = config[gpt2_ ? "n_layer" : "num_hidden_layers"];
    for (int layer = 0; layer < layers; ++layer) x = block(x, root + (gpt2_ ? "h." : "layers.") + std::to_string(layer) + ".", layer);
    x = norm(x, root + (gpt2_ ? "ln_f" : neox_ ? "final_layer_norm" : "norm"), hidden_);
    const std::string head = neox_ ? "embed_out.weight" : "lm_head.weight";
    return product(x, weights.at(weights.contains(head) ? head : embedding), hidden_, false);
  }

 private:
  // x W^T with W [out, in]; x W where `transposed` and W is [in, out].
  Rows product(const Rows& x, const Rows& w, int64_t in, bool transposed) const {
    const int64_t rows = static_cast<int64_t>(x.size()) / in, out = static_cast<int64_t>(w.size()) / in;
    Rows y(static_cast<size_t>(rows * out));
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t o = 0; o < out; ++o)
        for (int64_t i = 0; i < in; ++i) y[r * out + o] += x[r * in + i] * (transposed ? w[i * out + o] : w[o * in + i]);
    return y;
  }
  Rows linear(const Rows& x, const std::string& name, int64_t in) const {
    Rows y = product(x, weights.at(name + ".weight"), in, gpt2_);
    if (const auto bias = weights.find(name + ".bias"); bias != weights.end())
      for (size_t i = 0; i < y.size(); ++i) y[i] += bias->second[i % bias->second.size()];
    return y;
  }
  Rows norm(const Rows& x, const std::string& name, int64_t width) const {
    const bool centred = gpt2_ || neox_;
    const double eps = config[gpt2_ ? "layer_norm_epsilon" : neox_ ? "layer_norm_eps" : "rms_norm_eps"];
    Rows y(x.size());
    for (size_t row = 0; row < x.size(); row += static_cast<size_t>(width)) {
      double mean = 0, square = 0;
      for (int64_t i = 0; i < width; ++i) mean += centred ? x[row + i] / width : 0;
      for (int64_t i = 0; i < width; ++i) square += (x[row + i] - mean) * (x[row + i] - mean) / width;
      for (int64_t i = 0; i < width; ++i)
        y[row + i] = (x[row + i] - mean) / std::sqrt(square + eps) * weights.at(name + ".weight")[i] + (centred ? weights.at(name + ".bias")[i] : 0);
    }
    return y;
  }
  static double activate(double x, const std::string& name) {
    if (name == "silu") return x / (1 + std::exp(-x));
    if (name == "relu") return std::max(0.0, x);
    if (name == "gelu") return x * 0.5 * (1 + std::erf(x / std::numbers::sqrt2));
    if (name == "gelu_new" || name == "gelu_fast" || name == "gelu_pytorch_tanh") return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    throw std::runtime_error("activation " + name);
  }
  static void add(Rows& x, const Rows& y) {
    for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
  }

  Rows block(const Rows& x, const std::string& at, int layer) {
    const Rows mixed = attention(norm(x, at + (gpt2_ ? "ln_1" : "input_layernorm"), hidden_), at + (gpt2_ ? "attn." : neox_ ? "attention." : "self_attn."), layer);
    Rows y = x;
    add(y, mixed);
    const bool parallel = neox_ && config.value("use_parallel_residual", true);
    add(y, mlp(norm(parallel ? x : y, at + (gpt2_ ? "ln_2" : "post_attention_layernorm"), hidden_), at + "mlp."));
    return y;
  }
  Rows mlp(const Rows& x, const std::string& at) const {
    const std::string act = config[gpt2_ ? "activation_function" : "hidden_act"];
    Rows inner = linear(x, at + (gpt2_ ? "c_fc" : neox_ ? "dense_h_to_4h" : "gate_proj"), hidden_);
    for (double& value : inner) value = activate(value, act);
    if (!gpt2_ && !neox_) {
      const Rows up = linear(x, at + "up_proj", hidden_);
      for (size_t i = 0; i < inner.size(); ++i) inner[i] *= up[i];
    }
    return linear(inner, at + (gpt2_ ? "c_proj" : neox_ ? "dense_4h_to_h" : "down_proj"), static_cast<int64_t>(inner.size()) / length_);
  }

  // Query, key or value `part` of every row and head, [length, heads, head_dim].
  Rows taken(const Rows& all, int part) const {
    Rows out;
    for (int64_t t = 0; t < length_; ++t)
      for (int64_t h = 0; h < heads_; ++h)
        for (int64_t d = 0; d < head_dim_; ++d)
          out.push_back(all.at(t * 3 * hidden_ + (gpt2_ ? part * hidden_ + h * head_dim_ : (h * 3 + part) * head_dim_) + d));
    return out;
  }
  Rows attention(const Rows& x, const std::string& at, int layer) {
    Rows q, k, v;
    if (gpt2_ || neox_) {
      const Rows all = linear(x, at + (gpt2_ ? "c_attn" : "query_key_value"), hidden_);
      q = taken(all, 0), k = taken(all, 1), v = taken(all, 2);
    } else {
      q = linear(x, at + "q_proj", hidden_), k = linear(x, at + "k_proj", hidden_), v = linear(x, at + "v_proj", hidden_);
      if (weights.contains(at + "q_norm.weight")) q = norm(q, at + "q_norm", head_dim_), k = norm(k, at + "k_norm", head_dim_);
    }
    if (!gpt2_) rotate(q, heads_), rotate(k, kv_heads_);
    double scale = gpt2_ && !config.value("scale_attn_weights", true) ? 1 : 1 / std::sqrt(static_cast<double>(head_dim_));
    if (gpt2_ && config.value("scale_attn_by_inverse_layer_idx", false)) scale /= layer + 1;
    const Rows out = mix(q, k, v, scale, windows.empty() ? 0 : windows.at(static_cast<size_t>(layer)));
    return linear(out, at + (gpt2_ ? "c_proj" : neox_ ? "dense" : "o_proj"), heads_ * head_dim_);
  }
  Rows mix(const Rows& q, const Rows& k, const Rows& v, double scale, int window) const {
    Rows out(q.size());
    for (int64_t h = 0; h < heads_; ++h)
      for (int64_t t = 0; t < length_; ++t) {
        const int64_t from = window > 0 ? std::max<int64_t>(0, t - window + 1) : 0, kv = h / (heads_ / kv_heads_);
        Rows share;
        double sum = 0;
        for (int64_t j = 0; j < length_; ++j) {
          double score = 0;
          for (int64_t d = 0; d < head_dim_; ++d) score += q[(t * heads_ + h) * head_dim_ + d] * k[(j * kv_heads_ + kv) * head_dim_ + d];
          share.push_back(j < from || j > t || masked(j) ? 0 : std::exp(score * scale)), sum += share.back();
        }
        // Who sees nothing sees all alike: each mask adds the least number, and gpt2 adds two where both hide.
        for (int64_t j = 0; sum == 0 && j < length_; ++j) share[j] = gpt2_ && j > t && masked(j) ? 0 : 1;
        if (sum == 0) sum = std::accumulate(share.begin(), share.end(), 0.0);
        for (int64_t j = 0; j < length_; ++j)
          for (int64_t d = 0; d < head_dim_; ++d) out[(t * heads_ + h) * head_dim_ + d] += share[j] / sum * v[(j * kv_heads_ + kv) * head_dim_ + d];
      }
    return out;
  }
  bool masked(int64_t key) const { return !mask.empty() && mask.at(static_cast<size_t>(key)) == 0; }

  void rotate(Rows& x, int64_t heads) const {
    const auto dim = static_cast<int64_t>(static_cast<double>(head_dim_) * (neox_ ? config.value("rotary_pct", 0.25) : 1.0)), half = dim / 2;
    double factor = 1;
    const Rows frequency = frequencies(dim, factor);
    for (int64_t t = 0; t < length_; ++t)
      for (int64_t h = 0; h < heads; ++h)
        for (int64_t i = 0; i < half; ++i) {
          double &a = x[(t * heads + h) * head_dim_ + i], &b = x[(t * heads + h) * head_dim_ + half + i];
          const double c = std::cos(t * frequency[i]) * factor, s = std::sin(t * frequency[i]) * factor, old = a;
          a = a * c - b * s, b = b * c + old * s;
        }
  }
  Rows frequencies(int64_t dim, double& attention_factor) const {
    double base = config.value(neox_ ? "rotary_emb_base" : "rope_theta", 10000.0);
    const nlohmann::json none = nlohmann::json::object();
    const auto it = config.contains("rope_scaling") ? config.find("rope_scaling") : config.find("rope_parameters");
    const nlohmann::json& scaling = it == config.end() || it->is_null() ? none : *it;
    base = scaling.value("rope_theta", base);
    const std::string type = scaling.value("rope_type", scaling.value("type", "default"));
    const double s = scaling.value("factor", 1.0), trained = config["max_position_embeddings"], n = static_cast<double>(dim);
    if (type == "dynamic" && length_ > trained) base *= std::pow(s * length_ / trained - (s - 1), n / (n - 2));
    if (type == "yarn") attention_factor = scaling.contains("attention_factor") ? scaling["attention_factor"].get<double>()
                        : scaling.contains("mscale") ? (0.1 * scaling["mscale"].get<double>() * std::log(s) + 1) / (0.1 * scaling["mscale_all_dim"].get<double>() * std::log(s) + 1)
                                                     : 0.1 * std::log(s) + 1;
    Rows all;
    for (int64_t i = 0; i < dim / 2; ++i) {
      const double plain = std::pow(base, -2.0 * i / n);
      all.push_back(type == "linear" ? plain / s : type == "llama3" ? llama3(plain, scaling) : type == "yarn" ? yarn(plain, i, n, base, scaling) : plain);
    }
    return all;
  }
  static double llama3(double plain, const nlohmann::json& scaling) {
    const double s = scaling["factor"], low = scaling["low_freq_factor"], high = scaling["high_freq_factor"], old = scaling["original_max_position_embeddings"];
    const double turns = old * plain / (2 * std::numbers::pi);   // within the trained positions
    if (turns > high) return plain;
    if (turns < low) return plain / s;
    const double smooth = (turns - low) / (high - low);
    return (1 - smooth) * plain / s + smooth * plain;
  }
  double yarn(double plain, int64_t i, double n, double base, const nlohmann::json& scaling) const {
    const auto where = [&](double turns) { return n * std::log(yarn_positions / (turns * 2 * std::numbers::pi)) / (2 * std::log(base)); };
    double low = where(scaling.value("beta_fast", 32.0)), high = where(scaling.value("beta_slow", 1.0));
    if (scaling.value("truncate", true)) low = std::floor(low), high = std::ceil(high);
    low = std::max(low, 0.0), high = std::min(high, n - 1);
    const double ramp = std::clamp((i - low) / (low == high ? 0.001 : high - low), 0.0, 1.0);
    return plain / scaling["factor"].get<double>() * ramp + plain * (1 - ramp);
  }

  bool gpt2_ = false, neox_ = false;
  int64_t length_ = 0, hidden_ = 0, heads_ = 0, kv_heads_ = 0, head_dim_ = 0;
};

}  // namespace golden
