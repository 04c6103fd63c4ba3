#include "ui/run/federation_layout.h"

#include <algorithm>
#include <cmath>

namespace fedllm::ui {
namespace {

constexpr int kNamed = 12;             // clients whose names may still fit around the ring
constexpr int kNumbered = 24;          // above that, neither name nor number
constexpr int kCornered = 4;           // so few sit in the corners
constexpr double kSquareness = 0.6;    // 1: an ellipse, 0: its box
constexpr int kBytesFrom = 230;        // px of height, from which a line of bytes has room
constexpr double kPi = 3.14159265358979323846;

// One line, or two where a name has words to break between; 0 where a name does not fit.
int linesNeeded(const QStringList& names, double room, const QFontMetrics& metrics) {
  int lines = 1;
  for (const QString& name : names) {
    if (metrics.horizontalAdvance(name) <= room) continue;
    const QRect wrapped = metrics.boundingRect(QRect(0, 0, int(room), 1000), Qt::TextWordWrap, name);
    if (wrapped.width() > room || wrapped.height() > 2 * metrics.height()) return 0;
    lines = 2;
  }
  return lines;
}

// The ring as large as the labels leave room for.
void spread(FederationLayout& at, QSize size, const QFontMetrics& metrics) {
  const double sideways = at.names ? std::min(at.room, double(metrics.horizontalAdvance(QStringLiteral("Client 9")))) / 2 : 0;
  at.rx = std::max(10.0, size.width() / 2.0 - std::max(at.node, sideways) - 6);
  at.ry = std::max(10.0, size.height() / 2.0 - at.node - at.line * at.lines - 6);
}

// Does a client's text reach into the coordinator's box?
bool labelsTouchTheMiddle(const FederationLayout& at, const QFontMetrics& metrics) {
  const double wide = (metrics.horizontalAdvance(QStringLiteral("coordinator")) + 14 + at.room) / 2, high = at.line + 6;
  for (int client = 0; client < at.clients; ++client) {
    const QPointF from = at.position(client) - at.centre;
    const double top = from.y() - at.node, bottom = from.y() + at.node + 2 + at.line * at.lines;
    if (std::abs(from.x()) < wide && top < high && bottom > -high) return true;
  }
  return false;
}

}  // namespace

QPointF FederationLayout::position(int client) const {
  const double angle = 2 * kPi * (client + 0.5) / std::max(1, clients) - kPi / 2;
  // Between an ellipse and its box: corners are used, so that few clients keep clear of the coordinator.
  const double power = clients <= kCornered ? kSquareness : 1;
  const auto spread = [power](double t) { return std::copysign(std::pow(std::abs(t), power), t); };
  return centre + QPointF(rx * spread(std::cos(angle)), ry * spread(std::sin(angle)) - lines * line / 2);
}

FederationLayout layOutFederation(QSize size, const QStringList& names, const QFontMetrics& metrics) {
  FederationLayout at;
  at.clients = int(names.size());
  const int n = std::max(1, at.clients);
  const double width = size.width(), height = size.height();
  const double circumference = kPi * (width + height) / 2 * 0.75;
  at.line = metrics.height();
  at.node = std::clamp(std::min({circumference / n * 0.38, height * 0.1, width * 0.1}), 3.0, 20.0);
  at.centre = QPointF(width / 2, height / 2);
  at.room = std::clamp(circumference / n * 0.9, 30.0, std::max(30.0, width / 2.2));
  const int needed = n <= kNamed ? linesNeeded(names, at.room, metrics) : 0;
  at.names = needed > 0;
  at.lines = n <= kNumbered ? std::max(1, needed) : 0;
  at.bytes = at.names && height >= kBytesFrom && metrics.horizontalAdvance(QStringLiteral("↑ 999.9 KiB")) <= at.room;
  if (at.bytes) ++at.lines;
  spread(at, size, metrics);
  if (at.bytes && labelsTouchTheMiddle(at, metrics)) {
    at.bytes = false;
    --at.lines;
    spread(at, size, metrics);
  }
  return at;
}

}  // namespace fedllm::ui
