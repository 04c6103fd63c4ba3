// fedllm bench tokenize: bytes and tokens a second of cutting a text into ids, one thread.
#pragma once

#include "bench.h"

namespace fedllm::app {

Status bench_tokenize(const Arguments& arguments);

}  // namespace fedllm::app
