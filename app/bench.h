// What the subcommands of `fedllm bench` share: their table, clocks, memory, medians, a temporary folder. A subcommand lives
// in bench_<name>.cpp and registers one BenchEntry. Rates are per second of CPU time where one thread works, so that they
// hold on a busy machine; wall time is printed beside it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"

namespace fedllm::app {

struct Bench {
  std::string_view name;
  std::string_view summary;
  Status (*run)(const Arguments& arguments);
  bool hidden = false;
};

// At namespace scope in a bench_*.cpp: `const BenchEntry entry({...});`
struct BenchEntry {
  explicit BenchEntry(Bench bench);
};

// CPU time of the calling thread (or of all of the process's) and wall time, in seconds from some start.
struct Times {
  double cpu_s = 0, wall_s = 0;
  Times operator-(const Times& other) const { return {cpu_s - other.cpu_s, wall_s - other.wall_s}; }
};
enum class Cpu { thread, process };
Times times_now(Cpu cpu = Cpu::thread);
template <class Work>
Times time_of(Work&& work, Cpu cpu = Cpu::thread) {
  const Times begin = times_now(cpu);
  work();
  return times_now(cpu) - begin;
}

// Bytes of /proc/self/status: "VmHWM" (the peak) or "VmRSS" (now); 0 where it does not say.
int64_t memory_bytes(std::string_view field);
// 0 for an empty list.
double median(std::vector<double> values);

// A folder of our own below the system's temporary folder, removed with everything in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace fedllm::app
