// A class room with real processes: members without data, shards handed out by the host, start and stop for all. The numbers of
// thirty are bench_class_room's.
#include "support/class_room.h"

using namespace fedllm::tests;

namespace {

constexpr int kMembers = 8;

std::set<int> clients_of(const std::vector<Json>& lines, const char* event) {
  std::set<int> clients;
  for (const Json& line : lines)
    if (event_is(event)(line)) clients.insert(line.at("client").get<int>());
  return clients;
}

}  // namespace

class TestLanClass : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void everybody_starts_stops_and_goes_on() {
    ClassRoom room(kMembers);
    room.lan.scenario["training"] = {{"local_steps", 6}, {"batch_size", 4}, {"max_length", 48}};
    room.serve();
    room.join_all();

    // Stop for all: in the middle of a round, which is trained again later.
    QVERIFY2(room.host().wait_for(event_is("client_update", 2), 90'000).is_object(), room.host().so_far().err.constData());
    room.host().interrupt();
    const CliResult stopped = room.host().finish();
    QVERIFY2(stopped.code == 1 && stopped.one_line(), stopped.err.constData());
    QVERIFY(room.host().wait_for(event_is("stopped"), 100).is_object());
    const std::string run = text_of(room.host().wait_for(event_is("run_started"), 100), "run");
    for (const auto& member : room.lan.members) {
      const CliResult end = member->finish(20'000);
      QVERIFY2(end.code == 1 && end.one_line(), (end.out.right(300) + end.err).constData());
    }

    room.serve();
    room.join_all();
    const CliResult host = room.host().finish(120'000);
    QVERIFY2(host.code == 0, host.err.constData());
    QCOMPARE(text_of(host.last(), "run"), run);
    const std::string sha256 = text_of(host.last(), "adapter_sha256");
    QCOMPARE(sha256.size(), size_t{64});
    const QByteArray wrong = room.lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    QCOMPARE(room.lan.commits(), (std::vector<int>{1, 1, 1, 1}));
    QCOMPARE(clients_of(room.host().lines_of_all_lives(), "client_update").size(), size_t{kMembers});

    // The same class that was never stopped.
    ClassRoom calm(kMembers);
    calm.lan.scenario = room.lan.scenario;
    calm.serve();
    calm.join_all();
    const QByteArray differs = calm.lan.all_end_with(sha256);
    QVERIFY2(differs.isEmpty(), differs.constData());
  }
};

QTEST_GUILESS_MAIN(TestLanClass)
#include "tst_lan_class.moc"
