// What score, train and generate share: --model, --adapter, --device and --precision opened, batches of ids from a JSON file
// ({"input_ids", "attention_mask", "labels"}, rows of equal length), numbers and id lists. Needs LibTorch's module and
// nothing of the studio, so that it is part of the engine alone. Every refusal is one sentence.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapter/peft.h"
#include "command_line.h"
#include "train/backend.h"

namespace fedllm::app {

struct OpenModel {
  std::string folder;
  train::Backend* backend = nullptr;
  std::shared_ptr<const train::BaseModel> base;
};
// --model (a folder or builtin:NAME), --device, --precision.
Result<OpenModel> open_model(const Arguments& arguments);
// The options that open_model reads, then `more`.
std::vector<Option> model_options(std::vector<Option> more);

struct OpenAdapter {
  adapter::AdapterState state;         // no layout: the base alone
  adapter::PeftMeta meta;              // to save it anew
  const adapter::AdapterState* get() const { return state.layout ? &state : nullptr; }
};
// The PEFT folder that `option` names; nothing where it is absent.
Result<OpenAdapter> open_adapter(const Arguments& arguments, std::string_view option);
// A fresh one by --rank, --alpha, --target-modules (names with commas, or all-linear), --modules-to-save and --seed.
Result<OpenAdapter> fresh_adapter(const Arguments& arguments, const OpenModel& model);

// One batch [rows, length]. The mask may be missing: all ones; so may the labels.
Result<train::ProbeInput> read_inputs(const std::string& path);
// Ids that end an answer: eos_token_id of generation_config.json, else of config.json; none where neither says it.
Result<std::vector<int32_t>> end_ids(const std::string& folder);
// "1,2,3"
Result<std::vector<int32_t>> id_list(std::string_view option, const std::string& text);
// A number of at least `low`; absent: `fallback`. Anything else is a usage error.
Result<double> real(const Arguments& arguments, std::string_view option, double fallback, double low);

}  // namespace fedllm::app
