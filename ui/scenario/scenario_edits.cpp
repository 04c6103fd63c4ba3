#include "ui/scenario/scenario_edits.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace fedllm::ui::edits {
namespace {

constexpr double kSpacingX = 150, kSpacingY = 110;
constexpr int kRowLength = 8;
constexpr double kGrid = 10;

double snapped(double value) { return std::round(value / kGrid) * kGrid; }

// Rows of up to eight below the coordinator, each centred.
QPointF defaultPosition(int client, int count) {
  const int row = client / kRowLength;
  const int inRow = std::min(kRowLength, count - row * kRowLength);
  const double x = (client % kRowLength - (std::max(1, inRow) - 1) / 2.0) * kSpacingX;
  return {x, 160 + row * kSpacingY};
}

bool saysNothing(const spec::ClientOverride& o) {
  spec::ClientOverride empty;
  empty.client = o.client;
  return o == empty;
}

}  // namespace

bool clientsAreChosen(const spec::Scenario& scenario) {
  return scenario.partition.method != "by_column" && scenario.partition.method != "by_file";
}

int clientCount(const spec::Scenario& scenario, int fromData) {
  if (clientsAreChosen(scenario)) return std::max(0, scenario.partition.clients.value_or(0));
  if (scenario.partition.method == "by_file" && !scenario.dataset.files.empty()) return int(scenario.dataset.files.size());
  int named = 0;
  for (const auto& o : scenario.clients) named = std::max(named, o.client + 1);
  return fromData > 0 ? fromData : named;
}

const spec::ClientOverride* overrideOf(const spec::Scenario& scenario, int client) {
  for (const auto& o : scenario.clients)
    if (o.client == client) return &o;
  return nullptr;
}

spec::ClientOverride& needOverride(spec::Scenario& scenario, int client) {
  auto& list = scenario.clients;
  auto it = std::find_if(list.begin(), list.end(), [client](const auto& o) { return o.client >= client; });
  if (it == list.end() || it->client != client) {
    spec::ClientOverride fresh;
    fresh.client = client;
    it = list.insert(it, fresh);
  }
  return *it;
}

void tidy(spec::Scenario& scenario) { std::erase_if(scenario.clients, saysNothing); }

static QString usualName(int client) { return QCoreApplication::translate("Scenario", "Client %1").arg(client + 1); }

QString clientName(const spec::Scenario& scenario, int client) {
  const auto* o = overrideOf(scenario, client);
  if (o && o->name && !o->name->empty()) return QString::fromStdString(*o->name);
  return usualName(client);
}

QString groupOf(const spec::Scenario& scenario, int client) {
  const auto* o = overrideOf(scenario, client);
  return o && o->group ? QString::fromStdString(*o->group) : QString();
}

QPointF clientPosition(const spec::Scenario& scenario, int client, int count) {
  const auto* o = overrideOf(scenario, client);
  const QPointF fallback = defaultPosition(client, count);
  return {o && o->x ? *o->x : fallback.x(), o && o->y ? *o->y : fallback.y()};
}

QPointF coordinatorPosition(const spec::Scenario& scenario) {
  return {scenario.network.coordinator_x.value_or(0), scenario.network.coordinator_y.value_or(-60)};
}

int addClient(spec::Scenario& scenario, int count, const QPointF* at, int like) {
  if (!clientsAreChosen(scenario)) return -1;
  // Places of the others stay: a default place depends on how many there are.
  for (int i = 0; i < count; ++i) place(scenario, i, clientPosition(scenario, i, count));
  scenario.partition.clients = count + 1;
  if (like >= 0) {
    if (const auto* model = overrideOf(scenario, like)) {
      spec::ClientOverride copy = *model;
      copy.client = count;
      copy.name.reset();
      needOverride(scenario, count) = copy;
    }
    place(scenario, count, clientPosition(scenario, like, count) + QPointF(40, 60));
  } else {
    place(scenario, count, at ? *at : defaultPosition(count, count + 1));
  }
  return count;
}

void removeClients(spec::Scenario& scenario, std::vector<int> clients) {
  if (!clientsAreChosen(scenario)) return;
  const int count = clientCount(scenario);
  for (int i = 0; i < count; ++i) place(scenario, i, clientPosition(scenario, i, count));
  std::sort(clients.rbegin(), clients.rend());
  clients.erase(std::unique(clients.begin(), clients.end()), clients.end());
  for (int client : clients) {
    if (client < 0 || client >= *scenario.partition.clients) continue;
    std::erase_if(scenario.clients, [client](const auto& o) { return o.client == client; });
    for (auto& o : scenario.clients)
      if (o.client > client) --o.client;
    scenario.partition.clients = *scenario.partition.clients - 1;
  }
  if (scenario.cohort.size && *scenario.cohort.size > *scenario.partition.clients) scenario.cohort.size.reset();
}

void setClientCount(spec::Scenario& scenario, int count) {
  if (!clientsAreChosen(scenario)) return;
  std::vector<int> gone;
  for (int i = count; i < clientCount(scenario); ++i) gone.push_back(i);
  if (!gone.empty()) removeClients(scenario, gone);
  scenario.partition.clients = count;
}

void rename(spec::Scenario& scenario, int client, const QString& name) {
  auto& o = needOverride(scenario, client);
  if (name.trimmed().isEmpty() || name.trimmed() == usualName(client)) o.name.reset();
  else o.name = name.trimmed().toStdString();
  tidy(scenario);
}

void place(spec::Scenario& scenario, int client, QPointF at) {
  if (client < 0) {
    scenario.network.coordinator_x = snapped(at.x());
    scenario.network.coordinator_y = snapped(at.y());
    return;
  }
  auto& o = needOverride(scenario, client);
  o.x = snapped(at.x());
  o.y = snapped(at.y());
}

void setGroup(spec::Scenario& scenario, const std::vector<int>& clients, const QString& group) {
  for (int client : clients) {
    auto& o = needOverride(scenario, client);
    if (group.isEmpty()) o.group.reset();
    else o.group = group.toStdString();
  }
  tidy(scenario);
}

QString freshGroupName(const spec::Scenario& scenario) {
  for (int i = 1;; ++i) {
    const QString name = QCoreApplication::translate("Scenario", "Group %1").arg(i);
    if (std::none_of(scenario.clients.begin(), scenario.clients.end(),
                     [&](const auto& o) { return o.group && *o.group == name.toStdString(); }))
      return name;
  }
}

}  // namespace fedllm::ui::edits
