#include "train/lora_layout.h"

#include <algorithm>
#include <set>
#include <string>

#include "spec/lora_selection.h"
#include "train/backend.h"

namespace fedllm::train {

Result<adapter::LayoutPtr> lora_layout(const spec::ModelFacts& model, const spec::LoraSpec& lora) {
  FEDLLM_ASSIGN_OR_RETURN(const auto chosen, spec::choose_modules(model.linears, lora));
  FEDLLM_ASSIGN_OR_RETURN(const auto whole, spec::tensors_to_save(model.tensors, lora));
  std::vector<adapter::ModuleSlot> modules;
  for (const spec::ChosenModule& module : chosen) {
    const spec::LinearFacts& linear = model.linears[module.linear];
    modules.push_back({linear.name, linear.in_features, linear.out_features, module.rank});
    modules.back().alpha = module.alpha;
  }
  std::vector<adapter::SavedTensor> saved;
  for (const spec::TensorFacts& tensor : whole) saved.push_back({tensor.name, tensor.shape});
  return adapter::AdapterLayout::make(std::move(modules), lora.alpha, lora.use_rslora, std::move(saved));
}

Result<adapter::LayoutPtr> lora_layout(const std::vector<spec::LinearFacts>& linears, const spec::LoraSpec& lora) {
  spec::ModelFacts model;
  model.linears = linears;
  return lora_layout(model, lora);
}

Result<adapter::AdapterState> start_state(const BaseModel& base, adapter::LayoutPtr layout, uint64_t seed) {
  adapter::AdapterState state = adapter::initial_state(std::move(layout), seed);
  for (size_t t = 0; t < state.layout->saved().size(); ++t) {
    FEDLLM_ASSIGN_OR_RETURN(const std::vector<float> values, base.tensor(state.layout->saved()[t].name));
    if (values.size() != state.saved(t).size()) return invalid_argument("tensor " + state.layout->saved()[t].name + ": expected " + std::to_string(state.saved(t).size()) + " values, got " + std::to_string(values.size()), "train.lora");
    std::ranges::copy(values, state.saved(t).begin());
  }
  return state;
}

bool leaves_out(const adapter::AdapterLayout& layout, const std::vector<spec::LinearFacts>& linears) {
  const auto last = [](const std::string& name) { return name.substr(name.rfind('.') + 1); };
  std::set<std::string> adapted, endings;
  for (const adapter::ModuleSlot& slot : layout.modules()) adapted.insert(slot.name), endings.insert(last(slot.name));
  return std::any_of(linears.begin(), linears.end(), [&](const spec::LinearFacts& linear) { return endings.contains(last(linear.name)) && !adapted.contains(linear.name); });
}

}  // namespace fedllm::train
