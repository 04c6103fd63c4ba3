// MemberLab: a host and a few machines, each with a home, a ledger and the no-op trainer of its own, that train together over TLS on
// loopback. Include it before Qt, whose word `slots` is a field of room.proto.
#pragma once

#include "lab/room_host.h"
#include "lab/room_member.h"

#include <unistd.h>

#include <filesystem>

#include "node/run_manager.h"
#include "support/run_watch.h"

namespace fedllm::tests {

inline constexpr int kMembers = 3;

template <class Condition>
inline bool soon(Condition condition, int seconds = 30) {
  for (int i = 0; i < seconds * 200; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

// One machine: a home of its own with its ledger.
struct Machine {
  explicit Machine(const std::string& folder) {
    std::filesystem::create_directories(folder);
    paths.home = paths.ledger_dir = folder;
    auto opened = ledger::Ledger::open({folder, folder, false, nullptr});
    if (!opened.ok()) qFatal("%s", opened.status().to_string().c_str());
    ledger = std::move(opened).value();
  }
  lab::MemberTools tools() {
    return {*ledger, [this]() -> Result<train::Backend*> { return &backend; }, paths, "1.2.3"};
  }
  HomePaths paths;
  std::unique_ptr<ledger::Ledger> ledger;
  NoopBackend backend;
};

struct MemberLab {
  explicit MemberLab(const std::function<void(spec::Scenario&)>& change = {}) {
    spec::Scenario& s = world.scenario;
    s.partition = {};
    s.partition.method = "by_file";
    s.dataset.files.clear();
    s.dataset.text_template = {"custom", "{instruction}\n", "{response}"};
    s.evaluation.control_files.clear();
    s.codec = "f16";
    for (int k = 0; k < kMembers; ++k) {
      std::string text;
      for (int i = 0; i < 130; ++i) text += record_line(i % 2 ? "tool" : k == 1 ? "colour" : "animal", i + 1000 * k);
      write_text(file(k), text);
      s.dataset.files.push_back(file(k));
      machines.push_back(std::make_unique<Machine>(world.path("/member" + std::to_string(k))));
    }
    s.clients = {{.client = 1, .local_steps = 3}, {.client = 2, .learning_rate = 0.02}};
    if (change) change(s);
    host = std::make_unique<Machine>(world.path("/host"));
  }
  ~MemberLab() {
    members.clear();
    room.reset();
    runs.reset();
  }
  std::string file(int k) const { return world.path("/part" + std::to_string(k) + ".jsonl"); }

  std::string simulated() {
    Machine sim(world.path("/sim"));
    spec::Scenario of = world.scenario;
    const std::string run = world.create_run(*sim.ledger, of);
    auto executor = node::RunExecutor::start(*sim.ledger, sim.backend, sim.paths, run, 2);
    if (!executor.ok()) qFatal("%s", executor.status().to_string().c_str());
    const node::RunOutcome outcome = (*executor)->wait();
    if (outcome.state != ledger::RunState::done) qFatal("%s", outcome.error.c_str());
    return summary_of(outcome)["adapter_sha256"];
  }

  void open_room(int min_members, bool hand_out = false, bool ask = false) {
    runs = std::make_unique<node::RunManager>(*host->ledger, host->paths, [this]() -> Result<train::Backend*> { return &host->backend; });
    lab::RoomOptions options;
    options.name = "lab";
    spec::Scenario of = world.scenario;
    if (!hand_out) of.dataset.files.clear();
    options.scenario_json = spec::to_json(of);
    options.base_dir = world.path();
    options.bind = {"127.0.0.1", port};
    options.min_members = min_members;
    options.announce = false;
    options.hand_out_data = hand_out;
    options.ask = ask;
    if (port == 0) options.bind.port = free_port();
    port = options.bind.port;
    auto opened = lab::RoomHost::open({*host->ledger, *runs, host->paths, "1.2.3"}, options);
    if (!opened.ok()) qFatal("%s", opened.status().to_string().c_str());
    room = std::move(opened).value();
  }
  static uint16_t free_port() { return static_cast<uint16_t>(20000 + ::getpid() % 20000 + 7 * next_port++); }

  lab::MemberOptions options(int k) const {
    lab::MemberOptions options;
    options.ticket = *net::parse_ticket(room->ticket());
    options.files = {file(k)};
    options.slot = k;
    options.name = "machine " + std::to_string(k);
    options.consent = true;
    return options;
  }
  lab::RoomMember& join(int k) { return join(k, options(k)); }
  lab::RoomMember& join(int k, const lab::MemberOptions& options) {
    auto started = lab::RoomMember::start(machines[static_cast<size_t>(k)]->tools(), options);
    if (!started.ok()) qFatal("%s", started.status().to_string().c_str());
    members.push_back(std::move(started).value());
    return *members.back();
  }

  MiniWorld world;
  std::vector<std::unique_ptr<Machine>> machines;
  std::unique_ptr<Machine> host;
  std::unique_ptr<node::RunManager> runs;
  std::unique_ptr<lab::RoomHost> room;
  std::vector<std::unique_ptr<lab::RoomMember>> members;
  uint16_t port = 0;
  static inline int next_port = 0;
};

inline nlohmann::json summary_of(const lab::RoomMember& member) {
  return nlohmann::json::parse(member.summary_json().value_or("{}"));
}

}  // namespace fedllm::tests
