// Base64 with - and _ and without padding (RFC 4648, section 5). Decoding is strict: another character, an impossible length
// or bits left over that are not zero give nothing, so that every byte string has exactly one text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fedllm::net {

std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace fedllm::net
