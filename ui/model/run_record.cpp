#include "ui/model/run_record.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <algorithm>
#include <array>
#include <cmath>

#include "spec/scenario_json.h"
#include "ui/model/event_reading.h"
#include "ui/model/event_text.h"

namespace fedllm::ui {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Wilson score interval, z = 1.96.
void wilson(double share, int n, double* low, double* high) {
  if (n <= 0 || std::isnan(share)) {
    *low = 0;
    *high = 1;
    return;
  }
  constexpr double z = 1.96;
  const double denominator = 1 + z * z / n;
  const double centre = (share + z * z / (2.0 * n)) / denominator;
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4.0 * n * n)) / denominator;
  *low = std::max(0.0, centre - half);
  *high = std::min(1.0, centre + half);
}

}  // namespace

class RunRecord::Impl {
 public:
  Q_DECLARE_TR_FUNCTIONS(RunRecord)
 public:
  // Which member function reads which kind of event.
  void read(const wire::Event& event) {
    const EventReading reading(event);
    const std::string& kind = event.kind();
    if (kind == "client_step") return clientStep(reading);
    if (kind == "run_started") runStarted(reading);
    else if (kind == "eval") eval(reading);
    else if (kind == "round_started") roundStarted(reading);
    else if (kind == "client_started") clientStarted(reading);
    else if (kind == "client_update") clientUpdate(reading);
    else if (kind == "client_rejected") clientRejected(reading);
    else if (kind == "round_committed") roundCommitted(reading);
    else if (kind == "resumed") resumed(reading);
    else if (kind == "paused") paused(reading);
    else if (kind == "unpaused") unpaused(reading);
    else if (kind == "done") stateFromEvents = QStringLiteral("done");
    else if (kind == "failed") stateFromEvents = QStringLiteral("failed");
    else if (kind == "stopped") stateFromEvents = QStringLiteral("paused");
    note(reading);
  }

  ClientRecord* client(const EventReading& r) {
    const int index = r.client();
    if (index < 0) return nullptr;
    while (index >= int(clients.size())) {
      clients.emplace_back();
      clients.back().name = tr("Client %1").arg(clients.size());
      clients.back().state = QStringLiteral("waiting");
    }
    return &clients[index];
  }

  RoundRecord& roundAt(int index) {
    while (index >= int(rounds.size())) {
      rounds.emplace_back();
      rounds.back().round = int(rounds.size()) - 1;
      rounds.back().meanLoss = rounds.back().aggregationError = rounds.back().discardedEnergy = kMissing;
    }
    return rounds[index];
  }

  ClientRound& clientRound(int round, int index) {
    const auto at = size_t(std::max(0, round));
    if (at >= clientRounds.size()) clientRounds.resize(at + 1);
    if (size_t(index) >= clientRounds[at].size()) clientRounds[at].resize(std::max(clients.size(), size_t(index) + 1));
    return clientRounds[at][size_t(index)];
  }

  int stepsOfRound(int index, double examples) const {
    for (const auto& change : scenario.clients)
      if (change.client == index && change.local_steps) return *change.local_steps;
    const auto& training = scenario.training;
    if (training.local_epochs) {
      const double perEpoch = std::ceil(std::max(1.0, examples) / std::max(1, training.batch_size));
      return int(perEpoch * *training.local_epochs);
    }
    return training.local_steps.value_or(1);
  }

  void runStarted(const EventReading& r) {
    stateFromEvents = QStringLiteral("running");
    totalRounds = int(r.orZero("rounds"));
    const QJsonArray names = r.detail()["client_names"].toArray();
    clients.resize(std::max(clients.size(), size_t(r.orZero("clients"))));
    for (int i = 0; i < int(clients.size()); ++i) {
      clients[i].name = names.at(i).toString(tr("Client %1").arg(i + 1));
      clients[i].state = QStringLiteral("waiting");
    }
    for (const auto& topic : r.detail()["topics"].toArray()) addTopic(topic.toString());
    const QJsonObject held = r.detail()["client_topics"].toObject();
    clientTopics.assign(held.isEmpty() ? 0 : clients.size(), {});
    for (auto it = held.begin(); it != held.end(); ++it)
      for (qsizetype k = 0; k < std::min<qsizetype>(it.value().toArray().size(), qsizetype(clients.size())); ++k)
        if (const double records = it.value().toArray()[k].toDouble(); records > 0) clientTopics[size_t(k)][it.key()] = records;
    room = r.detail()["room"].toString();
    sockets = r.detail()["wire"].toString() == QLatin1String("sockets");
  }

  void addTopic(const QString& topic) {
    if (!topic.isEmpty() && !topics.contains(topic)) topics << topic;
  }

  void eval(const EventReading& r) {
    Tile tile;
    tile.adapter = r.detail()["adapter"].toString();
    tile.topic = r.detail()["topic"].toString();
    tile.round = std::max(0, r.round());
    tile.client = r.client();
    tile.exact = r("exact");
    tile.n = int(r.orZero("records"));
    tile.loss = r("loss");
    tile.tokens = r.orZero("tokens");
    wilson(tile.exact, tile.n, &tile.low, &tile.high);
    addTopic(tile.topic);
    tiles.push_back(tile);
    const bool ofTheRun = tile.adapter == QLatin1String("base") || tile.adapter == QLatin1String("global");
    if (tile.topic.isEmpty() && ofTheRun && (evalLoss.empty() || tile.round > evalLoss.lastX()))
      evalLoss.append(float(tile.round), float(tile.loss));
  }

  // A pause between two rounds is heard before the round that it holds up; only unpaused and resumed end it.
  void roundStarted(const EventReading& r) {
    if (stateFromEvents != QLatin1String("paused")) stateFromEvents = QStringLiteral("running");
    running = r.round();
    roundStartedMs = r.event.time_ms();
    roundAt(running);
    const QJsonArray cohort = r.detail()["cohort"].toArray();
    std::vector<bool> in(clients.size(), cohort.isEmpty());
    for (const auto& member : cohort)
      if (const int index = member.toInt(-1); index >= 0 && index < int(in.size())) in[index] = true;
    for (size_t i = 0; i < clients.size(); ++i) {
      clients[i].step = 0;
      clients[i].state = in[i] ? QStringLiteral("waiting") : QStringLiteral("sat out");
      if (!in[i]) gapAt(clients[i], running);
    }
  }

  static void pointAt(Series& series, int round, double y) {
    if (series.empty() || round > series.lastX()) series.append(float(round), float(y));
  }

  static std::array<Series*, 5> perRound(ClientRecord& client) {
    return {&client.roundLoss, &client.updateNorm, &client.changeNorm, &client.cosine, &client.drift};
  }

  // A round that a client sat out is a gap in every curve of it, never a bridge.
  static void gapAt(ClientRecord& client, int round) {
    for (Series* series : perRound(client)) pointAt(*series, round, kMissing);
    Series& steps = client.stepLoss;
    if (!steps.empty() && round > steps.lastX()) steps.append(std::max(steps.lastX(), float(round - 0.5)), float(kMissing));
  }

  void clientStarted(const EventReading& r) {
    ClientRecord* c = client(r);
    if (!c) return;
    c->state = QStringLiteral("training");
    c->examples = r.orZero("examples");
    c->step = 0;
    c->steps = stepsOfRound(r.client(), c->examples);
    ClientRound& here = clientRound(r.round(), r.client());
    here.downlinkPayload += r.orZero("downlink_payload_bytes");
    here.downlinkWire += r.orZero("downlink_wire_bytes");
    c->downlinkPayload += r.orZero("downlink_payload_bytes");
    c->downlinkWire += r.orZero("downlink_wire_bytes");
  }

  void clientStep(const EventReading& r) {
    ClientRecord* c = client(r);
    if (!c) return;
    c->step = int(r.orZero("step"));
    c->steps = std::max(c->steps, c->step);
    c->state = QStringLiteral("training");
    const float x = float(r.round() - 1 + double(c->step) / std::max(1, c->steps));
    if (c->stepLoss.empty() || x >= c->stepLoss.lastX()) c->stepLoss.append(x, float(r("loss")));
  }

  void clientUpdate(const EventReading& r) {
    ClientRecord* c = client(r);
    if (!c) return;
    c->state = QStringLiteral("sent");
    ClientRound& here = clientRound(r.round(), r.client());
    here.uplinkPayload += r.orZero("uplink_payload_bytes");
    here.uplinkWire += r.orZero("uplink_wire_bytes");
    c->uplinkPayload += r.orZero("uplink_payload_bytes");
    c->uplinkWire += r.orZero("uplink_wire_bytes");
    pointAt(c->roundLoss, r.round(), r("mean_loss"));
    pointAt(c->updateNorm, r.round(), r("update_norm"));
  }

  void clientRejected(const EventReading& r) {
    ClientRecord* c = client(r);
    if (!c) return;
    c->state = QStringLiteral("rejected: ") + r.detail()["reason"].toString();
    gapAt(*c, r.round());
  }

  void roundCommitted(const EventReading& r) {
    RoundRecord& round = roundAt(std::max(0, r.round()));
    round.committed = true;
    round.uplinkPayload = r.orZero("uplink_payload_bytes");
    round.downlinkPayload = r.orZero("downlink_payload_bytes");
    round.uplinkWire = r.orZero("uplink_wire_bytes");
    round.downlinkWire = r.orZero("downlink_wire_bytes");
    round.uplinkModelled = r.orZero("uplink_modelled_bytes");
    round.downlinkModelled = r.orZero("downlink_modelled_bytes");
    round.compute = r.orZero("compute_s");
    round.transfer = r.orZero("transfer_s");
    round.wait = r.orZero("wait_s");
    round.evaluation = r.orZero("eval_s");
    round.wall = r.orZero("wall_s");
    round.meanLoss = r("mean_loss");
    round.aggregationError = r("aggregation_error");
    round.discardedEnergy = r("discarded_energy");
    round.hidden = r.detail()["hidden"].toString();
    keepModules(r, round);
    committed = std::max(committed, round.round);
    if (round.round > 0) finished.push_back(round.wall);
    keepClients(r, round.round);
  }

  void keepModules(const EventReading& r, RoundRecord& round) {
    round.worstModule = -1;
    const QJsonObject errors = r.detail()["module_errors"].toObject();
    for (auto it = errors.begin(); it != errors.end(); ++it) {
      const auto [place, fresh] = moduleAt.try_emplace(it.key(), modules.size());
      if (fresh) modules.push_back({it.key(), {}});
      const double error = it.value().toDouble(kMissing);
      pointAt(modules[place->second].error, round.round, error);
      if (std::isnan(error) || (round.worstModule >= 0 && error <= round.worstError)) continue;
      round.worstModule = int(place->second);
      round.worstError = error;
    }
    for (ModuleRecord& module : modules) gapUpTo(module.error, round.round);
  }

  // What was measured before and not in this round.
  static void gapUpTo(Series& series, int round) {
    if (!series.empty()) pointAt(series, round, kMissing);
  }

  // How every client stood when the round was saved. How an update lies to the average is known only now.
  void keepClients(const EventReading& r, int round) {
    const std::pair<const char*, Series ClientRecord::*> told[] = {
        {"cosines", &ClientRecord::cosine}, {"update_norms", &ClientRecord::changeNorm}, {"drifts", &ClientRecord::drift}};
    for (const auto& [key, series] : told) {
      const QJsonObject values = r.detail()[QLatin1String(key)].toObject();
      for (auto it = values.begin(); it != values.end(); ++it)
        if (const int k = it.key().toInt(); k >= 0 && k < int(clients.size())) pointAt(clients[k].*series, round, it.value().toDouble(kMissing));
      for (ClientRecord& client : clients) gapUpTo(client.*series, round);
    }
    for (int i = 0; i < int(clients.size()); ++i) {
      ClientRound& kept = clientRound(round, i);
      kept.state = clients[i].state;
      kept.step = clients[i].step;
      kept.steps = clients[i].steps;
    }
  }

  void paused(const EventReading& r) {
    stateFromEvents = QStringLiteral("paused");
    pausedMs = r.event.time_ms();
  }

  // In place: the round goes on where it stood, and the time in between was nobody's.
  void unpaused(const EventReading& r) {
    stateFromEvents = QStringLiteral("running");
    if (pausedMs > 0) roundStartedMs += std::max<qint64>(0, r.event.time_ms() - pausedMs);
    pausedMs = 0;
  }

  // Points of rounds above `from` were never committed: they will come again.
  void resumed(const EventReading& r) {
    stateFromEvents = QStringLiteral("running");
    pausedMs = 0;
    finished.clear();
    if (std::isnan(r("from_round"))) return;
    const int from = int(r("from_round"));
    if (int(clientRounds.size()) > from + 1) clientRounds.resize(from + 1);
    for (size_t i = 0; i < clients.size(); ++i) rewind(clients[i], i, from);
    evalLoss.truncateAfter(float(from));
    for (ModuleRecord& module : modules) module.error.truncateAfter(float(from));
    std::erase_if(tiles, [from](const Tile& tile) { return tile.round > from; });
    if (int(rounds.size()) > from + 1) rounds.resize(from + 1);
    committed = running = from;
  }

  void rewind(ClientRecord& client, size_t index, int from) {
    client.stepLoss.truncateAfter(float(from));
    for (Series* series : perRound(client)) series->truncateAfter(float(from));
    client.uplinkPayload = client.downlinkPayload = client.uplinkWire = client.downlinkWire = 0;
    for (const auto& round : clientRounds) {
      if (index >= round.size()) continue;
      client.uplinkPayload += round[index].uplinkPayload;
      client.downlinkPayload += round[index].downlinkPayload;
      client.uplinkWire += round[index].uplinkWire;
      client.downlinkWire += round[index].downlinkWire;
    }
    client.step = 0;
    client.state = QStringLiteral("waiting");
  }

  // The event list: everything but the steps.
  void note(const EventReading& r) {
    EventRow row;
    row.seq = r.event.seq();
    row.timeMs = r.event.time_ms();
    row.kind = QString::fromStdString(r.event.kind());
    row.round = r.round();
    row.client = r.client();
    row.text = eventSentence(r, {nameOf(r.client()), int(clients.size()), totalRounds});
    events.push_back(std::move(row));
  }

  QString nameOf(int index) const {
    return index >= 0 && index < int(clients.size()) ? clients[index].name : tr("Client %1").arg(index + 1);
  }

  QString run;
  wire::RunInfo info;
  spec::Scenario scenario;
  quint64 lastSeq = 0;
  qint64 lastEventMs = 0;
  qint64 roundStartedMs = 0, pausedMs = 0;
  QString stateFromEvents = QStringLiteral("running");
  int totalRounds = 0, running = 0, committed = 0;
  std::vector<ClientRecord> clients;
  std::vector<RoundRecord> rounds;
  Series evalLoss;
  std::vector<ModuleRecord> modules;
  std::map<QString, size_t> moduleAt;
  std::vector<QHash<QString, double>> clientTopics;   // [client]; empty: not told
  std::vector<Tile> tiles;
  QStringList topics;
  QString room;
  bool sockets = false;
  std::vector<EventRow> events;
  std::vector<double> finished;
  std::vector<std::vector<ClientRound>> clientRounds;   // [round][client]
};

RunRecord::RunRecord(QString run, QObject* parent) : QObject(parent), impl_(std::make_shared<Impl>()) {
  impl_->run = std::move(run);
}

void RunRecord::apply(const wire::EventBatch& batch) {
  bool news = false;
  for (const wire::Event& event : batch.events()) {
    if (event.seq() <= impl_->lastSeq) continue;
    impl_->lastSeq = event.seq();
    impl_->lastEventMs = event.time_ms();
    impl_->read(event);
    news = true;
  }
  if (news) emit changed();
}

void RunRecord::setInfo(const wire::RunInfo& info) {
  impl_->info = info;
  if (impl_->totalRounds == 0) impl_->totalRounds = info.rounds();
  if (auto scenario = spec::parse_scenario(info.scenario_json()); scenario.ok()) impl_->scenario = *scenario;
  emit changed();
}

QString RunRecord::run() const { return impl_->run; }
const wire::RunInfo& RunRecord::info() const { return impl_->info; }
const spec::Scenario& RunRecord::scenario() const { return impl_->scenario; }
quint64 RunRecord::lastSeq() const { return impl_->lastSeq; }

// The newer of the two witnesses: the core's answer, or an event that came after it.
QString RunRecord::state() const {
  if (impl_->info.state().empty() || impl_->lastSeq > impl_->info.last_seq()) return impl_->stateFromEvents;
  return QString::fromStdString(impl_->info.state());
}

int RunRecord::round() const { return std::max(impl_->running, impl_->committed); }
int RunRecord::rounds() const { return impl_->totalRounds; }
const std::vector<ClientRecord>& RunRecord::clients() const { return impl_->clients; }
const std::vector<RoundRecord>& RunRecord::rounds_() const { return impl_->rounds; }
const std::vector<ModuleRecord>& RunRecord::modules() const { return impl_->modules; }
const std::vector<ClientRound>& RunRecord::clientRounds(int round) const {
  static const std::vector<ClientRound> none;
  return round >= 0 && round < int(impl_->clientRounds.size()) ? impl_->clientRounds[round] : none;
}
const Series& RunRecord::evalLoss() const { return impl_->evalLoss; }
const std::vector<Tile>& RunRecord::tiles() const { return impl_->tiles; }
QStringList RunRecord::topics() const { return impl_->topics; }
const QHash<QString, double>& RunRecord::topicsOf(int client) const {
  static const QHash<QString, double> none;
  return client >= 0 && client < int(impl_->clientTopics.size()) ? impl_->clientTopics[client] : none;
}
QString RunRecord::room() const { return impl_->room; }
bool RunRecord::countsSockets() const { return impl_->sockets; }
const std::vector<EventRow>& RunRecord::events() const { return impl_->events; }
const std::vector<double>& RunRecord::finishedRoundSeconds() const { return impl_->finished; }
qint64 RunRecord::lastEventMs() const { return impl_->lastEventMs; }

std::optional<std::pair<double, double>> RunRecord::eta() const {
  const auto& seconds = impl_->finished;
  const int left = impl_->totalRounds - impl_->committed;
  if (seconds.size() < 2 || left <= 0) return std::nullopt;
  const auto recent = seconds.end() - std::min<ptrdiff_t>(5, seconds.end() - seconds.begin());
  const auto [low, high] = std::minmax_element(recent, seconds.end());
  const bool within = impl_->running > impl_->committed;
  const double gone = within ? double(std::max<qint64>(0, impl_->lastEventMs - impl_->roundStartedMs)) / 1000 : 0;
  const auto rest = [&](double round) { return std::max(0.0, round - gone) + round * (left - 1); };
  // Five percent either side: even equal rounds do not promise an equal next one.
  return std::pair(rest(*low) * 0.95, rest(*high) * 1.05);
}

}  // namespace fedllm::ui
