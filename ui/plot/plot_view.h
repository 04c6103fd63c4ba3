// PlotView: one picture of lines, bands and bars over rounds. A source makes the content for the visible window and vertex
// budget; the view draws it when the window's RefreshGovernor says so, with a round cursor on a layer of its own that can be
// dragged. Keyboard (screens.md 9), wheel and drag zoom x, double-click fits, context menu exports. GUI thread.
#pragma once

#include <QWidget>
#include <functional>
#include <memory>
#include <optional>

#include "ui/plot/plot_content.h"

namespace fedllm::ui {

class Refresher;
class Theme;

// What a key on a plot asks for; the owner applies it to whatever is shared between pictures.
enum class PlotCommand {
  PreviousRound, NextRound, TenBack, TenForward, FirstRound, LastRound, Live, PreviousClient, NextClient,
  Solo, Hide, Band, Logarithmic, Smoothing, References, Table, CopyData
};

class PlotView : public QWidget {
  Q_OBJECT
 public:
  using Source = std::function<PlotContent(const PlotWindow&)>;

  PlotView(Theme* theme, Source source, QWidget* parent = nullptr);
  ~PlotView() override;
  QSize sizeHint() const override { return {480, 240}; }
  QSize minimumSizeHint() const override { return {240, 110}; }

  void mark();                                   // the data changed
  void redraw();                                 // now, if visible or not
  void setDescriber(std::function<QString()> describe);   // accessible description, refreshed at most once a second
  void setCsv(std::function<QByteArray()> csv);  // for export and copy of the data
  void setFileName(const QString& stem);         // proposed for exports
  void setReadout(std::function<QString(double x)> readout);   // what to print beside the cursor
  // x of the cursor; nullopt hides it. Costs one overlay redraw.
  void setCursor(std::optional<double> x);
  void fit();
  void zoom(double factor);
  bool isFitted() const;

  bool savePng(const QString& path);             // twice the size on screen
  bool saveSvg(const QString& path);
  bool saveCsv(const QString& path);
  void copyImage();

  // For tests and benchmarks.
  const Refresher* refresher() const;
  int largestGraph() const;                      // vertices of the longest line as fed
  double lastReplotCpuMs() const;
  QString yTitle() const;

 signals:
  void command(fedllm::ui::PlotCommand command);
  void picked(double x, int client);             // a click, or the cursor dragged; client -1: no line near

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void changeEvent(QEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  void listenToMouse();
  void describe();
  void save(const QString& title, const QString& suffix, bool (PlotView::*write)(const QString&));
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::ui
