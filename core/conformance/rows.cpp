#include "conformance/rows.h"

#include <cmath>
#include <cstdio>
#include <cstring>

namespace fedllm::conformance {
namespace {

std::string text_of(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace

void Rows::add(std::string_view method, std::string check, std::string expected, std::string got, bool pass) {
  all_.push_back({std::string(method), std::move(check), std::move(expected), std::move(got), pass});
}

void Rows::near(std::string_view method, std::string check, double expected, double got, double tolerance) {
  add(method, std::move(check), text_of(expected) + " ± " + text_of(tolerance), text_of(got), std::abs(got - expected) <= tolerance);
}

void Rows::at_most(std::string_view method, std::string check, double bound, double got) {
  add(method, std::move(check), "≤ " + text_of(bound), text_of(got), got <= bound);
}

void Rows::above(std::string_view method, std::string check, double bound, double got) {
  add(method, std::move(check), "> " + text_of(bound), text_of(got), got > bound);
}

void Rows::same(std::string_view method, std::string check, const std::vector<float>& expected, const std::vector<float>& got) {
  const std::string values = std::to_string(expected.size()) + " values alike";
  if (expected.size() != got.size()) return add(method, std::move(check), values, std::to_string(got.size()) + " values", false);
  for (size_t i = 0; i < got.size(); ++i)
    if (std::memcmp(&expected[i], &got[i], sizeof(float)) != 0)
      return add(method, std::move(check), values, "value " + std::to_string(i) + " is " + text_of(got[i]) + " instead of " + text_of(expected[i]), false);
  add(method, std::move(check), values, values, true);
}

void Rows::same(std::string_view method, std::string check, std::string_view expected, std::string_view got) {
  add(method, std::move(check), std::string(expected), std::string(got), expected == got);
}

void Rows::refused(std::string_view method, std::string check, const Status& status, std::string_view words) {
  add(method, std::move(check), "refused: … " + std::string(words) + " …", status.ok() ? "accepted" : "refused: " + status.message(),
      !status.ok() && status.message().find(words) != std::string::npos);
}

void Rows::failed(std::string_view method, std::string check, std::string expected, const Status& status) {
  add(method, std::move(check), std::move(expected), status.message(), false);
}

}  // namespace fedllm::conformance
