// Added and special tokens: found in the text before the model sees it. At each place the longest token wins; tokens
// with `normalized` are looked for after normalisation, the others before. Immutable; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/json_view.h"

namespace fedllm::data {

struct AddedToken {
  std::string content;
  int32_t id = -1;
  bool single_word = false, lstrip = false, rstrip = false, normalized = true, special = false;
};
Result<AddedToken> added_token_from_json(const Json& json);

// A stretch of text between tokens (id -1), or one token.
struct TextOrToken { size_t begin = 0, end = 0; int32_t id = -1; };

class TokenFinder {
 public:
  void add(AddedToken token);      // content in the form in which it will be met
  std::vector<TextOrToken> split(std::string_view text) const;

 private:
  const AddedToken* longest_at(std::string_view text, size_t at) const;
  static bool stands_alone(std::string_view text, size_t begin, size_t end);
  std::array<std::vector<AddedToken>, 256> by_first_byte_;   // longest first
  bool empty_ = true;
};

}  // namespace fedllm::data
