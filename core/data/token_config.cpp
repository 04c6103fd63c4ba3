// The small files beside tokenizer.json: which token opens and which one ends a text. Read by nlohmann-json because they
// hold integers beyond 64 bits (model_max_length), which simdjson refuses.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "data/tokenizer_file.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.tokenizer";

int32_t id_of(const TokenizerFile& file, std::string_view token) {
  for (const AddedToken& added : file.added)
    if (added.content == token) return added.id;
  return file.model->id_of(token);
}

using Config = nlohmann::json;

// A token is named by a string, or by an object with "content".
int32_t named_token(const TokenizerFile& file, const Config& config, const char* key) {
  const auto it = config.find(key);
  if (it == config.end()) return -1;
  const Config& name = it->is_object() && it->contains("content") ? (*it)["content"] : *it;
  return name.is_string() ? id_of(file, name.get_ref<const std::string&>()) : -1;
}

// config.json gives ids; eos_token_id may be a list, whose first counts.
int32_t numbered_token(const Config& config, const std::string& key, int32_t limit) {
  const auto it = config.find(key);
  if (it == config.end()) return -1;
  const Config& id = it->is_array() && !it->empty() ? it->front() : *it;
  return id.is_number_unsigned() && id.get<uint64_t>() < static_cast<uint64_t>(limit) ? id.get<int32_t>() : -1;
}

int32_t id_limit(const TokenizerFile& file) {
  int32_t limit = file.model->id_limit();
  for (const AddedToken& token : file.added) limit = std::max(limit, token.id + 1);
  return limit;
}

bool is_llama_class(std::string_view name) {
  return name.starts_with("LlamaTokenizer") || name.starts_with("CodeLlamaTokenizer") || name.starts_with("GemmaTokenizer");
}

// What the Llama classes do on loading: their two switches decide, whatever the file's post-processor says.
void apply_tokenizer_config(const Config& config, TokenizerFile& file) {
  file.bos_id = named_token(file, config, "bos_token");
  file.eos_id = named_token(file, config, "eos_token");
  const auto name = config.find("tokenizer_class");
  if (name == config.end() || !name->is_string() || !is_llama_class(name->get_ref<const std::string&>())) return;
  const auto switched = [&](const char* key, bool now) {
    const auto it = config.find(key);
    return it != config.end() && it->is_boolean() ? it->get<bool>() : now;
  };
  const bool add_bos = switched("add_bos_token", !file.prefix.empty()), add_eos = switched("add_eos_token", !file.suffix.empty());
  if (add_bos == file.prefix.empty() && file.bos_id >= 0) file.prefix.assign(add_bos ? 1 : 0, file.bos_id);
  if (add_eos == file.suffix.empty() && file.eos_id >= 0) file.suffix.assign(add_eos ? 1 : 0, file.eos_id);
}

void guess_by_name(TokenizerFile& file) {
  if (file.bos_id < 0 && !file.prefix.empty()) file.bos_id = file.prefix.front();
  for (const char* name : {"</s>", "<|endoftext|>", "<|end_of_text|>", "<eos>", "<|im_end|>"})
    if (file.eos_id < 0) file.eos_id = id_of(file, name);
}

}  // namespace

Status apply_token_config(const std::string& folder, TokenizerFile& file) {
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json", "config.json"}) {
    const std::string path = (std::filesystem::path(folder) / name).string();
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
    const Config config = Config::parse(text, nullptr, false);
    if (!config.is_object()) return invalid_argument("expected a JSON object in " + path, kWhere);
    if (std::string_view(name) == "tokenizer_config.json") apply_tokenizer_config(config, file);
    const bool by_id = std::string_view(name) == "config.json";
    for (const auto& [key, id] : {std::pair{"bos_token", &file.bos_id}, std::pair{"eos_token", &file.eos_id}}) {
      if (*id >= 0) continue;
      *id = by_id ? numbered_token(config, std::string(key) + "_id", id_limit(file)) : named_token(file, config, key);
    }
  }
  guess_by_name(file);
  return {};
}

}  // namespace fedllm::data
