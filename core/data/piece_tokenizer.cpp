#include "data/piece_tokenizer.h"

#include <charconv>
#include <filesystem>
#include <unordered_map>

#include "base/file.h"
#include "data/added_tokens.h"
#include "data/big_numbers.h"
#include "data/piece_model.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.tokenizer";

class PieceTokenizer final : public Tokenizer {
 public:
  explicit PieceTokenizer(PieceFile file)
      : model_(std::move(file)), bos_id_(model_.file().bos_id), eos_id_(model_.file().eos_id), add_bos_(bos_id_ >= 0),
        vocab_size_(static_cast<int>(model_.file().pieces.size())) {}
  Status apply_config(const Json& config);

  std::vector<int32_t> encode(std::string_view text, bool add_special_tokens) const override;
  std::vector<int32_t> encode_continuation(std::string_view text) const override;
  std::string decode(std::span<const int32_t> ids, bool skip_special_tokens) const override;
  std::string token_text(int32_t id) const override;
  int vocab_size() const override { return vocab_size_; }
  int32_t bos_id() const override { return bos_id_; }
  int32_t eos_id() const override { return eos_id_; }

 private:
  int32_t named_token(const Json& config, std::string_view key) const;
  Status add_token(AddedToken token);
  void encode_text(std::string_view text, bool continues, std::vector<int32_t>& ids) const;

  PieceModel model_;
  TokenFinder added_;
  std::unordered_map<int32_t, AddedToken> added_by_id_;
  int32_t bos_id_, eos_id_;
  bool add_bos_, add_eos_ = false;
  int vocab_size_;
};

// "</s>", or an object with "content".
int32_t PieceTokenizer::named_token(const Json& config, std::string_view key) const {
  std::string_view name;
  if (config[key].get(name) && config[key]["content"].get(name)) return -1;
  for (const auto& [id, token] : added_by_id_)
    if (token.content == name) return id;
  return model_.id_of(name);
}

Status PieceTokenizer::add_token(AddedToken token) {
  const auto pieces = static_cast<int32_t>(model_.file().pieces.size());
  if (token.id < pieces && model_.file().pieces[token.id].text != token.content)
    return invalid_argument("added token \"" + token.content + "\" has id " + std::to_string(token.id) + ", which is piece \"" +
                                model_.file().pieces[token.id].text + "\"", kWhere);
  token.normalized = false;
  vocab_size_ = std::max(vocab_size_, token.id + 1);
  added_.add(token);
  added_by_id_[token.id] = std::move(token);
  return {};
}

Status PieceTokenizer::apply_config(const Json& config) {
  simdjson::dom::object listed;
  if (config["added_tokens_decoder"].get(listed) == simdjson::SUCCESS) {
    for (const auto [key, value] : listed) {
      AddedToken token;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token.id);
      if (error != std::errc() || end != key.data() + key.size() || token.id < 0 || token.id >= 1 << 24)
        return invalid_argument("added_tokens_decoder: expected an id, got \"" + std::string(key) + "\"", kWhere);
      FEDLLM_ASSIGN_OR_RETURN(token.content, read_string(value, "content", kWhere));
      FEDLLM_RETURN_IF_ERROR(read_optional(value, "special", token.special, kWhere));
      FEDLLM_RETURN_IF_ERROR(read_optional(value, "lstrip", token.lstrip, kWhere));
      FEDLLM_RETURN_IF_ERROR(read_optional(value, "rstrip", token.rstrip, kWhere));
      FEDLLM_RETURN_IF_ERROR(read_optional(value, "single_word", token.single_word, kWhere));
      FEDLLM_RETURN_IF_ERROR(add_token(std::move(token)));
    }
  }
  for (const char* key : {"bos_token", "eos_token", "unk_token", "pad_token"}) {
    const int32_t id = named_token(config, key);
    if (id < 0 || added_by_id_.contains(id)) continue;
    AddedToken token;
    token.content = model_.file().pieces[id].text;
    token.id = id;
    token.special = true;
    FEDLLM_RETURN_IF_ERROR(add_token(std::move(token)));
  }
  if (const int32_t id = named_token(config, "bos_token"); id >= 0) bos_id_ = id;
  if (const int32_t id = named_token(config, "eos_token"); id >= 0) eos_id_ = id;
  FEDLLM_RETURN_IF_ERROR(read_optional(config, "add_bos_token", add_bos_, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(config, "add_eos_token", add_eos_, kWhere));
  add_bos_ = add_bos_ && bos_id_ >= 0;
  add_eos_ = add_eos_ && eos_id_ >= 0;
  return {};
}

std::vector<int32_t> PieceTokenizer::encode(std::string_view text, bool add_special_tokens) const {
  std::vector<int32_t> ids;
  if (add_special_tokens && add_bos_) ids.push_back(bos_id_);
  encode_text(text, false, ids);
  if (add_special_tokens && add_eos_) ids.push_back(eos_id_);
  return ids;
}

std::vector<int32_t> PieceTokenizer::encode_continuation(std::string_view text) const {
  std::vector<int32_t> ids;
  encode_text(text, true, ids);
  return ids;
}

void PieceTokenizer::encode_text(std::string_view text, bool continues, std::vector<int32_t>& ids) const {
  std::string repaired;
  if (!is_valid_utf8(text)) text = repaired = repair_utf8(text);
  for (const TextOrToken& part : added_.split(text)) {
    if (part.id >= 0) ids.push_back(part.id);
    else model_.encode(text.substr(part.begin, part.end - part.begin), continues && part.begin == 0, ids);
  }
}

std::string PieceTokenizer::decode(std::span<const int32_t> ids, bool skip_special_tokens) const {
  std::string text;
  std::vector<int32_t> run;
  for (const int32_t id : ids) {
    const auto it = added_by_id_.find(id);
    if (it == added_by_id_.end()) {
      run.push_back(id);
      continue;
    }
    if (it->second.special && skip_special_tokens) continue;
    text += model_.decode(run, skip_special_tokens) + it->second.content;
    run.clear();
  }
  return text + model_.decode(run, skip_special_tokens);
}

std::string PieceTokenizer::token_text(int32_t id) const {
  const auto it = added_by_id_.find(id);
  if (it != added_by_id_.end()) return it->second.content;
  // A control piece before it keeps the decoder from treating the token as the start of a text.
  const int32_t before = model_.file().unk_id;
  return model_.decode({before, id}, false).substr(model_.decode({before}, false).size());
}

Result<std::shared_ptr<PieceTokenizer>> make(std::string_view bytes) {
  FEDLLM_ASSIGN_OR_RETURN(PieceFile file, parse_piece_file(bytes));
  return std::make_shared<PieceTokenizer>(std::move(file));
}

}  // namespace

Result<std::shared_ptr<const Tokenizer>> parse_piece_tokenizer(std::string_view bytes) {
  FEDLLM_ASSIGN_OR_RETURN(std::shared_ptr<PieceTokenizer> tokenizer, make(bytes));
  return std::shared_ptr<const Tokenizer>(std::move(tokenizer));
}

Result<std::shared_ptr<const Tokenizer>> load_piece_tokenizer(const std::string& folder) {
  const std::string path = (std::filesystem::path(folder) / "tokenizer.model").string();
  FEDLLM_ASSIGN_OR_RETURN(const std::string bytes, read_file(path));
  Result<std::shared_ptr<PieceTokenizer>> tokenizer = make(bytes);
  if (!tokenizer.ok()) return tokenizer.status().with_prefix(path);
  const std::string config_path = (std::filesystem::path(folder) / "tokenizer_config.json").string();
  std::error_code error;
  if (std::filesystem::exists(config_path, error)) {
    FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(config_path));
    simdjson::dom::parser parser;
    Json config;
    if (parser.parse(quote_big_integers(text)).get(config) || !config.is_object())
      return invalid_argument("expected a JSON object in " + config_path, kWhere);
    const Status applied = (*tokenizer)->apply_config(config);
    if (!applied.ok()) return applied.with_prefix(config_path);
  }
  return std::shared_ptr<const Tokenizer>(*std::move(tokenizer));
}

}  // namespace fedllm::data
