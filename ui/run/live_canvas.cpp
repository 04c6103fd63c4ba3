#include "ui/run/live_canvas.h"

#include <QDateTime>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/plot/picture_frame.h"
#include "ui/plot/refresh_governor.h"
#include "ui/run/run_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kFrameMs = 33;           // 30 frames a second
constexpr qint64 kNewsMs = 2000;       // older events are history: they do not travel
constexpr int kSpoken = 12;            // clients in the accessible description
constexpr double kPacketRadius = 4;

// One sign inside the node: state without colour.
QString sign(const ClientMoment& moment) {
  if (moment.isSent()) return QStringLiteral("✔");
  if (moment.state == QLatin1String("sat out")) return QStringLiteral("–");
  if (moment.isRejected()) return QStringLiteral("✖");
  return {};
}

// What the scenario's model of the link needs for so many bytes.
double linkSeconds(const spec::Scenario& scenario, int client, bool up, double bytes) {
  double mbit = up ? scenario.network.uplink_mbit_s : scenario.network.downlink_mbit_s;
  double latency = scenario.network.latency_ms;
  for (const spec::ClientOverride& own : scenario.clients) {
    if (own.client != client) continue;
    mbit = (up ? own.uplink_mbit_s : own.downlink_mbit_s).value_or(mbit);
    latency = own.latency_ms.value_or(latency);
  }
  return bytes * 8e-6 / std::max(1e-3, mbit) + latency / 1000;
}

}  // namespace

LiveCanvas::LiveCanvas(RunFocus* focus, Theme* theme, QWidget* parent) : QWidget(parent), focus_(focus), theme_(theme) {
  setObjectName(QStringLiteral("canvas.live"));
  setAccessibleName(tr("Federation now"));
  setWhatsThis(tr("The coordinator and its clients: who trains and how far, who has sent its update, who waits or sat out. "
                  "Arrow keys choose a client, Ctrl+T shows the table."));
  setFocusPolicy(Qt::StrongFocus);
  clock_.start();
  frames_.setInterval(kFrameMs);
  refresher_ = new Refresher(this, [this] { refresh(); });
  connect(&frames_, &QTimer::timeout, this, [this] {
    train_.advance(clock_.elapsed());
    if (train_.packets().empty()) frames_.stop();
    update();
  });
  connect(theme, &Theme::changed, this, &LiveCanvas::redraw);
  connect(focus, &RunFocus::changed, this, &LiveCanvas::redraw);
  connect(focus, &RunFocus::paceChanged, this, &LiveCanvas::halt);
  connect(focus, &RunFocus::roundMoved, this, [this] {
    halt();
    refresh();
  });
  connect(focus, &RunFocus::recordsChanged, this, [this] {
    halt();
    seen_ = 0;
    refresh();
  });
}

void LiveCanvas::mark() { refresher_->mark(); }

void LiveCanvas::refresh() {
  const RunRecord* record = focus_->current();
  moments_.clear();
  QStringList parts;
  if (record) parts << coordinatorMoment(*record, focus_->round());
  for (int i = 0; i < focus_->clients(); ++i) {
    moments_.push_back(clientMoment(*record, i, focus_->round()));
    if (i < kSpoken) parts << tr("%1 %2").arg(focus_->clientName(i), run_text::clientState(moments_.back().state));
  }
  if (record && isHistory(*record, focus_->round())) parts.prepend(tr("Round %1").arg(focus_->round()));
  setAccessibleDescription(parts.join(QStringLiteral(", ")));
  redraw();
  sendNews();
}

void LiveCanvas::redraw() {
  rest_ = QPixmap();
  update();
}

// Messages that happened since the last look, and not long ago.
void LiveCanvas::sendNews() {
  const RunRecord* record = focus_->current();
  if (!record) return;
  const auto& events = record->events();
  const qint64 fresh = QDateTime::currentMSecsSinceEpoch() - kNewsMs;
  const bool may = focus_->isAnimated() && focus_->round() < 0 && isVisible();
  for (seen_ = std::min(seen_, events.size()); seen_ < events.size(); ++seen_) {
    const EventRow& event = events[seen_];
    const bool up = event.kind == QLatin1String("client_update");
    if (!may || event.timeMs < fresh || (!up && event.kind != QLatin1String("client_started"))) continue;
    const auto& round = record->clientRounds(event.round);
    if (event.client < 0 || event.client >= int(std::min(round.size(), moments_.size()))) continue;
    const double bytes = up ? round[event.client].uplinkPayload : round[event.client].downlinkPayload;
    train_.send(event.client, up, linkSeconds(record->scenario(), event.client, up, bytes), clock_.elapsed());
  }
  if (!train_.packets().empty() && !frames_.isActive()) frames_.start();
}

void LiveCanvas::halt() {
  train_.clear();
  frames_.stop();
  update();
}

QPointF LiveCanvas::positionOf(int client) const { return layout_.position(client); }

QColor LiveCanvas::stateColor(const ClientMoment& moment) const {
  if (moment.isBusy()) return theme_->accent();
  if (moment.isSent()) return theme_->good();
  return moment.isRejected() ? theme_->bad() : theme_->mutedText();
}

void LiveCanvas::paintEvent(QPaintEvent*) {
  if (rest_.isNull()) {
    QStringList names;
    for (int i = 0; i < focus_->clients(); ++i) names << focus_->clientName(i);
    layout_ = layOutFederation(size(), names, fontMetrics());
    rest_ = QPixmap(size() * devicePixelRatioF());
    rest_.setDevicePixelRatio(devicePixelRatioF());
    QPainter painter(&rest_);
    painter.setFont(font());
    paintRest(painter);
  }
  QPainter painter(this);
  painter.drawPixmap(0, 0, rest_);
  if (!train_.packets().empty()) paintPackets(painter);
  drawFrame(painter, rect(), *theme_, hasFocus());
}

void LiveCanvas::paintRest(QPainter& painter) const {
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme_->surface());
  if (!focus_->current()) return;
  const int clients = std::min(int(moments_.size()), layout_.clients);
  double busiest = 0;
  for (const ClientMoment& moment : moments_) busiest = std::max(busiest, moment.uplink + moment.downlink);
  for (int i = 0; i < clients; ++i) paintLink(painter, i, busiest);
  for (int i = 0; i < clients; ++i) paintClient(painter, i);
  paintCoordinator(painter);
}

// As wide as it was busy in this round.
void LiveCanvas::paintLink(QPainter& painter, int client, double busiest) const {
  const ClientMoment& moment = moments_[client];
  const bool used = moment.isBusy() || moment.isSent();
  const double share = busiest > 0 ? (moment.uplink + moment.downlink) / busiest : 0;
  painter.setPen(QPen(used ? stateColor(moment) : theme_->grid(), used && layout_.names ? 1 + 2 * share : 1));
  painter.drawLine(layout_.centre, layout_.position(client));
}

void LiveCanvas::paintClient(QPainter& painter, int client) const {
  const ClientMoment& moment = moments_[client];
  const QPointF at = layout_.position(client);
  const QRectF node(at.x() - layout_.node, at.y() - layout_.node, 2 * layout_.node, 2 * layout_.node);
  painter.setPen(QPen(theme_->client(client), layout_.names ? 2 : 1));
  painter.setBrush(theme_->surface());
  painter.drawEllipse(node);
  if (const double done = moment.progress(); done > 0) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(stateColor(moment));
    if (layout_.node > 5) painter.drawPie(node.adjusted(3, 3, -3, -3), 90 * 16, -int(done * 360 * 16));
    else painter.drawEllipse(node);
  }
  if (layout_.node > 7 && !sign(moment).isEmpty()) {
    painter.setPen(moment.isSent() ? theme_->readableOn(theme_->good()) : stateColor(moment));
    painter.drawText(node, Qt::AlignCenter, sign(moment));
  }
  if (client == focus_->client()) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme_->text(), 2));
    painter.drawEllipse(node.adjusted(-3, -3, 3, 3));
  }
  if (layout_.lines > 0) paintLabel(painter, client);
}

void LiveCanvas::paintLabel(QPainter& painter, int client) const {
  const QPointF at = layout_.position(client);
  QString text = layout_.names ? focus_->clientName(client) : QLocale().toString(client + 1);
  if (layout_.bytes && moments_[client].uplink > 0) text += QStringLiteral("\n↑ ") + run_text::bytes(moments_[client].uplink);
  QRectF box(at.x() - layout_.room / 2, at.y() + layout_.node + 2, layout_.room, layout_.line * layout_.lines);
  box.moveLeft(std::clamp(box.left(), 2.0, std::max(2.0, width() - layout_.room - 2)));
  const QRectF ink = painter.boundingRect(box, Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, text);
  painter.fillRect(ink.intersected(box).adjusted(-2, 0, 2, 0), theme_->surface());
  painter.setPen(focus_->isShown(client) ? theme_->text() : theme_->mutedText());
  painter.drawText(box, Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, text);
}

void LiveCanvas::paintCoordinator(QPainter& painter) const {
  const QString name = tr("coordinator"), state = coordinatorMoment(*focus_->current(), focus_->round());
  const double wide = std::max(fontMetrics().horizontalAdvance(name), fontMetrics().horizontalAdvance(state)) + 14;
  const QRectF box(layout_.centre.x() - wide / 2, layout_.centre.y() - layout_.line - 3, wide, 2 * layout_.line + 6);
  painter.setPen(QPen(theme_->accent(), 2));
  painter.setBrush(theme_->background());
  painter.drawRoundedRect(box, 5, 5);
  painter.setPen(theme_->text());
  painter.drawText(box.adjusted(0, 3, 0, -box.height() / 2), Qt::AlignCenter, name);
  painter.setPen(theme_->mutedText());
  painter.drawText(box.adjusted(0, box.height() / 2, 0, -3), Qt::AlignCenter, state);
}

void LiveCanvas::paintPackets(QPainter& painter) const {
  painter.setRenderHint(QPainter::Antialiasing);
  for (const Packet& packet : train_.packets()) {
    if (packet.client >= layout_.clients) continue;
    const QPointF client = layout_.position(packet.client);
    const double share = packet.share(clock_.elapsed());
    const QPointF at = layout_.centre + (client - layout_.centre) * (packet.up ? 1 - share : share);
    painter.setPen(QPen(theme_->surface(), 1));
    painter.setBrush(packet.up ? theme_->good() : theme_->accent());
    painter.drawEllipse(at, kPacketRadius, kPacketRadius);
    if (packet.count == 1) continue;
    painter.setPen(theme_->text());
    painter.drawText(at + QPointF(kPacketRadius + 2, layout_.line / 3), QStringLiteral("×%1").arg(QLocale().toString(packet.count)));
  }
}

int LiveCanvas::clientAt(QPointF position) const {
  for (int i = 0; i < std::min(layout_.clients, focus_->clients()); ++i) {
    const QPointF d = layout_.position(i) - position;
    if (std::hypot(d.x(), d.y()) <= layout_.node + 6) return i;
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

void LiveCanvas::resizeEvent(QResizeEvent*) { redraw(); }
void LiveCanvas::hideEvent(QHideEvent*) { halt(); }

void LiveCanvas::changeEvent(QEvent* event) {
  if (event->type() == QEvent::FontChange || event->type() == QEvent::LanguageChange) redraw();
  QWidget::changeEvent(event);
}

QString LiveCanvas::toolTipOf(int client) const {
  const ClientMoment& moment = moments_[client];
  return tr("%1: %2, %3 of %4 steps; this round %5 up, %6 down")
      .arg(focus_->clientName(client), run_text::clientState(moment.state), QLocale().toString(moment.step),
           QLocale().toString(moment.steps), run_text::bytes(moment.uplink), run_text::bytes(moment.downlink));
}

bool LiveCanvas::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  auto* help = static_cast<QHelpEvent*>(event);
  const int client = clientAt(help->pos());
  if (client < 0 || client >= int(moments_.size())) QToolTip::hideText();
  else QToolTip::showText(help->globalPos(), toolTipOf(client), this);
  return true;
}

}  // namespace fedllm::ui
