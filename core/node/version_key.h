// What a version is known by between coordinator and clients, beside its number: the SHA-256 of its payload and, where the method
// has merged something beside the base, that of the accumulator. What was made from a version of another key is stale.
#pragma once

#include <string>

#include "wire/federation.pb.h"

namespace fedllm::node {

inline std::string version_key(const std::string& payload_sha256, const std::string& merged_sha256) {
  return merged_sha256.empty() ? payload_sha256 : payload_sha256 + "+" + merged_sha256;
}
inline std::string version_key(const wire::Task& task) { return version_key(task.payload_sha256(), task.merged_sha256()); }

}  // namespace fedllm::node
