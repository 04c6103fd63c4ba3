// Chunks: any payload comes back the same, and every lie about size or content is refused in one sentence.
#include <QTest>

#include "base/crc32.h"
#include "net/chunks.h"

using namespace fedllm;

namespace {

std::string bytes_of(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 7 % 251);
  return bytes;
}

}  // namespace

class TestChunks : public QObject {
  Q_OBJECT
 private slots:
  void round_trip_data() {
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("pieces");
    const int chunk = static_cast<int>(net::kChunkBytes);
    QTest::newRow("nothing") << 0 << 0;
    QTest::newRow("one byte") << 1 << 1;
    QTest::newRow("exactly one") << chunk << 1;
    QTest::newRow("one more") << chunk + 1 << 2;
    QTest::newRow("many") << 5 * chunk + 3 << 6;
  }
  void round_trip() {
    QFETCH(int, size);
    QFETCH(int, pieces);
    const std::string payload = bytes_of(static_cast<size_t>(size));
    net::ChunkAssembler assembler(payload.size());
    QVERIFY(assembler.begin(payload.size(), crc32(payload)).ok());
    int got = 0;
    for (net::ChunkCutter cutter(payload); !cutter.done(); ++got) QVERIFY(assembler.add(cutter.next()).ok());
    QCOMPARE(got, pieces);
    const auto whole = assembler.finish();
    QVERIFY(whole.ok());
    QCOMPARE(*whole, payload);
  }

  void refuses_another_size_before_allocating() {
    net::ChunkAssembler assembler(100);
    const Status status = assembler.begin(uint64_t{1} << 60, 0);
    QCOMPARE(status.code(), Code::invalid_argument);
    QCOMPARE(status.message(), std::string("expected a payload of 100 bytes, the peer declares 1152921504606846976 bytes"));
  }
  void refuses_more_than_declared() {
    net::ChunkAssembler assembler(3);
    QVERIFY(assembler.begin(3, 0).ok());
    QVERIFY(assembler.add("ab").ok());
    QCOMPARE(assembler.add("cd").message(), std::string("expected a payload of 3 bytes, got at least 4 bytes"));
  }
  void refuses_a_short_stream() {
    net::ChunkAssembler assembler(3);
    QVERIFY(assembler.begin(3, 0).ok());
    QVERIFY(assembler.add("ab").ok());
    QCOMPARE(assembler.finish().status().code(), Code::data_loss);
  }
  void refuses_another_content() {
    net::ChunkAssembler assembler(3);
    QVERIFY(assembler.begin(3, crc32("abc")).ok());
    QVERIFY(assembler.add("abd").ok());
    const auto whole = assembler.finish();
    QCOMPARE(whole.status().code(), Code::data_loss);
    QVERIFY(whole.status().message().find("checksum") != std::string::npos);
  }
  void refuses_a_chunk_before_its_size() {
    net::ChunkAssembler assembler(3);
    QCOMPARE(assembler.add("abc").code(), Code::invalid_argument);
    QCOMPARE(assembler.finish().status().code(), Code::invalid_argument);
  }
  void refuses_two_sizes_and_too_large_a_chunk() {
    net::ChunkAssembler assembler(2 * net::kChunkBytes);
    QVERIFY(assembler.begin(2 * net::kChunkBytes, 0).ok());
    QCOMPARE(assembler.begin(2 * net::kChunkBytes, 0).code(), Code::invalid_argument);
    QCOMPARE(assembler.add(bytes_of(net::kChunkBytes + 1)).code(), Code::invalid_argument);
  }
};

QTEST_GUILESS_MAIN(TestChunks)
#include "tst_chunks.moc"
