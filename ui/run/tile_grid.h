// TileGrid: exact match as tiles adapter x topic, red to green, the share written in each tile, its 95 % interval as a line
// beneath the figure, n under the topic's name; the previous run's share as a strip at the tile's right. Or the matrix client x
// adapter (client_matrix.h) at the round cursor, each client's own adapter outlined. Arrow keys move a cell cursor. TilePanel:
// the grid, the choice between the views and the table twin; where the clients' adapters are their own, the matrix comes first.
// Objects: tiles, tiles.view.
#pragma once

#include "ui/plot/table_twin.h"
#include "ui/run/run_focus.h"
#include "ui/run/tile_layout.h"

class QComboBox;

namespace fedllm::ui {

class Refresher;
class Theme;

enum class TileView { Topics, MatrixLoss, MatrixExact };

class TileGrid : public QWidget {
  Q_OBJECT
 public:
  TileGrid(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  QSize sizeHint() const override { return {420, 260}; }
  QSize minimumSizeHint() const override { return {220, 120}; }
  void mark();
  const TileLayout& tiles() const { return layout_; }
  void setView(TileView view);
  TileView view() const { return tileView_; }

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
  void explain();                              // what is shown, in words
  TileLayout layOut(int maxRows) const;
  QString sentence(QPoint cell) const;
  QString figure(const Tile& tile, const Tile* before, const QFontMetrics& metrics, double room) const;
  double shareOf(const Tile& tile) const;      // 1: best
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
  TileView tileView_ = TileView::Topics;
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
  TableData tableData() const;
  TableData matrixData() const;
  void chooseView();
  void showView(TileView view);
  RunFocus* focus_;
  TileGrid* grid_;
  QComboBox* view_;
  bool chosen_ = false;                        // by the person, not by the run
};

}  // namespace fedllm::ui
