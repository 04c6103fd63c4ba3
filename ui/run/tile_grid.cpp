#include "ui/run/tile_grid.h"

#include <QAccessible>
#include <QComboBox>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "spec/method_facts.h"
#include "ui/plot/picture_frame.h"
#include "ui/plot/refresh_governor.h"
#include "ui/run/client_matrix.h"
#include "ui/run/run_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr double kGroupGap = 5, kLeastTile = 30, kMostTile = 110, kMostRow = 34;
constexpr int kLeastFigure = 9;       // px
constexpr double kLeastLoss = 1e-4;   // below it, all losses are as good

void outline(QPainter& painter, const QRectF& box, double width, const QColor& color) {
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(color, width));
  painter.drawRect(box);
}

}  // namespace

TileGrid::TileGrid(RunFocus* focus, Theme* theme, QWidget* parent) : QWidget(parent), focus_(focus), theme_(theme) {
  setObjectName(QStringLiteral("tiles"));
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  refresher_ = new Refresher(this, [this] { refresh(); });
  connect(theme, &Theme::changed, this, [this] { update(); });
  connect(focus, &RunFocus::changed, this, &TileGrid::mark);
  connect(focus, &RunFocus::recordsChanged, this, [this] { layout_ = {}; });
  connect(focus, &RunFocus::roundMoved, this, [this] { tileView_ == TileView::Topics ? update() : mark(); });
  explain();
}

void TileGrid::setView(TileView view) {
  tileView_ = view;
  cursor_ = {-1, -1};
  explain();
  mark();
}

void TileGrid::explain() {
  if (tileView_ == TileView::Topics) {
    setAccessibleName(tr("Exact match, adapter by topic"));
    setWhatsThis(tr("Share of held-out records answered word for word, for the base model, the global adapter after each round and "
                    "each client's own adapter. The line under a figure is its 95 % interval. Arrow keys move, Ctrl+T shows the table."));
  } else {
    setAccessibleName(tr("Held-out figures, client by adapter"));
    setWhatsThis(tr("Every adapter on the topics of every client: held-out records by topic, mixed as the records that the row's client trains on. "
                    "A client's own adapter is outlined. The round cursor chooses the round. Arrow keys move, Ctrl+T shows the table."));
  }
}

void TileGrid::mark() { refresher_->mark(); }

TileLayout TileGrid::layOut(int maxRows) const {
  if (tileView_ == TileView::Topics) return layOutTiles({focus_->current(), focus_->previous(), focus_->client(), maxRows});
  return layOutMatrix(focus_->current(), focus_->round(), tileView_ == TileView::MatrixLoss);
}

void TileGrid::refresh() {
  const int least = fontMetrics().height() - 1;
  bool upright = false;
  layout_ = layOut(100000);
  const Frame at = frame();
  const double room = height() - headerHeight(at.wide, &upright) - 2 * kGroupGap;
  layout_ = layOut(std::max(3, int(room / least)));
  if (cursor_.y() >= int(layout_.rows.size()) || cursor_.x() >= layout_.topics.size()) cursor_ = {-1, -1};
  QString description = layout_.emptyText.isEmpty() ? tr("No exact match measured yet.") : layout_.emptyText;
  for (int row = 0; row < int(layout_.rows.size()); ++row) {
    const TileRow& tiles = layout_.rows[row];
    if (layout_.matrix && tiles.own >= 0 && tiles.client == std::max(0, focus_->client())) description = sentence({tiles.own, row});
    if (tiles.adapter == QLatin1String("global") && tiles.cells.front()) description = sentence({0, row});
  }
  setAccessibleDescription(description);
  emit laidOut(layout_.left);
  update();
}

int TileGrid::headerHeight(double wide, bool* upright) const {
  int longest = 0;
  for (const QString& topic : layout_.topics) longest = std::max(longest, fontMetrics().horizontalAdvance(topicName(topic)));
  *upright = longest + 4 > wide;
  const int names = *upright ? std::min(longest + 6, std::min(110, height() / 3)) : fontMetrics().height();
  return names + (layout_.matrix ? 0 : fontMetrics().height()) + 4;
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
    const QString why = layout_.emptyText.isEmpty() ? tr("Exact match appears when the base model has been evaluated.") : layout_.emptyText;
    painter.drawText(rect().adjusted(8, 8, -8, -8), Qt::AlignCenter | Qt::TextWordWrap, why);
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
    const double names = layout_.matrix ? frame.top - 2 : frame.top - line - 1;
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
    if (layout_.matrix) continue;
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
  QFont bold = this->font();
  bold.setBold(true);
  if (tiles.client >= 0) painter.fillRect(QRectF(frame.left - 5, first.top(), 3, first.height()), theme_->client(tiles.client));
  for (int column = 0; column < int(tiles.cells.size()); ++column) {
    const QRectF box = cell(frame, row, column);
    painter.setFont(column == tiles.own ? bold : this->font());
    if (tiles.cells[column]) paintTile(painter, box, *tiles.cells[column], tiles.before[column] ? &*tiles.before[column] : nullptr);
    if (column == tiles.own && tiles.cells[column])      // high contrast has light tiles on black
      outline(painter, box.adjusted(1, 1, -1, -1), 2, theme_->kind() == Theme::Kind::Contrast ? theme_->background() : theme_->text());
    if (QPoint(column, row) == cursor_ && hasFocus()) outline(painter, box, 2, layout_.matrix ? theme_->accent() : theme_->text());
  }
}

double TileGrid::shareOf(const Tile& tile) const {
  if (!layout_.showsLoss) return tile.exact;
  // Ratios, as losses fall: the step from 2 to 1 is as green as the one from 4 to 2.
  const double best = std::max(layout_.bestLoss, kLeastLoss), worst = std::max(layout_.worstLoss, best * 1.01);
  return std::clamp(std::log(worst / std::max(tile.loss, best)) / std::log(worst / best), 0.0, 1.0);
}

QString TileGrid::figure(const Tile& tile, const Tile* before, const QFontMetrics& metrics, double room) const {
  if (layout_.showsLoss) {
    const QString text = run_text::loss(tile.loss);
    return metrics.horizontalAdvance(text) <= room ? text : QLocale().toString(tile.loss, 'f', 1);
  }
  QString text = run_text::percent(tile.exact);
  if (metrics.horizontalAdvance(run_text::percent(1)) > room) text = QString::number(std::lround(100 * tile.exact));
  if (before && room > metrics.horizontalAdvance(run_text::percent(1)) * 2)
    text += tr(" (%1)", "the previous run's share").arg(std::lround(100 * before->exact));
  return text;
}

void TileGrid::paintTile(QPainter& painter, const QRectF& box, const Tile& tile, const Tile* before) const {
  const QColor fill = theme_->tile(shareOf(tile));
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
  if (!layout_.matrix) {
    const double low = face.left() + 2 + tile.low * (face.width() - 4), high = face.left() + 2 + tile.high * (face.width() - 4);
    painter.fillRect(QRectF(low, face.bottom() - 2, std::max(1.0, high - low), 1.5), ink);
  }
  // The figure keeps clear of the interval: it shrinks a little where rows are low.
  const QFont usual = painter.font();
  QFont font = usual;
  font.setPixelSize(std::clamp(int(box.height()) - 5, kLeastFigure, QFontInfo(font).pixelSize()));
  const QFontMetrics metrics(font);
  const QString text = figure(tile, before, metrics, face.width());
  painter.setFont(font);
  painter.setPen(ink);
  painter.drawText(QRectF(face.left(), face.top(), face.width(), face.height() - 3), Qt::AlignCenter | Qt::TextDontClip, text);
  painter.setFont(usual);
}

QString TileGrid::sentence(QPoint at) const {
  const TileRow& row = layout_.rows[at.y()];
  if (!row.cells[at.x()]) return {};
  if (layout_.matrix) return matrixSentence(*focus_->current(), row, *row.cells[at.x()]);
  QString text = tileSentence(*focus_->current(), *row.cells[at.x()]);
  if (row.before[at.x()]) text += tr("; previous run %1").arg(run_text::percent(row.before[at.x()]->exact));
  return text;
}

void TileGrid::tell(QPoint at) {
  const QString sentence = at.y() >= 0 && focus_->current() ? this->sentence(at) : QString();
  if (sentence.isEmpty()) return emit cellTold(QString());
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
  view_ = new QComboBox;
  view_->setObjectName(QStringLiteral("tiles.view"));
  view_->setAccessibleName(tr("What the tiles show"));
  view_->setWhatsThis(tr("Exact match of every adapter on every topic, or every adapter on the topics of every client."));
  view_->addItems({tr("by topic"), tr("by client, loss"), tr("by client, exact")});
  view_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  view_->setMinimumContentsLength(12);
  addControl(view_);
  setNote(usualNote());
  connect(grid_, &TileGrid::cellTold, this, [this](const QString& sentence) { setNote(sentence.isEmpty() ? usualNote() : sentence); });
  connect(grid_, &TileGrid::laidOut, this, [this] { setNote(usualNote()); });
  connect(view_, &QComboBox::activated, this, [this](int index) {
    chosen_ = true;
    showView(TileView(index));
  });
  connect(focus, &RunFocus::roundMoved, this, [this] { markTable(); });
  setPicture(grid_, [this] { return grid_->view() == TileView::Topics ? tableData() : matrixData(); });
}

void TilePanel::showView(TileView view) {
  if (view == grid_->view()) return;
  view_->setCurrentIndex(int(view));
  setTitle(view == TileView::Topics ? tr("Exact match") : view == TileView::MatrixLoss ? tr("Held-out loss") : tr("Exact match"));
  grid_->setView(view);
  setNote(usualNote());
  markTable();
}

// Where the clients' adapters differ, how they differ is the first question.
void TilePanel::chooseView() {
  if (chosen_ || !focus_->current()) return;
  const spec::MethodFacts* method = spec::find_method(focus_->current()->scenario().strategy.aggregator);
  showView(method && (method->personal || method->own_adapter) ? TileView::MatrixLoss : TileView::Topics);
}

TableData TilePanel::tableData() const {
  using Kind = TableData::Kind;
  TableData data;
  data.columns = {{tr("adapter"), Kind::Text}, {tr("topic"), Kind::Text}, {tr("exact"), Kind::Share}, {tr("low 95 %"), Kind::Share},
                  {tr("high 95 %"), Kind::Share}, {tr("n"), Kind::Number}};
  if (focus_->previous()) data.columns.push_back({tr("previous run"), Kind::Share});
  const TileLayout all = layOutTiles({focus_->current(), focus_->previous(), focus_->client(), 100000});
  for (const TileRow& row : all.rows)
    for (size_t i = 0; i < row.cells.size(); ++i) {
      if (!row.cells[i]) continue;
      const Tile& tile = *row.cells[i];
      std::vector<QVariant> cells{row.label, topicName(tile.topic), tile.exact, tile.low, tile.high, tile.n};
      if (focus_->previous()) cells.push_back(row.before[i] ? QVariant(row.before[i]->exact) : QVariant());
      data.rows.push_back(std::move(cells));
    }
  return data;
}

TableData TilePanel::matrixData() const {
  using Kind = TableData::Kind;
  TableData data;
  data.columns = {{tr("topics of"), Kind::Text}, {tr("adapter"), Kind::Text}, {tr("own"), Kind::Text}, {tr("round"), Kind::Text},
                  {tr("held-out loss"), Kind::Number}, {tr("exact"), Kind::Share}};
  const TileLayout all = layOutMatrix(focus_->current(), focus_->round(), true);
  for (const TileRow& row : all.rows)
    for (int i = 0; i < int(row.cells.size()); ++i) {
      if (!row.cells[i]) continue;
      const Tile& tile = *row.cells[i];
      data.rows.push_back({row.label, all.topics[i], i == row.own ? tr("yes") : QString(), tile.round, tile.loss, tile.exact});
    }
  return data;
}

QString TilePanel::usualNote() const {
  if (grid_->view() != TileView::Topics) return tr("held out, topics mixed as the client's own records");
  if (grid_->tiles().left > 0) return tr("held out, 95 % intervals; %n more row(s) in the table", nullptr, grid_->tiles().left);
  return focus_->previous() ? tr("held out, 95 % intervals; right edge: previous run") : tr("on held-out records, with 95 % intervals");
}

void TilePanel::mark() {
  chooseView();
  grid_->mark();
  markTable();
}

}  // namespace fedllm::ui
