// FlushSubnormals: while one lives, this thread and those it starts take float32 below 2^-126 for 0. Softmax and gradients of hot
// training are full of them, and a processor works on each ten to a hundred times longer than on any other number. Results of
// training that goes well do not change.
#pragma once

#include <cstdint>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace fedllm::train {

class FlushSubnormals {
 public:
  FlushSubnormals() : before_(state()) { set(before_ | kFlush); }
  ~FlushSubnormals() { set(before_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
#if defined(__SSE__)
  static constexpr uint64_t kFlush = 0x8040;   // flush to zero, denormals are zero
  static uint64_t state() { return _mm_getcsr(); }
  static void set(uint64_t state) { _mm_setcsr(static_cast<unsigned>(state)); }
#elif defined(__aarch64__)
  static constexpr uint64_t kFlush = uint64_t{1} << 24;
  static uint64_t state() {
    uint64_t state = 0;
    asm volatile("mrs %0, fpcr" : "=r"(state));
    return state;
  }
  static void set(uint64_t state) { asm volatile("msr fpcr, %0" ::"r"(state)); }
#else
  static constexpr uint64_t kFlush = 0;
  static uint64_t state() { return 0; }
  static void set(uint64_t) {}
#endif
  const uint64_t before_;
};

}  // namespace fedllm::train
