// The Welcome page: one default button (Enter runs the sample), a second card with skewed labels, ways to begin, recent
// scenarios and runs, and what this computer has. objectName "page.welcome".
#pragma once

#include "ui/shell/page.h"

namespace fedllm::ui {

Page* makeWelcomePage(const StudioContext& context);

}  // namespace fedllm::ui
