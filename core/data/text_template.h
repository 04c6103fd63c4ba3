// Templates of a record's text: literal text with {field} placeholders, and {?field}…{/field} for a part that stands only
// where the field is there and not empty. Braces around anything else are literal. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/dataset.h"

namespace fedllm::data {

// Fields a template cannot do without: those outside {?field} parts.
std::vector<std::string> required_fields(const spec::TemplateSpec& resolved);

// The text with its placeholders filled from a record.
Result<std::string> fill_template(std::string_view text, const Record& record);

}  // namespace fedllm::data
