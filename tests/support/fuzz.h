// Fuzz: one seeded series of mutations: `few` of them in every test run, `many` with FEDLLM_FUZZ_LONG=1 (ctest -L long: a million
// over all series), FEDLLM_FUZZ_TIMES as often. Mutation i depends on FEDLLM_FUZZ_SEED (default 1), the series' name and i alone. When a check fails or a sanitizer ends the
// process, series, seed, number and the last bytes are printed; FEDLLM_FUZZ_ONLY=i repeats that one. At the end a line says how
// many were parsed and what was answered how often.
#pragma once

#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include <QTest>
#include <QtGlobal>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "base/status.h"
#include "support/fuzz_mutator.h"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace fedllm::tests {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr int64_t kMayGrow_MiB = 640;   // the sanitizer keeps what was freed
#else
inline constexpr int64_t kMayGrow_MiB = 160;
#endif

inline int64_t rss_mib() {
  std::ifstream statm("/proc/self/statm");
  int64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) / (1 << 20);
}

class Fuzz {
 public:
  Fuzz(std::string name, int64_t few, int64_t many) : name_(std::move(name)), seed_(number("FEDLLM_FUZZ_SEED", 1)), rng_(1), mutate(rng_) {
    end_ = (number("FEDLLM_FUZZ_LONG", 0) ? many : few) * static_cast<int64_t>(number("FEDLLM_FUZZ_TIMES", 1));
    if (qEnvironmentVariableIsSet("FEDLLM_FUZZ_ONLY")) {
      next_ = static_cast<int64_t>(number("FEDLLM_FUZZ_ONLY", 0));
      end_ = next_ + 1;
    }
    living() = this;
    google::protobuf::SetLogHandler(nullptr);   // a line for each text that is not UTF-8
    if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(at_death);
  }
  ~Fuzz() {
    living() = nullptr;
    if (QTest::currentTestFailed()) say_where();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    std::string answers;
    for (const auto& [answer, count] : answers_) answers += (answers.empty() ? "" : ", ") + answer + " " + std::to_string(count);
    std::printf("fuzz %-22s seed %llu: %lld mutations in %.1f s (%.0f/s), %lld parsed; %s; RSS %lld -> %lld MiB\n", name_.c_str(),
                static_cast<unsigned long long>(seed_), static_cast<long long>(count_), seconds, static_cast<double>(count_) / seconds,
                static_cast<long long>(parsed_), answers.c_str(), static_cast<long long>(first_rss_), static_cast<long long>(rss_mib()));
    std::fflush(stdout);
  }
  Fuzz(const Fuzz&) = delete;

  bool next() {
    if (next_ >= end_ || QTest::currentTestFailed()) return false;
    now_ = next_++;
    rng_ = SeedTree(seed_).child(name_, static_cast<uint64_t>(now_)).rng();
    if (count_++ == std::min<int64_t>(2000, end_ / 10)) first_rss_ = rss_mib();
    return true;
  }
  int64_t index() const { return now_; }
  int64_t left() const { return end_ - next_; }
  uint64_t below(uint64_t n) { return rng_.below(n); }
  // The bytes that are tried now; they are printed where it goes wrong.
  const std::string& trying(std::string bytes) { return bytes_ = std::move(bytes); }
  void parsed() { ++parsed_; }
  void answer(const std::string& answer) { ++answers_[answer]; }
  void answer(const Status& status) { answer(std::string(code_name(status.code()))); }
  int64_t answered(const std::string& answer) const {
    const auto found = answers_.find(answer);
    return found == answers_.end() ? 0 : found->second;
  }
  int64_t parsed_count() const { return parsed_; }
  bool memory_is_bounded() const { return first_rss_ == 0 || rss_mib() - first_rss_ < kMayGrow_MiB; }

 private:
  static uint64_t number(const char* variable, uint64_t otherwise) {
    bool ok = false;
    const uint64_t value = qEnvironmentVariable(variable).toULongLong(&ok);
    return ok ? value : otherwise;
  }
  static Fuzz*& living() {
    static Fuzz* fuzz = nullptr;
    return fuzz;
  }
  static void at_death() {
    if (living()) living()->say_where();
  }
  void say_where() const {
    std::fprintf(stderr, "fuzz: %s failed; again with FEDLLM_FUZZ_SEED=%llu FEDLLM_FUZZ_ONLY=%lld; its %zu bytes: ", name_.c_str(),
                 static_cast<unsigned long long>(seed_), static_cast<long long>(now_), bytes_.size());
    for (size_t i = 0; i < std::min<size_t>(bytes_.size(), 2000); ++i) std::fprintf(stderr, "%02x", static_cast<unsigned char>(bytes_[i]));
    std::fprintf(stderr, "\n");
  }

  const std::string name_;
  const uint64_t seed_;
  int64_t next_ = 0, end_ = 0, now_ = 0, count_ = 0, parsed_ = 0, first_rss_ = 0;
  std::string bytes_;
  std::map<std::string, int64_t> answers_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  Rng rng_;

 public:
  Mutator mutate;
};

}  // namespace fedllm::tests
