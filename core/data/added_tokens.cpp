#include "data/added_tokens.h"

#include <algorithm>

#include "data/unicode.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.tokenizer";
constexpr int64_t kMaxId = 1 << 24;

}  // namespace

Result<AddedToken> added_token_from_json(const Json& json) {
  AddedToken token;
  FEDLLM_ASSIGN_OR_RETURN(token.content, read_string(json, "content", kWhere));
  int64_t id = -1;
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "id", id, kWhere));
  if (id < 0 || id >= kMaxId)
    return invalid_argument("added token \"" + token.content + "\": expected an id below " + std::to_string(kMaxId) + ", got " +
                                std::to_string(id), kWhere);
  token.id = static_cast<int32_t>(id);
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "special", token.special, kWhere));
  token.normalized = !token.special;
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "normalized", token.normalized, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "single_word", token.single_word, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "lstrip", token.lstrip, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "rstrip", token.rstrip, kWhere));
  return token;
}

void TokenFinder::add(AddedToken token) {
  if (token.content.empty()) return;
  empty_ = false;
  auto& tokens = by_first_byte_[static_cast<unsigned char>(token.content[0])];
  const auto longer = [](const AddedToken& a, const AddedToken& b) { return a.content.size() > b.content.size(); };
  tokens.insert(std::upper_bound(tokens.begin(), tokens.end(), token, longer), token);
}

const AddedToken* TokenFinder::longest_at(std::string_view text, size_t at) const {
  for (const AddedToken& token : by_first_byte_[static_cast<unsigned char>(text[at])])
    if (text.substr(at, token.content.size()) == token.content) return &token;
  return nullptr;
}

bool TokenFinder::stands_alone(std::string_view text, size_t begin, size_t end) {
  if (begin > 0 && is_word_char(utf8_at(text, previous_char(text, begin)))) return false;
  return end == text.size() || !is_word_char(utf8_at(text, end));
}

std::vector<TextOrToken> TokenFinder::split(std::string_view text) const {
  std::vector<TextOrToken> out;
  size_t done = 0;
  for (size_t at = 0; !empty_ && at < text.size();) {
    const AddedToken* token = longest_at(text, at);
    if (!token) {
      ++at;
      continue;
    }
    size_t begin = at, end = at + token->content.size();
    at = end;
    if (token->single_word && !stands_alone(text, begin, end)) continue;
    while (token->lstrip && begin > done && is_white_space(utf8_at(text, previous_char(text, begin))))
      begin = previous_char(text, begin);
    while (token->rstrip && end < text.size() && is_white_space(utf8_at(text, end)))
      end += utf8_length(static_cast<unsigned char>(text[end]));
    if (begin > done) out.push_back({done, begin, -1});
    out.push_back({begin, end, token->id});
    done = end;   // what rstrip took is searched for tokens all the same, as the official library does
  }
  if (done < text.size()) out.push_back({done, text.size(), -1});
  return out;
}

}  // namespace fedllm::data
