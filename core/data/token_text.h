// TokenText: the text of an answer while its tokens come in one by one. What it hands out is final: characters are never cut
// (a token may end inside one), and what may be the beginning of a stop text is held back until that is decided. A stop text
// ends the answer; neither it nor anything behind it is handed out. What was handed out in the end is the tokenizer's text of
// all ids, special tokens left out, up to the stop. Not thread-safe; one an answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/tokenizer.h"

namespace fedllm::data {

class TokenText {
 public:
  TokenText(std::shared_ptr<const Tokenizer> tokenizer, std::vector<std::string> stops);
  // The text that became final with this token.
  std::string add(int32_t id);
  // The rest, once no token will come.
  std::string finish();
  bool stopped() const { return stopped_; }
  const std::string& text() const { return told_; }   // all that was handed out

 private:
  std::string tell(std::string_view whole, size_t end);
  // Where the first stop text begins; npos: there is none.
  size_t find_stop(std::string_view text) const;
  // How much of the end of `text` may be the beginning of a stop text.
  size_t held_back(std::string_view text) const;

  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<std::string> stops_;
  std::vector<int32_t> ids_;
  std::string told_;
  bool stopped_ = false;
};

}  // namespace fedllm::data
