// A room's TLS server and the channels to it: who is let in as whom, TLS 1.3 alone, what a hostile peer gets to do (nothing),
// and the authority fetched by its pin.
#include "support/test_room.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <openssl/ssl.h>

#include <random>
#include <thread>

using namespace fedllm;
using namespace fedllm::tests;

namespace {

// The TLS version agreed on, or 0: nothing between low and high is spoken.
int agreed_version(uint16_t port, int low, int high) {
  const RawPeer peer(port);
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, low);
  SSL_CTX_set_max_proto_version(context, high);
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_cipher_list(context, "ALL");
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, peer.fd());
  const int version = SSL_connect(ssl) == 1 ? SSL_version(ssl) : 0;
  SSL_free(ssl);
  SSL_CTX_free(context);
  return version;
}

int64_t resident_kib() {
  QFile file("/proc/self/statm");
  return file.open(QIODevice::ReadOnly) ? file.readAll().split(' ').value(1).toLongLong() * 4 : 0;
}

// The opening of a TLS 1.3 handshake, as any client sends it.
std::string client_hello() {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = SSL_new(context);
  BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, in, out);
  SSL_set_connect_state(ssl);
  SSL_do_handshake(ssl);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  const std::string bytes(data, static_cast<size_t>(size));
  SSL_free(ssl);
  SSL_CTX_free(context);
  return bytes;
}

}  // namespace

class TestTls : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { net::require_tls13(); }

  void tells_who_calls() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    wire::RoomInfo info;
    grpc::Status status = hello(room.channel(room.enrol("m-7")), &info);
    QVERIFY2(status.ok(), status.error_message().c_str());
    QCOMPARE(info.member(), std::string("m-7"));
    QCOMPARE(info.host_name(), std::string("127.0.0.1"));
    status = hello(room.channel(), &info);
    QVERIFY2(status.ok(), status.error_message().c_str());
    QCOMPARE(info.member(), std::string());
  }
  void speaks_tls_1_3_only() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    QCOMPARE(agreed_version(room.server->port(), TLS1_3_VERSION, TLS1_3_VERSION), TLS1_3_VERSION);
    QCOMPARE(agreed_version(room.server->port(), TLS1_VERSION, TLS1_2_VERSION), 0);
    QCOMPARE(agreed_version(room.server->port(), TLS1_VERSION, TLS1_3_VERSION), TLS1_3_VERSION);
  }
  void answers_nothing_in_plain() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    const auto plain = grpc::CreateChannel(room.address().text(), grpc::InsecureChannelCredentials());
    wire::RoomInfo info;
    QCOMPARE(hello(plain, &info, 3).error_code(), grpc::StatusCode::UNAVAILABLE);
    QCOMPARE(room.service.calls.load(), 0);
  }

  void another_rooms_authority_is_not_believed() {
    TestRoom room, other;
    QVERIFY(room.serve().ok());
    wire::RoomInfo info;
    const auto channel = net::room_channel(room.address(), other.authority->certificate_pem(), {});
    QCOMPARE(hello(channel, &info, 3).error_code(), grpc::StatusCode::UNAVAILABLE);
    QCOMPARE(room.service.calls.load(), 0);
  }
  void another_rooms_member_does_not_get_in() {
    TestRoom room, other;
    QVERIFY(room.serve().ok());
    wire::RoomInfo info;
    QCOMPARE(hello(room.channel(other.enrol("m-7")), &info, 3).error_code(), grpc::StatusCode::UNAVAILABLE);
    QCOMPARE(room.service.calls.load(), 0);
    QVERIFY(hello(room.channel(room.enrol("m-7")), &info).ok());
  }
  void a_member_cannot_play_the_room() {
    TestRoom room, impostor;
    impostor.identity = room.enrol("m-7");
    QVERIFY(impostor.serve().ok());
    wire::RoomInfo info;
    QCOMPARE(hello(net::room_channel(impostor.address(), room.authority->certificate_pem(), {}), &info, 3).error_code(),
             grpc::StatusCode::UNAVAILABLE);
    QCOMPARE(impostor.service.calls.load(), 0);
  }
  void the_rooms_own_certificate_is_no_member() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    wire::RoomInfo info;
    QCOMPARE(hello(room.channel(room.identity), &info, 3).error_code(), grpc::StatusCode::UNAVAILABLE);
    QCOMPARE(room.service.calls.load(), 0);
  }
  void a_key_that_is_not_the_certificates_does_not_get_in() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    wire::RoomInfo info;
    const net::KeyAndCertificate mixed{room.enrol("a").key_pem, room.enrol("b").certificate_pem};
    QVERIFY(!hello(room.channel(mixed), &info, 3).ok());
    QCOMPARE(room.service.calls.load(), 0);
  }
  void large_messages_are_refused() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    wire::RoomInfo info;
    const auto channel = room.channel();
    QVERIFY(hello(channel, &info, 10, false, std::string(900 << 10, 'x')).ok());
    QCOMPARE(hello(channel, &info, 10, false, std::string((1 << 20) + 1, 'x')).error_code(),
             grpc::StatusCode::RESOURCE_EXHAUSTED);
    QVERIFY(hello(channel, &info).ok());
  }

  void listens_on_every_interface_or_one() {
    TestRoom room;
    QVERIFY(room.serve({"", 0}).ok());
    wire::RoomInfo info;
    for (const char* host : {"127.0.0.1", "::1", "localhost"}) {
      if (std::string(host) == "::1" && !QFile::exists("/proc/net/if_inet6")) continue;
      const auto channel = net::room_channel({host, room.server->port()}, room.authority->certificate_pem(), {});
      const grpc::Status status = hello(channel, &info);
      QVERIFY2(status.ok(), (host + (": " + status.error_message())).c_str());
      QVERIFY2(info.host_name() == "127.0.0.1" || info.host_name() == "::1", info.host_name().c_str());
    }
    TestRoom one;
    QVERIFY(one.serve({"127.0.0.2", 0}).ok());
    QVERIFY(hello(net::room_channel({"127.0.0.2", one.server->port()}, one.authority->certificate_pem(), {}), &info).ok());
    QVERIFY(!hello(net::room_channel({"127.0.0.1", one.server->port()}, one.authority->certificate_pem(), {}), &info, 2).ok());
  }
  void says_why_it_cannot_listen() {
    TestRoom room, second;
    QVERIFY(room.serve().ok());
    const Status taken = second.serve(room.address());
    QCOMPARE(taken.code(), Code::unavailable);
    QCOMPARE(taken.message(), "cannot listen on " + room.address().text() + ": Address already in use");
    const Status foreign = second.serve({"203.0.113.9", 0});
    QCOMPARE(foreign.message(), std::string("cannot listen on 203.0.113.9:0: Cannot assign requested address"));
    QVERIFY(second.serve({"", 0}).ok());
    TestRoom third;
    QVERIFY(!third.serve({"", second.server->port()}).ok());
  }
  void comes_back_on_the_same_port() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    const net::Address address = room.address();
    const auto channel = room.channel(room.enrol("m-7"));
    wire::RoomInfo info;
    QVERIFY(hello(channel, &info).ok());
    room.server.reset();
    QVERIFY(!hello(channel, &info, 2).ok());
    QVERIFY(room.serve(address).ok());
    QElapsedTimer timer;
    timer.start();
    QVERIFY(hello(channel, &info, 10, true).ok());
    QCOMPARE(info.member(), std::string("m-7"));
    QVERIFY2(timer.elapsed() < 6500, QByteArray::number(timer.elapsed()));
  }
  void ends_open_streams_when_it_closes() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    const auto channel = room.channel();
    grpc::ClientContext context;
    const auto stream = wire::Room::NewStub(channel)->Attend(&context, wire::AttendRoomRequest());
    stream->WaitForInitialMetadata();
    QTRY_COMPARE(room.service.calls.load(), 1);
    QElapsedTimer timer;
    timer.start();
    room.server.reset();
    wire::RoomNotice notice;
    QVERIFY(!stream->Read(&notice));
    QVERIFY(!stream->Finish().ok());
    QVERIFY2(timer.elapsed() < 3000, QByteArray::number(timer.elapsed()));
  }

  void garbage_does_no_harm() {
    TestRoom room;
    QVERIFY(room.serve({"127.0.0.1", 0}, 500).ok());
    std::mt19937 random(5);
    const std::string opening = client_hello();
    QVERIFY(opening.size() > 100);
    for (int n = 0; n < 200; ++n) {
      const RawPeer peer(room.server->port());
      std::string bytes = opening;
      if (n % 4 == 0) bytes = "GET / HTTP/1.1\r\n\r\n";
      if (n % 4 == 1) bytes.resize(random() % bytes.size());
      if (n % 4 == 2) std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
      if (n % 4 == 3)
        for (int i = 0; i < 8; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
      peer.send(bytes);
    }
    wire::RoomInfo info;
    QVERIFY(hello(room.channel(room.enrol("m-7")), &info).ok());
    QCOMPARE(info.member(), std::string("m-7"));
    QCOMPARE(room.service.calls.load(), 1);
  }
  // TLS done without a certificate, then no HTTP/2 but noise.
  void noise_inside_tls_does_no_harm() {
    TestRoom room;
    QVERIFY(room.serve({"127.0.0.1", 0}, 500).ok());
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    std::mt19937 random(6);
    for (int n = 0; n < 20; ++n) {
      const RawPeer peer(room.server->port());
      SSL* ssl = SSL_new(context);
      const unsigned char h2[] = {2, 'h', '2'};
      SSL_set_alpn_protos(ssl, h2, sizeof h2);
      SSL_set_fd(ssl, peer.fd());
      QCOMPARE(SSL_connect(ssl), 1);
      std::string noise = n % 2 ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" : "";
      for (int i = 0; i < 5000; ++i) noise += static_cast<char>(random());
      if (n % 5 != 0) SSL_write(ssl, noise.data(), static_cast<int>(noise.size()));
      QVERIFY(peer.closed_within(5000));
      SSL_free(ssl);
    }
    SSL_CTX_free(context);
    wire::RoomInfo info;
    QVERIFY(hello(room.channel(), &info).ok());
    QCOMPARE(room.service.calls.load(), 1);
  }
  void a_thousand_half_open_connections_do_no_harm() {
    constexpr int kTimeoutMs = 3000;
    TestRoom room;
    QVERIFY(room.serve({"127.0.0.1", 0}, kTimeoutMs).ok());
    const net::KeyAndCertificate member = room.enrol("m-7");
    wire::RoomInfo info;
    QVERIFY(hello(room.channel(), &info).ok());
    const int64_t before = resident_kib();
    const std::string opening = client_hello();
    std::vector<RawPeer> peers;
    for (int n = 0; n < 1000; ++n) {
      peers.emplace_back(room.server->port());
      QVERIFY(peers.back().connected());
      // Nothing, the first bytes, or all of the opening and no answer.
      if (n % 3 > 0) peers.back().send(n % 3 == 1 ? opening.substr(0, 20) : opening);
    }
    QElapsedTimer timer;
    timer.start();
    const grpc::Status status = hello(room.channel(member), &info);
    const qint64 took = timer.elapsed();
    QVERIFY2(status.ok(), status.error_message().c_str());
    QCOMPARE(info.member(), std::string("m-7"));
    const int64_t grown = (resident_kib() - before) / 1024;
    qInfo("honest member through after %lld ms, %lld MiB more", static_cast<long long>(took), static_cast<long long>(grown));
    QVERIFY2(took < 5000, QByteArray::number(took));
    QVERIFY2(grown < 120, QByteArray::number(qlonglong(grown)));
    for (const RawPeer& peer : peers) QVERIFY(peer.closed_within(kTimeoutMs + 7000));
    QVERIFY(hello(room.channel(member), &info).ok());
  }

  void fetches_the_authority_by_its_pin() {
    TestRoom room;
    QVERIFY(room.serve({"", 0}).ok());
    const auto found = net::fetch_authority({room.address()}, room.authority->fingerprint(), 5);
    QVERIFY2(found.ok(), found.status().to_string().c_str());
    QCOMPARE(found->authority_pem, room.authority->certificate_pem());
    QCOMPARE(found->address, room.address());
    const net::Address named{"localhost", room.server->port()};
    QVERIFY(net::fetch_authority({named}, room.authority->fingerprint(), 5).ok());
    if (QFile::exists("/proc/net/if_inet6"))
      QVERIFY(net::fetch_authority({{"::1", room.server->port()}}, room.authority->fingerprint(), 5).ok());
    QCOMPARE(room.service.calls.load(), 0);
  }
  void dead_addresses_cost_little() {
    TestRoom room;
    QVERIFY(room.serve().ok());
    const SilentListener silent;
    const std::vector<net::Address> addresses = {
        {"127.0.0.1", silent.port()}, {"192.0.2.1", 47110}, {"no-such-host.invalid", 47110}, {"127.0.0.1", 1}, room.address()};
    QElapsedTimer timer;
    timer.start();
    const auto found = net::fetch_authority(addresses, room.authority->fingerprint(), 20);
    QVERIFY2(found.ok(), found.status().to_string().c_str());
    QCOMPARE(found->address, room.address());
    QVERIFY2(timer.elapsed() < 4000, QByteArray::number(timer.elapsed()));
  }
  void another_room_at_the_address_is_told() {
    TestRoom room, other;
    QVERIFY(other.serve().ok());
    const auto found = net::fetch_authority({other.address()}, room.authority->fingerprint(), 5);
    QCOMPARE(found.status().code(), Code::unauthenticated);
    QCOMPARE(found.status().message(), other.address().text() + ": another room answers: its authority is not the ticket's");
  }
  void the_pinned_authority_alone_is_not_enough() {
    // Shows the room's authority, which is no secret, behind a certificate of its own making.
    TestRoom room, impostor;
    impostor.identity.certificate_pem += room.authority->certificate_pem();
    QVERIFY(impostor.serve().ok());
    auto found = net::fetch_authority({impostor.address()}, room.authority->fingerprint(), 5);
    QCOMPARE(found.status().code(), Code::unauthenticated);
    QVERIFY2(found.status().message().find("not from the ticket's room") != std::string::npos,
             found.status().to_string().c_str());
    // A member of the room is not its host either.
    TestRoom insider;
    insider.identity = room.enrol("m-7");
    insider.identity.certificate_pem += room.authority->certificate_pem();
    QVERIFY(insider.serve().ok());
    found = net::fetch_authority({insider.address()}, room.authority->fingerprint(), 5);
    QCOMPARE(found.status().code(), Code::unauthenticated);
    // The right room further down the list is found all the same.
    QVERIFY(room.serve().ok());
    QCOMPARE(net::fetch_authority({impostor.address(), room.address()}, room.authority->fingerprint(), 5)->address,
             room.address());
  }
  void nobody_there_is_told_by_address() {
    const SilentListener silent;
    QElapsedTimer timer;
    timer.start();
    const auto found = net::fetch_authority({{"127.0.0.1", 1}, {"127.0.0.1", silent.port()}}, net::Digest{}, 1);
    QCOMPARE(found.status().code(), Code::unavailable);
    QCOMPARE(found.status().message(), "nobody answers at 127.0.0.1:1 (Connection refused), 127.0.0.1:" +
                                           std::to_string(silent.port()) + " (no answer in time)");
    QVERIFY2(timer.elapsed() < 3000, QByteArray::number(timer.elapsed()));
    QCOMPARE(net::fetch_authority({}, net::Digest{}, 1).status().code(), Code::invalid_argument);
  }
  void what_is_no_room_is_told_data() {
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("code");
    QTest::newRow("web server") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n") << int(Code::unauthenticated);
    QTest::newRow("closes") << QByteArray() << int(Code::unavailable);
    QTest::newRow("endless record") << QByteArray("\x16\x03\x03\x40\x00", 5) + QByteArray(1 << 20, '\0')
                                    << int(Code::unauthenticated);
    QTest::newRow("noise") << QByteArray("\x16\x03\x03\x00\x10", 5) + QByteArray(64, '\x7f') << int(Code::unauthenticated);
  }
  void what_is_no_room_is_told() {
    QFETCH(QByteArray, answer);
    QFETCH(int, code);
    const SilentListener listener;
    std::thread other([&] {
      const int fd = ::accept(listener.fd(), nullptr, nullptr);
      char buffer[4096];
      (void)!::recv(fd, buffer, sizeof buffer, 0);
      if (!answer.isEmpty()) (void)!::send(fd, answer.data(), static_cast<size_t>(answer.size()), MSG_NOSIGNAL);
      ::shutdown(fd, SHUT_WR);
      (void)!::recv(fd, buffer, sizeof buffer, 0);
      ::close(fd);
    });
    const auto found = net::fetch_authority({{"127.0.0.1", listener.port()}}, net::Digest{}, 5);
    other.join();
    QCOMPARE(int(found.status().code()), code);
  }
};

QTEST_GUILESS_MAIN(TestTls)
#include "tst_tls.moc"
