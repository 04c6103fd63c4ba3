// The Scenario page: canvas, its outline twin, inspector, problems, file pane and forecast bar, all on one document. Every
// change goes through ScenarioDocument::edit. objectName "page.scenario".
#pragma once

#include "ui/shell/page.h"

namespace fedllm::ui {

Page* makeScenarioPage(const StudioContext& context);

}  // namespace fedllm::ui
