#include "fed/control_variates.h"

#include <cmath>

#include "base/text.h"

namespace fedllm::fed {
namespace {

constexpr const char* kWhere = "fed.control_variates";

}  // namespace

Result<adapter::AdapterState> next_variate(const adapter::AdapterState& own, const adapter::AdapterState& control,
                                           const adapter::AdapterState& start, const adapter::AdapterState& trained, double sum_of_rates) {
  if (!(sum_of_rates > 0) || !std::isfinite(sum_of_rates))
    return invalid_argument("expected learning rates that sum to more than 0, got " + format_double(sum_of_rates), kWhere);
  for (const adapter::AdapterState* other : {&control, &start, &trained}) FEDLLM_RETURN_IF_ERROR(adapter::check_same_layout(own, *other));
  adapter::AdapterState next = own;
  for (size_t i = 0; i < next.values.size(); ++i)
    next.values[i] = static_cast<float>(static_cast<double>(own.values[i]) - control.values[i] +
                                        (static_cast<double>(start.values[i]) - trained.values[i]) / sum_of_rates);
  return next;
}

Result<adapter::AdapterState> next_control(const adapter::AdapterState& control, std::span<const adapter::AdapterState* const> changes, size_t clients) {
  if (clients == 0 || changes.size() > clients)
    return invalid_argument("expected the changes of at most " + std::to_string(clients) + " clients, got " + std::to_string(changes.size()), kWhere);
  for (const adapter::AdapterState* change : changes) FEDLLM_RETURN_IF_ERROR(adapter::check_same_layout(control, *change));
  adapter::AdapterState next = control;
  for (size_t i = 0; i < next.values.size(); ++i) {
    double sum = 0;
    for (const adapter::AdapterState* change : changes) sum += change->values[i];
    next.values[i] = static_cast<float>(control.values[i] + sum / static_cast<double>(clients));
  }
  return next;
}

}  // namespace fedllm::fed
