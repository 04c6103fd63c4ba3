#include "base/heap.h"

#include <malloc.h>

#include <algorithm>
#include <thread>

namespace fedllm {

void limit_heaps() { ::mallopt(M_ARENA_MAX, static_cast<int>(std::max(2u, std::thread::hardware_concurrency()))); }

void trim_heaps() { ::malloc_trim(0); }

}  // namespace fedllm
