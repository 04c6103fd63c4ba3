// JSON allows integers of any length; simdjson takes 64 bits. Such integers are put in quotes, so that they arrive as the
// text they are.
#pragma once

#include <string>
#include <string_view>

namespace fedllm::data {

// The same JSON with every integer of 19 digits or more in quotes; strings are left alone.
std::string quote_big_integers(std::string_view json);

}  // namespace fedllm::data
