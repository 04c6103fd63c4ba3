// The BPE model of a tokenizer.json: vocabulary, merges and the merge loop. A piece becomes symbols (its characters, or
// its bytes in byte-level tokenizers), then the pair with the lowest merge rank is joined until none is left; ties go
// left (Sennrich et al. 2016, section 3.2; the order of ties is the official library's). Immutable apart from a
// bounded cache of pieces; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "data/token_model.h"

namespace fedllm::data {

// "Ġ"-style alphabet of byte-level tokenizers: a printable character for each of the 256 bytes.
const std::array<std::string, 256>& byte_alphabet();
std::string in_byte_alphabet(std::string_view bytes);
// The byte that a character of the alphabet stands for, -1 for any other code point.
int byte_of_char(uint32_t code_point);

struct BpeParts {
  std::vector<std::string> tokens;                            // by id; empty where the id is not used
  std::vector<std::pair<std::string, std::string>> merges;    // in rank order
  std::string unk_token;
  bool has_unk = false, fuse_unk = false, byte_fallback = false, ignore_merges = false;
};

class BpeModel final : public TokenModel {
 public:
  static Result<std::unique_ptr<const BpeModel>> build(BpeParts parts);
  ~BpeModel() override;
  BpeModel(const BpeModel&) = delete;
  BpeModel& operator=(const BpeModel&) = delete;

  void encode_chars(std::string_view piece, std::vector<int32_t>& ids) const override;
  void encode_bytes(std::string_view piece, std::vector<int32_t>& ids) const override;
  int32_t id_of(std::string_view token) const override;
  const std::string* token(int32_t id) const override;
  int32_t id_limit() const override { return static_cast<int32_t>(parts_.tokens.size()); }
  int32_t size() const override { return static_cast<int32_t>(ids_.size()); }

 private:
  struct PairEntry { uint64_t key; int32_t rank, id; };
  struct Merge { int32_t rank, id; };
  class Cache;

  BpeModel();
  Status index_vocabulary();
  Status index_merges();
  void index_bytes();
  Merge find_merge(int32_t left, int32_t right) const;
  void insert_merge(uint64_t key, Merge merge);
  void symbols_of_chars(std::string_view piece, std::vector<int32_t>& symbols) const;
  void encode_stretch(std::string_view stretch, bool bytes, std::vector<int32_t>& ids) const;
  void merge_short(std::vector<int32_t>& symbols) const;
  void merge_long(std::vector<int32_t>& symbols) const;

  BpeParts parts_;
  std::unordered_map<std::string_view, int32_t> ids_;         // views into parts_.tokens
  std::vector<PairEntry> pairs_;                              // open addressing, power of two
  uint64_t pair_mask_ = 0;
  std::array<int32_t, 256> byte_ids_{};                       // byte alphabet -> id, -1 if none
  std::array<int32_t, 256> fallback_ids_{};                   // "<0xNN>" -> id, -1 if none
  bool all_bytes_known_ = true;                               // each byte has its letter in the vocabulary
  int32_t unk_id_ = -1;
  bool words_are_independent_ = false;                        // no token has U+2581 after another character
  std::unique_ptr<Cache> cache_;
};

}  // namespace fedllm::data
