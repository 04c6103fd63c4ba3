// Which modules of a base model a LoraSpec chooses, and with what rank and alpha: PEFT's rules (LoraConfig,
// check_target_module_exists), shared by the forecast, validation and the layouts that are trained. A target that chooses
// nothing, a pattern that is none and a choice that ends up empty are INVALID_ARGUMENT with the names there are. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "spec/forecast.h"

namespace fedllm::spec {

struct ChosenModule {
  size_t linear = 0;               // index into the linears given
  int rank = 0;
  double alpha = 0;
};

// In model order.
Result<std::vector<ChosenModule>> choose_modules(const std::vector<LinearFacts>& linears, const LoraSpec& lora);
// The tensors of the modules in modules_to_save, in model order: those of a module whose name is or ends with the given one.
Result<std::vector<TensorFacts>> tensors_to_save(const std::vector<TensorFacts>& tensors, const LoraSpec& lora);
// Are the patterns of `lora` patterns? OK, or what is wrong with the first that is none; `key` is set to its JSON key.
Status check_patterns(const LoraSpec& lora, std::string& key);
// The last parts of the names, each once, in model order: "q_proj, k_proj".
std::string linear_names(const std::vector<LinearFacts>& linears);

}  // namespace fedllm::spec
