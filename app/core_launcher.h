// Starts the core of a home: `fedllm core --home H`, detached (its own session), so that it outlives the window. A second
// core of one home ends by itself because the first holds the home's lock. GUI thread; returns at once.
#pragma once

#include <QString>

namespace fedllm::app {

// False when the program is missing or cannot be executed.
bool launchCore(const QString& home);

}  // namespace fedllm::app
