#include "ui/run/tile_grid.h"

#include <QAccessible>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/plot/picture_frame.h"
#include "ui/plot/refresh_governor.h"
#include "ui/run/run_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr double kGroupGap = 5, kLeastTile = 30, kMostTile = 110, kMostRow = 34;
constexpr int kLeastFigure = 9;       // px

}  // namespace

TileGrid::TileGrid(RunFocus* focus, Theme* theme, QWidget* parent) : QWidget(parent), focus_(focus), theme_(theme) {
  setObjectName(QStringLiteral("tiles"));
  setAccessibleName(tr("Exact match, adapter by topic"));
  setWhatsThis(tr("Share of held-out records answered word for word, for the base model, the global adapter after each round and "
                  "each client's own adapter. The line under a figure is its 95 % interval. Arrow keys move, Ctrl+T shows the table."));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  refresher_ = new Refresher(this, [this] { refresh(); });
  connect(theme, &Theme::changed, this, [this] { update(); });
  connect(focus, &RunFocus::changed, this, &TileGrid::mark);
  connect(focus, &RunFocus::recordsChanged, this, [this] { layout_ = {}; });
  connect(focus, &RunFocus::roundMoved, this, [this] { update(); });
}

void TileGrid::mark() { refresher_->mark(); }

void TileGrid::refresh() {
  const int least = fontMetrics().height() - 1;
  bool upright = false;
  layout_ = layOutTiles({focus_->current(), focus_->previous(), focus_->client(), 100000});
  const Frame at = frame();
  const double room = height() - headerHeight(at.wide, &upright) - 2 * kGroupGap;
  layout_ = layOutTiles({focus_->current(), focus_->previous(), focus_->client(), std::max(3, int(room / least))});
  if (cursor_.y() >= int(layout_.rows.size()) || cursor_.x() >= layout_.topics.size()) cursor_ = {-1, -1};
  QString description = tr("No exact match measured yet.");
  for (const TileRow& row : layout_.rows)
    if (row.adapter == QLatin1String("global") && row.cells.front()) description = tileSentence(*focus_->current(), *row.cells.front());
  setAccessibleDescription(description);
  emit laidOut(layout_.left);
  update();
}

int TileGrid::headerHeight(double wide, bool* upright) const {
  int longest = 0;
  for (const QString& topic : layout_.topics) longest = std::max(longest, fontMetrics().horizontalAdvance(topicName(topic)));
  *upright = longest + 4 > wide;
  const int names = *upright ? std::min(longest + 6, std::min(110, height() / 3)) : fontMetrics().height();
  return names + fontMetrics().height() + 4;
}

TileGrid::Frame TileGrid::frame() const {
  Frame frame;
  QFont bold = font();
  bold.setBold(true);
  const QFontMetrics metrics(bold);
  int label = metrics.horizontalAdvance(tr("global r%1").arg(99));
  for (const TileRow& row : layout_.rows) label = std::max(label, metrics.horizontalAdvance(row.label));
  frame.left = std::min(label + 13.0, width() * 0.35);
  const double columns = std::max<double>(1, layout_.topics.size());
  frame.wide = std::clamp((width() - frame.left - 2) / columns, kLeastTile * 0.6, kMostTile);
  frame.top = headerHeight(frame.wide, &frame.upright);
  int groups = 0;
  for (const TileRow& row : layout_.rows) groups += row.opensGroup;
  frame.gap = kGroupGap;
  const double rows = std::max<double>(1, layout_.rows.size());
  frame.high = std::clamp((height() - frame.top - groups * kGroupGap - 2) / rows, 6.0, kMostRow);
  return frame;
}

QRectF TileGrid::cell(const Frame& frame, int row, int column) const {
  int gaps = 0;
  for (int i = 0; i <= row; ++i) gaps += layout_.rows[i].opensGroup;
  return {frame.left + column * frame.wide, frame.top + row * frame.high + gaps * frame.gap, frame.wide - 2, frame.high - 2};
}

QPoint TileGrid::cellAt(QPointF position) const {
  const Frame at = frame();
  const int column = int((position.x() - at.left) / at.wide);
  if (position.x() < at.left || column >= layout_.topics.size()) return {-1, -1};
  for (int row = 0; row < int(layout_.rows.size()); ++row) {
    const QRectF box = cell(at, row, 0);
    if (position.y() >= box.top() && position.y() < box.bottom() + 2) return {column, row};
  }
  return {-1, -1};
}

void TileGrid::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme_->surface());
  if (layout_.rows.empty()) {
    painter.setPen(theme_->mutedText());
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, tr("Exact match appears when the base model has been evaluated."));
  } else {
    const Frame at = frame();
    paintHeader(painter, at);
    for (int row = 0; row < int(layout_.rows.size()); ++row) paintRow(painter, at, row);
  }
  drawFrame(painter, rect(), *theme_, hasFocus());
}

void TileGrid::paintHeader(QPainter& painter, const Frame& frame) const {
  const int line = fontMetrics().height();
  for (int column = 0; column < layout_.topics.size(); ++column) {
    const QRectF box(frame.left + column * frame.wide, 0, frame.wide - 2, frame.top);
    painter.setPen(theme_->text());
    const double names = frame.top - line - 1;
    if (frame.upright) {
      painter.save();
      painter.translate(box.center().x(), names);
      painter.rotate(-90);
      const QString text = fontMetrics().elidedText(topicName(layout_.topics[column]), Qt::ElideRight, int(names) - 2);
      painter.drawText(QRectF(2, -line / 2.0, names, line), Qt::AlignLeft | Qt::AlignVCenter, text);
      painter.restore();
    } else {
      painter.drawText(QRectF(box.left(), 2, box.width(), names - 2), Qt::AlignCenter, topicName(layout_.topics[column]));
    }
    int n = 0;
    for (const TileRow& row : layout_.rows)
      if (row.cells[column]) n = row.cells[column]->n;
    painter.setPen(theme_->mutedText());
    const QString count = tr("n %1").arg(n);
    const bool fits = fontMetrics().horizontalAdvance(count) <= box.width() + 2;
    painter.drawText(QRectF(box.left() - 2, names, box.width() + 4, line), Qt::AlignCenter, fits ? count : QString::number(n));
  }
}

void TileGrid::paintRow(QPainter& painter, const Frame& frame, int row) const {
  const TileRow& tiles = layout_.rows[row];
  const QRectF first = cell(frame, row, 0);
  const bool focused = tiles.client >= 0 && tiles.client == focus_->client();
  const bool atCursor = tiles.adapter == QLatin1String("global") && tiles.round == focus_->round();
  QFont font = this->font();
  font.setBold(focused || atCursor);
  painter.setFont(font);
  painter.setPen(theme_->text());
  const QRectF label(4, first.top() - 1, frame.left - 10, first.height() + 2);
  painter.drawText(label, Qt::AlignRight | Qt::AlignVCenter,
                   QFontMetrics(font).elidedText(tiles.label, Qt::ElideMiddle, int(label.width())));
  painter.setFont(this->font());
  if (tiles.client >= 0) painter.fillRect(QRectF(frame.left - 5, first.top(), 3, first.height()), theme_->client(tiles.client));
  for (int column = 0; column < int(tiles.cells.size()); ++column) {
    const QRectF box = cell(frame, row, column);
    if (tiles.cells[column]) paintTile(painter, box, *tiles.cells[column], tiles.before[column] ? &*tiles.before[column] : nullptr);
    if (QPoint(column, row) != cursor_ || !hasFocus()) continue;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme_->text(), 2));
    painter.drawRect(box);
  }
}

void TileGrid::paintTile(QPainter& painter, const QRectF& box, const Tile& tile, const Tile* before) const {
  const QColor fill = theme_->tile(tile.exact);
  painter.fillRect(box, fill);
  double strip = 0;
  if (before) {
    strip = std::min(8.0, box.width() / 5);
    const QRectF old(box.right() - strip, box.top(), strip, box.height());
    painter.fillRect(old, theme_->tile(before->exact));
    painter.setPen(QPen(theme_->surface(), 1));
    painter.drawLine(old.topLeft(), old.bottomLeft());
  }
  const QColor ink = theme_->readableOn(fill);
  const QRectF face = box.adjusted(0, 0, -strip, 0);
  const double low = face.left() + 2 + tile.low * (face.width() - 4), high = face.left() + 2 + tile.high * (face.width() - 4);
  painter.fillRect(QRectF(low, face.bottom() - 2, std::max(1.0, high - low), 1.5), ink);
  // The figure keeps clear of the interval: it shrinks a little where rows are low.
  QFont font = this->font();
  font.setPixelSize(std::clamp(int(box.height()) - 5, kLeastFigure, QFontInfo(font).pixelSize()));
  const QFontMetrics metrics(font);
  QString text = run_text::percent(tile.exact);
  if (metrics.horizontalAdvance(run_text::percent(1)) > face.width()) text = QString::number(std::lround(100 * tile.exact));
  if (before && face.width() > metrics.horizontalAdvance(run_text::percent(1)) * 2)
    text += tr(" (%1)", "the previous run's share").arg(std::lround(100 * before->exact));
  painter.setFont(font);
  painter.setPen(ink);
  painter.drawText(QRectF(face.left(), face.top(), face.width(), face.height() - 3), Qt::AlignCenter | Qt::TextDontClip, text);
  painter.setFont(this->font());
}

void TileGrid::tell(QPoint at) {
  if (at.y() < 0 || !focus_->current() || !layout_.rows[at.y()].cells[at.x()]) return emit cellTold(QString());
  const TileRow& row = layout_.rows[at.y()];
  QString sentence = tileSentence(*focus_->current(), *row.cells[at.x()]);
  if (row.before[at.x()]) sentence += tr("; previous run %1").arg(run_text::percent(row.before[at.x()]->exact));
  emit cellTold(sentence);
  if (!hasFocus()) return;
  QAccessibleValueChangeEvent event(this, sentence);
  QAccessible::updateAccessibility(&event);
}

void TileGrid::resizeEvent(QResizeEvent*) { mark(); }
void TileGrid::leaveEvent(QEvent*) { emit cellTold(QString()); }
void TileGrid::mouseMoveEvent(QMouseEvent* event) { tell(cellAt(event->position())); }

void TileGrid::mousePressEvent(QMouseEvent* event) {
  cursor_ = cellAt(event->position());
  if (cursor_.y() >= 0) {
    const TileRow& row = layout_.rows[cursor_.y()];
    if (row.client >= 0) focus_->setClient(row.client);
    if (row.adapter == QLatin1String("global")) focus_->setRound(row.round);
  }
  tell(cursor_);
  update();
}

void TileGrid::keyPressEvent(QKeyEvent* event) {
  QPoint step;
  switch (event->key()) {
    case Qt::Key_Left: step = {-1, 0}; break;
    case Qt::Key_Right: step = {1, 0}; break;
    case Qt::Key_Up: step = {0, -1}; break;
    case Qt::Key_Down: step = {0, 1}; break;
    default: return QWidget::keyPressEvent(event);
  }
  if (layout_.rows.empty()) return;
  cursor_ = cursor_.y() < 0 ? QPoint(0, 0)
                            : QPoint(std::clamp<int>(cursor_.x() + step.x(), 0, int(layout_.topics.size()) - 1),
                                     std::clamp<int>(cursor_.y() + step.y(), 0, int(layout_.rows.size()) - 1));
  tell(cursor_);
  update();
}

void TileGrid::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange || event->type() == QEvent::LanguageChange) mark();
  QWidget::changeEvent(event);
}

TilePanel::TilePanel(RunFocus* focus, Theme* theme, QWidget* parent) : PicturePanel(tr("Exact match"), parent), focus_(focus) {
  grid_ = new TileGrid(focus, theme);
  setNote(usualNote());
  connect(grid_, &TileGrid::cellTold, this, [this](const QString& sentence) { setNote(sentence.isEmpty() ? usualNote() : sentence); });
  connect(grid_, &TileGrid::laidOut, this, [this] { setNote(usualNote()); });
  setPicture(grid_, [focus] {
    using Kind = TableData::Kind;
    TableData data;
    data.columns = {{tr("adapter"), Kind::Text}, {tr("topic"), Kind::Text}, {tr("exact"), Kind::Share}, {tr("low 95 %"), Kind::Share},
                    {tr("high 95 %"), Kind::Share}, {tr("n"), Kind::Number}};
    if (focus->previous()) data.columns.push_back({tr("previous run"), Kind::Share});
    const TileLayout all = layOutTiles({focus->current(), focus->previous(), focus->client(), 100000});
    for (const TileRow& row : all.rows)
      for (size_t i = 0; i < row.cells.size(); ++i) {
        if (!row.cells[i]) continue;
        const Tile& tile = *row.cells[i];
        std::vector<QVariant> cells{row.label, topicName(tile.topic), tile.exact, tile.low, tile.high, tile.n};
        if (focus->previous()) cells.push_back(row.before[i] ? QVariant(row.before[i]->exact) : QVariant());
        data.rows.push_back(std::move(cells));
      }
    return data;
  });
}

QString TilePanel::usualNote() const {
  if (grid_->tiles().left > 0) return tr("held out, 95 % intervals; %n more row(s) in the table", nullptr, grid_->tiles().left);
  return focus_->previous() ? tr("held out, 95 % intervals; right edge: previous run") : tr("on held-out records, with 95 % intervals");
}

void TilePanel::mark() {
  grid_->mark();
  markTable();
}

}  // namespace fedllm::ui
