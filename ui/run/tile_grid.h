// TileGrid: exact match as tiles adapter x topic, red to green, the share written in each tile, its 95 % interval as a line
// beneath the figure, n under the topic's name; the previous run's share as a strip at the tile's right. Arrow keys move a
// cell cursor. TilePanel: the grid and its table twin. Objects: tiles.
#pragma once

#include "ui/plot/table_twin.h"
#include "ui/run/run_focus.h"
#include "ui/run/tile_layout.h"

namespace fedllm::ui {

class Refresher;
class Theme;

class TileGrid : public QWidget {
  Q_OBJECT
 public:
  TileGrid(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  QSize sizeHint() const override { return {420, 260}; }
  QSize minimumSizeHint() const override { return {220, 120}; }
  void mark();
  const TileLayout& tiles() const { return layout_; }

 signals:
  void laidOut(int left);                      // rows that did not fit
  void cellTold(const QString& sentence);      // under the cursor or the pointer; empty: none

 protected:
  void paintEvent(QPaintEvent*) override;
  void resizeEvent(QResizeEvent*) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent*) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Frame {
    double left = 0, top = 0, wide = 0, high = 0, gap = 0;
    bool upright = false;                      // topic names turned by 90 degrees
  };
  void refresh();
  Frame frame() const;
  int headerHeight(double wide, bool* upright) const;
  QRectF cell(const Frame& frame, int row, int column) const;
  QPoint cellAt(QPointF position) const;       // (column, row), -1: none
  void paintHeader(QPainter& painter, const Frame& frame) const;
  void paintRow(QPainter& painter, const Frame& frame, int row) const;
  void paintTile(QPainter& painter, const QRectF& box, const Tile& tile, const Tile* before) const;
  void tell(QPoint cell);

  RunFocus* focus_;
  Theme* theme_;
  Refresher* refresher_;
  TileLayout layout_;
  QPoint cursor_{-1, -1};
};

class TilePanel : public PicturePanel {
  Q_OBJECT
 public:
  TilePanel(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  TileGrid* grid() const { return grid_; }
  void mark();

 private:
  QString usualNote() const;
  RunFocus* focus_;
  TileGrid* grid_;
};

}  // namespace fedllm::ui
