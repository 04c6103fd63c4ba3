// fedllm bench import: records and bytes a second of reading a data file for the first time and again. Without --data it
// makes a JSONL of instructions of its own.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/seed_tree.h"
#include "bench.h"
#include "data/dataset.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;

std::string words(Rng& rng, uint64_t count) {
  static constexpr const char* kWords[] = {"client", "learns", "from", "a", "garden", "caf\xC3\xA9", "\\\"note\\\"", "about", "the", "federation"};
  std::string text;
  for (; count > 0; --count) text.append(kWords[rng.below(std::size(kWords))]).append(" ");
  return text;
}

Status write_records(const std::string& path, int megabytes) {
  std::ofstream file(path, std::ios::binary);
  Rng rng(15);
  for (int64_t left = int64_t{megabytes} * 1'000'000; left > 0 && file;) {
    std::string line = R"({"instruction": ")" + words(rng, 8 + rng.below(24));
    line += R"(", "response": ")" + words(rng, 20 + rng.below(120));
    line += R"(", "category": "topic )" + std::to_string(rng.below(20)) + "\"}\n";
    file << line;
    left -= static_cast<int64_t>(line.size());
  }
  file.close();
  if (!file) return Status(Code::resource_exhausted, "the records could not be written to " + path, "bench.import");
  return {};
}

struct Import { double first_s = 0, again_s = 0; int64_t records = 0, skipped = 0; };

Result<Import> import_once(const std::string& file, const std::string& home) {
  data::ImportOptions options;
  options.spec.files = {file};
  options.spec.bad_lines = "skip";
  options.home = home;
  Import import;
  for (double* seconds : {&import.first_s, &import.again_s}) {
    Status status;
    *seconds = time_of([&] {
      const auto dataset = data::Dataset::import(options);
      status = dataset.status();
      if (dataset.ok()) import.records = (*dataset)->size(), import.skipped = (*dataset)->skipped_count();
    }).wall_s;
    FEDLLM_RETURN_IF_ERROR(status);
  }
  std::error_code ignored;
  std::filesystem::remove_all(home, ignored);
  return import;
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const int runs, arguments.number("--runs", 5, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int megabytes, arguments.number("--megabytes", 50, 1));
  FEDLLM_ASSIGN_OR_RETURN(const TemporaryFolder folder, TemporaryFolder::make());
  const std::string file = arguments.has("--data") ? arguments.value("--data") : folder.path() + "/records.jsonl";
  if (!arguments.has("--data")) FEDLLM_RETURN_IF_ERROR(write_records(file, megabytes));
  std::vector<double> first, again;
  Import import;
  for (int i = 0; i < runs; ++i) {
    FEDLLM_ASSIGN_OR_RETURN(import, import_once(file, folder.path() + "/home"));
    first.push_back(import.first_s), again.push_back(import.again_s);
  }
  std::error_code error;
  const auto bytes = static_cast<double>(std::filesystem::file_size(file, error));
  const Json json{{"bench", "import"}, {"bytes", static_cast<int64_t>(bytes)}, {"records", import.records}, {"skipped", import.skipped}, {"runs", runs},
                  {"seconds", median(first)}, {"records_per_s", static_cast<double>(import.records) / median(first)},
                  {"bytes_per_s", bytes / median(first)}, {"again_seconds", median(again)}};
  if (arguments.json()) return print_line(json.dump()), Status();
  char line[240];
  std::snprintf(line, sizeof line, "%.1f MB, %lld records, %d runs: %.0f records/s, %.0f MB/s of wall time; unchanged again in %.1f ms", bytes / 1e6,
                static_cast<long long>(import.records), runs, json["records_per_s"].get<double>(), json["bytes_per_s"].get<double>() / 1e6, 1e3 * median(again));
  print_line(line);
  return {};
}

const BenchEntry entry({"import", "records a second of reading a data file", run});

}  // namespace
}  // namespace fedllm::app
