#include "data/tokenizer.h"

#include <filesystem>
#include <unordered_map>

#include "base/file.h"
#include "data/piece_tokenizer.h"
#include "data/tokenizer_file.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

class JsonTokenizer final : public Tokenizer {
 public:
  explicit JsonTokenizer(TokenizerFile file) : file_(std::move(file)) { index_added(); }
  std::vector<int32_t> encode(std::string_view text, bool add_special_tokens) const override;
  std::vector<int32_t> encode_continuation(std::string_view text) const override;
  std::string decode(std::span<const int32_t> ids, bool skip_special_tokens) const override;
  std::string token_text(int32_t id) const override;
  int vocab_size() const override { return vocab_size_; }
  int32_t bos_id() const override { return file_.bos_id; }
  int32_t eos_id() const override { return file_.eos_id; }

 private:
  void index_added();
  void encode_text(std::string_view text, bool continues, std::vector<int32_t>& ids) const;
  void encode_stretch(std::string_view stretch, Position position, std::vector<int32_t>& ids) const;
  void encode_piece(std::string normalized, Position position, std::vector<int32_t>& ids) const;
  const std::string* token_of(int32_t id) const;

  TokenizerFile file_;
  TokenFinder raw_, normalized_;
  std::unordered_map<int32_t, const AddedToken*> added_by_id_;
  std::unordered_map<int32_t, std::string> token_texts_;   // of added tokens, in the form in which they are met
  int vocab_size_ = 0;
};

void JsonTokenizer::index_added() {
  vocab_size_ = file_.model->id_limit();
  for (const AddedToken& token : file_.added) {
    vocab_size_ = std::max(vocab_size_, token.id + 1);
    added_by_id_[token.id] = &token;
    token_texts_[token.id] = token.normalized ? file_.normalizer.apply(token.content, false) : token.content;
    AddedToken met = token;
    met.content = token_texts_[token.id];
    (token.normalized ? normalized_ : raw_).add(std::move(met));
  }
}

std::vector<int32_t> JsonTokenizer::encode(std::string_view text, bool add_special_tokens) const {
  std::vector<int32_t> ids;
  ids.reserve(text.size() / 3 + 4);
  if (add_special_tokens) ids = file_.prefix;
  encode_text(text, false, ids);
  if (add_special_tokens) ids.insert(ids.end(), file_.suffix.begin(), file_.suffix.end());
  return ids;
}

std::vector<int32_t> JsonTokenizer::encode_continuation(std::string_view text) const {
  std::vector<int32_t> ids;
  encode_text(text, true, ids);
  return ids;
}

void JsonTokenizer::encode_text(std::string_view text, bool continues, std::vector<int32_t>& ids) const {
  std::string repaired;
  if (!is_valid_utf8(text)) text = repaired = repair_utf8(text);
  for (const TextOrToken& part : raw_.split(text)) {
    const bool opens = part.begin == 0;
    if (part.id >= 0) ids.push_back(part.id);
    else encode_stretch(text.substr(part.begin, part.end - part.begin), {opens, opens && continues}, ids);
  }
}

void JsonTokenizer::encode_stretch(std::string_view stretch, Position position, std::vector<int32_t>& ids) const {
  const std::string normalized = file_.normalizer.apply(std::string(stretch), position.continues);
  for (const TextOrToken& part : normalized_.split(normalized)) {
    const bool opens = part.begin == 0;
    if (part.id >= 0) ids.push_back(part.id);
    else
      encode_piece(normalized.substr(part.begin, part.end - part.begin),
                   {opens && position.opens_input, opens && position.continues}, ids);
  }
}

void JsonTokenizer::encode_piece(std::string normalized, Position position, std::vector<int32_t>& ids) const {
  const Pieces pieces = file_.pre_tokenizer.apply(std::move(normalized), position);
  const std::string_view text = pieces.text;
  for (const Span s : pieces.spans) {
    const std::string_view piece = text.substr(s.begin, s.end - s.begin);
    pieces.raw_bytes ? file_.model->encode_bytes(piece, ids) : file_.model->encode_chars(piece, ids);
  }
}

const std::string* JsonTokenizer::token_of(int32_t id) const {
  const auto it = token_texts_.find(id);
  return it != token_texts_.end() ? &it->second : file_.model->token(id);
}

std::string JsonTokenizer::decode(std::span<const int32_t> ids, bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const int32_t id : ids) {
    const auto it = added_by_id_.find(id);
    if (skip_special_tokens && it != added_by_id_.end() && it->second->special) continue;
    if (const std::string* token = token_of(id)) tokens.push_back(*token);
  }
  return file_.decoder.decode(std::move(tokens));
}

std::string JsonTokenizer::token_text(int32_t id) const {
  const std::string* token = token_of(id);
  if (!token) return {};
  // A letter before it keeps the decoder from treating the token as the start of a text.
  const std::string text = file_.decoder.decode({"x", *token});
  return text.starts_with('x') ? text.substr(1) : text;
}

}  // namespace

std::shared_ptr<const Tokenizer> make_tokenizer(TokenizerFile file) { return std::make_shared<JsonTokenizer>(std::move(file)); }

Result<std::shared_ptr<const Tokenizer>> Tokenizer::load(const std::string& folder) {
  const std::string path = (std::filesystem::path(folder) / "tokenizer.json").string();
  std::error_code error;
  if (!std::filesystem::exists(path, error) && std::filesystem::exists(std::filesystem::path(folder) / "tokenizer.model", error))
    return load_piece_tokenizer(folder);
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  Result<TokenizerFile> file = parse_tokenizer_file(text);
  if (!file.ok()) return file.status().with_prefix(path);
  FEDLLM_RETURN_IF_ERROR(apply_token_config(folder, *file));
  return make_tokenizer(std::move(*file));
}

}  // namespace fedllm::data
