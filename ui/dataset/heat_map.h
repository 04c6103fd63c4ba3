// HeatMap: label x client counts as coloured cells, the held-out set as a separate column. Arrow keys move a cell cursor
// whose value is told to assistive technology; the pointer shows the same in a tool tip. Painted into one cached image.
#pragma once

#include <QImage>
#include <QWidget>

namespace fedllm::ui {

class PartitionModel;
class Theme;

class HeatMap : public QWidget {
  Q_OBJECT
 public:
  HeatMap(PartitionModel* model, Theme* theme, QWidget* parent = nullptr);
  QSize sizeHint() const override { return {420, 240}; }
  QSize minimumSizeHint() const override { return {220, 120}; }
  int selectedClient() const { return client_; }
  void select(int client, int label);

 signals:
  void selected(int client, int label);

 protected:
  void paintEvent(QPaintEvent*) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Geometry { QRectF grid; double cellWidth = 0, cellHeight = 0, testLeft = 0; };
  Geometry geometryOfCells() const;
  QPoint cellAt(const QPointF& position) const;         // (client, label), client == clients(): held out; (-1,-1): none
  QString cellText(int client, int label) const;
  void paintCells(QPainter& painter, const Geometry& geometry) const;
  void paintLabels(QPainter& painter, const Geometry& geometry) const;

  PartitionModel* model_;
  Theme* theme_;
  int client_ = -1, label_ = -1;
};

}  // namespace fedllm::ui
