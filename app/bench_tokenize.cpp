#include "bench_tokenize.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/seed_tree.h"
#include "tokenizer_source.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kTextBytes = 2000;   // a text ends at the first line end behind this

std::vector<std::string> cut(std::string_view whole) {
  std::vector<std::string> texts;
  while (!whole.empty()) {
    const size_t end = whole.size() <= kTextBytes ? whole.npos : whole.find('\n', kTextBytes);
    texts.emplace_back(whole.substr(0, end == whole.npos ? whole.size() : end + 1));
    whole.remove_prefix(texts.back().size());
  }
  return texts;
}

// Two megabytes of words from a small dictionary of made-up ones, with numbers and punctuation between.
std::string made_text() {
  static constexpr const char* kParts[] = {"fe", "de", "ra", "tion", "lo", "cal", "gar", "den", "lem", "on", "qu", "ick", "th", "er", "caf\xC3\xA9", "ing"};
  Rng rng(21);
  std::vector<std::string> words(4000);
  for (std::string& word : words)
    for (uint64_t n = 1 + rng.below(4); n > 0; --n) word += kParts[rng.below(std::size(kParts))];
  std::string text;
  while (text.size() < 2'000'000) {
    text += rng.below(20) == 0 ? std::to_string(rng.below(5000)) : words[rng.below(words.size()) % (1 + rng.below(words.size()))];
    text += rng.below(12) == 0 ? (rng.below(3) == 0 ? ".\n" : ", ") : " ";
  }
  return text;
}

// --file: a JSON array of texts, or plain text.
Result<std::vector<std::string>> bench_texts(const Arguments& arguments) {
  if (!arguments.has("--file")) return cut(made_text());
  const std::string path = arguments.value("--file");
  if (path.ends_with(".json")) return read_texts(path);
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  return cut(text);
}

}  // namespace

Status bench_tokenize(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const int runs, arguments.number("--runs", 5, 1));
  FEDLLM_ASSIGN_OR_RETURN(const auto tokenizer, open_tokenizer(arguments, "builtin:microworld"));
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<std::string> texts, bench_texts(arguments));
  double bytes = 0;
  for (const std::string& text : texts) bytes += static_cast<double>(text.size());
  if (bytes == 0) return invalid_argument("expected text in " + arguments.value("--file") + ", got none", "bench.tokenize");
  std::vector<double> cpu, wall;
  size_t tokens = 0;
  for (int i = 0; i < runs; ++i) {
    tokens = 0;
    const Times times = time_of([&] {
      for (const std::string& text : texts) tokens += tokenizer->encode(text, false).size();
    });
    cpu.push_back(times.cpu_s), wall.push_back(times.wall_s);
  }
  const double first = cpu.front(), typical = median(cpu);
  const Json json{{"bench", "tokenize"}, {"bytes", static_cast<int64_t>(bytes)}, {"texts", texts.size()}, {"tokens", tokens}, {"runs", runs},
                  {"mb_per_s", bytes / 1e6 / typical}, {"tokens_per_s", static_cast<double>(tokens) / typical},
                  {"first_mb_per_s", bytes / 1e6 / first}, {"wall_mb_per_s", bytes / 1e6 / median(wall)}};
  if (arguments.json()) return print_line(json.dump()), Status();
  char line[240];
  std::snprintf(line, sizeof line, "%.1f MB, %zu tokens, %d runs: %.1f MB/s, %.2f million tokens/s of CPU time (first run %.1f MB/s, wall %.1f MB/s)",
                bytes / 1e6, tokens, runs, bytes / 1e6 / typical, static_cast<double>(tokens) / 1e6 / typical, bytes / 1e6 / first,
                bytes / 1e6 / median(wall));
  print_line(line);
  return {};
}

namespace {

const BenchEntry entry({"tokenize", "bytes and tokens a second of cutting a text into ids", bench_tokenize});

}  // namespace
}  // namespace fedllm::app
