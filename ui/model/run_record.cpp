#include "ui/model/run_record.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <limits>

#include "spec/forecast.h"
#include "spec/scenario_json.h"

namespace fedllm::ui {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// One event with its metrics at hand.
struct Reading {
  explicit Reading(const wire::Event& event) : event(event) {}
  double operator()(const char* key) const {
    for (const auto& metric : event.metrics())
      if (metric.key() == key) return metric.value();
    return kMissing;
  }
  double orZero(const char* key) const {
    const double value = (*this)(key);
    return std::isnan(value) ? 0 : value;
  }
  const QJsonObject& detail() const {
    if (!parsed) {
      object = QJsonDocument::fromJson(QByteArray::fromStdString(event.detail())).object();
      parsed = true;
    }
    return object;
  }
  int round() const { return event.has_round() ? event.round() : -1; }
  int client() const { return event.has_client() ? event.client() : -1; }

  const wire::Event& event;
  mutable QJsonObject object;
  mutable bool parsed = false;
};

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

QString bytesText(double bytes) { return QLocale().formattedDataSize(qint64(bytes)); }
QString number(double value, int digits = 3) {
  return std::isnan(value) ? QStringLiteral("–") : QLocale().toString(value, 'f', digits);
}

struct Bytes { double uplinkPayload, downlinkPayload, uplinkWire, downlinkWire; };

}  // namespace

class RunRecord::Impl {
 public:
  Q_DECLARE_TR_FUNCTIONS(RunRecord)
 public:
  // Which member function reads which kind of event.
  void read(const wire::Event& event) {
    const Reading reading(event);
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
    else if (kind == "paused") stateFromEvents = QStringLiteral("paused");
    else if (kind == "done") stateFromEvents = QStringLiteral("done");
    else if (kind == "failed") stateFromEvents = QStringLiteral("failed");
    else if (kind == "stopped") stateFromEvents = QStringLiteral("paused");
    note(reading);
  }

  ClientRecord* client(const Reading& r) {
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
      rounds.back().meanLoss = rounds.back().aggregationError = kMissing;
    }
    return rounds[index];
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

  void runStarted(const Reading& r) {
    stateFromEvents = QStringLiteral("running");
    totalRounds = int(r.orZero("rounds"));
    const QJsonArray names = r.detail()["client_names"].toArray();
    clients.resize(std::max(clients.size(), size_t(r.orZero("clients"))));
    for (int i = 0; i < int(clients.size()); ++i) {
      clients[i].name = names.at(i).toString(tr("Client %1").arg(i + 1));
      clients[i].state = QStringLiteral("waiting");
    }
    for (const auto& topic : r.detail()["topics"].toArray()) addTopic(topic.toString());
  }

  void addTopic(const QString& topic) {
    if (!topic.isEmpty() && !topics.contains(topic)) topics << topic;
  }

  void eval(const Reading& r) {
    Tile tile;
    tile.adapter = r.detail()["adapter"].toString();
    tile.topic = r.detail()["topic"].toString();
    tile.round = std::max(0, r.round());
    tile.client = r.client();
    tile.exact = r("exact");
    tile.n = int(r.orZero("records"));
    tile.loss = r("loss");
    // The share and not the count is stored where a writer gives a count: a share never exceeds 1.
    if (tile.exact > 1 && tile.n > 0) tile.exact /= tile.n;
    wilson(tile.exact, tile.n, &tile.low, &tile.high);
    addTopic(tile.topic);
    tiles.push_back(tile);
    if (tile.topic.isEmpty() && tile.client < 0 && (evalLoss.empty() || tile.round > evalLoss.lastX()))
      evalLoss.append(float(tile.round), float(tile.loss));
  }

  void roundStarted(const Reading& r) {
    stateFromEvents = QStringLiteral("running");
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

  // A round that a client sat out is a gap in every curve of it, never a bridge.
  static void gapAt(ClientRecord& client, int round) {
    for (Series* series : {&client.roundLoss, &client.updateNorm, &client.cosine})
      if (series->empty() || round > series->lastX()) series->append(float(round), float(kMissing));
    if (!client.stepLoss.empty() && round > client.stepLoss.lastX()) client.stepLoss.append(float(round - 0.5), float(kMissing));
  }

  void clientStarted(const Reading& r) {
    ClientRecord* c = client(r);
    if (!c) return;
    c->state = QStringLiteral("training");
    c->examples = r.orZero("examples");
    c->step = 0;
    c->steps = stepsOfRound(r.client(), c->examples);
    c->downlinkPayload += r.orZero("downlink_payload_bytes");
    c->downlinkWire += r.orZero("downlink_wire_bytes");
  }

  void clientStep(const Reading& r) {
    ClientRecord* c = client(r);
    if (!c) return;
    c->step = int(r.orZero("step"));
    c->steps = std::max(c->steps, c->step);
    c->state = QStringLiteral("training");
    const float x = float(r.round() - 1 + double(c->step) / std::max(1, c->steps));
    if (c->stepLoss.empty() || x >= c->stepLoss.lastX()) c->stepLoss.append(x, float(r("loss")));
  }

  void clientUpdate(const Reading& r) {
    ClientRecord* c = client(r);
    if (!c) return;
    c->state = QStringLiteral("sent");
    c->uplinkPayload += r.orZero("uplink_payload_bytes");
    c->uplinkWire += r.orZero("uplink_wire_bytes");
    const auto point = [&r](Series& series, double y) {
      if (series.empty() || r.round() > series.lastX()) series.append(float(r.round()), float(y));
    };
    point(c->roundLoss, r("mean_loss"));
    point(c->updateNorm, r("update_norm"));
    point(c->cosine, r("cosine"));
  }

  void clientRejected(const Reading& r) {
    ClientRecord* c = client(r);
    if (!c) return;
    c->state = QStringLiteral("rejected: ") + r.detail()["reason"].toString();
    gapAt(*c, r.round());
  }

  void roundCommitted(const Reading& r) {
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
    round.wall = r.orZero("wall_s");
    round.meanLoss = r("mean_loss");
    round.aggregationError = r("aggregation_error");
    committed = std::max(committed, round.round);
    if (round.round > 0) finished.push_back(round.wall);
    std::vector<Bytes> snapshot;
    for (const auto& c : clients) snapshot.push_back({c.uplinkPayload, c.downlinkPayload, c.uplinkWire, c.downlinkWire});
    bytesAfter[round.round] = std::move(snapshot);
  }

  // Points of rounds above `from` were never committed: they will come again.
  void resumed(const Reading& r) {
    stateFromEvents = QStringLiteral("running");
    finished.clear();
    if (std::isnan(r("from_round"))) return;
    const int from = int(r("from_round"));
    for (size_t i = 0; i < clients.size(); ++i) {
      ClientRecord& c = clients[i];
      for (Series* series : {&c.stepLoss, &c.roundLoss, &c.updateNorm, &c.cosine}) series->truncateAfter(float(from));
      const auto saved = bytesAfter.find(from);
      const Bytes bytes = saved != bytesAfter.end() && i < saved->second.size() ? saved->second[i] : Bytes{};
      c.uplinkPayload = bytes.uplinkPayload;
      c.downlinkPayload = bytes.downlinkPayload;
      c.uplinkWire = bytes.uplinkWire;
      c.downlinkWire = bytes.downlinkWire;
      c.step = 0;
      c.state = QStringLiteral("waiting");
    }
    evalLoss.truncateAfter(float(from));
    std::erase_if(tiles, [from](const Tile& tile) { return tile.round > from; });
    if (int(rounds.size()) > from + 1) rounds.resize(from + 1);
    bytesAfter.erase(bytesAfter.upper_bound(from), bytesAfter.end());
    committed = running = from;
  }

  // The event list: everything but the steps.
  void note(const Reading& r) {
    EventRow row;
    row.seq = r.event.seq();
    row.timeMs = r.event.time_ms();
    row.kind = QString::fromStdString(r.event.kind());
    row.round = r.round();
    row.client = r.client();
    row.text = sentence(r);
    events.push_back(std::move(row));
  }

  QString nameOf(int index) const {
    return index >= 0 && index < int(clients.size()) ? clients[index].name : tr("Client %1").arg(index + 1);
  }

  QString sentence(const Reading& r) const {
    const std::string& kind = r.event.kind();
    const QString name = nameOf(r.client());
    if (kind == "run_started")
      return tr("Run started: %1 clients, %2 rounds, %L3 training records")
          .arg(clients.size())
          .arg(totalRounds)
          .arg(qint64(r.orZero("train_records")));
    if (kind == "eval") return evalSentence(r, name);
    if (kind == "round_started") return tr("Round %1 started").arg(r.round());
    if (kind == "client_started")
      return tr("%1 got the adapter (%2)").arg(name, bytesText(r.orZero("downlink_payload_bytes")));
    if (kind == "client_update")
      return tr("%1 sent %2, loss %3, norm %4")
          .arg(name, bytesText(r.orZero("uplink_payload_bytes")), number(r("mean_loss")), number(r("update_norm"), 2));
    if (kind == "client_rejected") return tr("%1's update was rejected: %2").arg(name, r.detail()["reason"].toString());
    if (kind == "round_committed")
      return r.round() == 0 ? tr("Start adapter saved")
                            : tr("Round %1 saved after %2 s").arg(r.round()).arg(number(r("wall_s"), 1));
    if (kind == "paused") return tr("Paused");
    if (kind == "resumed") return tr("Resumed after round %1").arg(int(r.orZero("from_round")));
    if (kind == "warning") return r.detail()["message"].toString();
    if (kind == "done") return tr("Done after %1 s").arg(number(r("wall_s"), 1));
    if (kind == "failed") return tr("Failed: %1").arg(r.detail()["message"].toString());
    if (kind == "stopped") return tr("Stopped and saved");
    return QString::fromStdString(kind);
  }

  QString evalSentence(const Reading& r, const QString& name) const {
    const QString adapter = r.detail()["adapter"].toString();
    const QString topic = r.detail()["topic"].toString();
    const QString who = adapter == QLatin1String("base") ? tr("Base model")
                        : adapter == QLatin1String("global") ? tr("Global adapter") : tr("Adapter of %1").arg(name);
    const QString what = topic.isEmpty() ? tr("all topics") : topic;
    return tr("%1 on %2: loss %3, exact %4 %").arg(who, what, number(r("loss")), number(100 * r("exact"), 0));
  }

  QString run;
  wire::RunInfo info;
  spec::Scenario scenario;
  quint64 lastSeq = 0;
  qint64 lastEventMs = 0;
  qint64 roundStartedMs = 0;
  QString stateFromEvents = QStringLiteral("running");
  int totalRounds = 0, running = 0, committed = 0;
  std::vector<ClientRecord> clients;
  std::vector<RoundRecord> rounds;
  Series evalLoss;
  std::vector<Tile> tiles;
  QStringList topics;
  std::vector<EventRow> events;
  std::vector<double> finished;
  std::map<int, std::vector<Bytes>> bytesAfter;
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
const Series& RunRecord::evalLoss() const { return impl_->evalLoss; }
const std::vector<Tile>& RunRecord::tiles() const { return impl_->tiles; }
QStringList RunRecord::topics() const { return impl_->topics; }
const std::vector<EventRow>& RunRecord::events() const { return impl_->events; }
const std::vector<double>& RunRecord::finishedRoundSeconds() const { return impl_->finished; }
qint64 RunRecord::lastEventMs() const { return impl_->lastEventMs; }

std::optional<std::pair<double, double>> RunRecord::eta() const {
  const auto& seconds = impl_->finished;
  if (seconds.size() < 2) return std::nullopt;
  const auto recent = seconds.end() - std::min<ptrdiff_t>(5, seconds.end() - seconds.begin());
  const auto [low, high] = std::minmax_element(recent, seconds.end());
  const int left = std::max(0, impl_->totalRounds - impl_->committed);
  // Five percent either side: even equal rounds do not promise an equal next one.
  return std::pair(*low * left * 0.95, *high * left * 1.05);
}

}  // namespace fedllm::ui
