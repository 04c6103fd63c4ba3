#include "run_follow.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "base/home_holder.h"
#include "command_line.h"
#include "node/run_manager.h"
#include "node/wire_events.h"

namespace fedllm::app {
namespace {

using ledger::RunRow;
using ledger::RunState;

constexpr double kCoreAnswers_s = 3;  // a core that is just starting binds within this time
constexpr double kLook_s = 0.1;       // how often a signal is looked for
constexpr size_t kBatch = 500;

volatile std::sig_atomic_t g_signals = 0;

extern "C" void on_signal(int) {
  g_signals = g_signals + 1;
  if (g_signals > 1) ::_exit(1);
}

Result<RunState> state_named(const std::string& name) {
  for (const RunState state : {RunState::running, RunState::paused, RunState::interrupted, RunState::done, RunState::failed})
    if (ledger::run_state_name(state) == name) return state;
  return internal_error("the core names a run state that this program does not know: " + name);
}

constexpr const char* kOpenAgain = "open the room again to go on";

// What the process ends with.
Status verdict(const RunRow& row, const std::string& go_on) {
  if (row.state == RunState::done) return {};
  if (row.state == RunState::failed) return {Code::aborted, "run " + row.id + " failed: " + row.error, "run"};
  return {Code::aborted,
          "run " + row.id + " is " + std::string(ledger::run_state_name(row.state)) + " after round " +
              std::to_string(row.rounds_done) + " of " + std::to_string(row.rounds) + (row.error.empty() ? "" : ": " + row.error) +
              "; " + go_on,
          "run"};
}

// A resumed run is told as such first. In a core the run may have been frozen in place, or wait its turn.
class Story {
 public:
  Story(RunView& view, const RunRow& row, bool resumed) : view_(view), rounds_done_(row.rounds_done), expects_resumed_(resumed) {}

  void tell(ledger::Event event) {
    if (expects_resumed_ && event.kind == "queued") return;
    if (expects_resumed_ && event.kind == "unpaused") {
      event.kind = "resumed";
      event.metrics = {{"from_round", double(rounds_done_)}};
    }
    expects_resumed_ = false;
    view_.event(event);
  }

 private:
  RunView& view_;
  const int rounds_done_;
  bool expects_resumed_;
};

Status end_with(RunView& view, const RunRow& row, bool of_a_room) {
  view.end(row);
  return verdict(row, of_a_room ? kOpenAgain : "go on with: fedllm resume " + row.id);
}

// --- in this process ---

Result<uint64_t> tell_from(const ledger::Ledger& ledger, const std::string& run, uint64_t from, Story& story) {
  for (;;) {
    FEDLLM_ASSIGN_OR_RETURN(auto events, ledger.events(run, from, kBatch));
    if (events.empty()) return from;
    from = events.back().seq + 1;
    for (ledger::Event& event : events) story.tell(std::move(event));
  }
}

Status follow_here(ledger::Ledger& ledger, node::RunManager& runs, const RunRow& row, uint64_t from, RunView& view,
                   bool resumed, const std::function<void()>& look = {}) {
  Story story(view, row, resumed);
  for (bool stopping = false;;) {
    if (look) look();
    const bool over = !runs.busy(row.id);  // asked before the events, so that none of the last is missed
    FEDLLM_ASSIGN_OR_RETURN(from, tell_from(ledger, row.id, from, story));
    if (over) break;
    if (g_signals > 0 && !stopping) {
      stopping = true;
      FEDLLM_RETURN_IF_ERROR(runs.stop(row.id, false).status());
    }
    (void)ledger.wait_for_events(row.id, from, kLook_s);
  }
  FEDLLM_ASSIGN_OR_RETURN(RunRow last, ledger.run(row.id));
  // On a full disk the ledger may not hold how it ended.
  if (const auto outcome = runs.outcome(row.id); outcome && last.state == RunState::running) {
    last.state = outcome->state;
    last.error = outcome->error;
    last.summary_json = outcome->summary_json;
  }
  return end_with(view, last, look != nullptr);
}

Status carry_out_here(const RunRequest& request) {
  FEDLLM_ASSIGN_OR_RETURN(const auto ledger,
                          ledger::Ledger::open({request.paths.ledger_dir, request.paths.home, false, nullptr}));
  FEDLLM_RETURN_IF_ERROR(ledger->mark_interrupted());
  node::RunManager runs(*ledger, request.paths, train::open_backend);
  catch_signals();
  RunRow row;
  uint64_t from = 1;
  if (!request.resume.empty()) {
    FEDLLM_ASSIGN_OR_RETURN(row, ledger->run(request.resume));
    FEDLLM_ASSIGN_OR_RETURN(const uint64_t last, ledger->last_seq(row.id));
    from = last + 1;
    FEDLLM_ASSIGN_OR_RETURN(row, runs.resume(row.id, request.workers));
  } else {
    node::StartOptions options;
    options.scenario_json = request.scenario_json;
    options.base_dir = request.base_dir;
    options.workers = request.workers;
    FEDLLM_ASSIGN_OR_RETURN(row, runs.start(options));
  }
  const auto view = make_run_view(request.json, row.scenario_json);
  return follow_here(*ledger, runs, row, from, *view, !request.resume.empty());
}

// --- in the live core ---

bool is_last(const std::string& kind) { return kind == "done" || kind == "failed" || kind == "stopped"; }

Status follow_there(node::ControlClient& core, const RunRow& row, uint64_t from, RunView& view, bool resumed,
                    const std::function<void()>& look = {}) {
  Story story(view, row, resumed);
  std::atomic<bool> over = false;
  std::thread signals([&] {
    bool stopping = false;
    while (!over) {
      if (g_signals > 0 && !stopping) {
        stopping = true;
        (void)core.stop(row.id, false);
      }
      if (look) look();
      std::this_thread::sleep_for(std::chrono::duration<double>(kLook_s));
    }
  });
  const Status watched = core.watch(row.id, from, [&](const wire::EventBatch& batch) {
    bool go_on = true;
    for (const wire::Event& event : batch.events()) {
      story.tell(node::from_wire(event, row.id));
      go_on = go_on && !is_last(event.kind());
    }
    return go_on;
  });
  over = true;
  signals.join();
  if (!watched.ok())
    return unavailable("the core went away (" + watched.message() + "); go on with: fedllm resume " + row.id, "run");
  FEDLLM_ASSIGN_OR_RETURN(const wire::RunInfo info, core.get_run(row.id));
  FEDLLM_ASSIGN_OR_RETURN(const RunRow last, row_of(info));
  return end_with(view, last, look != nullptr);
}

Status carry_out_there(const RunRequest& request, node::ControlClient& core) {
  catch_signals();
  uint64_t from = 1;
  wire::RunInfo info;
  if (!request.resume.empty()) {
    FEDLLM_ASSIGN_OR_RETURN(info, core.get_run(request.resume));
    from = info.last_seq() + 1;
    FEDLLM_ASSIGN_OR_RETURN(info, core.resume(info.run()));
  } else {
    wire::StartRunRequest start;
    start.set_scenario_json(request.scenario_json);
    start.set_base_dir(request.base_dir);
    start.set_workers(request.workers);
    FEDLLM_ASSIGN_OR_RETURN(info, core.start_run(start));
  }
  FEDLLM_ASSIGN_OR_RETURN(const RunRow row, row_of(info));
  const auto view = make_run_view(request.json, row.scenario_json);
  return follow_there(core, row, from, *view, !request.resume.empty());
}

}  // namespace

Result<RunRow> row_of(const wire::RunInfo& info) {
  RunRow row;
  row.id = info.run();
  row.name = info.name();
  FEDLLM_ASSIGN_OR_RETURN(row.state, state_named(info.state()));
  row.rounds = info.rounds();
  row.rounds_done = info.rounds_done();
  row.summary_json = info.summary_json();
  row.error = info.error();
  row.scenario_json = info.scenario_json();
  return row;
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

int signals_seen() { return g_signals; }

Status follow_run(ledger::Ledger& ledger, node::RunManager& runs, const FollowRequest& request) {
  FEDLLM_ASSIGN_OR_RETURN(const RunRow row, ledger.run(request.run));
  const auto view = make_run_view(request.json, row.scenario_json);
  return follow_here(ledger, runs, row, request.from, *view, request.resumed, request.look);
}

Status follow_run(node::ControlClient& core, const FollowRequest& request) {
  FEDLLM_ASSIGN_OR_RETURN(const wire::RunInfo info, core.get_run(request.run));
  FEDLLM_ASSIGN_OR_RETURN(const RunRow row, row_of(info));
  const auto view = make_run_view(request.json, row.scenario_json);
  return follow_there(core, row, request.from, *view, request.resumed, request.look);
}

Result<HomeOwner> open_owner(const HomePaths& paths, const std::string& verb) {
  HomeOwner owner;
  auto lock = node::CoreLock::acquire(paths, verb);
  const auto holder = lock.ok() ? std::nullopt : home_holder(paths);
  const bool hopeless = holder && !holder->verb.empty() && !holder->is_core();  // a run in its own process takes no visitors
  if (!lock.ok() && lock.status().code() == Code::failed_precondition && !hopeless) {
    auto core = node::ControlClient::connect(paths, FEDLLM_VERSION, kCoreAnswers_s);
    if (core.ok()) {
      owner.core = std::move(core).value();
      return owner;
    }
    if (core.status().code() != Code::unavailable) return core.status();
    lock = node::CoreLock::acquire(paths, verb);  // a core that was just ending has left by now
  }
  if (!lock.ok()) return lock.status();
  owner.lock = std::move(lock).value();
  return owner;
}

Status carry_out(const RunRequest& request) {
  FEDLLM_ASSIGN_OR_RETURN(const HomeOwner owner, open_owner(request.paths, request.resume.empty() ? "run" : "resume"));
  return owner.core ? carry_out_there(request, *owner.core) : carry_out_here(request);
}

}  // namespace fedllm::app
