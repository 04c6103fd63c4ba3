#include "sweep_results.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace fedllm::app {
namespace {

constexpr size_t kBatch = 2000;

double metric(const ledger::Event& event, std::string_view name) {
  for (const auto& [key, value] : event.metrics)
    if (key == name) return value;
  return kUnmeasured;
}

// Sums over all that happened, one snapshot a commit.
class Reading {
 public:
  void take(const ledger::Event& event) {
    const int round = event.round.value_or(-1);
    if (event.kind == "client_step") ++steps_[round], tokens_[round] += metric(event, "tokens");
    else if (event.kind == "client_update") update(event, round);
    else if (event.kind == "eval") eval(event, round);
    else if (event.kind == "round_committed") commit(event, round);
    else if (event.kind == "resumed") forget_after(static_cast<int>(metric(event, "from_round")));
  }
  std::map<int, SweepRound> rounds() && { return std::move(rounds_); }

 private:
  void update(const ledger::Event& event, int round) {
    SweepRound::Client& client = open_[round].clients[event.client.value_or(-1)];
    client.train_loss = metric(event, "mean_loss");
    client.uplink_bytes = metric(event, "uplink_payload_bytes");
    client.update_norm = metric(event, "update_norm");
  }
  void eval(const ledger::Event& event, int round) {
    const auto detail = nlohmann::json::parse(event.detail, nullptr, false);
    if (!detail.is_object() || detail.value("topic", "?") != "") return;
    const std::string adapter = detail.value("adapter", "");
    if (adapter == "global") open_[round].eval_loss = metric(event, "loss"), open_[round].eval_exact = metric(event, "exact");
    if (adapter != "client") return;
    SweepRound::Client& client = open_[round].clients[event.client.value_or(-1)];
    client.eval_loss = metric(event, "loss"), client.eval_exact = metric(event, "exact");
  }
  void commit(const ledger::Event& event, int round) {
    SweepRound point = open_[round];
    const SweepRound* before = rounds_.empty() ? nullptr : &rounds_.rbegin()->second;
    point.train_loss = metric(event, "mean_loss"), point.aggregation_error = metric(event, "aggregation_error");
    point.discarded_energy = metric(event, "discarded_energy");
    point.uplink_bytes = metric(event, "uplink_payload_bytes") + (before ? before->uplink_bytes : 0);
    point.downlink_bytes = metric(event, "downlink_payload_bytes") + (before ? before->downlink_bytes : 0);
    point.seconds = metric(event, "wall_s") + (before ? before->seconds : 0);
    point.steps = steps_[round] + (before ? before->steps : 0);
    point.tokens = tokens_[round] + (before ? before->tokens : 0);
    const auto detail = nlohmann::json::parse(event.detail, nullptr, false);
    if (detail.is_object() && detail.contains("cosines"))
      for (const auto& [client, cosine] : detail["cosines"].items()) point.clients[std::stoi(client)].cosine = cosine.get<double>();
    rounds_[round] = std::move(point);
  }
  void forget_after(int round) {
    for (auto* kept : {&steps_, &tokens_}) kept->erase(kept->upper_bound(round), kept->end());
    open_.erase(open_.upper_bound(round), open_.end());
    rounds_.erase(rounds_.upper_bound(round), rounds_.end());
  }

  std::map<int, double> steps_, tokens_;
  std::map<int, SweepRound> open_, rounds_;
};

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

// The run's last round that costs no more than `at`; null: it does not get there.
const std::pair<const int, SweepRound>* matched(const SweepRun& run, const std::string& by, double at) {
  const std::pair<const int, SweepRound>* last = nullptr;
  for (const auto& one : run.rounds)
    if (one.second.amount(by, one.first) <= at * (1 + 1e-9)) last = &one;
  return last;
}

double bytes_to(const SweepRun& run, double target) {
  for (const auto& [round, point] : run.rounds)
    if (point.eval_exact >= target) return point.uplink_bytes + point.downlink_bytes;
  return kUnmeasured;
}

}  // namespace

double SweepRound::amount(std::string_view by, int round) const {
  if (by == "steps") return steps;
  if (by == "tokens") return tokens;
  if (by == "bytes") return uplink_bytes + downlink_bytes;
  return round;
}

Result<std::map<int, SweepRound>> read_rounds(const ledger::Ledger& ledger, const std::string& run) {
  Reading reading;
  for (uint64_t from = 1;;) {
    FEDLLM_ASSIGN_OR_RETURN(const auto events, ledger.events(run, from, kBatch));
    if (events.empty()) return std::move(reading).rounds();
    for (const ledger::Event& event : events) reading.take(event);
    from = events.back().seq + 1;
  }
}

std::string results_csv(const spec::Sweep& sweep, const std::vector<SweepRun>& runs) {
  std::string out = "run";
  for (const spec::SweepAxis& axis : sweep.axes) out += "," + quoted(axis.name);
  out += ",learning_rate,seed,round,client,metric,value\n";
  for (const SweepRun& run : runs) {
    std::string head = run.run;
    for (const std::string& value : run.values) head += "," + quoted(value);
    head += "," + format_double(run.learning_rate) + "," + std::to_string(run.seed) + ",";
    const auto line = [&](int round, const std::string& client, const char* name, double value) {
      if (std::isfinite(value)) out += head + std::to_string(round) + "," + client + "," + name + "," + format_double(value) + "\n";
    };
    for (const auto& [round, point] : run.rounds) {
      const std::pair<const char*, double> all[] = {{"eval_loss", point.eval_loss}, {"eval_exact", point.eval_exact}, {"train_loss", point.train_loss}, {"aggregation_error", point.aggregation_error},
                                                    {"discarded_energy", point.discarded_energy}, {"uplink_bytes", point.uplink_bytes}, {"downlink_bytes", point.downlink_bytes}, {"steps", point.steps},
                                                    {"tokens", point.tokens}, {"seconds", point.seconds}};
      for (const auto& [name, value] : all) line(round, "", name, value);
      for (const auto& [client, one] : point.clients) {
        const std::string number = std::to_string(client);
        const std::pair<const char*, double> own[] = {{"train_loss", one.train_loss}, {"uplink_bytes", one.uplink_bytes}, {"update_norm", one.update_norm}, {"cosine", one.cosine}, {"eval_loss", one.eval_loss}, {"eval_exact", one.eval_exact}};
        for (const auto& [name, value] : own) line(round, number, name, value);
      }
    }
  }
  return out;
}

Spread spread_of(std::vector<double> values) {
  std::erase_if(values, [](double x) { return !std::isfinite(x); });
  if (values.empty()) return {kUnmeasured, kUnmeasured, kUnmeasured, kUnmeasured, 0};
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  double sum = 0;
  for (const double x : values) sum += x;
  return {n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2, sum / static_cast<double>(n), values.front(), values.back(), static_cast<int>(n)};
}

SweepTable compare(const spec::Sweep& sweep, const std::vector<SweepRun>& runs) {
  SweepTable table{sweep.match_by, sweep.match_at.value_or(std::numeric_limits<double>::infinity()), {}};
  if (!sweep.match_at)
    for (const SweepRun& run : runs)
      if (!run.tuning && !run.rounds.empty()) table.at = std::min(table.at, run.rounds.rbegin()->second.amount(table.by, run.rounds.rbegin()->first));
  for (const spec::SweepPoint& point : spec::sweep_points(sweep)) {
    SweepRow row{point.values, 0, 0, {}, {}, {}, {}, {}, {}, {}};
    std::vector<double> exact, loss, error, bytes, target, seconds, round;
    for (const SweepRun& run : runs) {
      if (run.values != point.values || run.tuning) continue;
      row.learning_rate = run.learning_rate;
      const auto* here = matched(run, table.by, table.at);
      if (!run.error.empty() || !here) {
        ++row.failed;
        continue;
      }
      const SweepRound& at = here->second;
      exact.push_back(at.eval_exact), loss.push_back(at.eval_loss), error.push_back(at.aggregation_error), bytes.push_back(at.uplink_bytes + at.downlink_bytes);
      target.push_back(bytes_to(run, sweep.target)), seconds.push_back(at.seconds), round.push_back(here->first);
    }
    row.exact = spread_of(exact), row.loss = spread_of(loss), row.aggregation_error = spread_of(error), row.bytes = spread_of(bytes);
    row.bytes_to_target = spread_of(target), row.seconds = spread_of(seconds), row.round = spread_of(round);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string table_csv(const spec::Sweep& sweep, const SweepTable& table) {
  std::string out;
  for (const spec::SweepAxis& axis : sweep.axes) out += quoted(axis.name) + ",";
  out += "learning_rate,matched_by,matched_at,failed,metric,median,mean,low,high,runs\n";
  for (const SweepRow& row : table.rows) {
    std::string head;
    for (const std::string& value : row.values) head += quoted(value) + ",";
    head += format_double(row.learning_rate) + "," + table.by + "," + format_double(table.at) + "," + std::to_string(row.failed) + ",";
    const std::pair<const char*, const Spread*> all[] = {{"eval_exact", &row.exact}, {"eval_loss", &row.loss}, {"aggregation_error", &row.aggregation_error}, {"bytes", &row.bytes},
                                                         {"bytes_to_target", &row.bytes_to_target}, {"seconds", &row.seconds}, {"round", &row.round}};
    for (const auto& [name, spread] : all)
      if (spread->count > 0)
        out += head + name + "," + format_double(spread->median) + "," + format_double(spread->mean) + "," + format_double(spread->low) + "," + format_double(spread->high) + "," + std::to_string(spread->count) + "\n";
  }
  return out;
}

}  // namespace fedllm::app
