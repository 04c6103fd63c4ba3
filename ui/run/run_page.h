// The Run page: RunView wired to the session and the core. objectName "page.run".
#pragma once

#include "ui/shell/page.h"

namespace fedllm::ui {

Page* makeRunPage(const StudioContext& context);

}  // namespace fedllm::ui
