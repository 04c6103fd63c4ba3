#include "lab/final_adapter.h"

#include <algorithm>

#include "base/file.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWeights = "/adapter_model.safetensors";
constexpr const char* kConfig = "/adapter_config.json";

Status copy(const std::string& from, const std::string& to) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string bytes, read_file(from));
  return write_file_atomic(to, bytes);
}

Result<adapter::AdapterState> read_hosts(const FinalAdapter& adapter, const std::string& file) {
  if (!adapter.own_ranks) return adapter::load_peft_tensors(file, adapter.layout);
  FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState state, adapter::load_peft_tensors(file, 1.0));
  std::vector<adapter::ModuleSlot> modules = state.layout->modules();
  const std::vector<adapter::ModuleSlot>& expected = adapter.layout->modules();
  const auto known = [&](const adapter::ModuleSlot& one) {
    return std::ranges::any_of(expected, [&](const adapter::ModuleSlot& slot) {
      return slot.name == one.name && slot.in_features == one.in_features && slot.out_features == one.out_features;
    });
  };
  if (modules.size() != expected.size() || !std::ranges::all_of(modules, known))
    return data_loss("the host's adapter is not of this run's modules", "lab.final_adapter");
  for (adapter::ModuleSlot& slot : modules) slot.alpha = slot.rank;
  FEDLLM_ASSIGN_OR_RETURN(state.layout, adapter::AdapterLayout::make(std::move(modules), 1));
  return state;
}

// Read before it is kept: a peer's file must be an adapter of this run. The config is made here.
Status save_hosts(const FinalAdapter& adapter, const FetchFile& fetch) {
  if (!fetch) return unavailable("the host cannot be asked for it", "lab.final_adapter");
  FEDLLM_ASSIGN_OR_RETURN(const std::string file, fetch(adapter.host_sha256));
  FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState state, read_hosts(adapter, file));
  FEDLLM_RETURN_IF_ERROR(adapter::save_peft(state, adapter.meta, adapter.folder).status());
  return copy(file, adapter.folder + kWeights);
}

}  // namespace

Result<SavedAdapter> save_final_adapter(const FinalAdapter& adapter, const FetchFile& fetch) {
  FEDLLM_RETURN_IF_ERROR(make_dirs(adapter.folder));
  SavedAdapter saved;
  if (!adapter.host_sha256.empty() && adapter.host_sha256 != adapter.version_sha256) {
    saved.hosts = save_hosts(adapter, fetch);
    saved.sha256 = adapter.host_sha256;
    if (saved.hosts.ok()) return saved;
  }
  saved.sha256 = adapter.version_sha256;
  if (adapter.version_folder.empty()) return saved;
  FEDLLM_RETURN_IF_ERROR(copy(adapter.version_folder + kConfig, adapter.folder + kConfig));
  FEDLLM_RETURN_IF_ERROR(copy(adapter.version_folder + kWeights, adapter.folder + kWeights));
  return saved;
}

}  // namespace fedllm::lab
