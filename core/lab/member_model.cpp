#include "lab/member_model.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/home.h"
#include "base/sha256.h"

namespace fedllm::lab {
namespace {

namespace fs = std::filesystem;
constexpr const char* kWhere = "lab.member_model";
constexpr std::array<std::string_view, 8> kNames = {"config.json",           "tokenizer.json",          "tokenizer.model",
                                                    "tokenizer_config.json", "special_tokens_map.json", "generation_config.json",
                                                    "model.safetensors",     "model.safetensors.index.json"};
constexpr size_t kMostIndex = 16 << 20;

// model-00002-of-00005.safetensors
bool is_shard(std::string_view name) {
  constexpr std::string_view kForm = "model-#####-of-#####.safetensors";
  if (name.size() != kForm.size()) return false;
  for (size_t i = 0; i < name.size(); ++i)
    if (kForm[i] == '#' ? name[i] < '0' || name[i] > '9' : name[i] != kForm[i]) return false;
  return true;
}

bool is_known(std::string_view name) { return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || is_shard(name); }

bool has(const std::vector<ModelFile>& files, std::string_view name) {
  return std::any_of(files.begin(), files.end(), [&](const ModelFile& file) { return file.name == name; });
}

std::string folder_of(const std::string& home, const std::vector<ModelFile>& files) {
  std::string key = "fedllm model 1\n";
  for (const ModelFile& file : files) key += file.name + " " + file.blob.sha256 + "\n";
  return home + "/models/" + sha256_hex(key).substr(0, 24);
}

bool same_size(const std::string& path, uint64_t bytes) {
  std::error_code error;
  return fs::file_size(path, error) == bytes && !error;
}

bool all_there(const std::string& folder, const std::vector<ModelFile>& files) {
  return std::all_of(files.begin(), files.end(),
                     [&](const ModelFile& file) { return same_size(folder + "/" + file.name, file.blob.bytes); });
}

// The index lists which file holds which tensor: only files of this model count.
Status check_index(const std::string& path, const std::vector<ModelFile>& files) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto bad = invalid_argument("the base model's index does not list its tensors' files", kWhere);
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) return bad;
  for (const auto& [tensor, file] : json["weight_map"].items())
    if (!file.is_string() || !is_shard(file.get_ref<const std::string&>()) || !has(files,
        file.get_ref<const std::string&>())) return bad;
  return {};
}

// The same bytes under a second name; a copy where the file system has no hard links.
Status place(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0 || errno == EEXIST) return {};
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (!error) return {};
  return {error == std::errc::no_space_on_device ? Code::resource_exhausted : Code::unavailable,
          "cannot write " + to + ": " + error.message(), kWhere};
}

}  // namespace

Result<std::vector<ModelFile>> model_files(const std::vector<Blob>& offered) {
  std::vector<ModelFile> files;
  for (const Blob& blob : offered) {
    if (!is_known(blob.name))
      return invalid_argument("the room's base model has a file that no model has (number " + std::to_string(files.size() + 1) +
          ")", kWhere);
    if (has(files, blob.name)) return invalid_argument("the room's base model has " + blob.name + " twice", kWhere);
    if (blob.name == "model.safetensors.index.json" && blob.bytes > kMostIndex)
      return invalid_argument("the base model's index is longer than 16 MiB", kWhere);
    files.push_back({blob.name, blob});
  }
  if (!has(files, "config.json")) return invalid_argument("the room's base model lacks config.json", kWhere);
  if (!has(files, "tokenizer.json") && !has(files, "tokenizer.model"))
    return invalid_argument("the room's base model lacks tokenizer.json and tokenizer.model", kWhere);
  if (!has(files, "model.safetensors") && !has(files, "model.safetensors.index.json"))
    return invalid_argument("the room's base model lacks its weights", kWhere);
  std::sort(files.begin(), files.end(), [](const ModelFile& a, const ModelFile& b) { return a.name < b.name; });
  return files;
}

std::string shipped_model(const std::string& name, const std::vector<ModelFile>& files) {
  constexpr std::string_view kBuiltin = "builtin:";
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
      c == '_'; };
  if (!name.starts_with(kBuiltin) || name.size() > 72) return {};
  const std::string word = name.substr(kBuiltin.size());
  if (word.empty() || !std::all_of(word.begin(), word.end(), plain)) return {};
  const std::string folder = resolve_path(name, "models", "");
  if (!all_there(folder, files)) return {};
  for (const ModelFile& file : files) {
    const auto sha256 = sha256_file(folder + "/" + file.name);
    if (!sha256.ok() || *sha256 != file.blob.sha256) return {};
  }
  return name;
}

std::string assembled_model(const std::string& home, const std::vector<ModelFile>& files) {
  const std::string folder = folder_of(home, files);
  return all_there(folder, files) ? folder : std::string();
}

Result<std::string> assemble_model(const std::string& home, const BlobStore& store, const std::vector<ModelFile>& files) {
  if (std::string there = assembled_model(home, files); !there.empty()) return there;
  const std::string folder = folder_of(home, files), temp = folder + ".making";
  std::error_code ignored;
  fs::remove_all(temp, ignored);
  FEDLLM_RETURN_IF_ERROR(make_dirs(temp));
  for (const ModelFile& file : files) {
    FEDLLM_ASSIGN_OR_RETURN(const std::string blob, store.path(file.blob.sha256));
    if (file.name == "model.safetensors.index.json") FEDLLM_RETURN_IF_ERROR(check_index(blob, files));
    FEDLLM_RETURN_IF_ERROR(place(blob, temp + "/" + file.name));
  }
  fs::remove_all(folder, ignored);
  std::error_code error;
  fs::rename(temp, folder, error);
  if (error) return unavailable("cannot make the model folder " + folder + ": " + error.message(), kWhere);
  return folder;
}

}  // namespace fedllm::lab
