#include "ui/run/live_canvas.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QShortcut>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/plot/picture_frame.h"
#include "ui/plot/refresh_governor.h"
#include "ui/run/run_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kNamed = 12;             // clients whose names may still fit around the ring
constexpr int kNumbered = 24;          // above that, neither name nor number
constexpr int kCornered = 4;           // so few sit in the corners
constexpr double kSquareness = 0.6;    // 1: an ellipse, 0: its box
constexpr double kPi = 3.14159265358979323846;

bool is(const ClientRecord& client, const char* state) { return client.state == QLatin1String(state); }
bool isRejected(const ClientRecord& client) { return client.state.startsWith(QLatin1String("rejected")); }

double progress(const ClientRecord& client) {
  if (is(client, "sent")) return 1;
  return is(client, "training") && client.steps > 0 ? std::min(1.0, double(client.step) / client.steps) : 0;
}

// One sign inside the node: state without colour.
QString sign(const ClientRecord& client) {
  if (is(client, "sent")) return QStringLiteral("✔");
  if (is(client, "sat out")) return QStringLiteral("–");
  if (isRejected(client)) return QStringLiteral("✖");
  return {};
}

}  // namespace

LiveCanvas::LiveCanvas(RunFocus* focus, Theme* theme, QWidget* parent) : QWidget(parent), focus_(focus), theme_(theme) {
  setObjectName(QStringLiteral("canvas.live"));
  setAccessibleName(tr("Federation now"));
  setWhatsThis(tr("The coordinator and its clients: who trains and how far, who has sent its update, who waits or sat out. "
                  "Arrow keys choose a client, Ctrl+T shows the table."));
  setFocusPolicy(Qt::StrongFocus);
  refresher_ = new Refresher(this, [this] {
    QStringList parts{coordinatorState()};
    for (int i = 0; focus_->current() && i < focus_->clients() && i < kNamed; ++i)
      parts << tr("%1 %2").arg(focus_->clientName(i), run_text::clientState(focus_->current()->clients()[i].state));
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
    update();
  });
  connect(theme, &Theme::changed, this, [this] { update(); });
  connect(focus, &RunFocus::changed, this, [this] { update(); });
}

void LiveCanvas::mark() { refresher_->mark(); }

QString LiveCanvas::coordinatorState() const {
  const RunRecord* record = focus_->current();
  if (!record) return {};
  if (record->state() != QLatin1String("running")) return run_text::state(record->state());
  if (record->round() == 0) return tr("evaluating");
  bool busy = false;
  for (const ClientRecord& client : record->clients()) busy = busy || is(client, "training") || is(client, "waiting");
  return busy ? tr("waiting for updates") : tr("aggregating");
}

LiveCanvas::Frame LiveCanvas::frame() const {
  Frame frame;
  const int n = std::max(1, focus_->clients());
  const double line = fontMetrics().height();
  const double circumference = kPi * (width() + height()) / 2 * 0.75;
  frame.node = std::clamp(std::min({circumference / n * 0.38, height() * 0.1, width() * 0.1}), 3.0, 20.0);
  frame.centre = QPointF(width() / 2.0, height() / 2.0);
  frame.room = std::clamp(circumference / n * 0.9, 30.0, width() / 2.2);
  frame.lines = n <= kNumbered ? 1 : 0;
  frame.names = n <= kNamed && namesFit(frame.room, &frame.lines);
  frame.squareness = n <= kCornered ? kSquareness : 1;
  const double sideways = frame.names ? std::min(frame.room, double(fontMetrics().horizontalAdvance(QStringLiteral("Client 9")))) / 2 : 0;
  frame.rx = std::max(10.0, width() / 2.0 - std::max(frame.node, sideways) - 6);
  frame.ry = std::max(10.0, height() / 2.0 - frame.node - line * frame.lines - 6);
  return frame;
}

QPointF LiveCanvas::positionOf(int client) const {
  const Frame at = frame();
  const double angle = 2 * kPi * (client + 0.5) / std::max(1, focus_->clients()) - kPi / 2;
  const double lift = at.lines * fontMetrics().height() / 2.0;
  // Between an ellipse and its box: corners are used, so that few clients keep clear of the coordinator.
  const auto spread = [&at](double t) { return std::copysign(std::pow(std::abs(t), at.squareness), t); };
  return at.centre + QPointF(at.rx * spread(std::cos(angle)), at.ry * spread(std::sin(angle)) - lift);
}

QColor LiveCanvas::stateColor(const QString& state) const {
  if (state == QLatin1String("training")) return theme_->accent();
  if (state == QLatin1String("sent")) return theme_->good();
  if (state.startsWith(QLatin1String("rejected"))) return theme_->bad();
  return theme_->mutedText();
}

void LiveCanvas::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme_->surface());
  if (focus_->current()) {
    const Frame at = frame();
    for (int i = 0; i < focus_->clients(); ++i) paintLink(painter, at, i);
    for (int i = 0; i < focus_->clients(); ++i) paintClient(painter, at, i);
    paintCoordinator(painter, at);
  }
  drawFrame(painter, rect(), *theme_, hasFocus());
}

void LiveCanvas::paintLink(QPainter& painter, const Frame& frame, int client) const {
  const ClientRecord& record = focus_->current()->clients()[client];
  const bool live = is(record, "training") || is(record, "sent");
  painter.setPen(QPen(live ? stateColor(record.state) : theme_->grid(), live && frame.names ? 2 : 1));
  painter.drawLine(frame.centre, positionOf(client));
}

void LiveCanvas::paintClient(QPainter& painter, const Frame& frame, int client) const {
  const ClientRecord& record = focus_->current()->clients()[client];
  const QPointF at = positionOf(client);
  const QRectF node(at.x() - frame.node, at.y() - frame.node, 2 * frame.node, 2 * frame.node);
  painter.setPen(QPen(theme_->client(client), frame.names ? 2 : 1));
  painter.setBrush(theme_->surface());
  painter.drawEllipse(node);
  if (const double done = progress(record); done > 0) {
    QColor fill = stateColor(record.state);
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    const QRectF inner = node.adjusted(3, 3, -3, -3);
    if (frame.node > 5) painter.drawPie(inner, 90 * 16, -int(done * 360 * 16));
    else painter.drawEllipse(node);
  }
  if (frame.node > 7 && !sign(record).isEmpty()) {
    painter.setPen(is(record, "sent") ? theme_->readableOn(theme_->good()) : stateColor(record.state));
    painter.drawText(node, Qt::AlignCenter, sign(record));
  }
  if (client == focus_->client()) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme_->text(), 2));
    painter.drawEllipse(node.adjusted(-3, -3, 3, 3));
  }
  if (frame.lines == 0) return;
  painter.setPen(focus_->isShown(client) ? theme_->text() : theme_->mutedText());
  const double line = fontMetrics().height();
  const QString text = labelOf(frame, client);
  QRectF box(at.x() - frame.room / 2, node.bottom() + 2, frame.room, line * frame.lines);
  box.moveLeft(std::clamp(box.left(), 2.0, std::max(2.0, width() - frame.room - 2)));
  const QRectF ink = painter.boundingRect(box, Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, text);
  painter.fillRect(ink.intersected(box).adjusted(-2, 0, 2, 0), theme_->surface());
  painter.drawText(box, Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, text);
}

// One line, or two where a name has words to break between.
bool LiveCanvas::namesFit(double room, int* lines) const {
  for (int i = 0; i < focus_->clients(); ++i) {
    const QString name = focus_->clientName(i);
    if (fontMetrics().horizontalAdvance(name) <= room) continue;
    const QRect wrapped = fontMetrics().boundingRect(QRect(0, 0, int(room), 1000), Qt::TextWordWrap, name);
    if (wrapped.width() > room || wrapped.height() > 2 * fontMetrics().height()) return false;
    *lines = 2;
  }
  return true;
}

QString LiveCanvas::labelOf(const Frame& frame, int client) const {
  return frame.names ? focus_->clientName(client) : QLocale().toString(client + 1);
}

void LiveCanvas::paintCoordinator(QPainter& painter, const Frame& frame) const {
  const QString name = tr("coordinator"), state = coordinatorState();
  const double line = fontMetrics().height();
  const double wide = std::max(fontMetrics().horizontalAdvance(name), fontMetrics().horizontalAdvance(state)) + 14;
  const QRectF box(frame.centre.x() - wide / 2, frame.centre.y() - line - 3, wide, 2 * line + 6);
  painter.setPen(QPen(theme_->accent(), 2));
  painter.setBrush(theme_->background());
  painter.drawRoundedRect(box, 5, 5);
  painter.setPen(theme_->text());
  painter.drawText(box.adjusted(0, 3, 0, -box.height() / 2), Qt::AlignCenter, name);
  painter.setPen(theme_->mutedText());
  painter.drawText(box.adjusted(0, box.height() / 2, 0, -3), Qt::AlignCenter, state);
}

int LiveCanvas::clientAt(QPointF position) const {
  const double reach = frame().node + 6;
  for (int i = 0; i < focus_->clients(); ++i) {
    const QPointF d = positionOf(i) - position;
    if (std::hypot(d.x(), d.y()) <= reach) return i;
  }
  return -1;
}

void LiveCanvas::mousePressEvent(QMouseEvent* event) {
  if (const int client = clientAt(event->position()); client >= 0) focus_->setClient(client);
}

void LiveCanvas::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Right: case Qt::Key_Down: return focus_->moveClient(1);
    case Qt::Key_Left: case Qt::Key_Up: return focus_->moveClient(-1);
    case Qt::Key_S: return focus_->toggleSolo(focus_->client());
    case Qt::Key_H: return focus_->setHidden(focus_->client(), !focus_->isHidden(focus_->client()));
    default: QWidget::keyPressEvent(event);
  }
}

bool LiveCanvas::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  const int client = clientAt(help->pos());
  if (client < 0) {
    QToolTip::hideText();
    return true;
  }
  const ClientRecord& record = focus_->current()->clients()[client];
  QToolTip::showText(help->globalPos(), tr("%1: %2, %3 of %4 steps").arg(record.name, run_text::clientState(record.state)).arg(record.step).arg(record.steps), this);
  return true;
}

CanvasPanel::CanvasPanel(RunFocus* focus, Theme* theme, QWidget* parent) : PicturePanel(tr("Now"), parent) {
  canvas_ = new LiveCanvas(focus, theme);
  setPicture(canvas_, [this, focus] {
    using Kind = TableData::Kind;
    TableData data;
    data.columns = {{tr("who"), Kind::Text}, {tr("state"), Kind::Text}, {tr("step")}, {tr("steps")}};
    if (!focus->current()) return data;
    data.rows.push_back({tr("coordinator"), canvas_->coordinatorState(), QVariant(), QVariant()});
    for (const ClientRecord& client : focus->current()->clients())
      data.rows.push_back({client.name, run_text::clientState(client.state), client.step, client.steps});
    return data;
  });
  auto* shortcut = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_T), this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
  connect(shortcut, &QShortcut::activated, this, [this] { showTable(!showsTable()); });
}

void CanvasPanel::mark() {
  canvas_->mark();
  markTable();
}

}  // namespace fedllm::ui
