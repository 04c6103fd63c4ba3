// What a version is known by between coordinator and clients, beside its number: the hash of its payload and, where the method
// has merged something beside the base, the SHA-256 of the accumulator. What was made from a version of another key is stale.
// TLS guards a version on its way; the hash only tells versions apart, so it is a fast one, XXH3 of 128 bits (xxHash
// specification 0.2, canonical form), which somebody who wants two payloads of one hash could find.
#pragma once

#include <string>
#include <string_view>

#include "wire/federation.pb.h"

namespace fedllm::node {

std::string payload_hash(std::string_view payload);   // 32 hex digits

inline std::string version_key(const std::string& payload_hash, const std::string& merged_sha256) {
  return merged_sha256.empty() ? payload_hash : payload_hash + "+" + merged_sha256;
}
inline std::string version_key(const wire::Task& task) { return version_key(task.payload_hash(), task.merged_sha256()); }

}  // namespace fedllm::node
