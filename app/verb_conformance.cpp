// fedllm conformance
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "command_line.h"
#include "conformance/suite.h"
#include "event_line.h"

namespace fedllm::app {
namespace {

using conformance::Check;
using nlohmann::ordered_json;

// Letters, not bytes.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}
std::string padded(const std::string& text, size_t width) {
  return text + std::string(width - std::min(width, width_of(text)), ' ');
}

void print_table(const std::vector<Check>& rows) {
  size_t method = 0, check = 0, expected = 0;
  for (const Check& row : rows) {
    method = std::max(method, width_of(row.method)), check = std::max(check, width_of(row.check));
    expected = std::max(expected, width_of(row.expected));
  }
  for (const Check& row : rows)
    print_line((row.pass ? "pass  " : "FAIL  ") + padded(row.method, method) + "  " + padded(row.check, check) + "  expected " +
               padded(row.expected, expected) + "  got " + row.got);
}

Status run(const Arguments& arguments) {
  std::vector<Check> rows = conformance::run_suite();
  std::vector<std::string> names;
  for (const Check& row : rows)
    if (std::ranges::find(names, row.method) == names.end()) names.push_back(row.method);
  if (const std::string wanted = arguments.value("--method"); arguments.has("--method")) {
    if (std::ranges::find(names, wanted) == names.end())
      return usage_error("--method expects one of " + join(names, ", ") + ", got \"" + wanted + "\"");
    std::erase_if(rows, [&](const Check& row) { return row.method != wanted; });
    names = {wanted};
  }
  const auto red = std::ranges::count_if(rows, [](const Check& row) { return !row.pass; });
  if (arguments.json()) {
    for (const Check& row : rows)
      print_line(to_line(ordered_json{{"method", row.method}, {"check", row.check}, {"expected", row.expected}, {"got", row.got}, {"pass", row.pass}}));
  } else {
    print_table(rows);
    print_line(std::to_string(rows.size() - static_cast<size_t>(red)) + " of " + std::to_string(rows.size()) + " checks of " +
               std::to_string(names.size()) + (names.size() == 1 ? " method" : " methods") + " passed");
  }
  if (red == 0) return {};
  return failed_precondition(std::to_string(red) + " of " + std::to_string(rows.size()) + " checks failed", "conformance");
}

const VerbEntry entry({"conformance",
                       "",
                       "check every federated method against golden numbers and invariants",
                       {{"--method", "NAME", "the rows of one method, server optimizer or codec"}},
                       run,
                       66,
                       false,
                       "A row a check: what was expected, and what this program computes. Exit code 1 where a row fails."});

}  // namespace
}  // namespace fedllm::app
