// Tokenizer read from a Hugging Face tokenizer.json: byte-level BPE (GPT-2 family), SentencePiece-style BPE with byte
// fallback (Llama family) and Unigram, with normalizers, pre-tokenizer patterns, added and special tokens, and decoders;
// or from SentencePiece's tokenizer.model. Whatever the file asks for and this does not do is refused by name. Immutable
// and thread-safe after loading.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace fedllm::data {

class Tokenizer {
 public:
  // `folder` holds tokenizer.json (and optionally tokenizer_config.json, special_tokens_map.json or config.json for the
  // BOS/EOS rules), or else tokenizer.model. An embedded truncation or padding is not applied.
  static Result<std::shared_ptr<const Tokenizer>> load(const std::string& folder);
  virtual ~Tokenizer() = default;
  // Ids of `text`; with specials, what the file's post-processor adds (e.g. BOS).
  virtual std::vector<int32_t> encode(std::string_view text, bool add_special_tokens = true) const = 0;
  // Ids of text that goes on from earlier text (a response after its prompt): no post-processor, and none of the space
  // that Prepend, Metaspace or add_prefix_space would put before a text.
  virtual std::vector<int32_t> encode_continuation(std::string_view text) const { return encode(text, false); }
  virtual std::string decode(std::span<const int32_t> ids, bool skip_special_tokens = true) const = 0;
  // Text of one id as it would appear in the middle of a sentence.
  virtual std::string token_text(int32_t id) const = 0;
  virtual int vocab_size() const = 0;               // one more than the largest id
  virtual int32_t bos_id() const = 0;               // -1 if none
  virtual int32_t eos_id() const = 0;               // -1 if none
};

}  // namespace fedllm::data
