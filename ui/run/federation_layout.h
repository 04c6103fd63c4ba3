// FederationLayout: where the coordinator and its clients stand on the live canvas, in px: a ring around the middle, or the
// corners where there are few; names where they fit, else numbers, else neither. Pure geometry.
#pragma once

#include <QFontMetrics>
#include <QPointF>
#include <QSize>
#include <QStringList>

namespace fedllm::ui {

struct FederationLayout {
  int clients = 0;
  QPointF centre;
  double rx = 0, ry = 0;               // half axes of the ring
  double node = 0;                     // radius of a client
  double room = 0;                     // width of a label
  double line = 0;                     // height of a line of text
  int lines = 0;                       // of text under a node
  bool names = false;                  // labels are names; else numbers
  bool bytes = false;                  // and the last line says what was sent
  QPointF position(int client) const;
};

FederationLayout layOutFederation(QSize size, const QStringList& names, const QFontMetrics& metrics);

}  // namespace fedllm::ui
