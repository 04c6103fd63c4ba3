#include "lab/room_offer.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/home.h"
#include "spec/forecast.h"
#include "spec/method_facts.h"
#include "spec/names.h"
#include "spec/scenario_json.h"

namespace fedllm::lab {
namespace {

namespace fs = std::filesystem;
constexpr const char* kWhere = "lab.room_offer";
constexpr size_t kMostModelFiles = 200;

bool travels(const fs::path& file) {
  const std::string name = file.filename().string(), type = file.extension().string();
  return type == ".safetensors" || name == "config.json" || name == "generation_config.json" || name == "tokenizer.json" || name == "tokenizer.model" ||
         name == "tokenizer_config.json" || name == "special_tokens_map.json" || name == "model.safetensors.index.json";
}

// Nothing about this machine's folders goes out.
spec::Scenario without_files(spec::Scenario scenario) {
  scenario.dataset.files.clear();
  scenario.dataset.test_files.clear();
  scenario.evaluation.control_files.clear();
  if (std::string& aggregator = scenario.strategy.aggregator; spec::is_script(aggregator))
    aggregator = std::string(spec::kScriptPrefix) + fs::path(aggregator.substr(spec::kScriptPrefix.size())).filename().string();
  return scenario;
}

void set(wire::BlobRef& ref, const Blob& blob) {
  ref.set_sha256(blob.sha256);
  ref.set_bytes(blob.bytes);
  ref.set_name(blob.name);
}

}  // namespace

Result<std::unique_ptr<RoomOffer>> RoomOffer::make(const std::string& scenario_json, const std::string& base_dir,
                                                   const HomePaths& paths, bool hand_out_data, bool allow_program) {
  node::ScenarioFacts facts(paths.home);
  node::OpenOptions options;
  options.setting = allow_program ? spec::Setting::trusting_network : spec::Setting::network;
  FEDLLM_ASSIGN_OR_RETURN(const spec::Scenario scenario, spec::parse_scenario(scenario_json));
  options.dataset = !scenario.dataset.files.empty();
  options.partition = options.dataset && hand_out_data;
  options.held_out = false;
  if (hand_out_data && !options.dataset)
    return invalid_argument("a room can only hand out data that its scenario names: expected dataset.files, got none", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(node::OpenedScenario opened, facts.open_json(scenario_json, base_dir, options));
  auto offer = std::make_unique<RoomOffer>();
  offer->scenario_ = scenario;
  offer->scenario_json_ = spec::to_json(scenario);
  offer->dataset_ = opened.dataset;
  // What a conversation is written in is the host's choice, and its base model's, not each member's.
  spec::Scenario published = scenario;
  if (spec::is_chat_format(opened.text_template.name)) published.dataset.text_template.name = opened.text_template.name;
  FEDLLM_ASSIGN_OR_RETURN(const DataContract contract, contract_of(published, opened.dataset.get()));
  offer->contract_ = contract_json(contract);
  if (hand_out_data) {
    // Members hold out their own part of what they get, as they do of their own data.
    opened.scenario.dataset.test_fraction = 0;
    FEDLLM_ASSIGN_OR_RETURN(offer->partition_, opened.partition());
    offer->places_ = static_cast<int>(offer->partition_->clients.size());
  }
  const spec::Forecast forecast = spec::forecast(scenario, opened.model, {}, 1);
  offer->payload_bytes_ = forecast.update_payload_bytes;
  offer->scenario_blob_ = offer->shelf_.offer_bytes("scenario.json", spec::to_json(without_files(scenario)));
  offer->base_name_ = scenario.base_model.starts_with("builtin:") ? scenario.base_model
                                                                  : fs::path(opened.model_dir).lexically_normal().filename().string();
  FEDLLM_RETURN_IF_ERROR(offer->offer_model(opened.model_dir));
  return offer;
}

Status RoomOffer::offer_model(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_regular_file(error) && travels(entry.path())) files.push_back(entry.path());
  if (files.size() > kMostModelFiles)
    return invalid_argument(folder + " has " + std::to_string(files.size()) + " model files, at most " +
                                std::to_string(kMostModelFiles) + " can travel",
                            kWhere);
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    FEDLLM_ASSIGN_OR_RETURN(Blob blob, shelf_.offer_file(file.filename().string(), file.string()));
    model_.push_back(std::move(blob));
  }
  return {};
}

void RoomOffer::fill(wire::RoomInfo& info) const {
  info.set_contract_json(contract_);
  set(*info.mutable_scenario(), scenario_blob_);
  info.set_base_model_name(base_name_);
  for (const Blob& blob : model_) set(*info.add_base_model(), blob);
  info.set_update_payload_bytes(payload_bytes_);
  info.set_rounds(scenario_.rounds);
  info.set_places(places_);
  info.set_hands_out_data(hands_out_data());
}

Result<Blob> RoomOffer::shard(int slot) {
  if (!partition_ || slot < 0 || slot >= static_cast<int>(partition_->clients.size()))
    return not_found("this room has no data for slot " + std::to_string(slot), kWhere);
  std::lock_guard lock(mutex_);
  if (const auto found = shards_.find(slot); found != shards_.end()) return found->second;
  std::string lines;
  for (const int64_t record : partition_->clients[static_cast<size_t>(slot)]) {
    FEDLLM_ASSIGN_OR_RETURN(const data::Record fields, dataset_->read(record));
    nlohmann::ordered_json line = nlohmann::ordered_json::object();
    for (const auto& [field, value] : fields) line[field] = value;
    lines += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return shards_[slot] = shelf_.offer_bytes("shard-" + std::to_string(slot) + ".jsonl", std::move(lines));
}

}  // namespace fedllm::lab
