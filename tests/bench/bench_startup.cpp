// Start times of the verbs that do not train, and the time to re-attach: all events of a run with 10 000 of them, watched
// from seq 0 through a live core. Usage: bench_startup [RUNS]
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include "ledger/ledger.h"
#include "node/control_client.h"

using namespace fedllm;

namespace {

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string program() {
  const char* folder = std::getenv("FEDLLM_BIN");
  return (folder ? std::string(folder) : program_dir() + "/../bin") + "/fedllm";
}

pid_t start(const std::vector<std::string>& arguments) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child != 0) return child;
  std::vector<char*> words;
  const std::string path = program();
  words.push_back(const_cast<char*>(path.c_str()));
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  if (!std::freopen("/dev/null", "w", stdout)) std::_Exit(126);
  ::execv(words[0], words.data());
  std::_Exit(127);
}

bool ended_well(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void row(const std::string& what, std::vector<double> seconds, const char* goal) {
  if (seconds.empty()) seconds.push_back(0);
  std::sort(seconds.begin(), seconds.end());
  std::printf("%-44s median %7.3f s   fastest %7.3f s   goal %s\n", what.c_str(), seconds[seconds.size() / 2], seconds[0], goal);
}

void verb_times(int runs, const std::string& home, const std::string& run) {
  const std::vector<std::vector<std::string>> verbs = {
      {"--help"},    {"new", "--template", "desk-iid"}, {"runs"},
      {"show", run}, {"check", "builtin:desk-iid"},     {"partition", "builtin:desk-iid"}};
  for (std::vector<std::string> words : verbs) {
    const std::string name = "fedllm " + words[0];
    words.insert(words.end(), {"--home", home});
    std::vector<double> times;
    for (int i = 0; i < runs; ++i) {
      const double began = now_s();
      if (!ended_well(start(words))) std::printf("%s failed\n", name.c_str());
      times.push_back(now_s() - began);
    }
    row(name, times, "0.15 s");
  }
}

std::string ten_thousand_events(const std::string& home) {
  auto ledger = ledger::Ledger::open({home, home, false, nullptr});
  if (!ledger.ok()) return {};
  ledger::RunRow row;
  row.name = "bench";
  row.state = ledger::RunState::paused;
  row.scenario_json = "{}";
  const std::string run = (*ledger)->create_run(row)->id;
  std::vector<ledger::Event> events;
  for (int i = 0; i < 10'000; ++i)
    events.push_back({run,
                      0,
                      0,
                      "client_step",
                      1 + i / 2000,
                      i % 50,
                      {{"step", i}, {"loss", 1.0 / (i + 1)}, {"tokens", 200}, {"seconds", 0.02}},
                      ""});
  if (!(*ledger)->append_batch(std::move(events)).ok()) return {};
  return run;
}

// From nothing: the core is up already, a new client connects and draws everything.
void re_attach(int runs, const HomePaths& paths, const std::string& run) {
  const pid_t core = start({"core", "--home", paths.home});
  const double began = now_s();
  auto first = node::ControlClient::connect(paths, "bench", 20);
  row("core: start to first answer", {now_s() - began}, "-");
  std::vector<double> times;
  for (int i = 0; i < runs && first.ok(); ++i) {
    const double start_s = now_s();
    auto client = node::ControlClient::connect(paths, "bench", 20);
    size_t seen = 0;
    if (client.ok())
      (void)(*client)->watch(
          run, 0, [&](const wire::EventBatch& batch) { return (seen += static_cast<size_t>(batch.events_size())) < 10'000; });
    times.push_back(now_s() - start_s);
    if (seen != 10'000) std::printf("only %zu of 10000 events came\n", seen);
  }
  row("connect and watch 10 000 events from 0", times, "2 s");
  ::kill(core, SIGTERM);
  const double ending = now_s();
  const bool well = ended_well(core);
  row(well ? "core: SIGTERM to end" : "core: SIGTERM to end (failed)", {now_s() - ending}, "-");
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::max(1, std::atoi(argv[1])) : 11;
  char folder[] = "/tmp/fedllm-bench-XXXXXX";
  if (!::mkdtemp(folder)) return 1;
  const auto paths = resolve_home(folder);
  if (!paths.ok()) return 1;
  const std::string run = ten_thousand_events(paths->home);
  verb_times(runs, paths->home, run);
  re_attach(runs, *paths, run);
  std::filesystem::remove_all(folder);
  return 0;
}
