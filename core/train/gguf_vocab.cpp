#include "train/gguf_vocab.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/text.h"

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.gguf_vocab";
using Json = nlohmann::json;

enum TokenType : int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

struct Vocabulary {
  std::vector<std::string> tokens, merges;
  std::vector<float> scores;
  std::vector<int32_t> types;
};

const Json& at(const Json& json, const char* key) {
  static const Json none;
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() ? *found : none;
}
bool is(const Json& json, const char* key, const char* value) { return at(json, key).is_string() && at(json, key) == value; }

Result<Json> read_json(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return data_loss(path + ": expected a JSON object", kWhere);
  return json;
}

Result<Json> read_optional(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Json::object();
  return read_json(path);
}

// "a b", however the file writes a merge; empty for what is none.
std::string merge_text(const Json& merge) {
  if (merge.is_string()) return merge.get<std::string>();
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
    return merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  return {};
}

std::string joined_merge(const std::string& merge) {
  const size_t space = merge.find(' ');
  return space == std::string::npos ? std::string() : merge.substr(0, space) + merge.substr(space + 1);
}

bool is_byte(const std::string& token) { return token.size() == 6 && token.starts_with("<0x") && token.ends_with(">"); }

Status fill_base(const Json& model, int vocab_size, Vocabulary& v) {
  v.tokens.resize(static_cast<size_t>(vocab_size));
  v.types.assign(v.tokens.size(), kUnused);
  v.scores.assign(v.tokens.size(), -1000);
  for (size_t id = 0; id < v.tokens.size(); ++id) v.tokens[id] = "[PAD" + std::to_string(id) + "]";
  for (const auto& [token, id] : at(model, "vocab").items()) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= v.tokens.size())
      return data_loss("tokenizer.json: the token " + shortened(token, 40) + " has an id outside the model's vocabulary of " + std::to_string(vocab_size), kWhere);
    const size_t place = id.get<size_t>();
    v.tokens[place] = token;
    v.types[place] = is(model, "unk_token", token.c_str()) ? kUnknown : kNormal;
  }
  for (const Json& merge : at(model, "merges"))
    if (std::string text = merge_text(merge); !text.empty()) v.merges.push_back(std::move(text));
  return {};
}

Status fill_added(const Json& tokenizer, Vocabulary& v) {
  for (const Json& added : at(tokenizer, "added_tokens")) {
    const Json &id = at(added, "id"), &content = at(added, "content"), &special = at(added, "special");
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= v.tokens.size() || !content.is_string())
      return data_loss("tokenizer.json: an added token has no text or an id outside the model's vocabulary", kWhere);
    const size_t place = id.get<size_t>();
    const bool unknown = v.types[place] == kUnknown;
    v.tokens[place] = content.get<std::string>();
    v.types[place] = unknown ? kUnknown : special.is_boolean() && special.get<bool>() ? kControl : kUserDefined;
  }
  return {};
}

// llama.cpp merges the pair whose result has the highest score: the earliest merge.
void score_by_merges(Vocabulary& v) {
  std::map<std::string, size_t> first;
  for (size_t rank = 0; rank < v.merges.size(); ++rank) first.emplace(joined_merge(v.merges[rank]), rank);
  for (size_t id = 0; id < v.tokens.size(); ++id) {
    if (v.types[id] != kNormal) {
      v.scores[id] = v.types[id] == kUserDefined ? -1000.f : 0.f;
      continue;
    }
    if (is_byte(v.tokens[id])) v.types[id] = kByte, v.scores[id] = 0;
    else if (const auto found = first.find(v.tokens[id]); found != first.end()) v.scores[id] = -static_cast<float>(found->second);
    else v.scores[id] = -static_cast<float>(v.merges.size() + id);   // single characters: never the result of a merge
  }
}

// The parts of a pre-tokenizer, one or a sequence of them.
std::vector<Json> steps_of(const Json& step) {
  if (is(step, "type", "Sequence")) return at(step, "pretokenizers").get<std::vector<Json>>();
  return step.is_object() ? std::vector<Json>{step} : std::vector<Json>();
}

struct Pattern { const char* regex; const char* name; };
constexpr Pattern kPatterns[] = {
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)", "llama-bpe"},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)", "qwen2"}};

// tokenizer.ggml.pre, or empty where llama.cpp has no name for it.
std::string pre_name(const Json& tokenizer) {
  std::string name;
  for (const Json& step : steps_of(at(tokenizer, "pre_tokenizer"))) {
    if (is(step, "type", "Digits") && at(step, "individual_digits") == true) {
      name = "smollm";
    } else if (is(step, "type", "Split")) {
      const std::string regex = at(at(step, "pattern"), "Regex").is_string() ? at(at(step, "pattern"), "Regex").get<std::string>() : "";
      const auto found = std::find_if(std::begin(kPatterns), std::end(kPatterns), [&](const Pattern& p) { return regex == p.regex; });
      if (found == std::end(kPatterns)) return {};
      name = found->name;
    } else if (is(step, "type", "ByteLevel")) {
      if (name.empty() && at(step, "use_regex") != false) name = "gpt-2";
    } else {
      return {};
    }
  }
  return name;
}

std::optional<uint32_t> id_of(const Vocabulary& v, const Json& token) {
  const Json& text = token.is_object() ? at(token, "content") : token;
  if (!text.is_string()) return std::nullopt;
  const auto found = std::find(v.tokens.begin(), v.tokens.end(), text.get_ref<const std::string&>());
  if (found == v.tokens.end()) return std::nullopt;
  return static_cast<uint32_t>(found - v.tokens.begin());
}

// From config.json, else from tokenizer_config.json.
std::optional<uint32_t> special_id(const Vocabulary& v, const Json& config, const Json& settings, const std::string& name) {
  const Json& stated = at(config, (name + "_token_id").c_str());
  const Json& id = stated.is_array() && !stated.empty() ? stated.front() : stated;
  if (id.is_number_unsigned() && id.get<uint64_t>() < v.tokens.size()) return id.get<uint32_t>();
  return id_of(v, at(settings, (name + "_token").c_str()));
}

bool template_adds(const Json& tokenizer, const Vocabulary& v, std::optional<uint32_t> id) {
  std::vector<Json> steps = is(at(tokenizer, "post_processor"), "type", "Sequence")
                                ? at(at(tokenizer, "post_processor"), "processors").get<std::vector<Json>>()
                                : std::vector<Json>{at(tokenizer, "post_processor")};
  for (const Json& step : steps)
    for (const Json& part : at(step, "single"))
      if (const Json& special = at(part, "SpecialToken"); id && special.is_object() && id_of(v, at(special, "id")) == id) return true;
  return false;
}

void add_specials(const Vocabulary& v, const Json& tokenizer, const Json& config, const Json& settings, adapter::GgufWriter& writer) {
  const std::pair<const char*, const char*> names[] = {{"bos", "bos"}, {"eos", "eos"}, {"unk", "unknown"}, {"pad", "padding"}};
  for (const auto& [theirs, ours] : names)
    if (const auto id = special_id(v, config, settings, theirs)) writer.u32(std::string("tokenizer.ggml.") + ours + "_token_id", *id);
  for (const char* name : {"bos", "eos"}) {
    const Json& stated = at(settings, (std::string("add_") + name + "_token").c_str());
    const bool adds = stated.is_boolean() ? stated.get<bool>() : template_adds(tokenizer, v, special_id(v, config, settings, name));
    writer.boolean(std::string("tokenizer.ggml.add_") + name + "_token", adds);
  }
  if (at(settings, "chat_template").is_string()) writer.text("tokenizer.chat_template", at(settings, "chat_template").get<std::string>());
}

// SentencePiece's "add a space before the text": a normalizer or a pre-tokenizer says it.
bool adds_space(const Json& tokenizer) {
  if (is(at(tokenizer, "pre_tokenizer"), "type", "Metaspace")) return !is(at(tokenizer, "pre_tokenizer"), "prepend_scheme", "never");
  const Json& normalizer = at(tokenizer, "normalizer");
  if (is(normalizer, "type", "Prepend")) return true;
  const Json& steps = at(normalizer, "normalizers");
  return std::any_of(steps.begin(), steps.end(), [](const Json& step) { return is(step, "type", "Prepend"); });
}

std::string none(adapter::GgufWriter& writer, const std::string& reason) {
  writer.text("tokenizer.ggml.model", "no_vocab");
  return reason;
}

Result<std::string> add_vocabulary(const std::string& folder, const Json& tokenizer, int vocab_size, adapter::GgufWriter& writer) {
  FEDLLM_ASSIGN_OR_RETURN(const Json config, read_optional(folder + "/config.json"));
  FEDLLM_ASSIGN_OR_RETURN(const Json settings, read_optional(folder + "/tokenizer_config.json"));
  const Json& model = at(tokenizer, "model");
  const bool fallback = at(model, "byte_fallback") == true, byte_level = is(at(tokenizer, "decoder"), "type", "ByteLevel");
  const std::string pre = fallback ? "default" : pre_name(tokenizer);
  if (at(model, "merges").is_null() || !at(model, "vocab").is_object() || (!fallback && !byte_level))
    return none(writer, "tokenizer.json is neither byte-level BPE nor BPE with byte fallback");
  if (pre.empty()) return none(writer, "llama.cpp has no name for the pre-tokenizer of tokenizer.json");
  Vocabulary v;
  FEDLLM_RETURN_IF_ERROR(fill_base(model, vocab_size, v));
  FEDLLM_RETURN_IF_ERROR(fill_added(tokenizer, v));
  if (fallback) score_by_merges(v);
  writer.text("tokenizer.ggml.model", fallback ? "llama" : "gpt2");
  writer.text("tokenizer.ggml.pre", pre);
  writer.texts("tokenizer.ggml.tokens", v.tokens);
  if (fallback) writer.f32s("tokenizer.ggml.scores", v.scores);
  writer.i32s("tokenizer.ggml.token_type", v.types);
  if (fallback) writer.boolean("tokenizer.ggml.add_space_prefix", adds_space(tokenizer));
  else writer.texts("tokenizer.ggml.merges", v.merges);
  add_specials(v, tokenizer, config, settings, writer);
  return std::string();
}

}  // namespace

Result<std::string> add_gguf_vocabulary(const std::string& folder, int vocab_size, adapter::GgufWriter& writer) {
  const std::string path = folder + "/tokenizer.json";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return none(writer, "there is no tokenizer.json");
  FEDLLM_ASSIGN_OR_RETURN(const Json tokenizer, read_json(path));
  try {
    return add_vocabulary(folder, tokenizer, vocab_size, writer);
  } catch (const Json::exception& problem) {   // a list that is none, text that is not UTF-8
    return data_loss(path + ": " + problem.what(), kWhere);
  }
}

}  // namespace fedllm::train
