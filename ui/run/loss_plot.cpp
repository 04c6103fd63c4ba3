#include "ui/run/loss_plot.h"

#include <QLocale>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "ui/run/client_curves.h"
#include "ui/run/references.h"
#include "ui/run/run_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

double firstValue(const Series& series) {
  for (size_t i = 0; i < series.size(); ++i)
    if (std::isfinite(series.y(i))) return series.y(i);
  return std::numeric_limits<double>::quiet_NaN();
}

QToolButton* toggle(const QString& text, const QString& tip) {
  auto* button = new QToolButton;
  button->setText(text);
  button->setToolTip(tip);
  button->setAccessibleName(tip);
  button->setAutoRaise(true);
  return button;
}

}  // namespace

LossPlot::LossPlot(RunFocus* focus, Theme* theme, QWidget* parent)
    : RunPlot(tr("Loss"), QStringLiteral("plot.loss"), focus, theme, parent) {
  band_ = toggle(tr("Band"), tr("Band and median instead of lines (B)"));
  log_ = toggle(tr("Log"), tr("Logarithmic axis (L)"));
  smooth_ = toggle(tr("Smooth"), tr("Smoothing: off, 0.6, 0.9 (M)"));
  references_ = toggle(tr("References"), tr("Base, local-only and centralised as horizontal lines (R)"));
  references_->setObjectName(QStringLiteral("loss.references"));
  for (QToolButton* button : {references_, band_, log_, smooth_}) {
    button->setCheckable(true);
    addControl(button);
  }
  references_->setChecked(focus->showsReferences());
  connect(references_, &QToolButton::clicked, focus, &RunFocus::toggleReferences);
  connect(band_, &QToolButton::clicked, focus, &RunFocus::toggleBand);
  connect(log_, &QToolButton::clicked, focus, &RunFocus::toggleLogarithmic);
  connect(smooth_, &QToolButton::clicked, focus, &RunFocus::nextSmoothing);
  connect(focus, &RunFocus::changed, this, &LossPlot::updateButtons);
  connect(focus, &RunFocus::recordsChanged, this, [this] { smoothed_.clear(); });
}

void LossPlot::updateButtons() {
  references_->setChecked(focus_->showsReferences());
  band_->setChecked(focus_->band());
  log_->setChecked(focus_->logarithmic());
  smooth_->setChecked(focus_->smoothing() > 0);
  smooth_->setText(focus_->smoothing() > 0 ? tr("Smooth %1").arg(QLocale().toString(focus_->smoothing())) : tr("Smooth"));
}

QString LossPlot::axisTitle() const {
  const double weight = focus_->smoothing();
  return weight > 0 ? tr("loss, EMA %1 debiased").arg(QLocale().toString(weight)) : tr("loss, not smoothed");
}

const Series& LossPlot::smoothed(int client) {
  if (smoothed_.size() < current()->clients().size()) smoothed_.resize(current()->clients().size());
  const Series& raw = current()->clients()[client].stepLoss;
  return focus_->smoothing() > 0 ? smoothed_[client].update(raw, focus_->smoothing()) : raw;
}

PlotContent LossPlot::content(const PlotWindow& window) {
  PlotContent content;
  content.xTitle = tr("round");
  content.yTitle = axisTitle();
  content.logarithmic = focus_->logarithmic();
  if (!current()) return content;
  content.xTo = std::max(1, focus_->lastRound());
  const PlotWindow view = windowFor(window, content.xTo, focus_->band() ? 4 : focus_->clients());
  addPrevious(content, view);
  addReferences(content);
  addClientCurves(content, {*focus_, *theme_, [this](int client) -> const Series& { return smoothed(client); }}, view);
  PlotLine global;
  global.name = tr("global, held out");
  global.endLabel = tr("held out");
  global.color = theme_->text();
  global.width = 2;
  global.mark = PlotMark::Disc;
  global.points = current()->evalLoss().view(view.from, view.to, view.maxVertices);
  const bool any = !global.points.empty() || std::any_of(content.lines.begin(), content.lines.end(), [](const PlotLine& l) { return !l.points.empty(); });
  content.lines.push_back(std::move(global));
  if (!any && content.bands.empty()) content.emptyText = tr("No local step yet");
  return content;
}

// Each over the whole axis.
void LossPlot::addReferences(PlotContent& content) const {
  if (!focus_->showsReferences()) return;
  for (const Reference& reference : references(*current())) {
    PlotLine line;
    line.name = line.endLabel = referenceName(reference.kind);
    line.color = theme_->mutedText();
    line.dashed = true;
    line.behind = true;
    line.points = {{content.xFrom, reference.loss}, {content.xTo, reference.loss}};
    content.lines.push_back(std::move(line));
  }
}

void LossPlot::addPrevious(PlotContent& content, const PlotWindow& window) const {
  if (!previous()) return;
  for (const ClientRecord& client : previous()->clients()) {
    if (previous()->clients().size() >= RunFocus::kBandFrom) break;
    PlotLine line;
    line.name = tr("%1, previous run").arg(client.name);
    line.color = faint();
    line.behind = true;
    line.points = client.stepLoss.view(window.from, window.to, window.maxVertices);
    content.lines.push_back(std::move(line));
  }
  PlotLine global;
  global.name = tr("global, previous run");
  global.endLabel = tr("previous");
  global.color = theme_->kind() == Theme::Kind::Contrast ? theme_->grid() : theme_->mutedText();
  global.width = 2;
  global.mark = PlotMark::Square;
  global.behind = true;
  global.points = previous()->evalLoss().view(window.from, window.to, window.maxVertices);
  content.lines.push_back(std::move(global));
}

TableData LossPlot::tableData() const {
  TableData data;
  data.columns = {{tr("round"), TableData::Kind::Text}, {tr("global, held out")}};
  if (previous()) data.columns.push_back({tr("global, previous run")});
  for (const ClientRecord& client : current()->clients()) data.columns.push_back({client.name});
  const std::vector<Reference> measured = references(*current());
  for (const Reference& reference : measured) data.columns.push_back({referenceName(reference.kind)});
  for (int round = 0; round <= current()->round(); ++round) {
    std::vector<QVariant> row{round, valueAt(current()->evalLoss(), round)};
    if (previous()) row.push_back(valueAt(previous()->evalLoss(), round));
    for (const ClientRecord& client : current()->clients()) row.push_back(valueAt(client.roundLoss, round));
    for (const Reference& reference : measured) row.push_back(reference.loss);
    data.rows.push_back(std::move(row));
  }
  return data;
}

QString LossPlot::describe() const {
  std::vector<double> first, last;
  int highest = -1;
  double top = -1;
  for (int i = 0; i < focus_->clients(); ++i) {
    const Series& series = current()->clients()[i].stepLoss;
    const double value = series.lastY();
    if (!std::isfinite(value)) continue;
    first.push_back(firstValue(series));
    last.push_back(value);
    if (value > top) top = value, highest = i;
  }
  if (last.empty()) return tr("Loss per client, no points yet.");
  auto median = [](std::vector<double>& v) {
    std::nth_element(v.begin(), v.begin() + v.size() / 2, v.end());
    return v[v.size() / 2];
  };
  const double from = median(first), to = median(last);
  const QString trend = to < from * 0.98 ? tr("falling") : to > from * 1.02 ? tr("rising") : tr("level");
  QString against;
  for (const Reference& reference : references(*current()))
    against += QLatin1Char(' ') + tr("%1 %2.", "a reference and its loss").arg(referenceName(reference.kind), run_text::number(reference.loss));
  return tr("Loss per client, %n client(s), rounds 0 to %1.", nullptr, focus_->clients()).arg(current()->round()) + QLatin1Char(' ') +
         tr("Median %1 to %2, %3. Highest: %4 at %5. Global held-out loss %6.")
             .arg(run_text::number(from), run_text::number(to), trend, focus_->clientName(highest), run_text::number(top),
                  run_text::number(current()->evalLoss().lastY())) + against;
}

QString LossPlot::readout(int round) const {
  QString text = tr("round %1: held out %2").arg(round).arg(run_text::number(valueAt(current()->evalLoss(), round)));
  if (focus_->client() >= 0)
    text += tr(", %1 %2").arg(focus_->clientName(focus_->client()),
                              run_text::number(valueAt(current()->clients()[focus_->client()].roundLoss, round)));
  return text;
}

}  // namespace fedllm::ui
