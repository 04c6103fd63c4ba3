// The Lab page: rooms across machines. One tab a room hosted here or joined from here, and one to begin: host a room, or join
// one by list, ticket or address. All of it is the core's state (ui/link/lab_link.h); the page only shows and asks. Objects:
// page.lab, tabs.lab.
#pragma once

#include "ui/shell/page.h"

namespace fedllm::ui {

Page* makeLabPage(const StudioContext& context);

}  // namespace fedllm::ui
