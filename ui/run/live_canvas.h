// LiveCanvas: the federation at one moment of the run: the coordinator, its clients around it, what each does (icon, word and
// colour) and how far it is, what each link carried (width). The moment is now, or the round under the round cursor. While it
// is now, messages travel along the links as they happen, unless motion is reduced or the page draws fast. The picture at rest
// is kept in a pixmap, so that a frame costs its packets only. The client in focus is ringed; a click or the arrow keys
// choose. Objects: canvas.live. GUI thread.
#pragma once

#include <QElapsedTimer>
#include <QPixmap>
#include <QTimer>
#include <QWidget>
#include <vector>

#include "ui/run/federation_layout.h"
#include "ui/run/packet_train.h"
#include "ui/run/run_focus.h"
#include "ui/run/run_moment.h"

namespace fedllm::ui {

class Refresher;
class Theme;

class LiveCanvas : public QWidget {
  Q_OBJECT
 public:
  LiveCanvas(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  QSize sizeHint() const override { return {220, 220}; }
  QSize minimumSizeHint() const override { return {130, 100}; }
  void mark();
  int clientAt(QPointF position) const;        // -1: none
  QPointF positionOf(int client) const;
  bool isMoving() const { return frames_.isActive(); }
  const std::vector<Packet>& packets() const { return train_.packets(); }

 protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent*) override;
  void hideEvent(QHideEvent*) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void refresh();
  void redraw();                               // the picture at rest is made anew
  void sendNews();
  void halt();
  void paintRest(QPainter& painter) const;
  void paintLink(QPainter& painter, int client, double busiest) const;
  void paintClient(QPainter& painter, int client) const;
  void paintLabel(QPainter& painter, int client) const;
  void paintCoordinator(QPainter& painter) const;
  void paintPackets(QPainter& painter) const;
  QString toolTipOf(int client) const;
  QColor stateColor(const ClientMoment& moment) const;

  RunFocus* focus_;
  Theme* theme_;
  Refresher* refresher_;
  FederationLayout layout_;
  std::vector<ClientMoment> moments_;          // index = client, as drawn
  QPixmap rest_;
  PacketTrain train_;
  QTimer frames_;                              // runs only while something travels
  QElapsedTimer clock_;
  size_t seen_ = 0;                            // events that were looked at for messages
};

}  // namespace fedllm::ui
