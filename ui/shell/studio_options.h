// What the command line of fedllm-studio asks for, decided before any Qt object exists (no display needed for --version,
// --help, a wrong option or a verb of `fedllm`). Standard library only. Errors: one sentence in `error`, exit status 2.
#pragma once

#include <string>
#include <vector>

namespace fedllm::ui {

struct StudioOptions {
  enum class Action { Window, Screenshot, Version, Help, Core, Error };
  Action action = Action::Window;
  std::string error;
  std::string home;                    // --home; empty: the default home
  std::string file;                    // a scenario to open
  std::string run;                     // --run: the run to look at
  std::string page, output;            // --screenshot PAGE OUT.png
  std::string theme;                   // light dark contrast system; empty: as set in the window
  std::string language;                // e.g. zh_CN; empty: as set in the window
  int width = 0, height = 0;           // --size; 0: as last time
};

StudioOptions parseStudioOptions(const std::vector<std::string>& arguments);   // without the program's name
std::string studioHelp();

}  // namespace fedllm::ui
