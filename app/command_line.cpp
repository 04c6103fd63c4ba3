#include "command_line.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <tuple>

#include "base/text.h"

namespace fedllm::app {
namespace {

constexpr std::string_view kUsage = "usage";

const Option kCommon[] = {
    {"--home", "DIR", "where runs, adapters and datasets live (default: $FEDLLM_HOME, else ~/.local/share/fedllm)"},
    {"--json", "", "print one JSON object a line"},
    {"--help", "", "this text"},
};

std::vector<Verb>& verbs() {
  static std::vector<Verb> all;
  return all;
}

std::vector<Verb> ordered_verbs() {
  std::vector<Verb> all = verbs();
  std::sort(all.begin(), all.end(),
            [](const Verb& a, const Verb& b) { return std::tie(a.order, a.name) < std::tie(b.order, b.name); });
  return all;
}

std::string usage_line(const Verb& verb) {
  std::string line = "fedllm " + std::string(verb.name);
  if (!verb.operands.empty()) line += " " + std::string(verb.operands);
  for (const Option& option : verb.options)
    line += " [" + std::string(option.name) + (option.value.empty() ? "" : " " + std::string(option.value)) + "]";
  return line + " [--home DIR] [--json]";
}

// At least one space behind the text.
std::string padded(std::string text, size_t width) {
  text.append(text.size() < width ? width - text.size() : 1, ' ');
  return text;
}

std::string general_help() {
  std::string text = "Federated fine-tuning of language models, from the terminal.\n\nUsage: fedllm VERB [options]\n\n";
  for (const Verb& verb : ordered_verbs())
    if (!verb.hidden)
      text += "  " + padded(std::string(verb.name) + " " + std::string(verb.operands), 22) + std::string(verb.summary) + "\n";
  text += "\nEvery verb takes:\n";
  for (const Option& option : kCommon)
    text += "  " + padded(std::string(option.name) + " " + std::string(option.value), 22) + std::string(option.help) + "\n";
  text +=
      "\nResults go to stdout, one line on stderr tells a failure. Exit codes: 0 ok, 1 failed, 2 wrong usage.\n"
      "`fedllm VERB --help` tells more about a verb.";
  return text;
}

std::string verb_help(const Verb& verb) {
  std::string text = "Usage: " + usage_line(verb) + "\n\n" + std::string(verb.summary) + "\n";
  if (!verb.details.empty()) text += "\n" + std::string(verb.details) + "\n";
  text += "\nOptions:\n";
  const auto add = [&](const Option& option) {
    text += "  " + padded(std::string(option.name) + " " + std::string(option.value), 22) + std::string(option.help) + "\n";
  };
  for (const Option& option : verb.options) add(option);
  for (const Option& option : kCommon) add(option);
  return text + "\nExit codes: 0 ok, 1 failed, 2 wrong usage.";
}

Status unknown(std::string_view what, std::string_view word, const std::vector<std::string_view>& known) {
  std::string message = "unknown " + std::string(what) + " \"" + std::string(word) + "\"";
  const std::string near = nearest_key(word, known);
  message += near.empty() ? "; see fedllm --help" : "; did you mean \"" + near + "\"?";
  return usage_error(message);
}

const Option* find_option(std::string_view name, const Verb* verb) {
  if (name == "-h") name = "--help";
  for (const Option& option : kCommon)
    if (option.name == name) return &option;
  if (!verb) return nullptr;
  for (const Option& option : verb->options)
    if (option.name == name) return &option;
  return nullptr;
}

// Reads one option at words[at]; moves `at` past its value.
Status take_option(const std::vector<std::string>& words, size_t& at, const Verb* verb, Arguments& out) {
  std::string name = words[at];
  std::optional<std::string> value;
  if (const size_t equals = name.find('='); equals != std::string::npos) {
    value = name.substr(equals + 1);
    name.resize(equals);
  }
  const Option* option = find_option(name, verb);
  if (!option) {
    std::vector<std::string_view> known;
    for (const Option& each : kCommon) known.push_back(each.name);
    if (verb)
      for (const Option& each : verb->options) known.push_back(each.name);
    return unknown(verb ? "option of " + std::string(verb->name) : "option", name, known);
  }
  if (option->value.empty() && value) return usage_error(std::string(option->name) + " takes no value");
  if (!option->value.empty() && !value) {
    if (at + 1 >= words.size())
      return usage_error(std::string(option->name) + " expects " + std::string(option->value) + ", got nothing");
    value = words[++at];
  }
  out.options.emplace_back(option->name, value.value_or(""));
  return {};
}

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

// The words before the verb may be options that every verb takes.
Result<const Verb*> find_verb(const std::vector<std::string>& words, size_t& at, Arguments& out) {
  for (; at < words.size() && is_option(words[at]); ++at) {
    if (words[at] == "--version") {
      out.options.emplace_back("--version", "");
      continue;
    }
    FEDLLM_RETURN_IF_ERROR(take_option(words, at, nullptr, out));
  }
  if (at >= words.size()) return static_cast<const Verb*>(nullptr);
  std::vector<std::string_view> names;
  for (const Verb& verb : verbs()) {
    if (verb.name == words[at]) {
      ++at;
      return &verb;
    }
    if (!verb.hidden) names.push_back(verb.name);
  }
  return unknown("verb", words[at], names);
}

Status check_operands(const Verb& verb, size_t given) {
  size_t required = 0, allowed = 0;
  for (size_t start = 0; start < verb.operands.size();) {
    const size_t end = std::min(verb.operands.find(' ', start), verb.operands.size());
    ++allowed;
    if (verb.operands[start] != '[') ++required;
    if (verb.operands.substr(start, end - start).ends_with("...")) allowed = given;
    start = end + 1;
  }
  if (given >= required && given <= allowed) return {};
  const std::string wanted = verb.operands.empty() ? "nothing" : std::string(verb.operands);
  return usage_error(std::string(verb.name) + " expects " + wanted + ", got " + std::to_string(given) +
                     (given == 1 ? " argument" : " arguments"));
}

Status parse_rest(const std::vector<std::string>& words, size_t at, const Verb& verb, Arguments& out) {
  bool options_end = false;
  for (; at < words.size(); ++at) {
    if (!options_end && words[at] == "--")
      options_end = true;
    else if (!options_end && is_option(words[at]))
      FEDLLM_RETURN_IF_ERROR(take_option(words, at, &verb, out));
    else
      out.operands.push_back(words[at]);
  }
  return out.has("--help") ? Status() : check_operands(verb, out.operands.size());
}

Status execute(const std::vector<std::string>& words) {
  Arguments arguments;
  size_t at = 0;
  FEDLLM_ASSIGN_OR_RETURN(const Verb* verb, find_verb(words, at, arguments));
  if (!verb && arguments.has("--version")) return execute({"version"});
  if (!verb && !arguments.has("--help")) return usage_error("expected a verb; see fedllm --help");
  if (verb) FEDLLM_RETURN_IF_ERROR(parse_rest(words, at, *verb, arguments));
  if (arguments.has("--help")) {
    print_line(verb ? verb_help(*verb) : general_help());
    return {};
  }
  return verb->run(arguments);
}

}  // namespace

VerbEntry::VerbEntry(Verb verb) { verbs().push_back(std::move(verb)); }

bool Arguments::has(std::string_view option) const {
  return std::any_of(options.begin(), options.end(), [&](const auto& each) { return each.first == option; });
}

std::string Arguments::value(std::string_view option) const {
  const auto all = values(option);
  return all.empty() ? std::string() : all.back();
}

std::vector<std::string> Arguments::values(std::string_view option) const {
  std::vector<std::string> found;
  for (const auto& [name, value] : options)
    if (name == option) found.push_back(value);
  return found;
}

Result<int> Arguments::number(std::string_view option, int fallback, int low) const {
  if (!has(option)) return fallback;
  const std::string text = value(option);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= low) return number;
  return usage_error(std::string(option) + " expects a whole number from " + std::to_string(low) + " up, got \"" + text + "\"");
}

Status usage_error(std::string message) { return invalid_argument(std::move(message), std::string(kUsage)); }

int exit_code(const Status& status) { return status.ok() ? 0 : status.where() == kUsage ? 2 : 1; }

void print_line(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

int run_command_line(int argc, char** argv) {
  Status status;
  try {
    status = execute({argv + 1, argv + argc});
  } catch (const std::exception& problem) {  // no memory, or a working folder that is gone: still one line and an exit code
    status = internal_error(problem.what(), "command_line");
  }
  if (status.ok() && std::ferror(stdout)) status = unavailable("the results could not be written to stdout");
  if (status.ok()) return 0;
  std::string line = status.message();
  std::replace(line.begin(), line.end(), '\n', ' ');  // one line, whatever a library said
  std::fprintf(stderr, "fedllm: %s\n", line.c_str());
  return exit_code(status);
}

}  // namespace fedllm::app
