// A class room: one host and members in processes of their own that train for real, with shards that the host hands out. Prints how
// long they took to come and to train, what the host and a member used at most, and the host's share of the processor.
// Usage: bench_class_room [MEMBERS=30] [ROUNDS=3]
#include "support/class_room.h"

using namespace fedllm::tests;

namespace {

constexpr int kLongest_ms = 450'000;

[[noreturn]] void fail(const std::string& what) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

double seconds(qint64 from_ms, qint64 to_ms) { return static_cast<double>(to_ms - from_ms) / 1000; }

// Until the host has ended, at most kLongest_ms; what it took, and what its members did at most.
struct Watch {
  Taken host;
  double member_peak_mib = 0, members_cpu_s = 0;
};
Watch watch(ClassRoom& room) {
  Watch watch;
  std::map<qint64, double> cpu_s;
  QElapsedTimer timer;
  timer.start();
  while (room.host().running()) {
    if (timer.elapsed() > kLongest_ms) fail("the class did not end in time");
    if (const Taken now = taken_by(room.host().pid()); now.peak_mib > 0) watch.host = now;
    for (const auto& member : room.lan.members) {
      const Taken now = taken_by(member->pid());
      watch.member_peak_mib = std::max(watch.member_peak_mib, now.peak_mib);
      if (now.cpu_s > 0) cpu_s[member->pid()] = now.cpu_s;
    }
    QTest::qSleep(200);
  }
  for (const auto& [pid, used] : cpu_s) watch.members_cpu_s += used;
  return watch;
}

void print_rounds(const std::vector<Json>& lines) {
  for (const Json& line : lines) {
    if (!event_is("round_committed")(line)) continue;
    std::printf("  round %d   %6.1f s, of it training %.1f, transfer %.2f, evaluation %.1f\n", line.at("round").get<int>(),
                line.at("wall_s").get<double>(), line.at("compute_s").get<double>(), line.at("transfer_s").get<double>(),
                line.at("eval_s").get<double>());
  }
}

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  const int members = argc > 1 ? std::atoi(argv[1]) : 30, rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  if (members < 1 || rounds < 1) fail("expected MEMBERS and ROUNDS of at least 1");
  if (!Cli::can_train()) fail("the training module or the shipped base model is missing");
  ClassRoom room(members);
  room.lan.scenario["rounds"] = rounds;
  room.serve();
  const qint64 began_ms = QDateTime::currentMSecsSinceEpoch();
  room.join_all();
  const Watch used = watch(room);
  const CliResult host = room.host().finish();
  if (host.code != 0) fail(host.error());
  const std::string sha256 = text_of(host.last(), "adapter_sha256");
  const qint64 ended_ms = time_of(room.host().wait_for(event_is("done"), 100));
  const qint64 started_ms = time_of(room.host().wait_for(event_is("run_started"), 100));
  int updates = 0;
  for (const Json& line : room.host().lines()) updates += event_is("client_update")(line);
  const QByteArray wrong = room.lan.all_end_with(sha256);
  std::printf("%d members, %d rounds: %d of %d updates, every member has the final adapter: %s\n", members, rounds, updates,
              members * rounds, wrong.isEmpty() ? "yes" : "no");
  std::printf("  everybody ready after %.1f s, the run took %.1f s, together %.1f s\n", seconds(began_ms, started_ms),
              seconds(started_ms, ended_ms), seconds(began_ms, ended_ms));
  print_rounds(room.host().lines());
  std::printf("  host: peak memory %.0f MiB, processor %.1f s;  members: peak memory %.0f MiB at most, processor %.1f s together\n",
              used.host.peak_mib, used.host.cpu_s, used.member_peak_mib, used.members_cpu_s);
  if (!wrong.isEmpty()) fail(wrong.toStdString());
  return updates == members * rounds ? 0 : 1;
}
