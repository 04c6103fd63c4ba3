#include "ui/scenario/canvas_items.h"

#include <QCoreApplication>
#include <QGuiApplication>
#include <QLocale>
#include <QPainter>
#include <QStyleOptionGraphicsItem>
#include <cmath>

#include "ui/scenario/method_words.h"
#include "ui/scenario/scenario_edits.h"
#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

struct Canvas {
  Q_DECLARE_TR_FUNCTIONS(ScenarioCanvas)
};

constexpr double kRing = 4;
constexpr double kTextFrom = 0.4;            // below this zoom text is noise
constexpr double kLinkLabelFrom = 0.7;
constexpr int kFewClients = 12;

double zoomOf(const QPainter* painter) { return QStyleOptionGraphicsItem::levelOfDetailFromTransform(painter->worldTransform()); }

void paintRing(QPainter* painter, const QRectF& box, const Theme* theme) {
  painter->setBrush(Qt::NoBrush);
  painter->setPen(QPen(theme->text(), 2, Qt::DotLine));
  painter->drawRoundedRect(box.adjusted(-kRing, -kRing, kRing, kRing), 12, 12);
}

}  // namespace

NodeItem::NodeItem(NodeId node, const CanvasStyle* style) : node_(node), style_(style) {
  setFlags(ItemIsMovable | ItemIsSelectable | ItemSendsGeometryChanges);
  setCacheMode(DeviceCoordinateCache);
  setZValue(1);
  setCursor(Qt::OpenHandCursor);
}

QRectF NodeItem::body(NodeId::Kind kind) {
  return kind == NodeId::Kind::Coordinator ? QRectF(-92, -30, 184, 60) : QRectF(-62, -26, 124, 52);
}

QRectF NodeItem::boundingRect() const { return body(node_.kind).adjusted(-14, -14, 14, 14); }

QPainterPath NodeItem::shape() const {
  QPainterPath path;
  path.addRoundedRect(body(node_.kind), 10, 10);
  return path;
}

QString NodeItem::title() const {
  return node_.kind == NodeId::Kind::Coordinator ? Canvas::tr("Coordinator")
                                                 : edits::clientName(style_->editor->scenario(), node_.client);
}

QString NodeItem::detail() const {
  const auto& scenario = style_->editor->scenario();
  if (node_.kind == NodeId::Kind::Coordinator) {
    return Canvas::tr("%1, %n round(s)", nullptr, scenario.rounds).arg(strategyTitle(scenario.strategy));
  }
  const auto* o = edits::overrideOf(scenario, node_.client);
  const int steps = o && o->local_steps ? *o->local_steps : scenario.training.local_steps.value_or(0);
  QString text = steps > 0 ? Canvas::tr("%n step(s)", nullptr, steps)
                           : Canvas::tr("%n epoch(s)", nullptr, scenario.training.local_epochs.value_or(0));
  if (o && o->speed) text += QStringLiteral(" · %1×").arg(QLocale().toString(*o->speed, 'g', 3));
  return text;
}

void NodeItem::paintProblems(QPainter* painter, const QRectF& box) const {
  const auto problems = style_->editor->problemsOf(node_);
  if (problems.empty()) return;
  const bool error = problems[0].severity == spec::Problem::Severity::error;
  const QPixmap mark = iconPixmap(error ? QStringLiteral("error") : QStringLiteral("warning"), 18,
                                  error ? style_->theme->bad() : style_->theme->warning(), 2);
  const QRectF at(box.right() - 11, box.top() - 9, 20, 20);
  painter->setPen(Qt::NoPen);
  painter->setBrush(style_->theme->surface());
  painter->drawEllipse(at);
  painter->drawPixmap(at.adjusted(1, 1, -1, -1), mark, QRectF(mark.rect()));
}

void NodeItem::paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget*) {
  const Theme* theme = style_->theme;
  const QRectF box = body(node_.kind);
  const bool selected = option->state & QStyle::State_Selected;
  const bool coordinator = node_.kind == NodeId::Kind::Coordinator;
  const QColor mark = coordinator ? theme->accent() : theme->client(node_.client);
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(selected ? theme->accent() : theme->grid(), selected ? 2.5 : 1.2));
  painter->setBrush(theme->surface());
  painter->drawRoundedRect(box, 10, 10);
  QPainterPath edge;
  edge.addRoundedRect(box.adjusted(1, 1, -1, -1), 9, 9);
  painter->setClipPath(edge);
  painter->fillRect(QRectF(box.left(), box.top(), 6, box.height()), mark);
  painter->setClipping(false);
  if (zoomOf(painter) > kTextFrom) {
    const QRectF text = box.adjusted(12, 6, -6, -6);
    QFont bold = QGuiApplication::font();
    bold.setBold(true);
    painter->setFont(bold);
    painter->setPen(theme->text());
    const QString name = QFontMetricsF(bold).elidedText(title(), Qt::ElideRight, text.width());
    painter->drawText(QRectF(text.left(), text.top(), text.width(), text.height() / 2), Qt::AlignVCenter | Qt::AlignLeft, name);
    QFont small = QGuiApplication::font();
    small.setPointSizeF(small.pointSizeF() * 0.9);
    painter->setFont(small);
    painter->setPen(theme->mutedText());
    const QString line = QFontMetricsF(small).elidedText(detail(), Qt::ElideRight, text.width());
    painter->drawText(QRectF(text.left(), text.center().y(), text.width(), text.height() / 2), Qt::AlignVCenter | Qt::AlignLeft,
                      line);
  }
  if (style_->focused && style_->editor->current() == node_) paintRing(painter, box, theme);
  paintProblems(painter, box);
}

// --------------------------------------------------------------------------------------------------------------- links

LinkItem::LinkItem(int client, const CanvasStyle* style) : client_(client), style_(style) {
  setFlag(ItemIsSelectable);
  setZValue(0);
}

void LinkItem::setEnds(QPointF coordinator, QPointF client) {
  if (coordinator == from_ && client == to_) return;
  prepareGeometryChange();
  from_ = coordinator;
  to_ = client;
}

QRectF LinkItem::boundingRect() const {
  return QRectF(from_, to_).normalized().adjusted(-80 * style_->scale, -20, 80 * style_->scale, 20);
}

QPainterPath LinkItem::shape() const {
  QPainterPath line(from_);
  line.lineTo(to_);
  QPainterPathStroker wide;
  wide.setWidth(14);
  return wide.createStroke(line);
}

QString LinkItem::label() const {
  const auto& scenario = style_->editor->scenario();
  const auto* o = edits::overrideOf(scenario, client_);
  const QLocale locale;
  const double up = o && o->uplink_mbit_s ? *o->uplink_mbit_s : scenario.network.uplink_mbit_s;
  const double latency = o && o->latency_ms ? *o->latency_ms : scenario.network.latency_ms;
  return Canvas::tr("%1 Mbit/s, %2 ms").arg(locale.toString(up, 'g', 4), locale.toString(latency, 'g', 4));
}

// Wider for more bandwidth: 1 to 7 units for 1 to 1000 Mbit/s; thin where there are many.
double LinkItem::width() const {
  const auto& scenario = style_->editor->scenario();
  const auto* o = edits::overrideOf(scenario, client_);
  const double up = o && o->uplink_mbit_s ? *o->uplink_mbit_s : scenario.network.uplink_mbit_s;
  const double most = style_->editor->clients() > kFewClients ? 0.6 : 2;
  return 1 + most * std::log10(std::clamp(up, 1.0, 1000.0));
}

QPointF LinkItem::labelPosition() const {
  return from_ + (to_ - from_) * (client_ % 2 ? 0.64 : 0.46);
}  // neighbours' labels do not meet

void LinkItem::paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget*) {
  const Theme* theme = style_->theme;
  const bool selected = option->state & QStyle::State_Selected;
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(selected ? theme->accent() : theme->grid(), width() + (selected ? 1.5 : 0), Qt::SolidLine, Qt::RoundCap));
  painter->drawLine(from_, to_);
  const bool own = edits::overrideOf(style_->editor->scenario(), client_) != nullptr &&
                   edits::overrideOf(style_->editor->scenario(), client_)->uplink_mbit_s.has_value();
  const bool current = style_->focused && style_->editor->current() == node();
  // With many clients a label on every link is clutter: then only those that differ or are chosen speak.
  const bool speak = selected || current || own || style_->editor->clients() <= 6;
  if (!speak || zoomOf(painter) * style_->scale < kLinkLabelFrom) return;
  QFont small = QGuiApplication::font();
  small.setPointSizeF(small.pointSizeF() * 0.85);
  const QFontMetricsF metrics(small);
  QRectF box = metrics.boundingRect(label()).adjusted(-5, -2, 5, 2);
  box.moveCenter(QPointF());
  painter->translate(labelPosition());
  painter->scale(style_->scale, style_->scale);
  painter->setPen(Qt::NoPen);
  painter->setBrush(theme->background());
  painter->drawRoundedRect(box, 4, 4);
  painter->setFont(small);
  painter->setPen(selected ? theme->accent() : theme->mutedText());
  painter->drawText(box, Qt::AlignCenter, label());
  if (current) paintRing(painter, box, theme);
}

}  // namespace fedllm::ui
