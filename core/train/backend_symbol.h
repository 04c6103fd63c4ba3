// What the benchmarks look for in the training module beside its backend: the BLAS that LibTorch uses.
#pragma once

#include "base/status.h"

namespace fedllm::train {

// A symbol of the module (opened if need be) or of what it links; NOT_FOUND where nothing exports it.
Result<void*> backend_symbol(const char* name);

}  // namespace fedllm::train
