// What is dragged over the window from a file manager: one scenario, data files, or nothing the studio takes. GUI thread.
#pragma once

#include <QStringList>

class QMimeData;

namespace fedllm::ui {

struct DroppedFiles {
  enum class Kind { None, Scenario, Data, Other };   // None: no local files at all
  Kind kind = Kind::None;
  QStringList paths;
};

DroppedFiles droppedFiles(const QMimeData* mime);

}  // namespace fedllm::ui
