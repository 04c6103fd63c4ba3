// What the fuzz targets of the tokenizer readers do with a file, and the replay of their corpora too: read it, and where
// that is accepted, cut texts and put them together again. Ids must lie in the vocabulary; all else is a Status.
#pragma once

#include <string>
#include <string_view>

#include "data/piece_tokenizer.h"
#include "data/tokenizer_file.h"
#include "data/utf8.h"
#include "memory_file.h"

namespace fedllm::test {

inline void use_tokenizer(const data::Tokenizer& tokenizer) {
  const std::string texts[] = {"", " ", "Hello  world's 12,345\r\n\n\t<s>x</s>", "caf\xC3\xA9 \xE4\xB8\xAD\xE6\x96\x87 \xF0\x9F\x98\x80\xE2\x96\x81 e\xCC\x81",
                               "\xFF\xC3 broken", std::string(300, 'a') + std::string(200, ' ')};
  for (const std::string& text : texts) {
    for (const bool special : {false, true}) {
      const auto ids = tokenizer.encode(text, special);
      for (const int32_t id : ids) must(id >= 0 && id < tokenizer.vocab_size(), "ids lie in the vocabulary");
      must(data::is_valid_utf8(tokenizer.decode(ids, special)), "decoded text is UTF-8");
    }
    for (const int32_t id : tokenizer.encode_continuation(text)) must(id >= 0 && id < tokenizer.vocab_size(), "ids lie in the vocabulary");
  }
  const int32_t some[] = {0, 1, 2, 3, tokenizer.vocab_size() - 1, tokenizer.vocab_size(), -1};
  must(data::is_valid_utf8(tokenizer.decode(some, false)), "decoded text is UTF-8");
  for (const int32_t id : some) (void)tokenizer.token_text(id);
}

// Whether the file was accepted.
inline bool read_tokenizer_json(std::string_view bytes) {
  auto file = data::parse_tokenizer_file(bytes);
  if (!file.ok()) return false;
  use_tokenizer(*data::make_tokenizer(*std::move(file)));
  return true;
}

inline bool read_tokenizer_model(std::string_view bytes) {
  const auto tokenizer = data::parse_piece_tokenizer(bytes);
  if (!tokenizer.ok()) return false;
  use_tokenizer(**tokenizer);
  return true;
}

}  // namespace fedllm::test
