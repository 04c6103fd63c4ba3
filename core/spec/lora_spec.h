// LoraSpec: which linear modules of the base get an adapter, of what rank and scale, in PEFT's words and with PEFT's meaning
// (LoraConfig); JSON keys as in PEFT, but rank and alpha for r and lora_alpha. What is not set keeps its default and is not
// written. Plain values.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace fedllm::spec {

// Not in a scenario's list of modules but in the place of one: every linear module except the head.
inline constexpr const char* kAllLinear = "all-linear";

struct LoraSpec {
  int rank = 8;
  double alpha = 16;                   // scale = alpha / rank
  double dropout = 0;
  // Suffixes ("q_proj", "layers.3.mlp.up_proj"), whole names, or "all-linear".
  std::vector<std::string> target_modules = {"q_proj", "k_proj", "v_proj", "o_proj"};
  // JSON's target_modules as one text: a pattern that the whole name matches; target_modules is then empty.
  std::string target_pattern = {};
  std::vector<std::string> exclude_modules = {};   // suffixes or whole names that are left out
  std::string exclude_pattern = {};                // JSON's exclude_modules as one text
  std::vector<int> layers_to_transform = {};       // only these layers; empty: all. Modules given by whole name are kept
  std::vector<std::string> layers_pattern = {};    // names of the list of layers; empty: any
  // First pattern that matches the end of a module's name wins: (.*\.)?(pattern)$
  std::vector<std::pair<std::string, int>> rank_pattern = {};
  std::vector<std::pair<std::string, double>> alpha_pattern = {};
  bool use_rslora = false;                         // scale = alpha / sqrt(rank)
  std::vector<std::string> modules_to_save = {};   // trained and kept whole
  bool operator==(const LoraSpec&) const = default;
};

}  // namespace fedllm::spec
