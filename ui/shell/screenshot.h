// --screenshot: shows one page offscreen, waits until it has its data (bounded), writes the whole window into a PNG file.
// Ends a core that it started itself, unless that one is running something.
#pragma once

#include "ui/shell/studio_options.h"

namespace fedllm::ui {

class MainWindow;
int takeScreenshot(MainWindow& window, const StudioOptions& options, const bool& launchedCore);   // the exit status

}  // namespace fedllm::ui
