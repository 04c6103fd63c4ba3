#include "ui/shell/studio_options.h"

#include <algorithm>
#include <cstdlib>

namespace fedllm::ui {
namespace {

using Words = std::vector<std::string>;

// Verbs of `fedllm`: given first, they make this program become that one.
const Words kVerbs{"run", "resume", "new", "check", "partition", "runs", "show", "import", "inspect", "pretrain",
                   "serve", "join", "bench", "core", "export", "try"};
const Words kPages{"welcome", "scenario", "data", "run", "lab"};
const Words kThemes{"light", "dark", "contrast", "system"};

bool has(const Words& words, const std::string& word) { return std::find(words.begin(), words.end(), word) != words.end(); }

std::string list(const Words& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

StudioOptions failed(std::string sentence) {
  StudioOptions options;
  options.action = StudioOptions::Action::Error;
  options.error = std::move(sentence);
  return options;
}

bool parseSize(const std::string& text, StudioOptions& options) {
  char* end = nullptr;
  options.width = int(std::strtol(text.c_str(), &end, 10));
  if (*end != 'x') return false;
  options.height = int(std::strtol(end + 1, &end, 10));
  return *end == 0 && options.width >= 320 && options.height >= 240 && options.width <= 8192 && options.height <= 8192;
}

}  // namespace

StudioOptions parseStudioOptions(const Words& arguments) {
  StudioOptions options;
  if (!arguments.empty() && has(kVerbs, arguments[0])) {
    options.action = StudioOptions::Action::Core;
    return options;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string word = arguments[i], value;
    bool inlineValue = false;
    if (const size_t equals = word.find('='); word.rfind("--", 0) == 0 && equals != std::string::npos) {
      value = word.substr(equals + 1);
      word.resize(equals);
      inlineValue = true;
    }
    const bool takesValue = has({"--home", "--run", "--theme", "--size", "--language", "--screenshot"}, word);
    if (takesValue && !inlineValue) {
      if (i + 1 >= arguments.size()) return failed("option " + word + " needs a value");
      value = arguments[++i];
    }
    if (word == "--version") {
      options.action = StudioOptions::Action::Version;
      return options;
    } else if (word == "--help" || word == "-h") {
      options.action = StudioOptions::Action::Help;
      return options;
    } else if (word == "--home") {
      options.home = value;
    } else if (word == "--run") {
      options.run = value;
    } else if (word == "--language") {
      options.language = value;
    } else if (word == "--theme") {
      if (!has(kThemes, value)) return failed("option --theme expects one of " + list(kThemes) + ", got " + value);
      options.theme = value;
    } else if (word == "--size") {
      if (!parseSize(value, options)) return failed("option --size expects WIDTHxHEIGHT from 320x240 to 8192x8192, got " + value);
    } else if (word == "--screenshot") {
      if (!has(kPages, value)) return failed("option --screenshot expects one of " + list(kPages) + ", got " + value);
      if (i + 1 >= arguments.size())
        return failed("option --screenshot needs a page and a file, e.g. --screenshot welcome out.png");
      options.action = StudioOptions::Action::Screenshot;
      options.page = value;
      options.output = arguments[++i];
    } else if (word.rfind("-", 0) == 0 && word.size() > 1) {
      return failed("unknown option " + word + "; fedllm-studio --help lists the options");
    } else if (options.file.empty()) {
      options.file = word;
    } else {
      return failed("expected one scenario file, got " + options.file + " and " + word);
    }
  }
  return options;
}

std::string studioHelp() {
  return "Usage: fedllm-studio [OPTION]... [SCENARIO.json]\n"
         "       fedllm-studio VERB ...          the same as `fedllm VERB ...` (run, resume, check, runs, show, ...)\n"
         "\n"
         "Design, run and watch federated fine-tuning of language models.\n"
         "\n"
         "  --home DIR              where runs and settings live (default: $FEDLLM_HOME, else the XDG data folder)\n"
         "  --run RUN               open this run\n"
         "  --theme NAME            light, dark, contrast or system\n"
         "  --language CODE         en or zh_CN\n"
         "  --size WxH              window size in pixels\n"
         "  --screenshot PAGE FILE  draw a page (welcome, scenario, data, run, lab) into a PNG file, without a display, and end\n"
         "  --version               print the version and end\n"
         "  --help                  print this and end\n"
         "\n"
         "Exit status: 0 ok, 1 failed, 2 wrong usage.\n";
}

}  // namespace fedllm::ui
