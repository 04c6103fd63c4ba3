// adapter_config.json of a PEFT LoRA adapter: read strictly, written with the keys of PEFT 0.13. Whatever a configuration
// asks for that changes the adapter's result and is not done here is UNIMPLEMENTED and names the key; keys that only say how
// an adapter was made (dropout, initialisations that leave the base alone, EVA's ranks) are accepted.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapter/adapter.h"

namespace fedllm::adapter {

// What a written configuration says beside the layout.
struct PeftMeta {
  std::string base_model_name;     // base_model_name_or_path (a name, never a local path)
  double dropout = 0;
  bool whole_names = false;        // name every module in full: the adapter leaves out layers or modules of these last names
};

struct PeftConfig {
  int rank = 8;
  double lora_alpha = 8, dropout = 0;
  bool use_rslora = false, fan_in_fan_out = false;
  std::string base_model_name, task_type;
  std::vector<std::pair<std::string, int>> rank_pattern;
  std::vector<std::pair<std::string, double>> alpha_pattern;
  std::vector<std::string> modules_to_save;
  bool old_patterns = false;       // from PEFT before 0.15: one list of patterns decides about rank and alpha
  bool whole_names = false;        // the configuration chooses among layers or by a pattern
};

Result<PeftConfig> parse_peft_config(const std::string& text, const std::string& where);
// Sets the alpha of every module; the ranks are those of its tensors and must be what the configuration says.
Status apply_patterns(const PeftConfig& config, std::vector<ModuleSlot>& modules, const std::string& where);
// Does `modules_to_save` name this module ("lm_head", "model.layers.0.mlp")?
bool saves_module(const PeftConfig& config, const std::string& module);
std::string write_peft_config(const AdapterLayout& layout, const PeftMeta& meta);

}  // namespace fedllm::adapter
