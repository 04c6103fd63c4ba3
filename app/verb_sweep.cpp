// fedllm sweep
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "event_line.h"
#include "node/control_service_data.h"
#include "run_follow.h"
#include "scenario_source.h"
#include "sweep_results.h"

namespace fedllm::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr double kLook_s = 0.1;

// One run that is wanted. The same scenario is never run twice in a home.
struct Wanted {
  size_t point = 0;
  uint64_t seed = 0;
  std::optional<double> rate;
  std::string scenario_json;
  std::string request_id() const { return spec::sweep_request_id(scenario_json); }
};

class Experiment {
 public:
  Experiment(const Arguments& arguments, HomePaths paths) : arguments_(arguments), paths_(std::move(paths)) {}

  Status load(const std::string& file) {
    FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(file));
    auto parsed = spec::parse_sweep(text);
    if (!parsed.ok()) return parsed.status().with_prefix(file);
    sweep_ = std::move(parsed).value();
    const bool builtin = sweep_.scenario.starts_with("builtin:");
    const std::string path = builtin ? sweep_.scenario : (fs::absolute(file).parent_path() / sweep_.scenario).lexically_normal().string();
    FEDLLM_ASSIGN_OR_RETURN(scenario_, spec::load_scenario(path));
    base_dir_ = fs::absolute(builtin ? resolve_path(path, "scenarios", "") : path).lexically_normal().parent_path().string();
    points_ = spec::sweep_points(sweep_);
    out_ = arguments_.has("--out") ? arguments_.value("--out") : paths_.home + "/sweeps/" + folder_name(sweep_.name);
    return make_dirs(out_);
  }

  // Every combination is looked at before the first run; what the whole costs.
  Status forecast() {
    node::ScenarioQueries queries(paths_.home);
    const auto history = ledger::Ledger::open({paths_.ledger_dir, paths_.home, true, nullptr});
    double up = 0, down = 0, low = 0, high = 0, runs = 0;
    for (size_t p = 0; p < points_.size(); ++p) {
      FEDLLM_ASSIGN_OR_RETURN(const Wanted one, wanted(p, sweep_.seeds[0], first_rate()));
      wire::CheckRequest request;
      request.set_scenario_json(one.scenario_json);
      request.set_base_dir(base_dir_);
      request.set_open_files(true);
      const wire::CheckReply reply = queries.check(request, history.ok() ? history->get() : nullptr);
      for (const wire::Problem& problem : reply.problems())
        if (problem.severity() == "error") {
          bad_[p] = (problem.path().empty() ? "" : problem.path() + ": ") + problem.message();
          break;
        }
      if (bad_.contains(p)) continue;
      const double count = static_cast<double>(sweep_.seeds.size() + (sweep_.learning_rates.empty() ? 0 : sweep_.learning_rates.size() - 1));
      runs += count;
      up += count * static_cast<double>(reply.forecast().uplink_bytes()), down += count * static_cast<double>(reply.forecast().downlink_bytes());
      low += count * reply.forecast().low_s(), high += count * reply.forecast().high_s();
    }
    tell_forecast(runs, up, down, low, high);
    if (bad_.empty() || arguments_.has("--skip-invalid")) return {};
    std::string sentence = std::to_string(bad_.size()) + " of " + std::to_string(points_.size()) + " combinations cannot run";
    for (const auto& [p, why] : bad_) sentence += "; " + join(points_[p].values, ", ") + ": " + why;
    return failed_precondition(sentence + " (--skip-invalid goes on without them)", "sweep");
  }

  Status run() {
    FEDLLM_ASSIGN_OR_RETURN(const HomeOwner owner, open_owner(paths_, "sweep"));
    if (owner.core) return failed_precondition("a core owns this home; close it, or give the sweep a home of its own (--home)", "sweep");
    FEDLLM_ASSIGN_OR_RETURN(ledger_, ledger::Ledger::open({paths_.ledger_dir, paths_.home, false, nullptr}));
    FEDLLM_RETURN_IF_ERROR(ledger_->mark_interrupted());
    node::RunManager manager(*ledger_, paths_, train::open_backend);
    manager_ = &manager;
    catch_signals();
    FEDLLM_RETURN_IF_ERROR(queue());
    FEDLLM_RETURN_IF_ERROR(write(true));
    const auto failed = std::count_if(runs_.begin(), runs_.end(), [](const SweepRun& one) { return !one.error.empty(); });
    if (failed == 0) return {};
    return {Code::aborted, std::to_string(failed) + " of " + std::to_string(runs_.size()) + " runs failed; the first reason: " +
                               std::find_if(runs_.begin(), runs_.end(), [](const SweepRun& one) { return !one.error.empty(); })->error, "sweep"};
  }

 private:
  static std::string folder_name(const std::string& name) {
    std::string out;
    for (const char c : name) out += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '-';
    return out;
  }
  std::optional<double> first_rate() const { return sweep_.learning_rates.empty() ? std::nullopt : std::optional(sweep_.learning_rates[0]); }

  Result<Wanted> wanted(size_t point, uint64_t seed, std::optional<double> rate) const {
    FEDLLM_ASSIGN_OR_RETURN(const spec::Scenario made, spec::sweep_scenario(sweep_, scenario_, points_[point], seed, rate));
    return Wanted{point, seed, rate, spec::to_json(made)};
  }

  // A combination's rates on the first seed, then the best one on the others.
  Status queue() {
    const size_t rates = std::max<size_t>(1, sweep_.learning_rates.size());
    total_ = (points_.size() - bad_.size()) * (sweep_.seeds.size() + rates - 1);
    for (size_t p = 0; p < points_.size(); ++p) {
      if (bad_.contains(p)) continue;
      std::optional<double> best = first_rate();
      const size_t first = runs_.size();
      if (sweep_.learning_rates.empty()) FEDLLM_RETURN_IF_ERROR(one(p, sweep_.seeds[0], std::nullopt));
      for (const double rate : sweep_.learning_rates) FEDLLM_RETURN_IF_ERROR(one(p, sweep_.seeds[0], rate));
      best = choose(first);
      for (size_t s = 1; s < sweep_.seeds.size(); ++s) FEDLLM_RETURN_IF_ERROR(one(p, sweep_.seeds[s], best));
    }
    return {};
  }

  // Marks the others as tried for the choice alone.
  std::optional<double> choose(size_t first) {
    if (sweep_.learning_rates.empty()) return std::nullopt;
    const auto worth = [&](const SweepRun& run) -> double {
      if (!run.error.empty() || run.rounds.empty()) return -INFINITY;
      const SweepRound& last = run.rounds.rbegin()->second;
      const double value = sweep_.choose_by == "exact" ? last.eval_exact : -last.eval_loss;
      return std::isfinite(value) ? value : -INFINITY;
    };
    size_t best = first;
    for (size_t i = first; i < runs_.size(); ++i)
      if (worth(runs_[i]) > worth(runs_[best])) best = i;
    for (size_t i = first; i < runs_.size(); ++i) runs_[i].tuning = i != best;
    return runs_[best].learning_rate;
  }

  Status one(size_t point, uint64_t seed, std::optional<double> rate) {
    FEDLLM_ASSIGN_OR_RETURN(const Wanted asked, wanted(point, seed, rate));
    SweepRun result;
    result.values = points_[point].values, result.seed = seed;
    FEDLLM_ASSIGN_OR_RETURN(const spec::Scenario made, spec::parse_scenario(asked.scenario_json));
    result.learning_rate = made.training.learning_rate;
    const SystemClock clock;
    const double began_s = clock.seconds();
    FEDLLM_ASSIGN_OR_RETURN(const auto known, ledger_->run_by_request(asked.request_id()));
    const bool fresh = !known || known->state != ledger::RunState::done;
    auto row = begin(asked, known);
    if (row.ok()) {
      result.run = row->id;
      FEDLLM_RETURN_IF_ERROR(wait_for(row->id));
      FEDLLM_ASSIGN_OR_RETURN(const ledger::RunRow last, ledger_->run(row->id));
      if (signals_seen() > 0) return Status(Code::cancelled, "stopped; the same command goes on with run " + row->id, "sweep");
      if (last.state != ledger::RunState::done) result.error = last.error.empty() ? "run " + last.id + " is " + std::string(ledger::run_state_name(last.state)) : last.error;
      FEDLLM_ASSIGN_OR_RETURN(result.rounds, read_rounds(*ledger_, row->id));
    } else {
      result.error = row.status().message();
    }
    tell_run(result, fresh, clock.seconds() - began_s);
    runs_.push_back(std::move(result));
    return write(false);
  }

  Result<ledger::RunRow> begin(const Wanted& asked, const std::optional<ledger::RunRow>& known) {
    if (known && known->state == ledger::RunState::done) return *known;
    if (known) return manager_->resume(known->id, workers_);
    node::StartOptions options;
    options.scenario_json = asked.scenario_json, options.base_dir = base_dir_, options.request_id = asked.request_id(), options.workers = workers_;
    return manager_->start(options);
  }

  Status wait_for(const std::string& run) {
    for (bool stopping = false; manager_->busy(run);) {
      if (signals_seen() > 0 && !std::exchange(stopping, true)) FEDLLM_RETURN_IF_ERROR(manager_->stop(run, false).status());
      FEDLLM_ASSIGN_OR_RETURN(const uint64_t seq, ledger_->last_seq(run));
      (void)ledger_->wait_for_events(run, seq + 1, kLook_s);
    }
    return {};
  }

  Status write(bool finished) const {
    FEDLLM_RETURN_IF_ERROR(write_file_atomic(out_ + "/results.csv", results_csv(sweep_, runs_)));
    if (!finished) return {};
    const SweepTable table = compare(sweep_, runs_);
    FEDLLM_RETURN_IF_ERROR(write_file_atomic(out_ + "/table.csv", table_csv(sweep_, table)));
    tell_table(table);
    return {};
  }

  // --- what is printed ---

  void tell_forecast(double runs, double up, double down, double low, double high) const {
    if (arguments_.json()) {
      print_line(to_line({{"event", "forecast"}, {"runs", runs}, {"combinations", points_.size() - bad_.size()}, {"uplink_bytes", up}, {"downlink_bytes", down}, {"low_s", low}, {"high_s", high}, {"out", out_}}));
      return;
    }
    std::string line = format_double(runs) + " runs: " + std::to_string(points_.size() - bad_.size()) + " combinations, " + std::to_string(sweep_.seeds.size()) + " seeds";
    if (!sweep_.learning_rates.empty()) line += ", " + std::to_string(sweep_.learning_rates.size()) + " learning rates on the first";
    line += "; about " + format_bytes(static_cast<uint64_t>(up)) + " up, " + format_bytes(static_cast<uint64_t>(down)) + " down";
    if (high > 0) line += ", " + format_double(std::round(low)) + " to " + format_double(std::round(high)) + " s";
    print_line(line + "; results in " + out_);
  }

  void tell_run(const SweepRun& run, bool fresh, double seconds) const {
    const size_t number = runs_.size() + 1;
    const SweepRound* last = run.rounds.empty() ? nullptr : &run.rounds.rbegin()->second;
    if (arguments_.json()) {
      ordered_json line = {{"event", "run"}, {"number", number}, {"of", total_}, {"run", run.run}, {"values", run.values}, {"seed", run.seed}, {"learning_rate", run.learning_rate}, {"fresh", fresh}, {"seconds", seconds}};
      if (!run.error.empty()) line["error"] = run.error;
      if (last) line["eval_loss"] = last->eval_loss, line["eval_exact"] = last->eval_exact;
      print_line(to_line(line));
      return;
    }
    char head[64], tail[160];
    std::snprintf(head, sizeof head, "%4zu/%zu  ", number, total_);
    if (!run.error.empty()) std::snprintf(tail, sizeof tail, "  failed: ");
    else std::snprintf(tail, sizeof tail, "  loss %.3f, exact %.0f %%, %s", last ? last->eval_loss : NAN, last ? 100 * last->eval_exact : NAN, fresh ? (format_double(std::round(10 * seconds) / 10) + " s").c_str() : "known");
    print_line(head + join(run.values, ", ") + ", seed " + std::to_string(run.seed) + ", rate " + format_double(run.learning_rate) + tail + run.error);
  }

  static ordered_json json_of(const Spread& spread) {
    if (spread.count == 0) return nullptr;
    return {{"median", spread.median}, {"mean", spread.mean}, {"low", spread.low}, {"high", spread.high}, {"runs", spread.count}};
  }

  void tell_table(const SweepTable& table) const {
    if (arguments_.json()) {
      ordered_json rows = ordered_json::array();
      for (const SweepRow& row : table.rows) {
        ordered_json one = ordered_json::object();
        for (size_t a = 0; a < row.values.size(); ++a) one[sweep_.axes[a].name] = row.values[a];
        one["learning_rate"] = row.learning_rate, one["failed"] = row.failed;
        one["eval_exact"] = json_of(row.exact), one["eval_loss"] = json_of(row.loss), one["aggregation_error"] = json_of(row.aggregation_error);
        one["bytes"] = json_of(row.bytes), one["bytes_to_target"] = json_of(row.bytes_to_target), one["seconds"] = json_of(row.seconds), one["round"] = json_of(row.round);
        rows.push_back(std::move(one));
      }
      print_line(to_line({{"event", "table"}, {"sweep", sweep_.name}, {"matched_by", table.by}, {"matched_at", table.at}, {"target", sweep_.target}, {"out", out_}, {"table", rows}}));
      return;
    }
    print_line("");
    print_line("at " + format_double(table.at) + " " + table.by + "; median (lowest to highest) over seeds; bytes up and down");
    size_t width = 12;
    for (const SweepRow& row : table.rows) width = std::max(width, join(row.values, ", ").size());
    char line[512];
    std::snprintf(line, sizeof line, "%-*s %8s %22s %24s %10s %11s %11s %8s", static_cast<int>(width), "", "rate", "exact match, %", "held-out loss", "agg. err.", "bytes", ("to " + format_double(100 * sweep_.target) + " %").c_str(), "seconds");
    print_line(line);
    for (const SweepRow& row : table.rows) {
      const auto bytes = [](const Spread& spread) { return spread.count ? format_bytes(static_cast<uint64_t>(spread.median)) : std::string("-"); };
      char exact[64], loss[64], error[32];
      std::snprintf(exact, sizeof exact, "%.1f (%.1f to %.1f)", 100 * row.exact.median, 100 * row.exact.low, 100 * row.exact.high);
      std::snprintf(loss, sizeof loss, "%.3f (%.3f to %.3f)", row.loss.median, row.loss.low, row.loss.high);
      if (row.aggregation_error.count) std::snprintf(error, sizeof error, "%.4f", row.aggregation_error.median);
      else std::snprintf(error, sizeof error, "hidden");
      std::snprintf(line, sizeof line, "%-*s %8s %22s %24s %10s %11s %11s %8.2f%s", static_cast<int>(width), join(row.values, ", ").c_str(), format_double(row.learning_rate).c_str(), row.exact.count ? exact : "-", row.loss.count ? loss : "-",
                    row.exact.count ? error : "-", bytes(row.bytes).c_str(), bytes(row.bytes_to_target).c_str(), row.seconds.median, row.failed ? ("  " + std::to_string(row.failed) + " failed").c_str() : "");
      print_line(line);
    }
  }

  const Arguments& arguments_;
  const HomePaths paths_;
  spec::Sweep sweep_;
  spec::Scenario scenario_;
  std::string base_dir_, out_;
  std::vector<spec::SweepPoint> points_;
  std::map<size_t, std::string> bad_;   // combinations that cannot run, and why
  std::unique_ptr<ledger::Ledger> ledger_;
  node::RunManager* manager_ = nullptr;
  std::vector<SweepRun> runs_;
  size_t total_ = 0;

 public:
  int workers_ = 0;
};

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const HomePaths paths, arguments.home());
  Experiment experiment(arguments, paths);
  FEDLLM_ASSIGN_OR_RETURN(experiment.workers_, arguments.number("--workers", 0, 0));
  FEDLLM_RETURN_IF_ERROR(experiment.load(arguments.operands[0]));
  FEDLLM_RETURN_IF_ERROR(experiment.forecast());
  return arguments.has("--plan") ? Status() : experiment.run();
}

const VerbEntry entry({"sweep",
                       "FILE",
                       "run an experiment: axes x seeds over any scenario field, and compare",
                       {{"--plan", "", "say what it would run and cost, and stop"},
                        {"--skip-invalid", "", "go on without combinations that cannot run"},
                        {"--out", "DIR", "folder of results.csv and table.csv (default: HOME/sweeps/NAME)"},
                        {"--workers", "N", "clients trained at once (default: the number of cores)"}},
                       run,
                       14,
                       false,
                       "FILE is JSON: name, scenario, set {path: value}, axes {name: {value: {path: value}}} or {path: [values]}, seeds,\n"
                       "learning_rates (each combination takes its best on the first seed, choose_by loss or exact), match {by: rounds,\n"
                       "steps, tokens or bytes, at: N}, target (the exact match whose bytes are told).\n"
                       "Whatever stops it, the same command goes on: runs that are done are not repeated, one that was interrupted is\n"
                       "resumed. results.csv has one line a run, round, client and metric."});

}  // namespace
}  // namespace fedllm::app
