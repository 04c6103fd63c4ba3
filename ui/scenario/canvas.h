// Canvas: the federation as a picture that is edited by hand and by keyboard (screens.md section 9): drag, Tab, arrows,
// Ctrl+arrows, Ins or A, Del, F2, Ctrl+D, Ctrl+G, Space, + - F. Everything it does is an edit of the document; what it
// shows is the document. GUI thread; objectName "canvas".
#pragma once

#include <QGraphicsScene>
#include <QGraphicsView>
#include <memory>
#include <vector>

#include "ui/scenario/canvas_items.h"

class QLineEdit;

namespace fedllm::ui {

class Canvas : public QGraphicsView {
  Q_OBJECT
 public:
  Canvas(ScenarioEditor* editor, const Theme* theme, QWidget* parent = nullptr);
  ~Canvas() override;
  void fit();
  void zoom(double factor);
  void startRename();

 signals:
  void settingsAsked();                      // Enter: to the inspector
  void menuAsked(const QPoint& globalPosition);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void keyReleaseEvent(QKeyEvent* event) override;
  bool focusNextPrevChild(bool next) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void drawBackground(QPainter* painter, const QRectF& rect) override;

 private:
  void sync();
  void syncSelection();
  void takeSelection();
  void record();                             // positions of dragged nodes into the document
  std::vector<NodeId> order() const;         // spatial: coordinator, then rows from the top
  QPointF positionOf(const NodeId& node) const;
  void step(int by);
  bool goTowards(int key);
  void endRename(bool keep);
  QRectF content() const;
  void scaleNodes();
  double roomForNodes() const;

  ScenarioEditor* editor_;
  CanvasStyle style_;
  QGraphicsScene scene_;
  NodeItem* coordinator_ = nullptr;
  std::vector<NodeItem*> clients_;
  std::vector<LinkItem*> links_;
  QLineEdit* renaming_ = nullptr;
  NodeId renamed_;
  QPoint panFrom_;
  bool panning_ = false;
  bool syncing_ = false, dragging_ = false, fitted_ = false, zoomed_ = false;
};

}  // namespace fedllm::ui
