// fedllm show
#include <limits>
#include <set>

#include "base/text.h"
#include "command_line.h"
#include "event_line.h"
#include "run_list.h"
#include "run_view.h"

namespace fedllm::app {
namespace {

constexpr size_t kBatch = 2000;
using ledger::Event;

Status each_event(const ledger::Ledger& ledger, const std::string& run, const std::function<void(const Event&)>& take) {
  for (uint64_t from = 1;;) {
    FEDLLM_ASSIGN_OR_RETURN(const auto events, ledger.events(run, from, kBatch));
    if (events.empty()) return {};
    for (const Event& event : events) take(event);
    from = events.back().seq + 1;
  }
}

// `resumed` from round k supersedes all earlier points of rounds > k.
class Superseded {
 public:
  Status read(const ledger::Ledger& ledger, const std::string& run) {
    return each_event(ledger, run, [this](const Event& event) {
      if (event.kind != "resumed") return;
      for (const auto& [key, value] : event.metrics)
        if (key == "from_round") resumes_.push_back({event.seq, static_cast<int>(value)});
    });
  }
  bool operator()(const Event& event) const {
    if (!event.round) return false;
    for (const auto& [seq, from_round] : resumes_)
      if (event.seq<seq&& * event.round> from_round) return true;
    return false;
  }

 private:
  std::vector<std::pair<uint64_t, int>> resumes_;
};

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

// Tidy: one number a line. An evaluation is told apart by its name: eval_loss is the global adapter's or, with a client, that
// client's own; base_eval_loss the base model's; eval_loss[topic] one topic's.
void print_rows(const Event& event) {
  const auto at = json_of(event);
  std::string step, prefix, suffix;
  if (event.kind == "eval") {
    prefix = at.value("adapter", "") == "base" ? "base_eval_" : "eval_";
    if (const std::string topic = at.value("topic", ""); !topic.empty()) suffix = "[" + topic + "]";
  }
  for (const auto& [key, value] : event.metrics)
    if (key == "step") step = format_double(value);
  const std::string where = event.run + "," + (event.round ? std::to_string(*event.round) : "") + "," +
                            (event.client ? std::to_string(*event.client) : "") + "," + step + ",";
  for (const auto& [key, value] : event.metrics) {
    if (key == "step") continue;
    const std::string number = at.contains(key) && at[key].is_number() ? format_double(value) : "";  // empty: not a number
    print_line(where + csv_field(prefix + key + suffix) + "," + number);
  }
}

Status print_csv(const ledger::Ledger& ledger, const std::string& run) {
  Superseded superseded;
  FEDLLM_RETURN_IF_ERROR(superseded.read(ledger, run));
  print_line("run,round,client,step,metric,value");
  return each_event(ledger, run, [&](const Event& event) {
    if (!superseded(event)) print_rows(event);
  });
}

Status run(const Arguments& arguments) {
  if (arguments.json() && arguments.has("--csv")) return usage_error("show takes --json or --csv, not both");
  FEDLLM_ASSIGN_OR_RETURN(const HomePaths paths, arguments.home());
  FEDLLM_ASSIGN_OR_RETURN(const RunList list, open_runs(paths));
  FEDLLM_ASSIGN_OR_RETURN(ledger::RunRow row, list.ledger->run(arguments.operands[0]));
  list.correct(row);
  if (arguments.has("--csv")) return print_csv(*list.ledger, row.id);
  if (!arguments.json()) {
    print_summary(row);
    return {};
  }
  FEDLLM_RETURN_IF_ERROR(each_event(*list.ledger, row.id, [](const Event& event) { print_line(event_line(event)); }));
  print_line(to_line(summary_of(row)));
  return {};
}

const VerbEntry entry({"show",
                       "RUN",
                       "show a run: summary, or with --json every event, or with --csv every number",
                       {{"--csv", "", "tidy table run,round,client,step,metric,value; superseded points are left out"}},
                       run,
                       21,
                       false,
                       "--json prints every event as a line, as `run` did, and the summary as the last line."});

}  // namespace
}  // namespace fedllm::app
