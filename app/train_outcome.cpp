#include "train_outcome.h"

#include <cstdio>

#include "base/file.h"

namespace fedllm::app {

using nlohmann::ordered_json;

Result<OpenAdapter> starting_adapter(const Arguments& arguments, const OpenModel& model) {
  if (!arguments.has("--adapter-init")) return fresh_adapter(arguments, model);
  for (const char* option : {"--rank", "--alpha", "--target-modules"})
    if (arguments.has(option)) return usage_error(std::string(option) + " is for a fresh adapter, not for --adapter-init");
  return open_adapter(arguments, "--adapter-init");
}

void show_step(const Arguments& arguments, int step, double loss) {
  char text[80];
  std::snprintf(text, sizeof text, "step %d  loss %.6f", step, loss);
  print_line(arguments.json() ? ordered_json({{"step", step}, {"loss", loss}}).dump() : text);
}

Status report_training(const Arguments& arguments, ordered_json facts, const adapter::AdapterState& state, const adapter::PeftMeta& meta) {
  const std::string folder = arguments.value("--save");
  if (folder.empty()) {
    facts["adapter_sha256"] = adapter::adapter_sha256(state);
  } else {
    FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
    FEDLLM_ASSIGN_OR_RETURN(facts["adapter_sha256"], adapter::save_peft(state, meta, folder));
    facts["saved"] = folder;
  }
  if (arguments.json()) print_line(facts.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  else if (!folder.empty()) print_line("adapter: " + folder);
  return {};
}

}  // namespace fedllm::app
