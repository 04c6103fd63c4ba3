#include "ledger/metrics_text.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace fedllm::ledger {

std::string metrics_to_text(const Metrics& metrics) {
  if (metrics.empty()) return {};
  std::string text = "{";
  for (const auto& [key, value] : metrics) {
    if (text.size() > 1) text += ',';
    text += nlohmann::json(key).dump();  // quotes and escapes
    text += ':';
    text += std::isfinite(value) ? format_double(value) : "null";
  }
  return text += '}';
}

Result<Metrics> metrics_from_text(std::string_view text) {
  Metrics metrics;
  if (text.empty()) return metrics;
  const auto tree = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!tree.is_object())
    return data_loss("expected metrics as a JSON object, got \"" + std::string(text.substr(0, 60)) + "\"", "ledger.read");
  for (const auto& [key, value] : tree.items())
    metrics.emplace_back(key, value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN());
  return metrics;
}

}  // namespace fedllm::ledger
