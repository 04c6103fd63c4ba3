#include "ui/plot/plot_canvas.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "ui/plot/end_labels.h"
#include "ui/plot/plot_parts.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kSmoothVertices = 6000;  // above this many, lines are drawn without antialiasing
constexpr double kPickPixels = 24, kPadding = 0.06, kLeastSpan = 0.1;
constexpr double kHeadroom = 0.18;     // above bars, for what the cursor reads out

QCPScatterStyle scatter(PlotMark mark, const QColor& color, double size) {
  switch (mark) {
    case PlotMark::Disc: return QCPScatterStyle(QCPScatterStyle::ssDisc, color, color, size);
    case PlotMark::Square: return QCPScatterStyle(QCPScatterStyle::ssSquare, color, Qt::transparent, size);
    case PlotMark::Diamond: return QCPScatterStyle(QCPScatterStyle::ssDiamond, color, color, size + 1);
    case PlotMark::None: break;
  }
  return QCPScatterStyle::ssNone;
}

QSharedPointer<QCPGraphDataContainer> container(QVector<QCPGraphData> data) {
  auto result = QSharedPointer<QCPGraphDataContainer>::create();
  result->set(data, true);
  return result;
}

QSharedPointer<QCPGraphDataContainer> container(const std::vector<double>& x, const std::vector<double>& y) {
  QVector<QCPGraphData> data(int(x.size()));
  for (int i = 0; i < data.size(); ++i) data[i] = QCPGraphData(x[i], y[i]);
  return container(std::move(data));
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double y, bool logarithmic) {
    if (!std::isfinite(y) || (logarithmic && y <= 0)) return;
    low = std::min(low, y);
    high = std::max(high, y);
  }
  bool empty() const { return low > high; }
};

}  // namespace

class PlotCanvas::Impl {
 public:
  Impl(QWidget* parent, Theme* theme);
  void feedLines();
  void feedBands();
  void feedBars();
  void setRanges();
  void placeCursorText(double x, const QString& text);
  Range valueRange() const;
  QCPGraph* newGraph(std::vector<QCPGraph*>& pool, size_t index);

  QCustomPlot* plot_;
  Theme* theme_;
  PlotContent content_;
  std::vector<QCPGraph*> lines_, bands_;         // bands_: pairs low, high
  std::vector<QCPBars*> bars_;
  EndLabels labels_;
  QCPItemText* empty_ = nullptr;
  QCPItemStraightLine* cursor_ = nullptr;
  QCPItemText *cursorText_ = nullptr, *hoverText_ = nullptr;
  QCPItemEllipse* hover_ = nullptr;
  bool fitted_ = true;
  double xLow_ = 0, xHigh_ = 1;                  // the whole range, padded
  int largest_ = 0;
};

PlotCanvas::Impl::Impl(QWidget* parent, Theme* theme)
    : plot_(new QCustomPlot(parent)), theme_(theme), labels_(plot_) {
  plot_->setFocusPolicy(Qt::NoFocus);
  plot_->setContextMenuPolicy(Qt::NoContextMenu);
  plot_->setMouseTracking(true);
  plot_->setPlottingHints(QCP::phFastPolylines | QCP::phCacheLabels);
  plot_->setNoAntialiasingOnDrag(true);
  plot_->addLayer("behind", plot_->layer("grid"), QCustomPlot::limAbove);
  plot_->layer("overlay")->setMode(QCPLayer::lmBuffered);
  plot_->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
  plot_->axisRect()->setRangeDrag(Qt::Horizontal);
  plot_->axisRect()->setRangeZoom(Qt::Horizontal);
  plot_->xAxis->setTicker(roundTicker());
  plot_->setCurrentLayer("overlay");
  cursor_ = new QCPItemStraightLine(plot_);
  cursorText_ = new QCPItemText(plot_);
  hover_ = new QCPItemEllipse(plot_);
  hoverText_ = new QCPItemText(plot_);
  empty_ = new QCPItemText(plot_);
  plot_->setCurrentLayer("main");
  for (QCPAbstractItem* item : {static_cast<QCPAbstractItem*>(cursor_), static_cast<QCPAbstractItem*>(cursorText_),
                                static_cast<QCPAbstractItem*>(hover_), static_cast<QCPAbstractItem*>(hoverText_),
                                static_cast<QCPAbstractItem*>(empty_)}) {
    item->setVisible(false);
    item->setSelectable(false);
  }
  empty_->position->setType(QCPItemPosition::ptAxisRectRatio);
  empty_->position->setCoords(0.5, 0.5);
  empty_->setClipToAxisRect(false);
  for (QCPItemPosition* p : {hover_->topLeft, hover_->bottomRight, hoverText_->position}) p->setType(QCPItemPosition::ptAbsolute);
  hoverText_->setClipToAxisRect(false);
  for (QCPItemPosition* p : {cursor_->point1, cursor_->point2}) p->setTypeY(QCPItemPosition::ptAxisRectRatio);
  cursorText_->position->setType(QCPItemPosition::ptAbsolute);
  cursorText_->setClipToAxisRect(false);
}

QCPGraph* PlotCanvas::Impl::newGraph(std::vector<QCPGraph*>& pool, size_t index) {
  while (pool.size() <= index) {
    QCPGraph* graph = plot_->addGraph();
    graph->setSelectable(QCP::stNone);
    graph->setAdaptiveSampling(true);
    pool.push_back(graph);
  }
  pool[index]->setVisible(true);
  return pool[index];
}

void PlotCanvas::Impl::feedLines() {
  size_t vertices = 0;
  for (const PlotLine& line : content_.lines) vertices += line.points.size();
  const bool smooth = vertices <= kSmoothVertices;
  largest_ = 0;
  for (size_t i = 0; i < content_.lines.size(); ++i) {
    const PlotLine& line = content_.lines[i];
    QVector<QCPGraphData> data(int(line.points.size()));
    for (int k = 0; k < data.size(); ++k) data[k] = QCPGraphData(line.points[k].x, line.points[k].y);
    largest_ = std::max(largest_, int(data.size()));
    QCPGraph* graph = newGraph(lines_, i);
    graph->setData(container(std::move(data)));
    graph->setLayer(line.behind ? "behind" : "main");
    graph->setName(line.name);
    graph->setAntialiased(smooth);
    graph->setPen(QPen(line.color, line.width, line.dashed ? Qt::DashLine : Qt::SolidLine));
    graph->setLineStyle(line.joined ? QCPGraph::lsLine : QCPGraph::lsNone);
    graph->setScatterStyle(scatter(line.mark, line.color, line.width > 1 ? 7 : 5));
  }
  for (size_t i = content_.lines.size(); i < lines_.size(); ++i) lines_[i]->setVisible(false);
}

void PlotCanvas::Impl::feedBands() {
  for (size_t i = 0; i < content_.bands.size(); ++i) {
    const PlotBand& band = content_.bands[i];
    QCPGraph* low = newGraph(bands_, 2 * i);
    QCPGraph* high = newGraph(bands_, 2 * i + 1);
    low->setData(container(band.x, band.low));
    high->setData(container(band.x, band.high));
    for (QCPGraph* graph : {low, high}) {
      graph->setPen(Qt::NoPen);
      graph->setAntialiasedFill(false);
      graph->setLayer("behind");
    }
    high->setBrush(band.fill);
    high->setChannelFillGraph(low);
  }
  for (size_t i = 2 * content_.bands.size(); i < bands_.size(); ++i) bands_[i]->setVisible(false);
}

void PlotCanvas::Impl::feedBars() {
  while (bars_.size() < content_.bars.size()) {
    bars_.push_back(new QCPBars(plot_->xAxis, plot_->yAxis));
    bars_.back()->setSelectable(QCP::stNone);
  }
  for (QCPBars* bars : bars_) bars->moveAbove(nullptr);
  for (size_t i = 0; i < bars_.size(); ++i) {
    QCPBars* bars = bars_[i];
    bars->setVisible(i < content_.bars.size());
    if (i >= content_.bars.size()) continue;
    const PlotBars& from = content_.bars[i];
    QVector<double> x(from.x.begin(), from.x.end()), y(from.y.begin(), from.y.end());
    for (double& value : x) value += from.shift;
    bars->setData(x, y, true);
    bars->setWidth(from.width);
    bars->setAntialiased(false);
    bars->setBrush(from.fill);
    bars->setPen(from.outline.isValid() ? QPen(from.outline, 1) : QPen(Qt::NoPen));
    bars->setLayer(from.behind ? "behind" : "main");
    bars->setName(from.name);
    if (from.stackedOn >= 0) bars->moveAbove(bars_[from.stackedOn]);
  }
}

Range PlotCanvas::Impl::valueRange() const {
  Range range;
  const bool log = content_.logarithmic;
  const QCPRange x = plot_->xAxis->range();
  for (const PlotLine& line : content_.lines)
    for (const SeriesPoint& p : line.points)
      if (x.contains(p.x)) range.add(p.y, log);
  for (const PlotBand& band : content_.bands)
    for (size_t i = 0; i < band.x.size(); ++i)
      if (x.contains(band.x[i])) range.add(band.low[i], log), range.add(band.high[i], log);
  std::vector<std::vector<double>> tops;
  for (const PlotBars& bars : content_.bars) {
    std::vector<double> top = bars.y;
    if (bars.stackedOn >= 0)
      for (size_t i = 0; i < top.size() && i < tops[bars.stackedOn].size(); ++i) top[i] += tops[bars.stackedOn][i];
    for (double y : top) range.add(y, log);
    tops.push_back(std::move(top));
  }
  return range;
}

void PlotCanvas::Impl::setRanges() {
  const bool hasBars = !content_.bars.empty();
  const double span = std::max(1.0, content_.xTo - content_.xFrom);
  xLow_ = content_.xFrom - (hasBars ? 0.5 : span * 0.01);
  xHigh_ = content_.xFrom + span + (hasBars ? 0.5 : span * 0.01);
  if (fitted_) plot_->xAxis->setRange(xLow_, xHigh_);
  Range range = valueRange();
  for (const double y : {content_.yFrom, content_.yTo}) range.add(y, content_.logarithmic);
  if (range.empty()) range.low = content_.logarithmic ? 0.5 : 0, range.high = 1;
  if (content_.fromZero && !content_.logarithmic) range.low = 0;
  if (content_.logarithmic) {
    const double pad = std::pow(std::max(1.2, range.high / range.low), kPadding);
    plot_->yAxis->setRange(range.low / pad, range.high * pad);
    return;
  }
  // A flat line is not blown up into noise: the axis spans a tenth of the value at least.
  const double lack = std::max(0.0, std::abs(range.high) * kLeastSpan - (range.high - range.low)) / 2;
  const double pad = std::max(1e-9, range.high - range.low) * (content_.fromZero ? kHeadroom : kPadding) + lack;
  plot_->yAxis->setRange(content_.fromZero ? 0 : range.low - pad, range.high + pad);
}

// Beside the cursor, but wholly inside the plot.
void PlotCanvas::Impl::placeCursorText(double x, const QString& text) {
  const QFontMetrics metrics(cursorText_->font());
  const QCPAxisRect* area = plot_->axisRect();
  const int room = plot_->width() - area->left() - 14;
  const QString shown = metrics.elidedText(text, Qt::ElideRight, room);
  const double wide = metrics.horizontalAdvance(shown) + 12, at = plot_->xAxis->coordToPixel(x);
  const double left = at + wide < area->right() ? at + 3 : at - wide - 3;
  cursorText_->setText(shown);
  cursorText_->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  cursorText_->position->setCoords(std::clamp<double>(left, area->left() + 2, std::max<double>(area->left() + 2, plot_->width() - wide)), area->top() + 2);
}

PlotCanvas::PlotCanvas(QWidget* parent, Theme* theme) : impl_(std::make_unique<Impl>(parent, theme)) { restyle(); }
PlotCanvas::~PlotCanvas() = default;
QCustomPlot* PlotCanvas::plot() const { return impl_->plot_; }
const PlotContent& PlotCanvas::content() const { return impl_->content_; }
bool PlotCanvas::fitted() const { return impl_->fitted_; }
int PlotCanvas::largestGraph() const { return impl_->largest_; }
double PlotCanvas::xAt(double pixel) const { return impl_->plot_->xAxis->pixelToCoord(pixel); }

void PlotCanvas::restyle() {
  QCustomPlot* plot = impl_->plot_;
  const Theme& theme = *impl_->theme_;
  applyTheme(plot, theme, plot->font());
  impl_->cursor_->setPen(QPen(theme.accent(), 1));
  for (QCPItemText* text : {impl_->cursorText_, impl_->hoverText_}) {
    text->setColor(theme.text());
    text->setBrush(theme.surface());
    text->setPen(QPen(theme.grid(), 1));
    text->setPadding(QMargins(4, 1, 4, 1));
    text->setFont(plot->xAxis->tickLabelFont());
  }
  impl_->hover_->setPen(QPen(theme.text(), 2));
  impl_->empty_->setColor(theme.mutedText());
  impl_->empty_->setFont(plot->font());
}

void PlotCanvas::feed(PlotContent content) {
  impl_->content_ = std::move(content);
  QCustomPlot* plot = impl_->plot_;
  const PlotContent& c = impl_->content_;
  plot->yAxis->setScaleType(c.logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  plot->yAxis->setTicker(valueTicker(c));
  plot->yAxis->setTickLabels(c.emptyText.isEmpty());   // nothing drawn has no scale
  for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
    axis->setVisible(c.emptyText.isEmpty());
    axis->grid()->setVisible(c.emptyText.isEmpty());
  }
  applyMargins(plot, plot->font(), impl_->labels_.room(c));
  plot->xAxis->setLabel(c.xTitle);
  plot->yAxis->setLabel(c.yTitle);
  impl_->feedBands();
  impl_->feedBars();
  impl_->feedLines();
  impl_->setRanges();
  impl_->empty_->setText(wrapped(c.emptyText, impl_->empty_->font(), std::max(80, plot->axisRect()->width() - 8)));
  impl_->empty_->setVisible(!c.emptyText.isEmpty());
}

void PlotCanvas::replot() {
  // The margins are fixed, so the layout is known before drawing: end labels need pixels, and one replot is enough.
  for (auto phase : {QCPLayoutElement::upPreparation, QCPLayoutElement::upMargins, QCPLayoutElement::upLayout})
    impl_->plot_->plotLayout()->update(phase);
  impl_->labels_.place(impl_->content_);
  impl_->plot_->replot(QCustomPlot::rpQueuedRefresh);
}

void PlotCanvas::drawCursor(std::optional<double> x, const QString& text) {
  if (!impl_->content_.emptyText.isEmpty()) x.reset();
  impl_->cursor_->setVisible(x.has_value());
  impl_->cursorText_->setVisible(x.has_value() && !text.isEmpty());
  if (x) {
    impl_->cursor_->point1->setCoords(*x, 0);
    impl_->cursor_->point2->setCoords(*x, 1);
    impl_->placeCursorText(*x, text);
  }
  impl_->plot_->layer("overlay")->replot();
}

void PlotCanvas::drawHover(QPointF pixel) {
  double x = 0, y = 0;
  const int line = pixel.isNull() ? -1 : nearestLine(pixel, &x, &y);
  const bool was = impl_->hover_->visible();
  if (line < 0 && !was) return;
  impl_->hover_->setVisible(line >= 0);
  impl_->hoverText_->setVisible(line >= 0);
  if (line >= 0) {
    const QPointF at(impl_->plot_->xAxis->coordToPixel(x), impl_->plot_->yAxis->coordToPixel(y));
    impl_->hover_->topLeft->setCoords(at.x() - 4, at.y() - 4);
    impl_->hover_->bottomRight->setCoords(at.x() + 4, at.y() + 4);
    const bool right = at.x() > impl_->plot_->axisRect()->center().x();
    impl_->hoverText_->setText(QStringLiteral("%1  %2").arg(impl_->content_.lines[line].name, QLocale().toString(y, 'g', 4)));
    impl_->hoverText_->setPositionAlignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    impl_->hoverText_->position->setCoords(at.x() + (right ? -8 : 8), at.y());
  }
  impl_->plot_->layer("overlay")->replot();
}

PlotWindow PlotCanvas::window(int maxVertices) const {
  PlotWindow window;
  window.maxVertices = maxVertices;
  if (impl_->fitted_) return window;
  window.from = impl_->plot_->xAxis->range().lower;
  window.to = impl_->plot_->xAxis->range().upper;
  return window;
}

void PlotCanvas::fit() {
  impl_->fitted_ = true;
  impl_->plot_->xAxis->setRange(impl_->xLow_, impl_->xHigh_);
}

void PlotCanvas::zoom(double factor, double around) {
  impl_->plot_->xAxis->scaleRange(1 / factor, around);
  userMoved();
}

void PlotCanvas::userMoved() {
  QCPAxis* axis = impl_->plot_->xAxis;
  const double whole = impl_->xHigh_ - impl_->xLow_;
  const double size = std::clamp(axis->range().size(), std::min(0.05, whole), whole);
  const double low = std::clamp(axis->range().lower, impl_->xLow_, impl_->xHigh_ - size);
  impl_->fitted_ = size >= whole * 0.999;
  const QSignalBlocker blocker(axis);
  axis->setRange(low, low + size);
}

int PlotCanvas::nearestLine(QPointF pixel, double* x, double* y) const {
  const double at = xAt(pixel.x());
  int best = -1;
  double bestDistance = kPickPixels;
  for (size_t i = 0; i < impl_->content_.lines.size(); ++i) {
    const PlotLine& line = impl_->content_.lines[i];
    auto p = std::lower_bound(line.points.begin(), line.points.end(), at, [](const SeriesPoint& a, double b) { return a.x < b; });
    if (p != line.points.begin() && (p == line.points.end() || at - (p - 1)->x < p->x - at)) --p;
    if (p == line.points.end() || !std::isfinite(p->y)) continue;
    const double distance = std::hypot(impl_->plot_->yAxis->coordToPixel(p->y) - pixel.y(),
                                       0.25 * (impl_->plot_->xAxis->coordToPixel(p->x) - pixel.x()));
    if (distance >= bestDistance) continue;
    bestDistance = distance;
    best = int(i);
    if (x) *x = p->x;
    if (y) *y = p->y;
  }
  return best;
}

}  // namespace fedllm::ui
