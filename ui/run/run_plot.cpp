#include "ui/run/run_plot.h"

#include <cmath>

#include "ui/shell/theme.h"

namespace fedllm::ui {

RunPlot::RunPlot(const QString& title, const QString& plotName, RunFocus* focus, Theme* theme, QWidget* parent)
    : PicturePanel(title, parent), focus_(focus), theme_(theme) {
  view_ = new PlotView(theme, [this](const PlotWindow& window) { return content(window); });
  view_->setObjectName(plotName);
  view_->setAccessibleName(title);
  view_->setWhatsThis(tr("Left and right move the round cursor, Escape goes back to live, up and down choose the client. S shows one client alone, H hides it, "
                         "B switches band and lines, L the logarithmic axis, M the smoothing, R the reference lines, Ctrl+T the table."));
  view_->setReadout([this](double round) { return current() ? readout(int(round)) : QString(); });
  view_->setDescriber([this] { return current() ? describe() : QString(); });
  setPicture(view_, [this] { return current() ? tableData() : TableData(); });
  view_->setCsv([this] {
    table()->refresh();
    return table()->csv();
  });
  connect(view_, &PlotView::command, this, &RunPlot::obey);
  connect(view_, &PlotView::picked, this, [this](double x, int client) {
    if (client >= 0) focus_->setClient(client);
    focus_->setRound(int(std::lround(std::max(0.0, x))));
  });
  connect(focus_, &RunFocus::changed, this, [this] { mark(); });
  connect(focus_, &RunFocus::recordsChanged, this, [this] {
    if (current()) view_->setFileName(current()->run() + QLatin1Char('-') + view_->objectName().section(QLatin1Char('.'), 1));
    view_->fit();
    moveCursor();
  });
  connect(focus_, &RunFocus::roundMoved, this, &RunPlot::moveCursor);
}

void RunPlot::mark() {
  view_->mark();
  markTable();
}

QColor RunPlot::faint() const {
  if (theme_->kind() == Theme::Kind::Contrast) return theme_->grid();   // muted text is as strong as text there
  QColor color = theme_->mutedText();
  color.setAlphaF(0.45f);
  return color;
}

void RunPlot::moveCursor() {
  const int round = focus_->round();
  if (!current() || round < 0) return view_->setCursor(std::nullopt);
  view_->setCursor(round);
}

void RunPlot::obey(PlotCommand command) {
  switch (command) {
    case PlotCommand::PreviousRound: return focus_->moveRound(-1);
    case PlotCommand::NextRound: return focus_->moveRound(1);
    case PlotCommand::TenBack: return focus_->moveRound(-10);
    case PlotCommand::TenForward: return focus_->moveRound(10);
    case PlotCommand::FirstRound: return focus_->setRound(0);
    case PlotCommand::LastRound: return focus_->setRound(focus_->newestRound());
    case PlotCommand::Live: return focus_->setRound(-1);
    case PlotCommand::PreviousClient: return focus_->moveClient(-1);
    case PlotCommand::NextClient: return focus_->moveClient(1);
    case PlotCommand::Solo: return focus_->toggleSolo(focus_->client());
    case PlotCommand::Hide: return focus_->setHidden(focus_->client(), !focus_->isHidden(focus_->client()));
    case PlotCommand::Band: return focus_->toggleBand();
    case PlotCommand::Logarithmic: return focus_->toggleLogarithmic();
    case PlotCommand::Smoothing: return focus_->nextSmoothing();
    case PlotCommand::References: return focus_->toggleReferences();
    case PlotCommand::Table: return showTable(!showsTable());
    case PlotCommand::CopyData: return;
  }
}

}  // namespace fedllm::ui
