// The tokenizer of a folder that holds tokenizer.model (SentencePiece) and no tokenizer.json. With a
// tokenizer_config.json beside it the folder is Hugging Face's: BOS, EOS, unknown and added tokens written out in a text
// are found there, and add_bos_token / add_eos_token decide what goes around it. Without one it is as SentencePiece has
// it: control pieces are never found in a text, and a BOS piece goes before it.
#pragma once

#include <memory>
#include <string>

#include "data/tokenizer.h"

namespace fedllm::data {

Result<std::shared_ptr<const Tokenizer>> load_piece_tokenizer(const std::string& folder);
// From the bytes of a model file alone.
Result<std::shared_ptr<const Tokenizer>> parse_piece_tokenizer(std::string_view bytes);

}  // namespace fedllm::data
