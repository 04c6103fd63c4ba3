// ConfigReader: one config.json under reading. Every getter marks its key as understood; finish() refuses, by name, each key
// that nobody asked for and that is neither harmless nor switched off. The first problem is kept: a sentence with the
// file's path, the key, what was expected and what is there. Shared by the families' parsers; module-internal.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "train/model_config.h"

namespace fedllm::train {

class ConfigReader {
 public:
  // Far above every published model; below them no product of sizes overflows, and nothing is allocated that a file's few
  // bytes could make huge: the list of tensors grows with the layers, the rotation tables with positions times head_dim.
  static constexpr int kMostSize = 1 << 28, kMostLayers = 1000;
  static constexpr int64_t kMostRotation = int64_t{1} << 28;

  // `prefix` ("rope_scaling.") goes before the keys in messages.
  ConfigReader(const nlohmann::json& root, std::string where, std::string prefix = {})
      : root_(root), where_(std::move(where)), prefix_(std::move(prefix)) {}

  // The value of `key`, or null where it is absent or null.
  const nlohmann::json* find(const std::string& key);
  bool has(const std::string& key) { return find(key) != nullptr; }
  // Whole numbers of 1 to `most`; without a fallback the key must be there.
  int integer(const std::string& key, std::optional<int> fallback = {}, int most = kMostSize);
  // Positive numbers.
  double number(const std::string& key, std::optional<double> fallback = {});
  bool boolean(const std::string& key, bool fallback);
  std::string text(const std::string& key, const std::string& fallback);
  // Activation by transformers' names.
  Activation activation(const std::string& key, const std::string& fallback);
  // A key that this model has and that may only say `only`.
  void expect(const std::string& key, const nlohmann::json& only);
  // Keys that change nothing we compute.
  void harmless(std::initializer_list<const char*> keys);

  // Was the file written by a transformers release before major.minor? Not when it names none.
  bool written_before(int major, int minor);

  const nlohmann::json& root() const { return root_; }
  const std::string& where() const { return where_; }
  void fail(const std::string& message);
  Status finish();

 private:
  const nlohmann::json& root_;
  std::string where_, prefix_;
  std::set<std::string> known_;
  Status status_;
};

// What every family reads alike.
int read_eos(ConfigReader& reader, int vocab_size);
// rope_scaling (or rope_parameters) and the base of the rotation into config.rope; rope.dim, max_positions and model_type are
// set before. max_positions becomes the number of positions that the scaling makes usable.
void read_rope(ConfigReader& reader, ModelConfig& config, double theta);
// Heads, head sizes and tables that can be computed with.
void check_heads(ConfigReader& reader, const ModelConfig& config);

// The families (config_<family>.cpp). `reader`'s root says model_type `type`.
ModelConfig read_llama(ConfigReader& reader, const std::string& type);
ModelPlan plan_llama(const ModelConfig& config);
ModelConfig read_gpt2(ConfigReader& reader, const std::string& type);
ModelPlan plan_gpt2(const ModelConfig& config);
ModelConfig read_gpt_neox(ConfigReader& reader, const std::string& type);
ModelPlan plan_gpt_neox(const ModelConfig& config);
// Fills linears, indices and tensors from the layers, the norms, the embeddings and the head.
void finish_plan(ModelPlan& plan, const ModelConfig& config);

}  // namespace fedllm::train
