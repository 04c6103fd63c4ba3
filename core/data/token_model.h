// What cuts a piece of text into tokens: a vocabulary and a rule. BPE joins pairs by rank, Unigram takes the likeliest
// cut. Immutable apart from bounded caches; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fedllm::data {

class TokenModel {
 public:
  virtual ~TokenModel() = default;
  // Appends the ids of a piece of valid UTF-8.
  virtual void encode_chars(std::string_view piece, std::vector<int32_t>& ids) const = 0;
  // Appends the ids of raw bytes through the byte alphabet.
  virtual void encode_bytes(std::string_view piece, std::vector<int32_t>& ids) const = 0;

  virtual int32_t id_of(std::string_view token) const = 0;      // -1 if none
  virtual const std::string* token(int32_t id) const = 0;       // nullptr if none
  virtual int32_t id_limit() const = 0;                         // one more than the largest id
  virtual int32_t size() const = 0;                             // tokens, without the holes between ids
};

}  // namespace fedllm::data
