// LiveCanvas: the federation as it is now: the coordinator, its clients around it, what each does (icon, word, colour) and
// how far it is, and which links carry something. Drawn at rest: only what happened, no animation. The client in focus is
// ringed; a click or the arrow keys choose. CanvasPanel adds the table twin. Objects: canvas.live.
#pragma once

#include <vector>

#include "ui/plot/table_twin.h"
#include "ui/run/run_focus.h"

namespace fedllm::ui {

class Refresher;
class Theme;

class LiveCanvas : public QWidget {
  Q_OBJECT
 public:
  LiveCanvas(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  QSize sizeHint() const override { return {220, 220}; }
  QSize minimumSizeHint() const override { return {130, 100}; }
  void mark();
  QString coordinatorState() const;
  int clientAt(QPointF position) const;        // -1: none
  QPointF positionOf(int client) const;

 protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Frame { QPointF centre; double rx = 0, ry = 0, node = 0, room = 0, squareness = 1; int lines = 0; bool names = false; };
  Frame frame() const;
  void paintLink(QPainter& painter, const Frame& frame, int client) const;
  bool namesFit(double room, int* lines) const;
  QString labelOf(const Frame& frame, int client) const;
  void paintClient(QPainter& painter, const Frame& frame, int client) const;
  void paintCoordinator(QPainter& painter, const Frame& frame) const;
  QColor stateColor(const QString& state) const;

  RunFocus* focus_;
  Theme* theme_;
  Refresher* refresher_;
};

class CanvasPanel : public PicturePanel {
  Q_OBJECT
 public:
  CanvasPanel(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  LiveCanvas* canvas() const { return canvas_; }
  void mark();

 private:
  LiveCanvas* canvas_;
};

}  // namespace fedllm::ui
