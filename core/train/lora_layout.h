// The layout of a LoRA adapter on a base model: the modules that a LoraSpec chooses, in model order, with their rank and
// alpha, and the tensors that are kept whole. Errors name what was asked for and what the model has. Torch-free, pure.
#pragma once

#include <vector>

#include "adapter/adapter.h"
#include "spec/forecast.h"

namespace fedllm::train {

Result<adapter::LayoutPtr> lora_layout(const std::vector<spec::LinearFacts>& linears, const spec::LoraSpec& lora);
// With modules_to_save, whose tensors are among `model.tensors`.
Result<adapter::LayoutPtr> lora_layout(const spec::ModelFacts& model, const spec::LoraSpec& lora);

// Does the layout leave out a module whose last name it has elsewhere (chosen layers, patterns, exclusions)? Its file must then
// name every module in full (PeftMeta::whole_names), or PEFT would adapt them all.
bool leaves_out(const adapter::AdapterLayout& layout, const std::vector<spec::LinearFacts>& linears);

}  // namespace fedllm::train
