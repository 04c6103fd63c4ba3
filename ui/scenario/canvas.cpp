#include "ui/scenario/canvas.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "ui/scenario/scenario_edits.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr double kNudge = 20;
constexpr double kMinZoom = 0.2, kMaxZoom = 2.5;
constexpr double kMargin = 24;
constexpr double kLargestNode = 2.5;
constexpr size_t kManyClients = 150;         // from here on nodes are not enlarged: there is no room

}  // namespace

Canvas::Canvas(ScenarioEditor* editor, const Theme* theme, QWidget* parent)
    : QGraphicsView(parent), editor_(editor), style_{editor, theme} {
  setObjectName(QStringLiteral("canvas"));
  setAccessibleName(tr("Canvas of the federation"));
  setAccessibleDescription(tr("A picture; the outline beside it says the same as a tree."));
  setWhatsThis(
      tr("The federation: one coordinator, its clients and the links between them. Drag nodes, or use the keyboard: Tab and "
         "arrow keys "
         "go from node to node, Ctrl+arrow keys move them, Ins adds a client, Del deletes, F2 renames, Ctrl+D duplicates, Ctrl+G "
         "groups."));
  setScene(&scene_);
  setRenderHint(QPainter::Antialiasing);
  setDragMode(RubberBandDrag);
  setFrameShape(NoFrame);
  setTransformationAnchor(AnchorUnderMouse);
  setViewportUpdateMode(BoundingRectViewportUpdate);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  connect(&scene_, &QGraphicsScene::selectionChanged, this, &Canvas::takeSelection);
  connect(editor, &ScenarioEditor::changed, this, &Canvas::sync);
  connect(editor, &ScenarioEditor::selectionChanged, this, &Canvas::syncSelection);
  connect(editor, &ScenarioEditor::problemsChanged, this, [this] { for (auto* item : scene_.items()) item->update(); });
  connect(theme, &Theme::changed, this, [this] {
    for (auto* item : scene_.items()) item->update();
    viewport()->update();
  });
  sync();
}

Canvas::~Canvas() { scene_.disconnect(this); }

// Items follow the document: made when clients come, dropped when they go, moved where the document says.
void Canvas::sync() {
  syncing_ = true;
  const auto& scenario = editor_->scenario();
  const int count = editor_->clients();
  if (!coordinator_) scene_.addItem(coordinator_ = new NodeItem({}, &style_));
  while (int(clients_.size()) > count) {
    delete clients_.back();
    delete links_.back();
    clients_.pop_back();
    links_.pop_back();
  }
  while (int(clients_.size()) < count) {
    const int index = int(clients_.size());
    scene_.addItem(links_.emplace_back(new LinkItem(index, &style_)));
    scene_.addItem(clients_.emplace_back(new NodeItem({NodeId::Kind::Client, index}, &style_)));
  }
  coordinator_->setPos(edits::coordinatorPosition(scenario));
  for (int i = 0; i < count; ++i) {
    clients_[i]->setPos(edits::clientPosition(scenario, i, count));
    links_[i]->setEnds(coordinator_->pos(), clients_[i]->pos());
    links_[i]->update();
    clients_[i]->update();
  }
  coordinator_->update();
  scene_.setSceneRect(content().adjusted(-300, -200, 300, 200));
  syncing_ = false;
  if (!dragging_) scaleNodes();
  syncSelection();
  if (!dragging_ && fitted_ && !zoomed_ && !viewport()->rect().contains(mapFromScene(content()).boundingRect())) fit();
}

void Canvas::syncSelection() {
  syncing_ = true;
  coordinator_->setSelected(editor_->isSelected({}));
  for (size_t i = 0; i < clients_.size(); ++i) {
    clients_[i]->setSelected(editor_->isSelected({NodeId::Kind::Client, int(i)}));
    links_[i]->setSelected(editor_->isSelected({NodeId::Kind::Link, int(i)}));
    links_[i]->setZValue(links_[i]->isSelected() ? 0.5 : 0);
  }
  syncing_ = false;
  for (auto* item : scene_.items()) item->update();
  if (hasFocus()) ensureVisible(QRectF(positionOf(editor_->current()), QSizeF(1, 1)), 80, 50);
}

void Canvas::takeSelection() {
  if (syncing_) return;
  std::vector<NodeId> nodes;
  for (auto* item : scene_.selectedItems()) {
    if (auto* node = qgraphicsitem_cast<NodeItem*>(item)) nodes.push_back(node->node());
    else if (auto* link = qgraphicsitem_cast<LinkItem*>(item)) nodes.push_back(link->node());
  }
  // With nothing chosen the coordinator's settings are shown.
  if (nodes.empty()) nodes.push_back({});
  const bool keeps = std::find(nodes.begin(), nodes.end(), editor_->current()) != nodes.end();
  editor_->select(nodes, keeps ? editor_->current() : nodes.back());
}

QRectF Canvas::content() const {
  const auto bodyAt = [this](const NodeItem* item) {
    const QRectF body = NodeItem::body(item->node().kind);
    return QRectF(body.topLeft() * style_.scale, body.size() * style_.scale).translated(item->pos());
  };
  QRectF rect = bodyAt(coordinator_);
  for (auto* client : clients_) rect |= bodyAt(client);
  return rect;
}

// How far nodes can grow before two of them touch.
double Canvas::roomForNodes() const {
  if (clients_.size() > kManyClients) return 1;
  std::vector<const NodeItem*> nodes(clients_.begin(), clients_.end());
  nodes.push_back(coordinator_);
  double room = kLargestNode;
  for (size_t i = 0; i < nodes.size(); ++i)
    for (size_t k = i + 1; k < nodes.size(); ++k) {
      const QPointF apart = nodes[i]->pos() - nodes[k]->pos();
      const QSizeF size =
          (NodeItem::body(nodes[i]->node().kind).size() + NodeItem::body(nodes[k]->node().kind).size()) / 2 + QSizeF(14, 14);
      room = std::min(room, std::max(std::abs(apart.x()) / size.width(), std::abs(apart.y()) / size.height()));
    }
  return std::max(1.0, room);
}

// Zoomed out, nodes keep their size on the screen as far as there is room: their names stay readable.
void Canvas::scaleNodes() {
  style_.scale = std::clamp(1 / transform().m11(), 1.0, roomForNodes());
  coordinator_->setScale(style_.scale);
  for (auto* client : clients_) client->setScale(style_.scale);
  for (auto* link : links_) link->update();
}

void Canvas::fit() {
  for (int pass = 0; pass < 2; ++pass) {     // the second pass knows how large the nodes have become
    fitInView(content().adjusted(-kMargin, -kMargin, kMargin, kMargin), Qt::KeepAspectRatio);
    if (transform().m11() > 1) setTransform(QTransform());   // never larger than life
    scaleNodes();
  }
  centerOn(content().center());
  zoomed_ = false;
}

void Canvas::zoom(double factor) {
  const double now = transform().m11(), wanted = std::clamp(now * factor, kMinZoom, kMaxZoom);
  scale(wanted / now, wanted / now);
  scaleNodes();
  zoomed_ = true;
}

void Canvas::showEvent(QShowEvent* event) {
  QGraphicsView::showEvent(event);
  fitted_ = true;
  if (!zoomed_) fit();
}

void Canvas::resizeEvent(QResizeEvent* event) {
  QGraphicsView::resizeEvent(event);
  if (fitted_ && !zoomed_) fit();
}

void Canvas::drawBackground(QPainter* painter, const QRectF& rect) { painter->fillRect(rect, style_.theme->background()); }

// --------------------------------------------------------------------------------------------------------------- mouse

void Canvas::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::MiddleButton) {   // drags the paper
    panning_ = true;
    panFrom_ = event->pos();
    return;
  }
  editor_->document()->endMerge();
  QGraphicsView::mousePressEvent(event);
  auto* item = itemAt(event->pos());
  if (auto* node = qgraphicsitem_cast<NodeItem*>(item)) editor_->select(editor_->selected(), node->node());
  dragging_ = event->button() == Qt::LeftButton && qgraphicsitem_cast<NodeItem*>(item);
}

void Canvas::mouseMoveEvent(QMouseEvent* event) {
  if (panning_) {
    const QPoint by = event->pos() - std::exchange(panFrom_, event->pos());
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() - by.x());
    verticalScrollBar()->setValue(verticalScrollBar()->value() - by.y());
    zoomed_ = true;
    return;
  }
  QGraphicsView::mouseMoveEvent(event);
  if (dragging_ && (event->buttons() & Qt::LeftButton)) record();
}

void Canvas::mouseReleaseEvent(QMouseEvent* event) {
  if (std::exchange(panning_, false)) return;
  QGraphicsView::mouseReleaseEvent(event);
  if (std::exchange(dragging_, false)) editor_->document()->endMerge();
}

void Canvas::mouseDoubleClickEvent(QMouseEvent* event) {
  QGraphicsView::mouseDoubleClickEvent(event);
  if (qgraphicsitem_cast<NodeItem*>(itemAt(event->pos()))) startRename();
  else if (!itemAt(event->pos())) {
    const QPointF at = mapToScene(event->pos());
    editor_->addClient(&at);
  }
}

void Canvas::record() {
  std::vector<std::pair<NodeId, QPointF>> places;
  for (auto* item : scene_.selectedItems())
    if (auto* node = qgraphicsitem_cast<NodeItem*>(item)) places.push_back({node->node(), node->pos()});
  if (!places.empty()) editor_->moveNodes(places);
}

void Canvas::wheelEvent(QWheelEvent* event) {
  if (event->modifiers() & Qt::ControlModifier) return zoom(std::pow(1.0015, event->angleDelta().y()));
  QGraphicsView::wheelEvent(event);
}

void Canvas::contextMenuEvent(QContextMenuEvent* event) {
  if (event->reason() == QContextMenuEvent::Mouse)
    if (auto* node = qgraphicsitem_cast<NodeItem*>(itemAt(event->pos())); node && !node->isSelected())
      editor_->selectOnly(node->node());
  const QPoint fallback = viewport()->mapToGlobal(mapFromScene(positionOf(editor_->current())));
  emit menuAsked(event->reason() == QContextMenuEvent::Keyboard ? fallback : event->globalPos());
}

// ------------------------------------------------------------------------------------------------------------ keyboard

void Canvas::focusInEvent(QFocusEvent* event) {
  QGraphicsView::focusInEvent(event);
  style_.focused = true;
  for (auto* item : scene_.items()) item->update();
}

void Canvas::focusOutEvent(QFocusEvent* event) {
  QGraphicsView::focusOutEvent(event);
  style_.focused = false;
  for (auto* item : scene_.items()) item->update();
}

QPointF Canvas::positionOf(const NodeId& node) const {
  if (node.kind == NodeId::Kind::Coordinator || node.client >= int(clients_.size())) return coordinator_->pos();
  const QPointF client = clients_[node.client]->pos();
  return node.kind == NodeId::Kind::Client ? client : coordinator_->pos() + (client - coordinator_->pos()) * 0.55;
}

std::vector<NodeId> Canvas::order() const {
  std::vector<NodeId> nodes{{}};
  for (size_t i = 0; i < clients_.size(); ++i) nodes.push_back({NodeId::Kind::Client, int(i)});
  std::stable_sort(nodes.begin() + 1, nodes.end(), [this](const NodeId& a, const NodeId& b) {
    const QPointF p = positionOf(a), q = positionOf(b);
    const int rowA = int(std::floor(p.y() / 60)), rowB = int(std::floor(q.y() / 60));
    return rowA != rowB ? rowA < rowB : p.x() < q.x();
  });
  return nodes;
}

// Tab goes through the nodes and then on to the next control: never a trap.
bool Canvas::focusNextPrevChild(bool next) {
  if (renaming_) return QGraphicsView::focusNextPrevChild(next);
  const auto nodes = order();
  const auto at = std::find(nodes.begin(), nodes.end(), editor_->current());
  if (at == nodes.end() || (next ? at + 1 == nodes.end() : at == nodes.begin())) return QGraphicsView::focusNextPrevChild(next);
  editor_->selectOnly(next ? *(at + 1) : *(at - 1));
  return true;
}

// The nearest node within 60 degrees of the key's direction.
bool Canvas::goTowards(int key) {
  const QPointF direction = key == Qt::Key_Left    ? QPointF(-1, 0)
                            : key == Qt::Key_Right ? QPointF(1, 0)
                            : key == Qt::Key_Up    ? QPointF(0, -1)
                                                   : QPointF(0, 1);
  const QPointF from = positionOf(editor_->current());
  double best = INFINITY;
  NodeId found = editor_->current();
  std::vector<NodeId> nodes = order();
  for (size_t i = 0; i < links_.size(); ++i) nodes.push_back({NodeId::Kind::Link, int(i)});
  for (const NodeId& node : nodes) {
    const QPointF to = positionOf(node) - from;
    const double distance = std::hypot(to.x(), to.y());
    const double along = QPointF::dotProduct(to, direction);
    if (distance < 1 || along < 0.5 * distance || distance * (2 - along / distance) >= best) continue;
    best = distance * (2 - along / distance);
    found = node;
  }
  editor_->selectOnly(found);
  return true;
}

void Canvas::keyPressEvent(QKeyEvent* event) {
  const bool control = event->modifiers() & Qt::ControlModifier;
  const int key = event->key();
  if (key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down) {
    if (!control) return void(goTowards(key));
    const QPointF by(key == Qt::Key_Left    ? -kNudge
                     : key == Qt::Key_Right ? kNudge
                                            : 0,
                     key == Qt::Key_Up     ? -kNudge
                     : key == Qt::Key_Down ? kNudge
                                           : 0);
    return editor_->nudgeSelected(by);
  }
  if (control && key == Qt::Key_D) return editor_->duplicateSelected();
  if (control && key == Qt::Key_G)
    return event->modifiers() & Qt::ShiftModifier ? editor_->ungroupSelected() : editor_->groupSelected();
  if (control && key == Qt::Key_A) {
    std::vector<NodeId> all;
    for (size_t i = 0; i < clients_.size(); ++i) all.push_back({NodeId::Kind::Client, int(i)});
    return editor_->select(all, editor_->current());
  }
  if (control) return QGraphicsView::keyPressEvent(event);
  switch (key) {
    case Qt::Key_Insert: case Qt::Key_A: return editor_->addClient();
    case Qt::Key_Delete: return editor_->deleteSelected();
    case Qt::Key_F2: return startRename();
    case Qt::Key_Return: case Qt::Key_Enter: emit settingsAsked(); return;
    case Qt::Key_Plus: return zoom(1.2);
    case Qt::Key_Minus: return zoom(1 / 1.2);
    case Qt::Key_F: case Qt::Key_0: return fit();
    case Qt::Key_Space: {
      auto nodes = editor_->selected();
      const auto at = std::find(nodes.begin(), nodes.end(), editor_->current());
      if (at == nodes.end()) nodes.push_back(editor_->current());
      else if (nodes.size() > 1) nodes.erase(at);
      return editor_->select(nodes, editor_->current());
    }
    default: QGraphicsView::keyPressEvent(event);
  }
}

// A key that is held down moves in one step, like a drag.
void Canvas::keyReleaseEvent(QKeyEvent* event) {
  if (!event->isAutoRepeat()) editor_->document()->endMerge();
  QGraphicsView::keyReleaseEvent(event);
}

// The name is edited in place, over its node.
void Canvas::startRename() {
  renamed_ = editor_->current();
  if (renamed_.kind != NodeId::Kind::Client || renaming_) return;
  renaming_ = new QLineEdit(edits::clientName(editor_->scenario(), renamed_.client), viewport());
  renaming_->setObjectName(QStringLiteral("canvas.rename"));
  renaming_->setAccessibleName(tr("New name"));
  const QRect box = mapFromScene(NodeItem::body(NodeId::Kind::Client).translated(positionOf(renamed_))).boundingRect();
  renaming_->setGeometry(QRect(box.left(), box.top(), qMax(box.width(), 130), renaming_->sizeHint().height()));
  renaming_->selectAll();
  renaming_->show();
  renaming_->setFocus();
  connect(renaming_, &QLineEdit::editingFinished, this, [this] { endRename(true); });
  auto* escape = new QAction(renaming_);
  escape->setShortcut(Qt::Key_Escape);
  escape->setShortcutContext(Qt::WidgetShortcut);
  connect(escape, &QAction::triggered, this, [this] { endRename(false); });
  renaming_->addAction(escape);
}

void Canvas::endRename(bool keep) {
  QLineEdit* edit = std::exchange(renaming_, nullptr);
  if (!edit) return;
  const QString name = edit->text();
  edit->disconnect(this);
  edit->deleteLater();
  setFocus();
  if (keep && name.trimmed() != edits::clientName(editor_->scenario(), renamed_.client)) editor_->rename(renamed_, name);
}

}  // namespace fedllm::ui
