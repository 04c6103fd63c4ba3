// Small text helpers used in messages and parsing; all work on bytes of UTF-8.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fedllm {

// Offset of the first byte that is not valid UTF-8 (RFC 3629), or npos.
size_t invalid_utf8_at(std::string_view text);
// The candidate with the smallest edit distance, or empty when none is near (more than half of the key differs).
std::string nearest_key(std::string_view key, std::span<const std::string_view> candidates);
// "1.5 MiB", "312 B".
std::string format_bytes(uint64_t bytes);
// Shortest decimal that reads back as the same double.
std::string format_double(double value);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// The text cut to at most `limit` bytes, never inside a character, with "…" where something is missing.
std::string shortened(std::string_view text, size_t limit);
// Names in the order people expect: numbers in them compare by value ("layer 2" before "layer 10"), all else by bytes.
// A strict weak order; only equal texts are equivalent.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace fedllm
