// The command line of `fedllm`: verbs register themselves (one VerbEntry in each verb_*.cpp), options are parsed against
// what the verb takes, and every outcome is an exit code: 0 ok, 1 failed, 2 wrong usage. stdout carries results only,
// each line flushed; a failure is one line on stderr. Every verb takes --home, --json and --help.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/home.h"
#include "base/status.h"

namespace fedllm::app {

struct Option {
  std::string_view name;   // with dashes: "--set"
  std::string_view value;  // what it takes, for the help: "path=value"; empty: a flag
  std::string_view help;
};

// One verb's arguments, already checked against its options.
struct Arguments {
  std::vector<std::string> operands;
  std::vector<std::pair<std::string, std::string>> options;  // in the order given; flags have an empty value

  bool has(std::string_view option) const;
  std::string value(std::string_view option) const;  // the last one given, or empty
  std::vector<std::string> values(std::string_view option) const;
  // A whole number from `low` up; absent: `fallback`. Anything else is a usage error.
  Result<int> number(std::string_view option, int fallback, int low) const;
  bool json() const { return has("--json"); }
  Result<HomePaths> home() const { return resolve_home(value("--home")); }
};

struct Verb {
  std::string_view name;
  std::string_view operands;    // "SCENARIO"; as many words as operands are required; "[X]" is optional, "X..." one or more and last
  std::string_view summary;     // one line
  std::vector<Option> options;  // beside --home, --json and --help
  Status (*run)(const Arguments& arguments);
  int order = 100;                // place in the help
  bool hidden = false;            // left out of the short help
  std::string_view details = {};  // further lines of its own help
};

// At namespace scope in a verb_*.cpp: `const VerbEntry entry({...});`
struct VerbEntry {
  explicit VerbEntry(Verb verb);
};

// An error of usage: exit code 2.
Status usage_error(std::string message);
// 0 ok, 2 for a usage_error, else 1.
int exit_code(const Status& status);

// Writes one line of results and flushes it.
void print_line(std::string_view text);

// Parses, runs, reports; returns the exit code.
int run_command_line(int argc, char** argv);

}  // namespace fedllm::app
