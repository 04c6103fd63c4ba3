#include "train/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/sha256.h"
#include "base/text.h"

namespace fedllm::train {
namespace {

constexpr size_t kHashPiece = size_t{16} << 20;

constexpr const char* kWhere = "train.checkpoint";
namespace fs = std::filesystem;
using adapter::DType;
using adapter::SafetensorsFile;
using adapter::TensorView;

std::string shape_text(const std::vector<int64_t>& shape) {
  std::vector<std::string> parts;
  for (int64_t n : shape) parts.push_back(std::to_string(n));
  return std::string("[").append(join(parts, ", ")).append("]");
}

const char* kPickle = " is a Python pickle, which can run any program when it is opened, and is not read; save the model as model.safetensors";

// The reason why a folder without safetensors cannot be read.
Status no_weights(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> pickles;
  for (const auto& entry : fs::directory_iterator(folder, error))
    for (const char* end : {".bin", ".bin.index.json", ".pt", ".pth", ".ckpt", ".pkl"})
      if (entry.path().filename().string().ends_with(end)) pickles.push_back(entry.path().filename().string());
  std::sort(pickles.begin(), pickles.end());
  if (!pickles.empty()) return failed_precondition(folder + "/" + pickles.front() + kPickle, kWhere);
  return not_found("neither model.safetensors nor model.safetensors.index.json in " + folder, kWhere);
}

// The weight files of a folder in name order.
Result<std::vector<std::string>> weight_files(const std::string& folder) {
  const std::string single = folder + "/model.safetensors", index = folder + "/model.safetensors.index.json";
  std::error_code error;
  if (fs::exists(single, error)) return std::vector<std::string>{single};
  if (!fs::exists(index, error)) return no_weights(folder);
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(index));
  const auto root = nlohmann::json::parse(text, nullptr, false);
  if (!root.is_object() || !root.contains("weight_map") || !root["weight_map"].is_object()) return data_loss(index + " has no \"weight_map\"", kWhere);
  std::set<std::string> names;
  for (const auto& [tensor, file] : root["weight_map"].items()) {
    if (!file.is_string() || file.get<std::string>().find('/') != std::string::npos || file.get<std::string>().empty())
      return data_loss(index + ": a tensor names " + file.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + ", expected a file of the same folder", kWhere);
    names.insert(file.get<std::string>());
  }
  if (names.empty()) return data_loss(index + ": \"weight_map\" is empty", kWhere);
  std::vector<std::string> files;
  for (const std::string& name : names) files.push_back(folder + "/" + name);
  return files;
}

// A file that is called safetensors but begins as torch.save's do: a zip, or a bare pickle.
bool looks_like_pickle(const std::string& path) {
  const auto map = MappedFile::open(path);
  return map.ok() && ((*map)->text().starts_with("PK\x03\x04") || (*map)->text().starts_with("\x80\x02"));
}

Result<std::vector<SafetensorsFile>> open_all(const std::vector<std::string>& paths) {
  std::vector<SafetensorsFile> files;
  for (const std::string& path : paths) {
    auto file = SafetensorsFile::open(path);
    if (!file.ok() && looks_like_pickle(path)) return failed_precondition(path + kPickle, kWhere);
    FEDLLM_RETURN_IF_ERROR(file.status());
    files.push_back(std::move(file).value());
  }
  return files;
}

std::string hash_of(const std::vector<std::shared_ptr<const MappedFile>>& maps) {
  Sha256 hash;
  for (const auto& map : maps) {
    std::span<const std::byte> rest = map->bytes();
    while (!rest.empty()) {
      const auto piece = rest.first(std::min(rest.size(), kHashPiece));
      hash.update(piece);
      MappedFile::forget(piece);   // a base that is mapped costs what is used of it
      rest = rest.subspan(piece.size());
    }
  }
  return hash.hex();
}

// What a tensor in a file is called in the plan.
std::string planned_name(const std::string& name, const std::set<std::string>& planned, const std::string& prefix) {
  return !planned.contains(name) && planned.contains(prefix + name) ? prefix + name : name;
}

Status check(const TensorView& view, const TensorSpec& wanted, const std::string& folder) {
  if (view.shape != wanted.shape)
    return data_loss("tensor " + wanted.name + " in " + folder + ": expected shape " + shape_text(wanted.shape) + ", got " + shape_text(view.shape), kWhere);
  if (view.dtype != DType::f32 && view.dtype != DType::f16 && view.dtype != DType::bf16)
    return data_loss("tensor " + wanted.name + " in " + folder + ": expected numbers of type F32, F16 or BF16, got another type of " + std::to_string(adapter::dtype_size(view.dtype)) + " bytes", kWhere);
  return {};
}

}  // namespace

Result<std::shared_ptr<Checkpoint>> Checkpoint::map(const std::string& folder, const ModelConfig& config, const ModelPlan& plan) {
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<std::string> paths, weight_files(folder));
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<SafetensorsFile> files, open_all(paths));
  std::set<std::string> planned;
  for (const TensorSpec& wanted : plan.tensors) planned.insert(wanted.name);
  std::map<std::string, TensorView> found;
  for (const SafetensorsFile& file : files)
    for (const auto& [name, view] : file.tensors())
      if (!found.insert({planned_name(name, planned, plan.optional_prefix), view}).second) return data_loss("the weights in " + folder + " hold tensor " + name + " twice", kWhere);
  std::shared_ptr<Checkpoint> checkpoint(new Checkpoint);
  for (const TensorSpec& wanted : plan.tensors) {
    const auto it = found.find(wanted.name);
    if (it == found.end()) return data_loss("the weights in " + folder + " lack tensor " + wanted.name + " " + shape_text(wanted.shape), kWhere);
    FEDLLM_RETURN_IF_ERROR(check(it->second, wanted, folder));
    checkpoint->parameters_ += it->second.elements();
    checkpoint->weight_bytes_ += static_cast<int64_t>(it->second.bytes.size());
    checkpoint->tensors_.insert(found.extract(it));
  }
  for (const auto& [name, view] : found)
    if (!may_ignore_tensor(config, name)) return data_loss("the weights in " + folder + " hold tensor " + name + ", which the config does not ask for", kWhere);
  for (const SafetensorsFile& file : files) checkpoint->maps_.push_back(file.map());
  return checkpoint;
}

Result<std::shared_ptr<const Checkpoint>> Checkpoint::open(const std::string& folder, const ModelConfig& config, const ModelPlan& plan) {
  FEDLLM_ASSIGN_OR_RETURN(std::shared_ptr<Checkpoint> checkpoint, map(folder, config, plan));
  checkpoint->sha256_ = hash_of(checkpoint->maps_);
  return std::shared_ptr<const Checkpoint>(std::move(checkpoint));
}

Result<std::shared_ptr<const Checkpoint>> Checkpoint::open_headers(const std::string& folder, const ModelConfig& config, const ModelPlan& plan) {
  FEDLLM_ASSIGN_OR_RETURN(std::shared_ptr<Checkpoint> checkpoint, map(folder, config, plan));
  return std::shared_ptr<const Checkpoint>(std::move(checkpoint));
}

bool Checkpoint::same_type(DType type) const {
  return std::all_of(tensors_.begin(), tensors_.end(), [&](const auto& entry) { return entry.second.dtype == type; });
}

}  // namespace fedllm::train
