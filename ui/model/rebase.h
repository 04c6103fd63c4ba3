// A scenario's relative paths seen from another folder: the same files, named relative to `to` instead of `from`. Absolute
// paths and builtin: names stay. Folders that are links are followed, as the system does when it opens the file. Any thread.
#pragma once

#include <QString>

#include "spec/scenario.h"

namespace fedllm::ui {

spec::Scenario rebased(spec::Scenario scenario, const QString& from, const QString& to);

}  // namespace fedllm::ui
