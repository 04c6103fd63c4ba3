#include "ui/run/client_matrix.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "spec/method_facts.h"
#include "ui/run/references.h"
#include "ui/run/run_text.h"

namespace fedllm::ui {
namespace {

struct Words { Q_DECLARE_TR_FUNCTIONS(Tiles) };

using ByTopic = std::map<QString, const Tile*>;

// One adapter's measurements: round -> topic -> tile.
using History = std::map<int, ByTopic>;
using AdapterKey = std::pair<QString, int>;   // name, client
using Histories = std::map<AdapterKey, History>;

Histories historiesOf(const RunRecord& record) {
  Histories all;
  for (const Tile& tile : record.tiles()) {
    const bool ofAClient = tile.adapter == QLatin1String("client") || tile.adapter == QLatin1String("local");
    if (!tile.topic.isEmpty()) all[{tile.adapter, ofAClient ? tile.client : -1}][tile.round][tile.topic] = &tile;
  }
  return all;
}

// Sums per record, so that long answers weigh in the loss as they do in the whole.
std::optional<Tile> mixture(const ByTopic& measured, const QHash<QString, double>& held) {
  double weights = 0, lossSum = 0, tokens = 0, exact = 0;
  Tile cell;
  for (auto it = held.begin(); it != held.end(); ++it) {
    const auto found = measured.find(it.key());
    if (found == measured.end() || found->second->n <= 0) continue;
    const Tile& tile = *found->second;
    const double perRecord = tile.tokens > 0 ? tile.tokens / tile.n : 1;
    weights += it.value();
    lossSum += it.value() * tile.loss * perRecord;
    tokens += it.value() * perRecord;
    exact += it.value() * tile.exact;
    cell.n += tile.n;
    cell.adapter = tile.adapter;
    cell.client = tile.client;
    cell.round = tile.round;
  }
  if (weights <= 0) return std::nullopt;
  cell.loss = lossSum / tokens;
  cell.exact = exact / weights;
  return cell;
}

const ByTopic* upTo(const History& history, int round) {
  const auto after = round < 0 ? history.end() : history.upper_bound(round);
  return after == history.begin() ? nullptr : &std::prev(after)->second;
}

QString nameOf(const RunRecord& record, int client) {
  return client >= 0 && client < int(record.clients().size()) ? record.clients()[client].name : QString::number(client + 1);
}

bool hasOneGlobalAdapter(const RunRecord& record) {
  const spec::MethodFacts* method = spec::find_method(record.scenario().strategy.aggregator);
  return !method || !method->personal || method->own_adapter;
}

// References stand beside every round.
bool movesWithRounds(const QString& adapter) { return adapter == QLatin1String("client") || adapter == QLatin1String("global"); }

struct Column {
  QString label;
  QString adapter;
  int client;                          // -2: the row's own
};

std::vector<Column> columnsOf(const RunRecord& record, const Histories& all, const std::vector<int>& clients) {
  const auto has = [&](const char* adapter) { return all.count({QLatin1String(adapter), -1}) > 0; };
  std::vector<Column> columns;
  if (has("base")) columns.push_back({referenceName(Reference::Kind::Base), QStringLiteral("base"), -1});
  if (has("global") && hasOneGlobalAdapter(record)) columns.push_back({Words::tr("global"), QStringLiteral("global"), -1});
  for (const int client : clients) columns.push_back({nameOf(record, client), QStringLiteral("client"), client});
  const bool alone = std::any_of(all.begin(), all.end(), [](const auto& one) { return one.first.first == QLatin1String("local"); });
  if (alone) columns.push_back({Words::tr("alone", "the row's client trained without the others"), QStringLiteral("local"), -2});
  if (has("centralised")) columns.push_back({referenceName(Reference::Kind::Centralised), QStringLiteral("centralised"), -1});
  return columns;
}

// From the first and the newest measurement of every adapter that was trained: beside the base model's all would be green.
void stretch(TileLayout& layout, const Histories& all, const RunRecord& record, const std::vector<int>& clients) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& [key, history] : all) {
    const auto first = history.upper_bound(0);
    if (first == history.end()) continue;
    for (const int client : clients)
      for (const ByTopic* measured : {&first->second, &history.rbegin()->second})
        if (const auto cell = mixture(*measured, record.topicsOf(client)); cell && std::isfinite(cell->loss)) {
          low = std::min(low, cell->loss);
          high = std::max(high, cell->loss);
        }
  }
  if (low > high) return;
  layout.bestLoss = low;
  layout.worstLoss = std::max(high, low + 1e-3);
}

QString whyEmpty(const RunRecord& record, bool anyOwn, bool anyHeld) {
  if (record.topics().isEmpty() && record.round() > 0) return Words::tr("The data have no topics, so every client would be measured on the same records.");
  if (!anyHeld && record.round() > 0) return Words::tr("This run did not record which topics its clients hold.");
  if (!anyOwn) return Words::tr("The matrix appears when the clients' own adapters have been measured.");
  return {};
}

}  // namespace

TileLayout layOutMatrix(const RunRecord* record, int round, bool showsLoss) {
  TileLayout layout;
  layout.matrix = true;
  layout.showsLoss = showsLoss;
  if (!record) return layout;
  const Histories all = historiesOf(*record);
  std::vector<int> clients;
  bool anyHeld = false;
  for (const auto& [key, history] : all)
    if (key.first == QLatin1String("client")) clients.push_back(key.second);
  for (int i = 0; i < int(record->clients().size()); ++i) anyHeld = anyHeld || !record->topicsOf(i).isEmpty();
  layout.emptyText = whyEmpty(*record, !clients.empty(), anyHeld);
  if (clients.empty() || !anyHeld) return layout;
  stretch(layout, all, *record, clients);
  const std::vector<Column> columns = columnsOf(*record, all, clients);
  for (const Column& column : columns) layout.topics << column.label;
  for (const int client : clients) {
    TileRow row;
    row.label = nameOf(*record, client);
    row.adapter = QStringLiteral("client");
    row.client = client;
    row.round = round;
    for (const Column& column : columns) {
      const auto history = all.find({column.adapter, column.client == -2 ? client : column.client});
      const ByTopic* measured = history == all.end() ? nullptr : upTo(history->second, movesWithRounds(column.adapter) ? round : -1);
      std::optional<Tile> cell = measured ? mixture(*measured, record->topicsOf(client)) : std::nullopt;
      if (cell && !showsLoss && std::isnan(cell->exact)) cell.reset();
      if (column.adapter == QLatin1String("client") && column.client == client) row.own = int(row.cells.size());
      row.cells.push_back(std::move(cell));
      row.before.push_back(std::nullopt);
    }
    layout.rows.push_back(std::move(row));
  }
  return layout;
}

QString matrixSentence(const RunRecord& record, const TileRow& row, const Tile& cell) {
  QString which;
  if (cell.adapter == QLatin1String("base")) which = Words::tr("Base model");
  else if (cell.adapter == QLatin1String("global")) which = Words::tr("Global adapter, round %1").arg(cell.round);
  else if (cell.adapter == QLatin1String("centralised")) which = Words::tr("Adapter trained on all data in one place");
  else if (cell.adapter == QLatin1String("local")) which = Words::tr("Adapter of %1, trained alone").arg(nameOf(record, cell.client));
  else which = Words::tr("Adapter of %1, round %2").arg(nameOf(record, cell.client)).arg(cell.round);
  QString text = Words::tr("%1, on the topics of %2: held-out loss %3", "an adapter, a client").arg(which, row.label, run_text::loss(cell.loss));
  if (std::isfinite(cell.exact)) text += Words::tr(", %1 exact").arg(run_text::percent(cell.exact));
  return text;
}

}  // namespace fedllm::ui
