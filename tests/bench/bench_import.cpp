// Import of a large JSONL: median of runs, MB/s and peak memory. Usage: bench_import [MB] [RUNS] [FILE]
// Without FILE a JSONL of that size is generated (seeded), imported into an empty home each run, and removed.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/seed_tree.h"
#include "data/dataset.h"

using namespace fedllm;

namespace {

double peak_mib() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void generate(const std::string& path, size_t bytes) {
  static constexpr const char* kWords[] = {"client",  "federation", "adapter", "learns",      "from", "a",   "note",
                                           "about",   "the",        "garden",  "caf\xC3\xA9", "and",  "its", "\\\"neighbour\\\"",
                                           "without", "sending",    "text"};
  std::ofstream out(path, std::ios::binary);
  Rng rng(1);
  std::string block;
  for (size_t written = 0; written < bytes;) {
    block.clear();
    while (block.size() < (1 << 20)) {
      block += "{\"instruction\": \"";
      for (uint64_t n = 8 + rng.below(24); n > 0; --n) block.append(kWords[rng.below(std::size(kWords))]).append(" ");
      block += "\", \"response\": \"";
      for (uint64_t n = 20 + rng.below(120); n > 0; --n) block.append(kWords[rng.below(std::size(kWords))]).append(" ");
      block += "\", \"topic\": \"topic " + std::to_string(rng.below(20)) + "\"}\n";
    }
    out << block;
    written += block.size();
  }
}

struct Timing { double first = 0, again = 0; int64_t records = 0; };

Timing import_once(const std::string& path, const std::string& home) {
  std::filesystem::remove_all(home);
  data::ImportOptions options;
  options.spec.files = {path};
  options.spec.label = "topic";
  options.home = home;
  Timing timing;
  for (double* seconds : {&timing.first, &timing.again}) {
    const auto start = std::chrono::steady_clock::now();
    const auto dataset = data::Dataset::import(options);
    *seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!dataset.ok()) {
      std::fprintf(stderr, "%s\n", dataset.status().to_string().c_str());
      std::exit(1);
    }
    timing.records = (*dataset)->size();
  }
  return timing;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t megabytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200;
  const int runs = argc > 2 ? std::atoi(argv[2]) : 5;
  const std::string folder =
      (std::filesystem::temp_directory_path() / ("fedllm_bench_import_" + std::to_string(getpid()))).string();
  std::filesystem::create_directories(folder);
  const std::string path = argc > 3 ? argv[3] : folder + "/big.jsonl";
  if (argc <= 3) generate(path, megabytes * 1'000'000);
  const double size = static_cast<double>(std::filesystem::file_size(path)) / 1e6;
  const double before = peak_mib();
  std::vector<double> first, again;
  int64_t records = 0;
  for (int run = 0; run < std::max(1, runs); ++run) {
    const Timing timing = import_once(path, folder + "/home");
    first.push_back(timing.first);
    again.push_back(timing.again);
    records = timing.records;
  }
  std::sort(first.begin(), first.end());
  std::sort(again.begin(), again.end());
  const double median = first[first.size() / 2];
  std::printf("import   %.1f MB, %lld records: median %.3f s of %zu (%.3f to %.3f), %.0f MB/s, goal 150 MB/s\n", size,
              static_cast<long long>(records), median, first.size(), first.front(), first.back(), size / median);
  std::printf("again    unchanged file: median %.2f ms\n", 1e3 * again[again.size() / 2]);
  std::printf("memory   peak %.1f MiB, %.1f MiB before\n", peak_mib(), before);
  std::filesystem::remove_all(folder);
}
