// An adapter read from a PEFT folder has its modules in the file's (sorted) order; runs keep them in model order. This puts
// a state into a wanted layout by module name. Modules or shapes that differ are FAILED_PRECONDITION naming the first one.
#pragma once

#include "adapter/adapter.h"

namespace fedllm::node {

Result<adapter::AdapterState> in_layout(const adapter::AdapterState& state, const adapter::LayoutPtr& layout);
// Modules and tensors in the order of `layout`, with ranks and alphas of their own: what a method merged beside the base, or
// an adapter that stands for both.
Result<adapter::AdapterState> in_model_order(const adapter::AdapterState& state, const adapter::LayoutPtr& layout);

}  // namespace fedllm::node
