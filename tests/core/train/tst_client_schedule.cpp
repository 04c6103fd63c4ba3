// How many clients train at once, and on how many threads each.
#include <QTest>

#include "train/client_schedule.h"

using namespace fedllm::train;

class TestClientSchedule : public QObject {
  Q_OBJECT

 private slots:
  void a_step_is_estimated_by_its_linears() {
    fedllm::spec::ModelFacts facts;
    facts.linears = {{"a", 8, 16}, {"b", 16, 8}};
    // 4 bytes x 2 x 10 rows x (16 + 8) outputs, and as many rows of 100 logits.
    QCOMPARE(step_bytes(facts, 100, 2, 10), int64_t{4 * 20 * 24 + 4 * 20 * 100});
    // No more logits than are held at once.
    QCOMPARE(step_bytes(facts, 1'000'000, 2, 10), int64_t{4 * 20 * 24 + (24 << 20)});
  }
  void cores_go_to_clients_or_to_batches_data() {
    QTest::addColumn<int64_t>("bytes");
    QTest::addColumn<int>("batch");
    QTest::addColumn<int>("clients");
    QTest::addColumn<int>("cores");
    QTest::addColumn<int>("at_once");
    QTest::addColumn<int>("threads");
    const int64_t little = 1 << 20, much = int64_t{64} << 20;
    QTest::newRow("small steps, a client a core") << little << 16 << 8 << 4 << 4 << 1;
    QTest::newRow("small steps, fewer clients than cores") << little << 16 << 2 << 8 << 2 << 4;
    QTest::newRow("one client has all cores") << little << 16 << 1 << 8 << 1 << 8;
    QTest::newRow("large steps share two cores") << much << 4 << 16 << 2 << 1 << 2;
    QTest::newRow("large steps share many cores") << much << 16 << 16 << 16 << 4 << 4;
    QTest::newRow("a batch of one cannot be shared") << much << 1 << 16 << 2 << 2 << 1;
    QTest::newRow("one core") << much << 16 << 16 << 1 << 1 << 1;
    QTest::newRow("nothing asked for") << int64_t{0} << 0 << 0 << 0 << 1 << 1;
  }
  void cores_go_to_clients_or_to_batches() {
    QFETCH(int64_t, bytes);
    QFETCH(int, batch);
    QFETCH(int, clients);
    QFETCH(int, cores);
    const ClientSchedule schedule = client_schedule(bytes, batch, clients, cores);
    QTEST(schedule.at_once, "at_once");
    QTEST(schedule.threads, "threads");
    QVERIFY(schedule.at_once * schedule.threads <= std::max(1, cores));
  }
};

QTEST_GUILESS_MAIN(TestClientSchedule)
#include "tst_client_schedule.moc"
