#include "net/raw_messages.h"

#include <QTest>

#include "net/chunks.h"

using namespace fedllm;

namespace {

grpc::ByteBuffer in_slices(const std::string& bytes, size_t each) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < bytes.size(); at += each) slices.emplace_back(bytes.substr(at, each));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

struct Read {
  Result<net::PushPart> part = internal_error("not read", "test");
  wire::UpdateHeader header;
  std::string chunk;
};

Read read(const std::string& bytes, size_t each = 7) {
  Read out;
  grpc::ByteBuffer buffer = in_slices(bytes, each);
  out.part = net::read_push(buffer, out.header, [&](std::string_view piece) {
    out.chunk += piece;
    return Status();
  });
  return out;
}

std::string chunk_of(size_t bytes) {
  wire::PushMessage message;
  message.set_chunk(std::string(bytes, 'x'));
  return message.SerializeAsString();
}

struct ReadChunk {
  Result<size_t> bytes = internal_error("not read", "test");
  wire::Chunk head;
  std::string data;
};

ReadChunk read_chunk(const std::string& bytes, size_t each = 7) {
  ReadChunk out;
  grpc::ByteBuffer buffer = in_slices(bytes, each);
  out.bytes = net::read_chunk(buffer, out.head, [&](std::string_view piece) {
    out.data += piece;
    return Status();
  });
  return out;
}

std::string version_chunk(size_t bytes, bool first = true) {
  wire::Chunk chunk;
  if (first) {
    chunk.set_total_bytes(uint64_t{1} << 40);
    chunk.set_crc32(0xfedcba98);
  }
  chunk.set_data(std::string(bytes, 'v'));
  return chunk.SerializeAsString();
}

std::string header_bytes() {
  wire::PushMessage message;
  message.mutable_header()->set_run("r");
  message.mutable_header()->set_num_examples(12);
  return message.SerializeAsString();
}

}  // namespace

class TstRawMessages : public QObject {
  Q_OBJECT
 private slots:
  void a_chunk_is_what_protobuf_writes() {
    const auto payload = std::make_shared<const std::string>(std::string(100'000, 'p') + "end");
    wire::Chunk expected;
    expected.set_total_bytes(payload->size());
    expected.set_crc32(77);
    const std::string_view piece = std::string_view(*payload).substr(90'000);
    grpc::ByteBuffer made = net::chunk_message(expected, payload, piece);
    expected.set_data(piece.data(), piece.size());
    QCOMPARE(made.Length(), expected.ByteSizeLong());
    wire::Chunk back;
    QVERIFY(net::parse(made, back));
    QCOMPARE(back.SerializeAsString(), expected.SerializeAsString());
  }
  void the_payload_lives_as_long_as_its_chunks() {
    auto payload = std::make_shared<const std::string>(10'000, 'p');
    const std::weak_ptr<const std::string> seen = payload;
    {
      const std::string_view piece = *payload;
      grpc::ByteBuffer made = net::chunk_message({}, std::move(payload), piece);
      QVERIFY(!seen.expired());
    }
    QVERIFY(seen.expired());
  }
  void a_push_is_read_across_slices() {
    for (const size_t each : {1, 2, 5, 1000}) {
      const Read chunk = read(chunk_of(300), each);
      QVERIFY(chunk.part.ok());
      QVERIFY(!chunk.part->is_header);
      QCOMPARE(chunk.part->chunk_bytes, 300u);
      QCOMPARE(chunk.chunk, std::string(300, 'x'));
      const Read header = read(header_bytes(), each);
      QVERIFY(header.part.ok());
      QVERIFY(header.part->is_header);
      QCOMPARE(header.header.num_examples(), 12);
    }
  }
  void what_is_no_push_is_refused_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("garbage") << QByteArray("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11);
    QTest::newRow("both") << QByteArray::fromStdString(header_bytes() + chunk_of(3));
    QTest::newRow("two chunks") << QByteArray::fromStdString(chunk_of(3) + chunk_of(3));
    QTest::newRow("cut chunk") << QByteArray::fromStdString(chunk_of(300)).chopped(1);
    QTest::newRow("cut header") << QByteArray::fromStdString(header_bytes()).chopped(1);
    QTest::newRow("another field") << QByteArray("\x1a\x01x", 3);
    QTest::newRow("beyond 512 KiB") << QByteArray::fromStdString(chunk_of(net::kChunkBytes + 1));
    QTest::newRow("declares 4 GiB") << QByteArray("\x12\xff\xff\xff\xff\x0f", 6);
  }
  void what_is_no_push_is_refused() {
    QFETCH(QByteArray, bytes);
    const Read got = read(bytes.toStdString(), 4096);
    QVERIFY(!got.part.ok());
    QCOMPARE(got.part.status().code(), Code::invalid_argument);
  }
  void a_pushed_chunk_is_what_protobuf_writes() {
    const auto payload = std::make_shared<const std::string>(100'000, 'p');
    const std::string_view piece = std::string_view(*payload).substr(90'000);
    wire::PushMessage expected;
    expected.set_chunk(piece.data(), piece.size());
    grpc::ByteBuffer made = net::push_message(payload, piece);
    QCOMPARE(made.Length(), expected.ByteSizeLong());
    wire::PushMessage back;
    QVERIFY(net::parse(made, back));
    QCOMPARE(back.SerializeAsString(), expected.SerializeAsString());
  }
  void a_versions_chunk_is_read_across_slices() {
    for (const size_t each : {1, 2, 5, 1000}) {
      const ReadChunk first = read_chunk(version_chunk(300), each);
      QVERIFY(first.bytes.ok());
      QCOMPARE(*first.bytes, 300u);
      QCOMPARE(first.data, std::string(300, 'v'));
      QCOMPARE(first.head.total_bytes(), uint64_t{1} << 40);
      QCOMPARE(first.head.crc32(), 0xfedcba98u);
      const ReadChunk later = read_chunk(version_chunk(20, false), each);
      QCOMPARE(later.data, std::string(20, 'v'));
      QCOMPARE(later.head.total_bytes(), uint64_t{0});
    }
    QCOMPARE(*read_chunk("").bytes, 0u);
    QCOMPARE(read_chunk("\x22\x01x" + version_chunk(3)).data, std::string("vvv"));  // a field of a later version
  }
  void what_is_no_chunk_is_refused_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("garbage") << QByteArray("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11);
    QTest::newRow("data twice") << QByteArray::fromStdString(version_chunk(3) + version_chunk(3, false));
    QTest::newRow("size behind the data") << QByteArray::fromStdString(version_chunk(3, false) + version_chunk(0));
    QTest::newRow("cut short") << QByteArray::fromStdString(version_chunk(300)).chopped(1);
    QTest::newRow("cut in its size") << QByteArray::fromStdString(version_chunk(300)).first(4);
    QTest::newRow("a group that ends") << QByteArray("\x0c", 1);
    QTest::newRow("beyond 512 KiB") << QByteArray::fromStdString(version_chunk(net::kChunkBytes + 1));
    QTest::newRow("declares 4 GiB") << QByteArray("\x1a\xff\xff\xff\xff\x0f", 6);
  }
  void what_is_no_chunk_is_refused() {
    QFETCH(QByteArray, bytes);
    const ReadChunk got = read_chunk(bytes.toStdString(), 4096);
    QVERIFY(!got.bytes.ok());
    QCOMPARE(got.bytes.status().code(), Code::invalid_argument);
  }
  void the_taker_may_refuse() {
    wire::UpdateHeader header;
    grpc::ByteBuffer buffer = in_slices(chunk_of(300), 50);
    int pieces = 0;
    const auto part = net::read_push(buffer, header, [&](std::string_view) {
      ++pieces;
      return data_loss("enough", "test");
    });
    QCOMPARE(part.status().message(), std::string("enough"));
    QCOMPARE(pieces, 1);
  }
};

QTEST_APPLESS_MAIN(TstRawMessages)
#include "tst_raw_messages.moc"
