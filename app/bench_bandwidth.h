// How fast this machine reads memory: the limit of work that touches every byte once.
#pragma once

#include <cstdint>

namespace fedllm::app {

// Bytes a second of CPU time that one thread sums up over a buffer of `bytes`, again and again for `seconds`; where the
// buffer fits a cache, it is the cache's rate.
double read_bandwidth(int64_t bytes, double seconds);

}  // namespace fedllm::app
