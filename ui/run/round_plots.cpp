#include "ui/run/round_plots.h"

#include <QComboBox>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/plot/legend_strip.h"
#include "ui/run/run_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

using Field = double RoundRecord::*;
using Shape = LegendEntry::Shape;

constexpr double kHalf = 0.19, kWide = 0.34, kNarrow = 0.22, kBehind = 0.44, kTimeBar = 0.6, kTimeBehind = 0.84;

PlotBars barsOf(const std::vector<RoundRecord>& rounds, Field field, QString name, double width, double shift) {
  PlotBars bars;
  bars.name = std::move(name);
  bars.width = width;
  bars.shift = shift;
  for (const RoundRecord& round : rounds) {
    if (!round.committed || round.round < 1) continue;
    bars.x.push_back(round.round);
    bars.y.push_back(round.*field);
  }
  return bars;
}

PlotLine marksOf(const std::vector<RoundRecord>& rounds, Field field, const QString& name, const QColor& color, double shift) {
  PlotLine line;
  line.name = name;
  line.color = color;
  line.mark = PlotMark::Diamond;
  line.joined = false;
  for (const RoundRecord& round : rounds)
    if (round.committed && round.round > 0) line.points.push_back({round.round + shift, round.*field});
  return line;
}

const RoundRecord* roundAt(const std::vector<RoundRecord>& rounds, int round) {
  return round >= 0 && round < int(rounds.size()) && rounds[round].committed ? &rounds[round] : nullptr;
}

LegendStrip* addLegend(PicturePanel* panel, RunFocus* focus, Theme* theme, std::function<std::vector<LegendEntry>()> entries) {
  auto* legend = new LegendStrip(theme, panel);
  legend->setContentsMargins(4, 0, 4, 0);
  legend->setEntries(entries());
  QObject::connect(theme, &Theme::changed, legend, [legend, entries] { legend->setEntries(entries()); });
  QObject::connect(focus, &RunFocus::recordsChanged, legend, [legend, entries] { legend->setEntries(entries()); });
  static_cast<QVBoxLayout*>(panel->layout())->insertWidget(1, legend);
  return legend;
}

}  // namespace

CommPlot::CommPlot(RunFocus* focus, Theme* theme, QWidget* parent)
    : RunPlot(tr("Communication"), QStringLiteral("plot.comm"), focus, theme, parent) {
  mode_ = new QComboBox;
  mode_->addItems({tr("per round"), tr("cumulative")});
  mode_->setAccessibleName(tr("Bytes per round or cumulative"));
  mode_->setWhatsThis(tr("Shows the bytes of each round, or all bytes up to each round."));
  mode_->setObjectName(QStringLiteral("comm.mode"));
  addControl(mode_);
  setNote(wireNote());
  hideTitle();
  addLegend(this, focus, theme, [this] {
    const QColor up = theme_->client(0), down = theme_->client(1);
    std::vector<LegendEntry> entries{{tr("up, payload"), up, Shape::Filled}, {tr("up, wire"), up, Shape::Hollow},
                                     {tr("down, payload"), down, Shape::Filled}, {tr("down, wire"), down, Shape::Hollow},
                                     {tr("modelled"), theme_->text(), Shape::Diamond}};
    if (previous()) entries.push_back({tr("previous run"), faint(), Shape::Filled});
    return entries;
  });
  connect(mode_, &QComboBox::currentIndexChanged, this, [this] { mark(); });
}

bool CommPlot::cumulative() const { return mode_->currentIndex() == 1; }

std::vector<RoundRecord> CommPlot::figures(const RunRecord& record) const {
  std::vector<RoundRecord> rounds = record.rounds_();
  if (!cumulative()) return rounds;
  for (size_t i = 1; i < rounds.size(); ++i)
    for (Field field : {&RoundRecord::uplinkPayload, &RoundRecord::downlinkPayload, &RoundRecord::uplinkWire, &RoundRecord::downlinkWire,
                        &RoundRecord::uplinkModelled, &RoundRecord::downlinkModelled})
      rounds[i].*field += rounds[i - 1].*field;
  return rounds;
}

PlotContent CommPlot::content(const PlotWindow&) {
  PlotContent content;
  content.xTitle = tr("round");
  content.yTitle = cumulative() ? tr("bytes so far") : tr("bytes a round");
  content.unit = PlotUnit::Bytes;
  content.fromZero = true;
  setNote(wireNote());   // a run says where it takes place with its first event
  if (!current()) return content;
  content.xFrom = 1;
  content.xTo = std::max(2, focus_->lastRound());
  const auto now = figures(*current());
  if (previous()) {
    const auto before = figures(*previous());
    for (auto [field, shift] : {std::pair{&RoundRecord::uplinkWire, -kHalf}, {&RoundRecord::downlinkWire, kHalf}}) {
      PlotBars bars = barsOf(before, field, tr("previous run"), kBehind, shift);
      bars.fill = faint();
      bars.behind = true;
      content.bars.push_back(std::move(bars));
    }
  }
  struct Part { Field payload, wire, modelled; double shift; QColor color; };
  for (const Part& part : {Part{&RoundRecord::uplinkPayload, &RoundRecord::uplinkWire, &RoundRecord::uplinkModelled, -kHalf, theme_->client(0)},
                           Part{&RoundRecord::downlinkPayload, &RoundRecord::downlinkWire, &RoundRecord::downlinkModelled, kHalf, theme_->client(1)}}) {
    PlotBars wire = barsOf(now, part.wire, tr("wire"), kWide, part.shift);
    wire.fill = theme_->surface();
    wire.outline = part.color;
    PlotBars payload = barsOf(now, part.payload, tr("payload"), kNarrow, part.shift);
    payload.fill = part.color;
    content.bars.push_back(std::move(wire));
    content.bars.push_back(std::move(payload));
    content.lines.push_back(marksOf(now, part.modelled, tr("modelled"), theme_->text(), part.shift));
  }
  if (content.lines.front().points.empty()) content.emptyText = tr("No round saved yet");
  return content;
}

TableData CommPlot::tableData() const {
  TableData data;
  const auto kind = TableData::Kind::Bytes;
  data.columns = {{tr("round"), TableData::Kind::Text}, {tr("up, payload"), kind}, {tr("up, wire"), kind}, {tr("up, modelled"), kind},
                  {tr("down, payload"), kind}, {tr("down, wire"), kind}, {tr("down, modelled"), kind}};
  if (previous()) {
    data.columns.push_back({tr("up, wire, previous run"), kind});
    data.columns.push_back({tr("down, wire, previous run"), kind});
  }
  const auto before = previous() ? figures(*previous()) : std::vector<RoundRecord>();
  for (const RoundRecord& r : figures(*current())) {
    if (!r.committed || r.round < 1) continue;
    std::vector<QVariant> row{r.round, r.uplinkPayload, r.uplinkWire, r.uplinkModelled, r.downlinkPayload, r.downlinkWire, r.downlinkModelled};
    if (previous()) {
      const RoundRecord* old = roundAt(before, r.round);
      row.push_back(old ? QVariant(old->uplinkWire) : QVariant());
      row.push_back(old ? QVariant(old->downlinkWire) : QVariant());
    }
    data.rows.push_back(std::move(row));
  }
  return data;
}

// What wire bytes count beside messages.
QString CommPlot::wireNote() const {
  if (!current() || current()->room().isEmpty()) return tr("in-process: no HTTP/2 or TLS");
  return current()->countsSockets() ? tr("network: with HTTP/2 and TLS") : tr("network: messages alone");
}

QString CommPlot::describe() const {
  double up = 0, down = 0, wire = 0, modelled = 0;
  int rounds = 0;
  for (const RoundRecord& r : current()->rounds_()) {
    if (!r.committed) continue;
    rounds += r.round > 0;
    up += r.uplinkPayload;
    down += r.downlinkPayload;
    wire += r.uplinkWire + r.downlinkWire;
    modelled += r.uplinkModelled + r.downlinkModelled;
  }
  return tr("Communication, %n round(s):", nullptr, rounds) + QLatin1Char(' ') +
         tr("%1 up and %2 down as payload, %3 on the wire, %4 modelled.")
             .arg(run_text::bytes(up), run_text::bytes(down), run_text::bytes(wire), run_text::bytes(modelled)) +
         QLatin1Char(' ') + wireNote();
}

QString CommPlot::readout(int round) const {
  const auto rounds = figures(*current());
  const RoundRecord* r = roundAt(rounds, round);
  if (!r) return {};
  const double framing = r->uplinkWire + r->downlinkWire - r->uplinkPayload - r->downlinkPayload;
  return tr("round %1: %2 up, %3 down, wire +%4")
      .arg(round)
      .arg(run_text::bytes(r->uplinkPayload), run_text::bytes(r->downlinkPayload), run_text::bytes(framing));
}

TimePlot::TimePlot(RunFocus* focus, Theme* theme, QWidget* parent)
    : RunPlot(tr("Time per round"), QStringLiteral("plot.time"), focus, theme, parent) {
  hideTitle();
  setNote(tr("means over the clients of a round"));
  addLegend(this, focus, theme, [this] {
    std::vector<LegendEntry> entries{{tr("compute"), theme_->client(0), Shape::Filled}, {tr("transfer"), theme_->client(1), Shape::Filled},
                                     {tr("wait"), theme_->client(2), Shape::Filled}, {tr("evaluation"), theme_->client(3), Shape::Filled},
                                     {tr("wall time"), theme_->text(), Shape::Diamond}};
    if (previous()) entries.push_back({tr("previous run"), faint(), Shape::Filled});
    return entries;
  });
}

PlotContent TimePlot::content(const PlotWindow&) {
  PlotContent content;
  content.xTitle = tr("round");
  content.yTitle = tr("seconds");
  content.unit = PlotUnit::Seconds;
  content.fromZero = true;
  if (!current()) return content;
  content.xFrom = 1;
  content.xTo = std::max(2, focus_->lastRound());
  if (previous()) {
    std::vector<RoundRecord> before = previous()->rounds_();
    for (RoundRecord& r : before) r.compute += r.transfer + r.wait + r.evaluation;
    PlotBars bars = barsOf(before, &RoundRecord::compute, tr("previous run"), kTimeBehind, 0);
    bars.fill = faint();
    bars.behind = true;
    content.bars.push_back(std::move(bars));
  }
  int beneath = -1;
  const std::pair<Field, QString> parts[] = {{&RoundRecord::compute, tr("compute")}, {&RoundRecord::transfer, tr("transfer")},
                                             {&RoundRecord::wait, tr("wait")}, {&RoundRecord::evaluation, tr("evaluation")}};
  for (int i = 0; i < int(std::size(parts)); ++i) {
    PlotBars bars = barsOf(current()->rounds_(), parts[i].first, parts[i].second, kTimeBar, 0);
    bars.fill = theme_->client(i);
    bars.stackedOn = beneath;
    beneath = int(content.bars.size());
    content.bars.push_back(std::move(bars));
  }
  content.lines.push_back(marksOf(current()->rounds_(), &RoundRecord::wall, tr("wall time"), theme_->text(), 0));
  if (content.lines.front().points.empty()) content.emptyText = tr("No round saved yet");
  return content;
}

TableData TimePlot::tableData() const {
  TableData data;
  const auto kind = TableData::Kind::Seconds;
  data.columns = {{tr("round"), TableData::Kind::Text}, {tr("compute"), kind}, {tr("transfer"), kind}, {tr("wait"), kind},
                  {tr("evaluation"), kind}, {tr("wall time"), kind}};
  if (previous()) data.columns.push_back({tr("wall time, previous run"), kind});
  for (const RoundRecord& r : current()->rounds_()) {
    if (!r.committed || r.round < 1) continue;
    std::vector<QVariant> row{r.round, r.compute, r.transfer, r.wait, r.evaluation, r.wall};
    if (previous()) {
      const RoundRecord* old = roundAt(previous()->rounds_(), r.round);
      row.push_back(old ? QVariant(old->wall) : QVariant());
    }
    data.rows.push_back(std::move(row));
  }
  return data;
}

QString TimePlot::describe() const {
  RoundRecord sum;
  for (const RoundRecord& r : current()->rounds_())
    for (Field field : {&RoundRecord::compute, &RoundRecord::transfer, &RoundRecord::wait, &RoundRecord::evaluation, &RoundRecord::wall})
      sum.*field += r.*field;
  return tr("Time of all rounds, as means over the clients: compute %1, transfer %2, wait %3, evaluation %4. Wall time %5.")
      .arg(run_text::seconds(sum.compute), run_text::seconds(sum.transfer), run_text::seconds(sum.wait), run_text::seconds(sum.evaluation),
           run_text::seconds(sum.wall));
}

QString TimePlot::readout(int round) const {
  const RoundRecord* r = roundAt(current()->rounds_(), round);
  if (!r) return {};
  return tr("round %1: compute %2 s, transfer %3 s, wait %4 s, evaluation %5 s")
      .arg(QString::number(round), run_text::number(r->compute), run_text::number(r->transfer), run_text::number(r->wait), run_text::number(r->evaluation));
}

}  // namespace fedllm::ui
