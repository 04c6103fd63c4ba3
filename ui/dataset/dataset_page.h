// The Data page: import files, map fields to a prompt, pick the label, hold out a test set, split the rest between clients
// and see the split live. Every choice is an undoable edit of the scenario; every picture has a table twin. The core does
// the reading and counting; this page only asks and draws.
#pragma once

#include "ui/shell/page.h"

namespace fedllm::ui {

Page* makeDatasetPage(const StudioContext& context);

}  // namespace fedllm::ui
