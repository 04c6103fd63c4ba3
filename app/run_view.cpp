#include "run_view.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "command_line.h"
#include "event_line.h"
#include "spec/scenario_json.h"

namespace fedllm::app {
namespace {

using nlohmann::ordered_json;

std::string fixed(const ordered_json& value, int digits) {
  if (!value.is_number()) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value.get<double>());
  return text;
}

std::string percent(const ordered_json& share) { return share.is_number() ? fixed(share.get<double>() * 100, 0) + " %" : "-"; }

std::string bytes(const ordered_json& value) { return value.is_number() ? format_bytes(value.get<uint64_t>()) : "-"; }

void line(const std::string& what, const std::string& value) {
  std::string text = what;
  text.resize(std::max<size_t>(text.size() + 1, 22), ' ');
  print_line(text + value);
}

// Shares as percent, perplexity as it is.
void print_metrics(const ordered_json& s) {
  if (!s.contains("final_eval_metrics")) return;   // a run of an earlier build
  for (const auto& [name, last] : s["final_eval_metrics"].items()) {
    const ordered_json first = s["initial_eval_metrics"].value(name, ordered_json());
    const auto text = [&](const ordered_json& value) { return name == "perplexity" ? fixed(value, 3) : percent(value); };
    line(name, text(first) + " -> " + text(last));
  }
  if (const auto& cost = s["base_precision_loss_difference"]; cost.is_number()) line("int8 base", "loss " + fixed(cost, 5) + " above the file's own numbers");
}

void print_exact(const ordered_json& first, const ordered_json& last) {
  if (!last.is_object()) return;
  for (const auto& [topic, score] : last.items()) {
    const ordered_json before = first.is_object() && first.contains(topic) ? first[topic]["exact"] : ordered_json();
    line("exact, " + topic, percent(before) + " -> " + percent(score["exact"]) + "  (n " + score["n"].dump() + ")");
  }
}

class JsonView final : public RunView {
 public:
  void event(const ledger::Event& event) override { print_line(event_line(event)); }
  void end(const ledger::RunRow& row) override { print_line(to_line(summary_of(row))); }
};

class PlainView : public RunView {
 public:
  void event(const ledger::Event&) override {}
  void end(const ledger::RunRow& row) override { print_summary(row); }
};

class BarView final : public PlainView {
 public:
  explicit BarView(const std::string& scenario_json) {
    if (const auto scenario = spec::parse_scenario(scenario_json); scenario.ok()) {
      rounds_ = scenario->rounds;
      steps_each_ = scenario->training.local_steps.value_or(0);
    }
  }
  ~BarView() override { clear(); }

  void event(const ledger::Event& event) override {
    const ordered_json at = json_of(event);
    if (event.kind == "round_started")
      begin_round(at);
    else if (event.kind == "client_step")
      step(at);
    else if (event.kind == "eval")
      evaluated(at);
    else if (event.kind == "round_committed")
      committed_ = event.round.value_or(0), steps_ = 0;
    else if (event.kind == "warning" || event.kind == "client_rejected" || event.kind == "queued")
      tell(at);
    note_ = event.kind == "paused" ? "paused  " : event.kind == "unpaused" || event.kind == "resumed" ? "" : note_;
    draw(event.kind != "client_step");
  }
  void end(const ledger::RunRow& row) override {
    clear();
    PlainView::end(row);
  }

 private:
  void begin_round(const ordered_json& at) {
    steps_ = 0;
    const size_t clients = at.contains("cohort") && at["cohort"].is_array() ? at["cohort"].size() : 0;
    steps_of_round_ = static_cast<int64_t>(clients) * steps_each_;
  }
  void step(const ordered_json& at) {
    ++steps_;
    if (at.value("loss", ordered_json()).is_number()) {
      const double loss = at["loss"];
      loss_ = std::isnan(loss_) ? loss : 0.9 * loss_ + 0.1 * loss;
    }
  }
  void evaluated(const ordered_json& at) {
    if (at.value("adapter", "") != "global" || at.value("topic", "?") != "") return;
    held_out_ = fixed(at.value("loss", ordered_json()), 3);
    if (at.contains("exact")) exact_ = percent(at["exact"]);
  }
  // A sentence above the bar.
  void tell(const ordered_json& at) {
    clear();
    const std::string text = at.value("message", at.value("reason", std::string()));
    std::fprintf(stderr, "%s%s\n", at.contains("client") ? ("client " + at["client"].dump() + ": ").c_str() : "", text.c_str());
  }

  void clear() {
    if (!drawn_) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    drawn_ = false;
  }
  // Steps come by the hundred: at most ten drawings a second for them.
  void draw(bool always) {
    const double now = clock_.seconds();
    if (!always && now - drawn_s_ < 0.1) return;
    drawn_s_ = now;
    const double part = steps_of_round_ > 0 ? std::min(1.0, double(steps_) / double(steps_of_round_)) : 0;
    const double share = rounds_ > 0 ? std::min(1.0, (committed_ + part) / rounds_) : 0;
    constexpr int kWidth = 24;
    const int filled = static_cast<int>(share * kWidth);
    std::string text = note_ + "round " + std::to_string(std::min(committed_ + 1, rounds_)) + "/" + std::to_string(rounds_) +
                       " [" + std::string(static_cast<size_t>(filled), '#') +
                       std::string(static_cast<size_t>(kWidth - filled), '-') + "]";
    if (steps_of_round_ > 0) text += " step " + std::to_string(steps_) + "/" + std::to_string(steps_of_round_);
    if (!std::isnan(loss_)) text += "  loss " + fixed(loss_, 3);
    if (!held_out_.empty()) text += "  held-out " + held_out_;
    if (!exact_.empty()) text += "  exact " + exact_;
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    std::fflush(stderr);
    drawn_ = true;
  }

  int rounds_ = 0, steps_each_ = 0, committed_ = 0;
  int64_t steps_ = 0, steps_of_round_ = 0;
  double loss_ = NAN, drawn_s_ = 0;
  std::string held_out_, exact_, note_;
  bool drawn_ = false;
  SystemClock clock_;
};

}  // namespace

std::unique_ptr<RunView> make_run_view(bool json, const std::string& scenario_json) {
  if (json) return std::make_unique<JsonView>();
  if (::isatty(STDERR_FILENO)) return std::make_unique<BarView>(scenario_json);
  return std::make_unique<PlainView>();
}

void print_summary(const ledger::RunRow& row) {
  const ordered_json s = summary_of(row);
  line("run", row.id);
  line("name", row.name);
  line("state", std::string(ledger::run_state_name(row.state)) + (row.error.empty() ? "" : ": " + row.error));
  line("rounds", std::to_string(row.rounds_done) + " of " + std::to_string(row.rounds));
  if (!s["final_eval_loss"].is_null())
    line("held-out loss", fixed(s["initial_eval_loss"], 3) + " -> " + fixed(s["final_eval_loss"], 3));
  print_exact(s["initial_eval_exact"], s["final_eval_exact"]);
  print_metrics(s);
  if (!s["uplink_payload_bytes"].is_null()) {
    line("uplink", bytes(s["uplink_payload_bytes"]) + " payload, " + bytes(s["uplink_wire_bytes"]) + " on the wire");
    line("downlink", bytes(s["downlink_payload_bytes"]) + " payload, " + bytes(s["downlink_wire_bytes"]) + " on the wire");
  }
  if (!s["wall_s"].is_null()) line("time", fixed(s["wall_s"], 1) + " s, peak memory " + bytes(s["peak_rss_bytes"]));
  if (s["adapter_dir"].is_string()) line("adapter", s["adapter_dir"].get<std::string>());
  if (s["adapter_sha256"].is_string()) line("adapter SHA-256", s["adapter_sha256"].get<std::string>());
}

}  // namespace fedllm::app
