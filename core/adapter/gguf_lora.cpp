#include "adapter/gguf_lora.h"

#include <algorithm>
#include <deque>
#include <map>

#include "adapter/gguf_writer.h"

namespace fedllm::adapter {
namespace {

constexpr const char* kWhere = "adapter.gguf";

// What alpha / rank must be divided from to give the module's scale.
double alpha_of(const AdapterLayout& layout, size_t module) {
  return layout.rank_stabilised() ? layout.scale(module) * layout.modules()[module].rank : layout.alpha(module);
}

double most_common_alpha(const AdapterLayout& layout) {
  std::map<double, int> count;
  for (size_t m = 0; m < layout.modules().size(); ++m) ++count[alpha_of(layout, m)];
  return std::max_element(count.begin(), count.end(), [](auto& l, auto& r) { return l.second < r.second; })->first;
}

// B with its rows in the file's order, times what one alpha for all leaves of the module's scale.
Result<std::vector<float>> rows_of_b(const AdapterState& state, size_t module, const GgufModel& model, double alpha) {
  const ModuleSlot& slot = state.layout->modules()[module];
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<size_t> order, gguf_rows(model, slot.name, static_cast<size_t>(slot.out_features)));
  const double factor = alpha_of(*state.layout, module) / alpha;
  const auto b = state.b(module);
  const size_t rank = static_cast<size_t>(slot.rank);
  std::vector<float> out(b.begin(), b.end());
  for (size_t row = 0; row < order.size(); ++row) std::copy_n(b.begin() + static_cast<std::ptrdiff_t>(order[row] * rank), rank, out.begin() + static_cast<std::ptrdiff_t>(row * rank));
  if (factor != 1)
    for (float& x : out) x = static_cast<float>(x * factor);
  return out;
}

void add_header(GgufWriter& writer, const std::string& architecture, const GgufLora& meta, double alpha) {
  writer.text("general.architecture", architecture);
  writer.text("general.type", "adapter");
  writer.text("adapter.type", "lora");
  if (!meta.name.empty()) writer.text("general.name", meta.name);
  if (!meta.base_model_name.empty()) {
    writer.u32("general.base_model.count", 1);
    writer.text("general.base_model.0.name", meta.base_model_name);
  }
  writer.f32("adapter.lora.alpha", static_cast<float>(alpha));
  writer.u32("general.file_type", 0);
  writer.u32("general.quantization_version", 2);
}

}  // namespace

Status save_gguf_lora(const AdapterState& state, const GgufModel& model, const GgufLora& meta, const std::string& path) {
  const AdapterLayout& layout = *state.layout;
  FEDLLM_ASSIGN_OR_RETURN(const std::string architecture, gguf_architecture(model.model_type));
  if (!layout.saved().empty())
    return Status(Code::unimplemented,
                  "a GGUF adapter holds LoRA factors only, and this one keeps " + layout.saved()[0].name +
                      " whole: merge it into its base instead",
                  kWhere);
  const double alpha = most_common_alpha(layout);
  GgufWriter writer;
  add_header(writer, architecture, meta, alpha);
  std::deque<std::vector<float>> factors;   // stay where they are until written
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    const ModuleSlot& slot = layout.modules()[m];
    const std::string name = gguf_module(model.model_type, slot.name);
    if (name.empty())
      return Status(Code::unimplemented, "GGUF has no name for the module " + slot.name + " of a " + model.model_type + " model", kWhere);
    FEDLLM_ASSIGN_OR_RETURN(std::vector<float> b, rows_of_b(state, m, model, alpha));
    factors.push_back(std::move(b));
    writer.tensor(name + ".weight.lora_a", {slot.rank, slot.in_features}, state.a(m));
    writer.tensor(name + ".weight.lora_b", {slot.out_features, slot.rank}, factors.back());
  }
  return writer.write(path);
}

}  // namespace fedllm::adapter
