#include "ui/run/update_plot.h"

#include <QComboBox>
#include <algorithm>
#include <cmath>

#include "ui/run/client_curves.h"
#include "ui/run/run_text.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {

UpdatePlot::UpdatePlot(RunFocus* focus, Theme* theme, QWidget* parent)
    : RunPlot(tr("Updates"), QStringLiteral("plot.updates"), focus, theme, parent) {
  figure_ = new QComboBox;
  figure_->setObjectName(QStringLiteral("updates.figure"));
  figure_->addItems({tr("update norm"), tr("cosine to the mean"), tr("drift from the mean")});
  figure_->setAccessibleName(tr("What is drawn of every update"));
  figure_->setWhatsThis(tr("The norm of a client's change of the model, the cosine between it and the mean change of the round (1: the same direction, "
                           "0: nothing in common), or its distance from the mean change."));
  addControl(figure_);
  hideTitle();
  connect(figure_, &QComboBox::currentIndexChanged, this, [this] { mark(); });
}

UpdatePlot::Figure UpdatePlot::figure() const { return Figure(figure_->currentIndex()); }

bool UpdatePlot::knowsChanges(const RunRecord& record) const {
  return std::any_of(record.clients().begin(), record.clients().end(), [](const ClientRecord& c) { return std::isfinite(c.changeNorm.lastY()); });
}

const Series& UpdatePlot::series(const RunRecord& record, int client) const {
  const ClientRecord& c = record.clients()[client];
  switch (figure()) {
    case Cosine: return c.cosine;
    case Drift: return c.drift;
    case Norm: break;
  }
  return knowsChanges(record) ? c.changeNorm : c.updateNorm;
}

bool UpdatePlot::anyMeasured() const {
  for (int i = 0; i < focus_->clients(); ++i)
    if (std::isfinite(series(*current(), i).lastY())) return true;
  return false;
}

QString UpdatePlot::axisTitle() const {
  switch (figure()) {
    case Cosine: return tr("cosine to the mean");
    case Drift: return tr("distance from the mean");
    case Norm: break;
  }
  return current() && !knowsChanges(*current()) ? tr("norm of what was sent") : tr("norm of the change");
}

QString UpdatePlot::emptySentence() const {
  bool saved = false;
  for (const RoundRecord& round : current()->rounds_()) {
    if (!round.hidden.isEmpty()) return sentenceText(round.hidden);
    saved = saved || (round.committed && round.round > 0);
  }
  return saved ? tr("How the updates lie to each other was not measured in this run.") : tr("No round saved yet");
}

PlotContent UpdatePlot::content(const PlotWindow& window) {
  PlotContent content;
  content.xTitle = tr("round");
  content.yTitle = axisTitle();
  content.fromZero = figure() != Cosine;
  if (figure() == Cosine) content.yFrom = 0, content.yTo = 1;
  setNote({});
  if (!current()) return content;
  content.xFrom = 1;
  content.xTo = std::max(2, focus_->lastRound());
  if (!anyMeasured()) {
    content.emptyText = emptySentence();
    return content;
  }
  const PlotWindow view = windowFor(window, content.xTo, focus_->band() ? 4 : focus_->clients());
  if (previous() && previous()->clients().size() < RunFocus::kBandFrom)
    for (int i = 0; i < int(previous()->clients().size()); ++i) {
      PlotLine line;
      line.name = tr("%1, previous run").arg(previous()->clients()[i].name);
      line.color = faint();
      line.behind = true;
      line.points = series(*previous(), i).view(view.from, view.to, view.maxVertices);
      content.lines.push_back(std::move(line));
    }
  addClientCurves(content, {*focus_, *theme_, [this](int client) -> const Series& { return series(*current(), client); }, PlotMark::Disc}, view);
  if (figure() == Norm && !knowsChanges(*current())) setNote(tr("of what the coordinator received"));
  return content;
}

TableData UpdatePlot::tableData() const {
  TableData data;
  data.columns = {{tr("round"), TableData::Kind::Text}};
  for (const ClientRecord& client : current()->clients()) data.columns.push_back({client.name});
  if (previous())
    for (const ClientRecord& client : previous()->clients()) data.columns.push_back({tr("%1, previous run").arg(client.name)});
  for (const RoundRecord& r : current()->rounds_()) {
    if (!r.committed || r.round < 1) continue;
    std::vector<QVariant> row{r.round};
    for (int i = 0; i < focus_->clients(); ++i) row.push_back(valueAt(series(*current(), i), r.round));
    if (previous())
      for (int i = 0; i < int(previous()->clients().size()); ++i) row.push_back(valueAt(series(*previous(), i), r.round));
    data.rows.push_back(std::move(row));
  }
  return data;
}

QString UpdatePlot::describe() const {
  int lowest = -1, highest = -1;
  double low = 0, high = 0;
  for (int i = 0; i < focus_->clients(); ++i) {
    const double value = series(*current(), i).lastY();
    if (!std::isfinite(value)) continue;
    if (lowest < 0 || value < low) low = value, lowest = i;
    if (highest < 0 || value > high) high = value, highest = i;
  }
  if (lowest < 0) return emptySentence();
  return tr("%1 in the newest round: lowest %2 at %3, highest %4 at %5.")
      .arg(axisTitle(), focus_->clientName(lowest), run_text::number(low), focus_->clientName(highest), run_text::number(high));
}

QString UpdatePlot::readout(int round) const {
  std::vector<double> values;
  for (int i = 0; i < focus_->clients(); ++i)
    if (const double value = valueAt(series(*current(), i), round); std::isfinite(value)) values.push_back(value);
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  QString text = tr("round %1: %2 to %3").arg(QString::number(round), run_text::number(*low), run_text::number(*high));
  if (focus_->client() >= 0)
    text += tr(", %1 %2").arg(focus_->clientName(focus_->client()), run_text::number(valueAt(series(*current(), focus_->client()), round)));
  return text;
}

}  // namespace fedllm::ui
