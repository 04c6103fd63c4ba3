#include "ui/scenario/sweep_queue.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <cmath>
#include <utility>

#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/scenario/sweep_choice.h"
#include "ui/shell/problem_text.h"

namespace fedllm::ui {
namespace {

constexpr int kLookMs = 400, kAgainMs = 2000;

// Of all held-out records: the summary names them after the dataset, and no topic has more.
double exactOf(const QJsonObject& summary) {
  double exact = std::numeric_limits<double>::quiet_NaN(), most = 0;
  const QJsonObject topics = summary["final_eval_exact"].toObject();
  for (auto it = topics.begin(); it != topics.end(); ++it) {
    if (it.key().startsWith(QLatin1String("control"))) continue;
    const QJsonObject one = it.value().toObject();
    if (one["n"].toDouble() > most) most = one["n"].toDouble(), exact = one["exact"].toDouble();
  }
  return exact;
}

SweepSpread spreadOf(std::vector<double> values) {
  std::erase_if(values, [](double x) { return !std::isfinite(x); });
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return {n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2, values.front(), values.back(), int(n)};
}

QByteArray number(double x) { return std::isfinite(x) ? QByteArray::number(x, 'g', 8) : QByteArray(); }

}  // namespace

SweepQueue::SweepQueue(CoreLink* link, QObject* parent) : QObject(parent), link_(link) {
  look_.setInterval(kLookMs);
  connect(&look_, &QTimer::timeout, this, &SweepQueue::ask);
}

void SweepQueue::start(const spec::Sweep& sweep, const spec::Scenario& scenario, const QString& baseDir, const std::set<size_t>& leftOut) {
  if (running_) return;
  sweep_ = sweep, scenario_ = scenario, baseDir_ = baseDir;
  points_ = spec::sweep_points(sweep_);
  entries_.clear();
  for (size_t point = 0; point < points_.size(); ++point) {
    if (leftOut.contains(point)) continue;
    if (sweep_.learning_rates.empty()) entries_.push_back({point, sweep_.seeds[0], {}});
    for (const double rate : sweep_.learning_rates) entries_.push_back({point, sweep_.seeds[0], rate});
    for (size_t s = 1; s < sweep_.seeds.size(); ++s) entries_.push_back({point, sweep_.seeds[s], {}});
  }
  at_ = -1;
  running_ = true, stopping_ = false;
  emit changed(-1);
  next();
}

void SweepQueue::stopAfterThis() {
  stopping_ = true;
  emit changed(-1);
}

Result<spec::Scenario> SweepQueue::scenarioOf(const SweepEntry& entry) const {
  return spec::sweep_scenario(sweep_, scenario_, points_[entry.point], entry.seed, entry.rate);
}

void SweepQueue::next() {
  look_.stop();
  const bool more = ++at_ < int(entries_.size());
  if (!more || stopping_) {
    running_ = stopping_ = false;
    emit changed(-1);
    return void(emit finished());
  }
  SweepEntry& entry = entries_[size_t(at_)];
  const bool choosing = !sweep_.learning_rates.empty() && entry.seed == sweep_.seeds[0];
  if (!choosing && !sweep_.learning_rates.empty()) chooseRate(entry.point);
  entry.state = SweepEntry::State::Running;
  resumed_ = false;
  emit changed(at_);
  begin();
}

void SweepQueue::begin() {
  const auto scenario = scenarioOf(entries_[size_t(at_)]);
  if (!scenario.ok()) return end(SweepEntry::State::Failed, statusText(scenario.status()));
  wire::StartRunRequest request;
  request.set_scenario_json(spec::to_json(*scenario));
  request.set_base_dir(baseDir_.toStdString());
  request.set_request_id(spec::sweep_request_id(request.scenario_json()));
  link_->startRun(request, this, [this](Result<wire::RunInfo> info) {
    if (!info.ok()) return refused(info.status());
    take(*info);
  });
}

// A core that does not answer is no reason to give a run up: it is asked again.
void SweepQueue::refused(const Status& status) {
  const bool away = status.code() == Code::unavailable || status.code() == Code::cancelled || status.code() == Code::deadline_exceeded;
  if (!away) return end(SweepEntry::State::Failed, statusText(status));
  if (stopping_) return next();
  QTimer::singleShot(kAgainMs, this, [this, at = at_] {
    if (running_ && at == at_) begin();
  });
}

// The best on the first seed is what the other seeds take; the others were tried for the choice alone.
void SweepQueue::chooseRate(size_t point) {
  SweepEntry* best = nullptr;
  for (SweepEntry& entry : entries_) {
    if (entry.point != point || entry.seed != sweep_.seeds[0]) continue;
    const bool better = std::isfinite(entry.loss) && (!best || !std::isfinite(best->loss) || entry.loss < best->loss);
    if (!best || better) best = &entry;
  }
  for (SweepEntry& entry : entries_)
    if (entry.point == point) {
      if (entry.seed == sweep_.seeds[0]) entry.tuning = &entry != best;
      else if (best) entry.rate = best->rate;
    }
  emit changed(-1);
}

void SweepQueue::ask() {
  link_->getRun(entries_[size_t(at_)].run, this, [this, at = at_](Result<wire::RunInfo> info) {
    if (at != at_ || !running_) return;
    if (info.ok()) take(*info);   // a core that does not answer is waited for
  });
}

void SweepQueue::take(const wire::RunInfo& info) {
  SweepEntry& entry = entries_[size_t(at_)];
  entry.run = QString::fromStdString(info.run());
  entry.rounds = info.rounds(), entry.roundsDone = info.rounds_done();
  const std::string& state = info.state();
  if (state == "done") {
    const QJsonObject summary = QJsonDocument::fromJson(QByteArray::fromStdString(info.summary_json())).object();
    entry.loss = summary["final_eval_loss"].toDouble(entry.loss);
    entry.exact = exactOf(summary);
    entry.bytes = qint64(summary["uplink_payload_bytes"].toDouble() + summary["downlink_payload_bytes"].toDouble());
    entry.seconds = summary["wall_s"].toDouble();
    return end(SweepEntry::State::Done);
  }
  // Once it goes on, a pause is a person's.
  if (state == "running" || (state == "paused" && look_.isActive())) {
    emit changed(at_);
    return look_.start();
  }
  // Paused, interrupted or failed when it was asked for: known from before, so it is gone on with, once.
  if (std::exchange(resumed_, true) || look_.isActive()) return end(SweepEntry::State::Failed, QString::fromStdString(info.error().empty() ? state : info.error()));
  link_->resume(entry.run, this, [this](Result<wire::RunInfo> again) {
    if (!again.ok()) return refused(again.status());
    take(*again);
  });
}

void SweepQueue::end(SweepEntry::State state, const QString& error) {
  SweepEntry& entry = entries_[size_t(at_)];
  entry.state = state, entry.error = error;
  const bool last = at_ + 1 >= int(entries_.size()) || entries_[size_t(at_) + 1].point != entry.point || entries_[size_t(at_) + 1].seed != sweep_.seeds[0];
  if (last && !sweep_.learning_rates.empty() && entry.seed == sweep_.seeds[0]) chooseRate(entry.point);
  emit changed(at_);
  next();
}

std::vector<SweepResult> SweepQueue::results() const {
  std::vector<SweepResult> all;
  for (size_t point = 0; point < points_.size(); ++point) {
    SweepResult result{point, {}, {}, {}, {}, {}, 0};
    std::vector<double> loss, exact, bytes, seconds;
    bool asked = false, choosing = false;   // a rate is still being chosen, so that nothing can be compared yet
    for (const SweepEntry& entry : entries_) {
      if (entry.point != point) continue;
      asked = true;
      choosing |= entry.seed == sweep_.seeds[0] && sweep_.learning_rates.size() > 1 && entry.state < SweepEntry::State::Done;
      if (entry.tuning || choosing) continue;
      if (entry.state == SweepEntry::State::Failed) ++result.failed;
      if (entry.state != SweepEntry::State::Done) continue;
      result.rate = entry.rate;
      loss.push_back(entry.loss), exact.push_back(entry.exact), bytes.push_back(double(entry.bytes)), seconds.push_back(entry.seconds);
    }
    result.loss = spreadOf(loss), result.exact = spreadOf(exact), result.bytes = spreadOf(bytes), result.seconds = spreadOf(seconds);
    if (asked) all.push_back(result);
  }
  return all;
}

QByteArray SweepQueue::csv() const {
  const auto quoted = [](QString text) { return '"' + text.replace(QLatin1Char('"'), QLatin1String("\"\"")).toUtf8() + '"'; };
  QByteArray out = "run,combination,seed,learning_rate,tuning,state,eval_loss,eval_exact,payload_bytes,seconds,error\n";
  const char* const states[] = {"waiting", "running", "done", "failed"};
  for (const SweepEntry& entry : entries_)
    out += entry.run.toUtf8() + ',' + quoted(combinationText(points_[entry.point])) + ',' + QByteArray::number(quint64(entry.seed)) + ',' +
           (entry.rate ? number(*entry.rate) : number(scenario_.training.learning_rate)) + ',' + (entry.tuning ? "1" : "0") + ',' + states[int(entry.state)] + ',' +
           number(entry.loss) + ',' + number(entry.exact) + ',' + QByteArray::number(entry.bytes) + ',' + number(entry.seconds) + ',' + quoted(entry.error) + '\n';
  return out;
}

}  // namespace fedllm::ui
