// Items of the canvas: nodes (coordinator, client) and links, painted from the editor's present scenario. A node is moved
// by the scene; a link follows its two ends. Sizes in scene units.
#pragma once

#include <QGraphicsItem>

#include "ui/scenario/scenario_editor.h"

namespace fedllm::ui {

class Theme;

struct CanvasStyle {
  const ScenarioEditor* editor;
  const Theme* theme;
  bool focused = false;                      // the view has the keyboard: the current node shows a ring
  double scale = 1;                          // of nodes and labels: larger where the view is zoomed out and there is room
};

class NodeItem : public QGraphicsItem {
 public:
  enum { Type = UserType + 1 };
  NodeItem(NodeId node, const CanvasStyle* style);
  int type() const override { return Type; }
  NodeId node() const { return node_; }
  QRectF boundingRect() const override;
  QPainterPath shape() const override;
  void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;
  static QRectF body(NodeId::Kind kind);

 private:
  void paintProblems(QPainter* painter, const QRectF& box) const;
  QString title() const;
  QString detail() const;

  NodeId node_;
  const CanvasStyle* style_;
};

class LinkItem : public QGraphicsItem {
 public:
  enum { Type = UserType + 2 };
  LinkItem(int client, const CanvasStyle* style);
  int type() const override { return Type; }
  NodeId node() const { return {NodeId::Kind::Link, client_}; }
  void setEnds(QPointF coordinator, QPointF client);
  QRectF boundingRect() const override;
  QPainterPath shape() const override;
  void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

 private:
  QString label() const;
  double width() const;
  QPointF labelPosition() const;

  int client_;
  const CanvasStyle* style_;
  QPointF from_, to_;
};

}  // namespace fedllm::ui
