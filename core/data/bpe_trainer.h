// BpeTrainer: learns a byte-level BPE vocabulary from text and writes it as Hugging Face's tokenizer.json (byte-level
// pre-tokenizer with GPT-2's pattern, one special token that ends a document, none that begins one). Words are counted, then pairs are merged most frequent first with counts kept incrementally; equal
// counts fall to the smaller left id, then the smaller right id, so the same text gives the same file everywhere.
// Ids: 0 the special token, 1..256 the bytes, then one per merge. One thread. Source: Sennrich et al. 1508.07909.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/status.h"

namespace fedllm::data {

inline constexpr std::string_view kEndToken = "<|endoftext|>";

struct BpeOptions {
  int vocab_size = 2048;       // at most; fewer where no pair is left
  int64_t min_count = 2;       // a pair seen less often is not merged
};

struct BpeVocabulary {
  std::vector<std::string> tokens;                  // by id, in GPT-2's printable spelling of bytes
  std::vector<std::pair<int32_t, int32_t>> merges;  // ids of the parts; merge k makes token 257 + k
};

class BpeTrainer {
 public:
  // Counts the words of one document. Fails on invalid UTF-8 with the byte offset.
  Status add(std::string_view document);
  // INVALID_ARGUMENT when vocab_size does not hold the bytes, FAILED_PRECONDITION when nothing was added.
  Result<BpeVocabulary> train(const BpeOptions& options) const;
  int64_t words() const { return words_; }          // with repeats

 private:
  std::unordered_map<std::string, int64_t> counts_;
  int64_t words_ = 0;
};

std::string tokenizer_json(const BpeVocabulary& vocabulary);
std::string tokenizer_config_json();
// Writes tokenizer.json and tokenizer_config.json into an existing folder.
Status write_tokenizer(const BpeVocabulary& vocabulary, const std::string& folder);

}  // namespace fedllm::data
