// Time as a dependency: pure rooms take a Clock, tests drive a ManualClock. Milliseconds since the Unix epoch for
// stamps, seconds as double for durations.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace fedllm {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t unix_ms() const = 0;
  // Monotonic, origin arbitrary.
  virtual double seconds() const = 0;
};

class SystemClock final : public Clock {
 public:
  int64_t unix_ms() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
  double seconds() const override {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
};

class ManualClock final : public Clock {
 public:
  int64_t unix_ms() const override { return now_ms_; }
  double seconds() const override { return now_ms_ / 1000.0; }
  void advance_ms(int64_t ms) { now_ms_ += ms; }

 private:
  std::atomic<int64_t> now_ms_{0};
};

}  // namespace fedllm
