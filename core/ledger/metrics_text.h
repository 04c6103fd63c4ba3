// An event's metrics as the JSON object stored in the `metrics` column: numbers in the order given; what is not finite
// is null, and null reads back as NaN. Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace fedllm::ledger {

using Metrics = std::vector<std::pair<std::string, double>>;

std::string metrics_to_text(const Metrics& metrics);
Result<Metrics> metrics_from_text(std::string_view text);

}  // namespace fedllm::ledger
