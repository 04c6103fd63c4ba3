// The small files beside tokenizer.json: which token opens and which one ends a text. They may hold integers beyond 64 bits
// (model_max_length).
#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "data/big_numbers.h"
#include "data/tokenizer_file.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.tokenizer";

int32_t id_of(const TokenizerFile& file, std::string_view token) {
  for (const AddedToken& added : file.added)
    if (added.content == token) return added.id;
  return file.model->id_of(token);
}

// A token is named by a string, or by an object with "content".
int32_t named_token(const TokenizerFile& file, const Json& config, std::string_view key) {
  std::string_view name;
  if (config[key].get(name) && config[key]["content"].get(name)) return -1;
  return id_of(file, name);
}

// config.json gives ids; eos_token_id may be a list, whose first counts.
int32_t numbered_token(const Json& config, const std::string& key, int32_t limit) {
  uint64_t id = 0;
  if (config[key].get(id) && config[key].at(0).get(id)) return -1;
  return id < static_cast<uint64_t>(limit) ? static_cast<int32_t>(id) : -1;
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
void apply_tokenizer_config(const Json& config, TokenizerFile& file) {
  file.bos_id = named_token(file, config, "bos_token");
  file.eos_id = named_token(file, config, "eos_token");
  std::string_view name;
  if (config["tokenizer_class"].get(name) || !is_llama_class(name)) return;
  const auto switched = [&](std::string_view key, bool now) {
    bool value = now;
    return config[key].get(value) ? now : value;
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
    simdjson::dom::parser parser;
    Json config;
    if (parser.parse(quote_big_integers(text)).get(config) || !config.is_object())
      return invalid_argument("expected a JSON object in " + path, kWhere);
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
