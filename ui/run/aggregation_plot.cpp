#include "ui/run/aggregation_plot.h"

#include <QComboBox>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/run/client_curves.h"
#include "ui/run/run_text.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr double kNearRounding = 1e-5, kUsualFrom = 0.1;
constexpr auto kWhole = "whole", kWorst = "worst", kAll = "all";

// Numbers within names count as numbers: layer 2 stands before layer 10.
bool inOrder(const QString& a, const QString& b) {
  const QStringList left = a.split(QLatin1Char('.')), right = b.split(QLatin1Char('.'));
  for (qsizetype i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (left[i] == right[i]) continue;
    bool number = false, both = false;
    const int x = left[i].toInt(&number), y = right[i].toInt(&both);
    return number && both ? x < y : left[i] < right[i];
  }
  return left.size() < right.size();
}

QStringList moduleNames(const RunRecord* record) {
  QStringList names;
  if (record)
    for (const ModuleRecord& module : record->modules()) names << module.name;
  std::sort(names.begin(), names.end(), inOrder);
  return names;
}

// No logarithm shows nothing at all: it lies on the floor.
void liftToFloor(PlotLine& line) {
  for (SeriesPoint& p : line.points)
    if (p.y < AggregationPlot::kFloor) p.y = AggregationPlot::kFloor;
}

double least(const PlotContent& content) {
  double low = std::numeric_limits<double>::infinity();
  for (const PlotLine& line : content.lines)
    for (const SeriesPoint& p : line.points)
      if (std::isfinite(p.y)) low = std::min(low, p.y);
  return low;
}

// Where no figure says anything but how the arithmetic rounds.
void addRounding(PlotContent& content, const Theme& theme) {
  QColor fill = theme.band();
  fill.setAlphaF(0.55f);
  content.bands.push_back({fill, {content.xFrom, content.xTo}, {AggregationPlot::kFloor, AggregationPlot::kFloor}, {AggregationPlot::kRounding, AggregationPlot::kRounding}});
  PlotLine edge;
  edge.name = edge.endLabel = AggregationPlot::tr("rounding");
  edge.color = theme.mutedText();
  edge.dashed = edge.behind = true;
  edge.points = {{content.xFrom, AggregationPlot::kRounding}, {content.xTo, AggregationPlot::kRounding}};
  content.lines.push_back(std::move(edge));
}

}  // namespace

QString shortModule(const QString& name) { return name.startsWith(QLatin1String("model.")) ? name.mid(6) : name; }

AggregationPlot::AggregationPlot(RunFocus* focus, Theme* theme, QWidget* parent)
    : RunPlot(tr("Aggregation error"), QStringLiteral("plot.aggregation"), focus, theme, parent) {
  modules_ = new QComboBox;
  modules_->setObjectName(QStringLiteral("aggregation.modules"));
  modules_->setAccessibleName(tr("Whose aggregation error is drawn"));
  modules_->setWhatsThis(tr("The error of the whole update is always drawn. Beside it: the worst LoRA module of each round, all modules, or one. "
                            "The error is the part of the clients' mean change that the new adapter does not hold, ‖T − G‖ / ‖T‖."));
  modules_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  modules_->setMinimumContentsLength(12);
  addControl(modules_);
  hideTitle();
  offerModules();
  connect(modules_, &QComboBox::currentIndexChanged, this, [this] { RunPlot::mark(); });
  connect(focus, &RunFocus::recordsChanged, this, [this] {
    offered_.reset();
    offerModules();
  });
}

void AggregationPlot::mark() {
  offerModules();
  RunPlot::mark();
}

// A run's modules do not change once they were measured.
void AggregationPlot::offerModules() {
  const size_t count = current() ? current()->modules().size() : 0;
  if (std::exchange(offered_, count) == count) return;
  const QString chosen = modules_->count() ? modules_->currentData().toString() : QString::fromLatin1(kWorst);
  const QSignalBlocker quiet(modules_);
  modules_->clear();
  modules_->addItem(tr("whole update"), QString::fromLatin1(kWhole));
  modules_->addItem(tr("worst module"), QString::fromLatin1(kWorst));
  modules_->addItem(tr("all modules"), QString::fromLatin1(kAll));
  for (const QString& name : moduleNames(current())) modules_->addItem(shortModule(name), name);
  modules_->setCurrentIndex(std::max(0, modules_->findData(chosen)));
}

PlotLine AggregationPlot::wholeLine(const RunRecord& record) const {
  PlotLine line;
  line.name = line.endLabel = tr("whole update");
  line.color = theme_->text();
  line.width = 2;
  line.mark = PlotMark::Disc;
  for (const RoundRecord& round : record.rounds_())
    if (round.committed && round.round > 0) line.points.push_back({double(round.round), round.aggregationError});
  return line;
}

PlotLine AggregationPlot::discardedLine() const {
  PlotLine line;
  line.name = line.endLabel = tr("discarded energy");
  line.color = theme_->client(2);
  line.dashed = true;
  for (const RoundRecord& round : current()->rounds_())
    if (round.committed && round.discardedEnergy > 0) line.points.push_back({double(round.round), round.discardedEnergy});
  return line;
}

PlotLine AggregationPlot::worstLine() const {
  PlotLine line;
  line.name = line.endLabel = tr("worst module");
  line.color = theme_->client(1);
  line.mark = PlotMark::Square;
  for (const RoundRecord& round : current()->rounds_()) {
    if (!round.committed || round.round < 1) continue;
    line.points.push_back({double(round.round), round.worstModule < 0 ? std::numeric_limits<double>::quiet_NaN() : round.worstError});
  }
  return line;
}

PlotLine AggregationPlot::moduleLine(const ModuleRecord& module, const PlotWindow& window) const {
  PlotLine line;
  line.name = shortModule(module.name);
  line.color = theme_->client(0);
  line.points = module.error.view(window.from, window.to, window.maxVertices);
  return line;
}

void AggregationPlot::addModules(PlotContent& content, const PlotWindow& window) const {
  const QString chosen = modules_->currentData().toString();
  const auto& modules = current()->modules();
  if (modules.empty() || chosen == QLatin1String(kWhole)) return;
  for (const ModuleRecord& module : modules) {
    if (chosen != QLatin1String(kAll) && chosen != module.name) continue;
    PlotLine line = moduleLine(module, windowFor(window, content.xTo, chosen == module.name ? 1 : int(modules.size())));
    if (chosen == module.name) line.endLabel = line.name, line.mark = PlotMark::Square;
    content.lines.push_back(std::move(line));
  }
  if (chosen == QLatin1String(kWorst) || chosen == QLatin1String(kAll)) content.lines.push_back(worstLine());
}

PlotContent AggregationPlot::content(const PlotWindow& window) {
  PlotContent content;
  content.xTitle = tr("round");
  content.yTitle = tr("aggregation error, log");
  content.logarithmic = content.decades = true;
  content.yFrom = kUsualFrom;
  content.yTo = 1;
  setNote({});
  if (!current()) return content;
  content.xFrom = 1;
  content.xTo = std::max(2, focus_->lastRound());
  if (previous()) {
    PlotLine before = wholeLine(*previous());
    before.name = before.endLabel = tr("previous run");
    before.color = faint();
    before.mark = PlotMark::None;
    before.behind = true;
    content.lines.push_back(std::move(before));
  }
  addModules(content, window);
  content.lines.push_back(discardedLine());
  content.lines.push_back(wholeLine(*current()));
  const auto& whole = content.lines.back().points;
  if (std::none_of(whole.begin(), whole.end(), [](const SeriesPoint& p) { return std::isfinite(p.y); })) {
    content.lines.clear();
    content.emptyText = emptySentence();
    return content;
  }
  double high = 0;
  for (const SeriesPoint& p : whole) high = std::isfinite(p.y) ? std::max(high, p.y) : high;
  const bool onFloor = least(content) < kFloor;
  for (PlotLine& line : content.lines) liftToFloor(line);
  if (least(content) < kNearRounding) addRounding(content, *theme_);
  setNote(high < kRounding ? (onFloor ? tr("exact up to rounding; 0 lies on the floor") : tr("exact up to rounding"))
                           : tr("part of the clients' mean change that the new adapter does not hold"));
  return content;
}

QString AggregationPlot::emptySentence() const {
  bool saved = false;
  for (const RoundRecord& round : current()->rounds_()) {
    if (!round.hidden.isEmpty()) return sentenceText(round.hidden);
    saved = saved || (round.committed && round.round > 0);
  }
  return saved ? tr("The aggregation error was not measured in this run.") : tr("No round saved yet");
}

TableData AggregationPlot::tableData() const {
  TableData data;
  data.columns = {{tr("round"), TableData::Kind::Text}, {tr("whole update")}, {tr("worst module")}, {tr("which"), TableData::Kind::Text}, {tr("discarded energy")}};
  if (previous()) data.columns.push_back({tr("previous run")});
  const auto& modules = current()->modules();
  for (const ModuleRecord& module : modules) data.columns.push_back({shortModule(module.name)});
  for (const RoundRecord& r : current()->rounds_()) {
    if (!r.committed || r.round < 1) continue;
    const bool any = r.worstModule >= 0;
    std::vector<QVariant> row{r.round, r.aggregationError, any ? QVariant(r.worstError) : QVariant(),
                              any ? shortModule(modules[size_t(r.worstModule)].name) : QString(), r.discardedEnergy};
    if (previous()) row.push_back(r.round < int(previous()->rounds_().size()) ? QVariant(previous()->rounds_()[r.round].aggregationError) : QVariant());
    for (const ModuleRecord& module : modules) row.push_back(valueAt(module.error, r.round));
    data.rows.push_back(std::move(row));
  }
  return data;
}

QString AggregationPlot::describe() const {
  const RoundRecord *first = nullptr, *last = nullptr;
  for (const RoundRecord& round : current()->rounds_()) {
    if (!round.committed || !std::isfinite(round.aggregationError) || round.round < 1) continue;
    if (!first) first = &round;
    last = &round;
  }
  if (!last) return emptySentence();
  QString text = tr("Aggregation error of the whole update: %1 in round %2, %3 in round %4.")
                     .arg(run_text::number(first->aggregationError))
                     .arg(first->round)
                     .arg(run_text::number(last->aggregationError))
                     .arg(last->round);
  if (last->worstModule >= 0)
    text += QLatin1Char(' ') + tr("Worst module: %1 at %2.").arg(shortModule(current()->modules()[size_t(last->worstModule)].name), run_text::number(last->worstError));
  return text;
}

QString AggregationPlot::readout(int round) const {
  const auto& rounds = current()->rounds_();
  if (round < 1 || round >= int(rounds.size()) || !std::isfinite(rounds[round].aggregationError)) return {};
  const RoundRecord& r = rounds[round];
  QString text = tr("round %1: whole update %2").arg(round).arg(run_text::number(r.aggregationError));
  if (r.worstModule >= 0)
    text += tr(", worst %1 %2", "the module and its error").arg(shortModule(current()->modules()[size_t(r.worstModule)].name), run_text::number(r.worstError));
  if (r.discardedEnergy > 0) text += tr(", discarded energy %1").arg(run_text::number(r.discardedEnergy));
  return text;
}

}  // namespace fedllm::ui
