// SweepQueue: a sweep's runs, one after the other through the core. Every rate on the first seed, then the best one on the others, as
// `fedllm sweep` does it. A run that failed is told and the next one goes on; one that is known is not run again, one that was
// interrupted is resumed, so that the same sweep goes on after anything. GUI thread.
#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include "spec/sweep.h"
#include "wire/control.pb.h"

namespace fedllm::ui {

class CoreLink;

struct SweepEntry {
  enum class State { Waiting, Running, Done, Failed };
  size_t point = 0;
  uint64_t seed = 0;
  std::optional<double> rate;                  // none: the best that the first seed finds, or the scenario's
  State state = State::Waiting;
  QString run, error;
  bool tuning = false;                         // ran for the choice of a rate that another one won
  double loss = std::numeric_limits<double>::quiet_NaN(), exact = loss, seconds = loss;
  qint64 bytes = 0;                            // payload, up and down
  int rounds = 0, roundsDone = 0;
};

// Of one combination, over its seeds: median, lowest, highest; count 0: nothing measured.
struct SweepSpread { double median = 0, low = 0, high = 0; int count = 0; };
struct SweepResult { size_t point = 0; std::optional<double> rate; SweepSpread loss, exact, bytes, seconds; int failed = 0; };

class SweepQueue : public QObject {
  Q_OBJECT
 public:
  explicit SweepQueue(CoreLink* link, QObject* parent = nullptr);
  // leftOut: points of spec::sweep_points that are not run.
  void start(const spec::Sweep& sweep, const spec::Scenario& scenario, const QString& baseDir, const std::set<size_t>& leftOut);
  void stopAfterThis();
  bool running() const { return running_; }
  bool stopping() const { return stopping_; }
  const std::vector<SweepEntry>& entries() const { return entries_; }
  const std::vector<spec::SweepPoint>& points() const { return points_; }
  std::vector<SweepResult> results() const;    // by combination, in their order
  QByteArray csv() const;                      // a line a run

 signals:
  void changed(int entry);                     // -1: all
  void finished();

 private:
  void next();
  void begin();
  void refused(const Status& status);
  void take(const wire::RunInfo& info);
  void end(SweepEntry::State state, const QString& error = {});
  void ask();
  void chooseRate(size_t point);
  Result<spec::Scenario> scenarioOf(const SweepEntry& entry) const;

  CoreLink* link_;
  QTimer look_;
  spec::Sweep sweep_;
  spec::Scenario scenario_;
  QString baseDir_;
  std::vector<spec::SweepPoint> points_;
  std::vector<SweepEntry> entries_;
  int at_ = -1;                                // the entry that runs
  bool running_ = false, stopping_ = false, resumed_ = false;
};

}  // namespace fedllm::ui
