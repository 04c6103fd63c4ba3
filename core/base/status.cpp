#include "base/status.h"

namespace fedllm {

std::string_view code_name(Code code) {
  static constexpr std::string_view kNames[] = {
      "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
      "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
      "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};
  return kNames[static_cast<int>(code)];
}

std::string Status::to_string() const {
  if (ok()) return "ok";
  return where_.empty() ? message_ : "[" + where_ + "] " + message_;
}

Status Status::with_prefix(std::string_view prefix) const {
  return ok() ? *this : Status(code_, std::string(prefix) + ": " + message_, where_);
}

}  // namespace fedllm
