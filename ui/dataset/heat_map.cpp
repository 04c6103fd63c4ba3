#include "ui/dataset/heat_map.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/dataset/partition_model.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr double kGap = 10;            // between the clients and the held-out column, pixels
constexpr double kSmallestTextCell = 26;
constexpr double kSwatch = 9;         // the label's colour in the bars below, pixels

}  // namespace

HeatMap::HeatMap(PartitionModel* model, Theme* theme, QWidget* parent) : QWidget(parent), model_(model), theme_(theme) {
  setObjectName("heatmap");
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAccessibleName(tr("Records by label and client"));
  setWhatsThis(tr("Each cell is the number of records of one label that one client holds. The last column is held out for testing. "
                  "Move with the arrow keys."));
  connect(model_, &PartitionModel::replaced, this, [this] {
    setAccessibleDescription(model_->description());
    client_ = std::min(client_, model_->clients());
    label_ = std::min(label_, model_->labels() - 1);
    update();
  });
  connect(theme_, &Theme::changed, this, [this] { update(); });
}

void HeatMap::select(int client, int label) {
  if (client == client_ && label == label_) return;
  client_ = client;
  label_ = label;
  setAccessibleDescription(cellText(client, label));
  QAccessibleValueChangeEvent told(this, cellText(client, label));
  QAccessible::updateAccessibility(&told);
  update();
  emit selected(client, label);
}

HeatMap::Geometry HeatMap::geometryOfCells() const {
  const QFontMetricsF metrics(font());
  double left = 0;
  for (int label = 0; label < model_->labels(); ++label) left = std::max(left, metrics.horizontalAdvance(model_->labelName(label)));
  left = std::min(left + 8 + kSwatch + 6, width() * 0.35);
  const double bottom = metrics.height() + 6;
  Geometry g;
  const double testWidth = std::max(24.0, std::min(56.0, width() * 0.08));
  g.grid = QRectF(left, 2, std::max(1.0, width() - left - testWidth - kGap - 2), std::max(1.0, height() - bottom - 4));
  g.cellWidth = g.grid.width() / std::max(1, model_->clients());
  g.cellHeight = g.grid.height() / std::max(1, model_->labels());
  g.testLeft = g.grid.right() + kGap;
  return g;
}

QPoint HeatMap::cellAt(const QPointF& position) const {
  const Geometry g = geometryOfCells();
  if (model_->clients() == 0 || position.y() < g.grid.top() || position.y() >= g.grid.bottom()) return {-1, -1};
  const int label = int((position.y() - g.grid.top()) / g.cellHeight);
  if (position.x() >= g.testLeft) return {model_->clients(), label};
  if (position.x() < g.grid.left() || position.x() >= g.grid.right()) return {-1, -1};
  return {int((position.x() - g.grid.left()) / g.cellWidth), label};
}

QString HeatMap::cellText(int client, int label) const {
  if (client < 0 || label < 0 || label >= model_->labels()) return {};
  const QLocale locale;
  if (client >= model_->clients()) return tr("held out, %1: %2 records").arg(model_->labelName(label), locale.toString(model_->testCount(label)));
  const qint64 count = model_->count(client, label), total = std::max<qint64>(1, model_->records(client));
  return tr("%1, %2: %3 records, %4 % of the client").arg(model_->clientName(client), model_->labelName(label), locale.toString(count))
      .arg(qRound(100.0 * count / total));
}

void HeatMap::paintCells(QPainter& painter, const Geometry& g) const {
  const double top = std::max<qint64>(1, model_->largestCell());
  const bool text = g.cellWidth >= kSmallestTextCell && g.cellHeight >= QFontMetricsF(font()).height() * 0.9;
  const double inset = g.cellWidth > 6 && g.cellHeight > 6 ? 1 : 0;
  auto cell = [&](const QRectF& rect, qint64 count, double share) {
    const QColor fill = theme_->heat(share);
    painter.fillRect(rect.adjusted(inset, inset, -inset, -inset), fill);
    if (!text) return;
    painter.setPen(theme_->readableOn(fill));
    painter.drawText(rect, Qt::AlignCenter, QLocale().toString(count));
  };
  for (int client = 0; client < model_->clients(); ++client) {
    for (int label = 0; label < model_->labels(); ++label) {
      const qint64 count = model_->count(client, label);
      cell({g.grid.left() + client * g.cellWidth, g.grid.top() + label * g.cellHeight, g.cellWidth, g.cellHeight}, count,
           std::sqrt(count / top));
    }
  }
  qint64 largestTest = 1;
  for (int label = 0; label < model_->labels(); ++label) largestTest = std::max(largestTest, model_->testCount(label));
  for (int label = 0; label < model_->labels(); ++label) {
    cell({g.testLeft, g.grid.top() + label * g.cellHeight, width() - g.testLeft - 2, g.cellHeight}, model_->testCount(label),
         std::sqrt(double(model_->testCount(label)) / largestTest));
  }
}

void HeatMap::paintLabels(QPainter& painter, const Geometry& g) const {
  const QFontMetricsF metrics(font());
  painter.setPen(theme_->text());
  for (int label = 0; label < model_->labels() && g.cellHeight >= metrics.height() * 0.8; ++label) {
    const double top = g.grid.top() + label * g.cellHeight;
    const QRectF rect(kSwatch + 6, top, g.grid.left() - 6 - kSwatch - 6, g.cellHeight);
    if (model_->labels() > 1) {
      painter.setBrush(model_->labelColor(*theme_, label));
      painter.setPen(theme_->mutedText());
      painter.drawRect(QRectF(1.5, top + (g.cellHeight - kSwatch) / 2, kSwatch, kSwatch));
      painter.setPen(theme_->text());
    }
    painter.drawText(rect, Qt::AlignRight | Qt::AlignVCenter, metrics.elidedText(model_->labelName(label), Qt::ElideRight, rect.width()));
  }
  double widest = 0;
  for (int client = 0; client < model_->clients(); ++client) widest = std::max(widest, metrics.horizontalAdvance(model_->clientName(client)));
  const bool names = widest + 6 <= g.cellWidth;
  const int every = names ? 1 : std::max(1, int(std::ceil(metrics.horizontalAdvance("0000") / g.cellWidth)));
  for (int client = 0; client < model_->clients(); client += every) {
    const QRectF rect(g.grid.left() + client * g.cellWidth, g.grid.bottom() + 2, g.cellWidth * every, metrics.height());
    painter.drawText(rect, Qt::AlignHCenter | Qt::AlignTop | Qt::TextDontClip, names ? model_->clientName(client) : QString::number(client + 1));
  }
  painter.setPen(theme_->mutedText());
  painter.drawText(QRectF(g.testLeft, g.grid.bottom() + 2, width() - g.testLeft, metrics.height()), Qt::AlignHCenter | Qt::AlignTop | Qt::TextDontClip, tr("test"));
}

void HeatMap::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme_->surface());
  if (model_->clients() == 0) return;
  const Geometry g = geometryOfCells();
  paintCells(painter, g);
  paintLabels(painter, g);
  if (client_ < 0 || label_ < 0) return;
  const bool test = client_ >= model_->clients();
  const QRectF focus(test ? g.testLeft : g.grid.left() + client_ * g.cellWidth, g.grid.top() + label_ * g.cellHeight,
                     test ? width() - g.testLeft - 2 : g.cellWidth, g.cellHeight);
  painter.setPen(QPen(hasFocus() ? theme_->accent() : theme_->text(), 2));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(focus.adjusted(1, 1, -1, -1));
}

void HeatMap::mouseMoveEvent(QMouseEvent* event) {
  const QPoint cell = cellAt(event->position());
  setCursor(cell.x() >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void HeatMap::mousePressEvent(QMouseEvent* event) {
  const QPoint cell = cellAt(event->position());
  if (cell.x() >= 0) select(cell.x(), cell.y());
}

void HeatMap::keyPressEvent(QKeyEvent* event) {
  if (model_->clients() == 0) return QWidget::keyPressEvent(event);
  int client = std::max(0, client_), label = std::max(0, label_);
  switch (event->key()) {
    case Qt::Key_Left: --client; break;
    case Qt::Key_Right: ++client; break;
    case Qt::Key_Up: --label; break;
    case Qt::Key_Down: ++label; break;
    case Qt::Key_Home: client = 0; break;
    case Qt::Key_End: client = model_->clients(); break;
    default: return QWidget::keyPressEvent(event);
  }
  select(std::clamp(client, 0, model_->clients()), std::clamp(label, 0, model_->labels() - 1));
}

bool HeatMap::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    auto* help = static_cast<QHelpEvent*>(event);
    const QPoint cell = cellAt(help->pos());
    if (cell.x() >= 0) QToolTip::showText(help->globalPos(), cellText(cell.x(), cell.y()), this);
    else QToolTip::hideText();
    return true;
  }
  return QWidget::event(event);
}

}  // namespace fedllm::ui
