// F6: the keyboard goes to the next pane of the window: the activity bar, then the page's panes (what its splitters hold; the
// page itself where it has none), in reading order. GUI thread.
#pragma once

class QWidget;

namespace fedllm::ui {

void focusNextPane(QWidget* window, QWidget* activityBar, QWidget* page, bool forward);

}  // namespace fedllm::ui
