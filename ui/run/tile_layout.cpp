#include "ui/run/tile_layout.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "ui/run/run_text.h"

namespace fedllm::ui {
namespace {

struct Words { Q_DECLARE_TR_FUNCTIONS(Tiles) };

struct Key {
  int group;                           // 0 base, 1 global, 2 client, 3 alone, 4 centralised
  int client, round;
  auto operator<=>(const Key&) const = default;
};

constexpr const char* kAdapters[] = {"base", "global", "client", "local", "centralised"};

// What it is called, -1: by no name known here.
int groupOf(const QString& adapter) {
  for (int i = 0; i < int(std::size(kAdapters)); ++i)
    if (adapter == QLatin1String(kAdapters[i])) return i;
  return -1;
}

bool isClients(int group) { return group == 2 || group == 3; }

using Measured = std::map<Key, std::map<QString, const Tile*>>;

// The global adapter at round 0 is the base model still: one row says it.
Measured measured(const RunRecord* record) {
  Measured result;
  if (!record) return result;
  bool base = false;
  for (const Tile& tile : record->tiles()) base = base || tile.adapter == QLatin1String("base");
  for (const Tile& tile : record->tiles()) {
    if (std::isnan(tile.exact) || (base && tile.adapter == QLatin1String("global") && tile.round == 0)) continue;
    const int group = groupOf(tile.adapter);
    if (group >= 0) result[{group, isClients(group) ? tile.client : -1, tile.round}][tile.topic] = &tile;
  }
  return result;
}

QString labelOf(const Key& key, const RunRecord& record) {
  if (key.group == 0) return Words::tr("base");
  if (key.group == 1) return Words::tr("global r%1", "global adapter at round").arg(key.round);
  if (key.group == 4) return Words::tr("centralised");
  const auto& clients = record.clients();
  const QString name = key.client >= 0 && key.client < int(clients.size()) ? clients[key.client].name : QString::number(key.client + 1);
  if (key.group == 3) return Words::tr("%1 alone", "a client's adapter, trained without the others").arg(name);
  return Words::tr("%1 r%2", "a client's own adapter at round").arg(name).arg(key.round);
}

double overall(const std::map<QString, const Tile*>& cells) {
  if (auto all = cells.find(QString()); all != cells.end()) return all->second->exact;
  double sum = 0;
  for (const auto& [topic, tile] : cells) sum += tile->exact;
  return cells.empty() ? 0 : sum / double(cells.size());
}

// Rank of importance, small is kept first.
int importance(const Key& key, const TileQuestion& question, int lastGlobal, int best, int worst, int lastOfClient, int firstGlobal) {
  if (key.group == 0) return 0;
  if (key.group == 1) return key.round == lastGlobal ? 1 : key.round == firstGlobal ? 3 : 5 + (lastGlobal - key.round);
  if (key.group == 4) return 2;
  if (key.group == 3) return key.client == question.focusedClient ? 2 : 5000 + key.client;
  const bool last = key.round == lastOfClient;
  if (key.client == question.focusedClient) return last ? 1 : 2;
  if (key.client == best || key.client == worst) return last ? 3 : 4;
  return (last ? 100 : 10000) + key.client;
}

}  // namespace

TileLayout layOutTiles(const TileQuestion& question) {
  TileLayout layout;
  if (!question.current) return layout;
  const Measured now = measured(question.current), before = measured(question.previous);
  bool together = false;
  for (const auto& [key, cells] : now) together = together || cells.count(QString());
  layout.topics = question.current->topics();
  if (together) layout.topics.prepend(QString());

  int lastGlobal = -1, firstGlobal = -1, best = -1, worst = -1;
  std::map<int, int> lastOfClient;
  double high = -1, low = 2;
  for (const auto& [key, cells] : now) {
    if (key.group == 1) lastGlobal = std::max(lastGlobal, key.round), firstGlobal = firstGlobal < 0 ? key.round : firstGlobal;
    if (key.group == 2) lastOfClient[key.client] = std::max(lastOfClient[key.client], key.round);
  }
  for (const auto& [client, round] : lastOfClient) {
    const double share = overall(now.at({2, client, round}));
    if (share > high) high = share, best = client;
    if (share < low) low = share, worst = client;
  }
  std::vector<Key> keys;
  for (const auto& [key, cells] : now) keys.push_back(key);
  auto rank = [&](const Key& key) {
    return importance(key, question, lastGlobal, best, worst, key.group == 2 ? lastOfClient[key.client] : 0, firstGlobal);
  };
  std::stable_sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) { return rank(a) < rank(b); });
  layout.left = std::max(0, int(keys.size()) - question.maxRows);
  keys.resize(keys.size() - layout.left);
  std::sort(keys.begin(), keys.end());
  int group = keys.empty() ? 0 : keys.front().group;
  for (const Key& key : keys) {
    TileRow row;
    row.label = labelOf(key, *question.current);
    row.adapter = QLatin1String(kAdapters[key.group]);
    row.client = key.client;
    row.round = key.round;
    row.opensGroup = key.group != group;
    group = key.group;
    const auto& cells = now.at(key);
    const auto old = before.find(key);
    for (const QString& topic : layout.topics) {
      const auto cell = cells.find(topic);
      row.cells.push_back(cell == cells.end() ? std::nullopt : std::optional(*cell->second));
      const bool had = old != before.end() && old->second.count(topic);
      row.before.push_back(had ? std::optional(*old->second.at(topic)) : std::nullopt);
    }
    layout.rows.push_back(std::move(row));
  }
  return layout;
}

QString topicName(const QString& topic) { return topic.isEmpty() ? Words::tr("all", "all topics together") : topic; }

QString tileSentence(const RunRecord& record, const Tile& tile) {
  const Key key{std::max(0, groupOf(tile.adapter)), tile.client, tile.round};
  return Words::tr("%1, %2: %3 exact, 95 % interval %4 to %5, n %6")
      .arg(labelOf(key, record), topicName(tile.topic), run_text::percent(tile.exact), run_text::percent(tile.low), run_text::percent(tile.high))
      .arg(tile.n);
}

}  // namespace fedllm::ui
