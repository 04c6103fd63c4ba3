// Traffic: wire bytes are the serialised message plus five, per client and direction.
#include <QTest>

#include "net/traffic.h"
#include "wire/federation.pb.h"

using namespace fedllm;

class TestTraffic : public QObject {
  Q_OBJECT
 private slots:
  void counts_serialised_bytes_and_prefix() {
    wire::Chunk chunk;
    chunk.set_total_bytes(1000);
    chunk.set_data(std::string(1000, 'x'));
    const int64_t serialised = static_cast<int64_t>(chunk.SerializeAsString().size());
    net::Traffic traffic(2);
    traffic.down(0, chunk.ByteSizeLong(), 1000);
    traffic.up(1, chunk.ByteSizeLong(), 1000);
    traffic.up(1, chunk.ByteSizeLong(), 1000);
    QCOMPARE(traffic.of(0), (net::TrafficCount{0, serialised + 5, 0, 1000}));
    QCOMPARE(traffic.of(1), (net::TrafficCount{2 * (serialised + 5), 0, 2000, 0}));
    QCOMPARE(traffic.total(), traffic.of(0) + traffic.of(1));
  }
  void an_unknown_client_counts_in_the_total_only() {
    net::Traffic traffic(1);
    wire::ReportReply empty;
    traffic.down(7, empty);
    traffic.up(-1, empty);
    QCOMPARE(traffic.total(), (net::TrafficCount{5, 5, 0, 0}));
    QCOMPARE(traffic.of(0), net::TrafficCount());
  }
};

QTEST_GUILESS_MAIN(TestTraffic)
#include "tst_traffic.moc"
