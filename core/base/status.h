// Status and Result<T>: errors as values at every module border. Code names are gRPC's. A message says what, where,
// expected and got in one sentence: "[codec.decode] expected 8192 bytes, got 4096 (client 3, round 7)".
// Result<T> holds either a value or a non-ok Status. Both are plain values: copyable, movable, thread-agnostic.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fedllm {

enum class Code {
  ok = 0, cancelled, unknown, invalid_argument, deadline_exceeded, not_found, already_exists, permission_denied,
  resource_exhausted, failed_precondition, aborted, out_of_range, unimplemented, internal, unavailable, data_loss,
  unauthenticated
};

// The gRPC spelling, e.g. "INVALID_ARGUMENT".
std::string_view code_name(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message, std::string where = {})
      : code_(code), message_(std::move(message)), where_(std::move(where)) {}

  bool ok() const { return code_ == Code::ok; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  // Dotted place that found the problem, e.g. "codec.decode"; may be empty.
  const std::string& where() const { return where_; }
  // "[where] message", or "ok".
  std::string to_string() const;
  // The same status with "prefix: " before the message.
  Status with_prefix(std::string_view prefix) const;

 private:
  Code code_ = Code::ok;
  std::string message_;
  std::string where_;
};

inline Status invalid_argument(std::string message, std::string where = {}) { return {Code::invalid_argument, std::move(message), std::move(where)}; }
inline Status not_found(std::string message, std::string where = {}) { return {Code::not_found, std::move(message), std::move(where)}; }
inline Status failed_precondition(std::string message, std::string where = {}) { return {Code::failed_precondition, std::move(message), std::move(where)}; }
inline Status data_loss(std::string message, std::string where = {}) { return {Code::data_loss, std::move(message), std::move(where)}; }
inline Status internal_error(std::string message, std::string where = {}) { return {Code::internal, std::move(message), std::move(where)}; }
inline Status unavailable(std::string message, std::string where = {}) { return {Code::unavailable, std::move(message), std::move(where)}; }
inline Status cancelled(std::string message = "cancelled", std::string where = {}) { return {Code::cancelled, std::move(message), std::move(where)}; }

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) { assert(!std::get<1>(state_).ok()); }

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  Status status() const { return ok() ? Status() : std::get<1>(state_); }
  T& value() & { assert(ok()); return std::get<0>(state_); }
  const T& value() const& { assert(ok()); return std::get<0>(state_); }
  T&& value() && { assert(ok()); return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace fedllm

#define FEDLLM_CONCAT_INNER(a, b) a##b
#define FEDLLM_CONCAT(a, b) FEDLLM_CONCAT_INNER(a, b)
// Returns the status of `expr` to the caller unless it is ok.
#define FEDLLM_RETURN_IF_ERROR(expr)                                   \
  do {                                                                 \
    if (::fedllm::Status fedllm_status = (expr); !fedllm_status.ok()) return fedllm_status; \
  } while (0)
// Declares or assigns `lhs` from a Result, or returns its status.
#define FEDLLM_ASSIGN_OR_RETURN(lhs, expr) FEDLLM_ASSIGN_IMPL(FEDLLM_CONCAT(fedllm_result_, __LINE__), lhs, expr)
#define FEDLLM_ASSIGN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                       \
  if (!tmp.ok()) return tmp.status();      \
  lhs = std::move(tmp).value()
