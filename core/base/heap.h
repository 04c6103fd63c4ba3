// What glibc's allocator keeps for itself. Many threads that pass buffers on leave their freed memory in many heaps, none of
// which uses another's.
#pragma once

namespace fedllm {

// As many heaps as processors (at least two) instead of eight times as many. Once, before threads begin.
void limit_heaps();
// Hands what is free in every heap back to the system: some milliseconds.
void trim_heaps();

}  // namespace fedllm
