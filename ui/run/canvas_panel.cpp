#include "ui/run/canvas_panel.h"

#include <QToolButton>

#include "ui/run/live_canvas.h"
#include "ui/run/run_moment.h"
#include "ui/run/run_text.h"

namespace fedllm::ui {

CanvasPanel::CanvasPanel(RunFocus* focus, Theme* theme, QWidget* parent) : PicturePanel(tr("Now"), parent), focus_(focus) {
  canvas_ = new LiveCanvas(focus, theme);
  fast_ = new QToolButton;
  fast_->setObjectName(QStringLiteral("canvas.fast"));
  fast_->setText(QStringLiteral("»"));
  fast_->setCheckable(true);
  fast_->setAutoRaise(true);
  fast_->setAccessibleName(tr("Fast drawing"));
  fast_->setToolTip(tr("Fast: nothing moves, pictures are drawn twice a second, the run has the processor"));
  addControl(fast_);
  setPicture(canvas_, [this] { return tableData(); });
  connect(fast_, &QToolButton::toggled, focus, &RunFocus::setFast);
  connect(focus, &RunFocus::roundMoved, this, &CanvasPanel::showMoment);
  connect(focus, &RunFocus::recordsChanged, this, &CanvasPanel::showMoment);
}

void CanvasPanel::showMoment() {
  const bool past = focus_->current() && isHistory(*focus_->current(), focus_->round());
  setTitle(past ? tr("Round %1").arg(focus_->round()) : tr("Now"));
  markTable();
}

TableData CanvasPanel::tableData() const {
  using Kind = TableData::Kind;
  TableData data;
  data.columns = {{tr("who"), Kind::Text}, {tr("state"), Kind::Text}, {tr("step")}, {tr("steps")},
                  {tr("up, this round"), Kind::Bytes}, {tr("down, this round"), Kind::Bytes}};
  const RunRecord* record = focus_->current();
  if (!record) return data;
  data.rows.push_back({tr("coordinator"), coordinatorMoment(*record, focus_->round()), QVariant(), QVariant(), QVariant(), QVariant()});
  for (int i = 0; i < focus_->clients(); ++i) {
    const ClientMoment moment = clientMoment(*record, i, focus_->round());
    data.rows.push_back({focus_->clientName(i), run_text::clientState(moment.state), moment.step, moment.steps, moment.uplink, moment.downlink});
  }
  return data;
}

void CanvasPanel::mark() {
  canvas_->mark();
  markTable();
}

}  // namespace fedllm::ui
