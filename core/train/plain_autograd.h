// The plain autograd loop that tests and the benchmark compare with (see plain_autograd.cpp). Not part of Backend: look up
// kPlainSymbol in the opened module. Llama, no dropout, no proximal term, no warm-up; may throw.
#pragma once

#include "train/backend.h"

namespace fedllm::train {

using PlainTrain = Result<LocalResult>(const BaseModel&, const adapter::AdapterState&, const std::vector<data::Example>&, const LocalOptions&);
inline constexpr const char* kPlainSymbol = "fedllm_train_plain_v1";   // a function that returns PlainTrain*

}  // namespace fedllm::train
