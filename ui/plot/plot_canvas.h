// PlotCanvas: owns the QCustomPlot and puts a PlotContent on it, reusing its graphs; knows nothing of runs or keys.
// Room-private; QCustomPlot stays in the implementation.
#pragma once

#include <QObject>
#include <QPointF>
#include <memory>
#include <optional>

#include "ui/plot/plot_content.h"

class QCustomPlot;

namespace fedllm::ui {

class Theme;

class PlotCanvas {
 public:
  PlotCanvas(QWidget* parent, Theme* theme);
  ~PlotCanvas();
  QCustomPlot* plot() const;

  void restyle();                                // theme, font or language changed
  void feed(PlotContent content);                // containers are swapped, nothing is drawn yet
  void replot();                                 // draws into the buffers; returns when drawn
  void drawCursor(std::optional<double> x, const QString& text);
  void drawHover(QPointF pixel);                 // the nearest line's point under the pointer; a null point hides it

  const PlotContent& content() const;
  PlotWindow window(int maxVertices) const;      // the visible one
  bool fitted() const;
  void fit();
  void zoom(double factor, double around);
  void userMoved();                              // the range was dragged or wheeled: keeps it inside the whole range
  double xAt(double pixel) const;
  // Index of the line nearest to the pixel (within 24 px), -1: none.
  int nearestLine(QPointF pixel, double* x = nullptr, double* y = nullptr) const;
  int largestGraph() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::ui
