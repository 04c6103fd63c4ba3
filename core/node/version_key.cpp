#include "node/version_key.h"

#include <xxhash.h>

namespace fedllm::node {

std::string payload_hash(std::string_view payload) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(payload.data(), payload.size()));
  std::string text;
  for (const unsigned char byte : hash.digest) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

}  // namespace fedllm::node
