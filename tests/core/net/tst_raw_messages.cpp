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
