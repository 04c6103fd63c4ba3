// CanvasPanel: the live canvas with its table twin, the switch for fast drawing, and a title that says which moment it shows.
// Objects: canvas.fast.
#pragma once

#include "ui/plot/table_twin.h"
#include "ui/run/run_focus.h"

class QToolButton;

namespace fedllm::ui {

class LiveCanvas;
class Theme;

class CanvasPanel : public PicturePanel {
  Q_OBJECT
 public:
  CanvasPanel(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  LiveCanvas* canvas() const { return canvas_; }
  void mark();

 private:
  TableData tableData() const;
  void showMoment();

  RunFocus* focus_;
  LiveCanvas* canvas_;
  QToolButton* fast_;
};

}  // namespace fedllm::ui
