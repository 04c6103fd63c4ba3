// RunRecord: what one run has told so far, built from its events only (history and live are one road). Views read it and
// listen to changed(); changes are batched. Missing is not zero: absent values are NaN. GUI thread. Events: core/ledger/SCHEMA.md.
#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <QStringList>
#include <map>
#include <optional>
#include <vector>

#include "spec/scenario.h"
#include "ui/model/series_store.h"
#include "wire/control.pb.h"

namespace fedllm::ui {

struct ClientRecord {
  QString name;
  Series stepLoss;                       // x: round - 1 + step / steps of the round; y: training loss
  Series roundLoss;                      // x: round
  Series updateNorm;                     // of what the client sent
  Series changeNorm, cosine, drift;      // of the change it stands for, W + s B A; to the mean change. Not measured: absent
  QString state;                         // "waiting", "training", "sent", "sat out", "rejected: …"
  int step = 0, steps = 0;               // of the running round
  double uplinkPayload = 0, downlinkPayload = 0, uplinkWire = 0, downlinkWire = 0;   // cumulative bytes
  double examples = 0;
};

// One client's part in one round.
struct ClientRound {
  QString state;                         // as above, when the round was saved; empty: not saved yet
  int step = 0, steps = 0;
  double uplinkPayload = 0, downlinkPayload = 0, uplinkWire = 0, downlinkWire = 0;   // bytes of this round
};

struct RoundRecord {
  int round = 0;
  bool committed = false;
  double uplinkPayload = 0, downlinkPayload = 0, uplinkWire = 0, downlinkWire = 0, uplinkModelled = 0, downlinkModelled = 0;
  double compute = 0, transfer = 0, wait = 0;              // seconds, means over the clients that counted
  double evaluation = 0, wall = 0;                         // seconds
  double meanLoss = 0, aggregationError = 0;
  int worstModule = -1;                                    // index of modules(); its error, where measured
  double worstError = 0;
  double discardedEnergy = 0;                              // part that truncation dropped
  QString hidden;                                          // why the coordinator cannot know the errors, in the core's words
};

// Aggregation error of one LoRA module, x = round.
struct ModuleRecord {
  QString name;
  Series error;
};

// One tile: exact match of one adapter on one topic at one round, with a Wilson 95 % interval.
struct Tile {
  QString adapter;                       // "base", "global", "client"; references: "local", "centralised"
  int client = -1;
  int round = 0;
  QString topic;                         // "" = all topics together
  double exact = 0;                      // share in [0, 1]
  int n = 0;
  double low = 0, high = 0;
  double loss = 0;                       // per token
  double tokens = 0;
};

struct EventRow { quint64 seq = 0; qint64 timeMs = 0; QString kind; int round = -1, client = -1; QString text; };

class RunRecord : public QObject {
  Q_OBJECT
 public:
  explicit RunRecord(QString run, QObject* parent = nullptr);
  void apply(const wire::EventBatch& batch);        // ignores what it has already seen
  void setInfo(const wire::RunInfo& info);          // scenario snapshot, name, state

  QString run() const;
  const wire::RunInfo& info() const;
  const spec::Scenario& scenario() const;           // the snapshot, never the form
  quint64 lastSeq() const;
  QString state() const;                            // running paused interrupted done failed
  int round() const;                                // round in progress or last committed
  int rounds() const;
  const std::vector<ClientRecord>& clients() const;
  const std::vector<RoundRecord>& rounds_() const;  // index = round
  const std::vector<ModuleRecord>& modules() const;  // in the order told; empty: never measured
  const std::vector<ClientRound>& clientRounds(int round) const;   // index = client; empty: nothing known of that round
  const Series& evalLoss() const;                   // global held-out loss, x = round
  const std::vector<Tile>& tiles() const;
  QStringList topics() const;
  // Records that a client trains on, by topic; empty: not told.
  const QHash<QString, double>& topicsOf(int client) const;
  QString room() const;                        // the room whose members train; empty: simulated
  bool countsSockets() const;                  // wire bytes are those of connections; else of messages
  const std::vector<EventRow>& events() const;
  const std::vector<double>& finishedRoundSeconds() const;   // of this session, for the ETA range
  qint64 lastEventMs() const;
  // Seconds left as {low, high}; nullopt before two rounds of this session and when no round is left.
  std::optional<std::pair<double, double>> eta() const;

 signals:
  void changed();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fedllm::ui
