// What a tokenizer.json and the small files beside it say, taken apart: the step between JSON and the working tokenizer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/added_tokens.h"
#include "data/normalizer.h"
#include "data/pre_tokenizer.h"
#include "data/token_decoder.h"
#include "data/token_model.h"
#include "data/tokenizer.h"

namespace fedllm::data {

struct TokenizerFile {
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  TokenDecoder decoder;
  std::unique_ptr<const TokenModel> model;
  std::vector<AddedToken> added;
  std::vector<int32_t> prefix, suffix;     // what the post-processor puts around a text
  int32_t bos_id = -1, eos_id = -1;
};

Result<TokenizerFile> parse_tokenizer_file(std::string_view json);
std::shared_ptr<const Tokenizer> make_tokenizer(TokenizerFile file);
// BOS/EOS from tokenizer_config.json, special_tokens_map.json, config.json, then well-known names; and the Llama
// classes' add_bos_token / add_eos_token, which replace the file's post-processor. Missing files are no error.
Status apply_token_config(const std::string& folder, TokenizerFile& file);

}  // namespace fedllm::data
