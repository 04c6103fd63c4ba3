// Somebody at the room's address who answers a member's search for the authority with mutations: of the bytes of a TLS server's first
// flight, and of the certificates inside a handshake that is otherwise in order. What is found is the pinned authority or nothing,
// in time, whoever speaks.
#include <QTest>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

#include <QTemporaryDir>
#include <openssl/pem.h>

#include "net/authority.h"
#include "net/openssl.h"
#include "net/tls.h"
#include "support/fuzz.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

std::string der_of(const std::string& pem) {
  const net::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const net::CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate.get(), &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

net::CertificatePtr certificate_of(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  return net::CertificatePtr(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
}

// What the next connection gets: bytes as they are, or a handshake that shows these certificates, the server's own first.
struct Plan {
  std::string bytes;
  std::vector<std::string> chain;
};

class LyingServer {
 public:
  explicit LyingServer(const std::string& key_pem) {
    const net::BioPtr bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
    key_.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(fd_, 16) != 0 ||
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      qFatal("no listener");
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~LyingServer() {
    quit_ = true;
    thread_.join();
    ::close(fd_);
  }
  net::Address address() const { return {"127.0.0.1", port_}; }
  void plan(Plan plan) {
    std::lock_guard lock(mutex_);
    plan_ = std::move(plan);
  }

 private:
  void serve() {
    while (!quit_) {
      struct pollfd entry {
        fd_, POLLIN, 0
      };
      if (::poll(&entry, 1, 20) <= 0) continue;
      const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) continue;
      const timeval patience{1, 0};
      ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      Plan plan;
      {
        std::lock_guard lock(mutex_);
        plan = plan_;
      }
      if (plan.chain.empty()) {
        char hello[4096];
        (void)!::recv(peer, hello, sizeof hello, 0);
        (void)!::send(peer, plan.bytes.data(), plan.bytes.size(), MSG_NOSIGNAL);
      } else {
        shake_hands(peer, plan.chain);
      }
      ::close(peer);
    }
  }
  void shake_hands(int peer, const std::vector<std::string>& chain) const {
    const net::SslContextPtr context(SSL_CTX_new(TLS_server_method()));
    const net::CertificatePtr leaf = certificate_of(chain[0]);
    if (!leaf || SSL_CTX_use_certificate(context.get(), leaf.get()) != 1 || SSL_CTX_use_PrivateKey(context.get(), key_.get()) != 1) return;
    for (size_t i = 1; i < chain.size(); ++i)
      if (const net::CertificatePtr one = certificate_of(chain[i])) SSL_CTX_add1_chain_cert(context.get(), one.get());
    const net::SslPtr ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), peer);
    char end = 0;
    if (SSL_accept(ssl.get()) == 1) (void)SSL_read(ssl.get(), &end, 1);
  }

  net::KeyPtr key_;
  int fd_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> quit_{false};
  std::mutex mutex_;
  Plan plan_;
  std::thread thread_;
};

}  // namespace

class TestFuzzAuthority : public QObject {
  Q_OBJECT

  // The beginning of a server's answer as TLS frames it: a ServerHello, a change of ciphers, a record that cannot be read.
  static std::string flight() {
    std::string hello("\x02\x00\x00\x76\x03\x03", 6);
    hello += std::string(32, 'r') + '\x20' + std::string(32, 's') + std::string("\x13\x02\x00\x00\x2e\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x24\x00\x1d\x00\x20", 19) +
             std::string(32, 'k');
    std::string bytes("\x16\x03\x03", 3);
    bytes += static_cast<char>(hello.size() >> 8);
    bytes += static_cast<char>(hello.size() & 255);
    return bytes + hello + std::string("\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x40", 11) + std::string(64, 'e');
  }

 private slots:
  void initTestCase() { ::signal(SIGPIPE, SIG_IGN); }

  void answers() {
    QTemporaryDir dir;
    const auto room = net::Authority::open(dir.filePath("room").toStdString(), "room").value();
    const auto other = net::Authority::open(dir.filePath("other").toStdString(), "other").value();
    const net::KeyAndCertificate identity = *room->issue_server();
    const std::string leaf = der_of(identity.certificate_pem), root = der_of(room->certificate_pem()), stranger = der_of(other->certificate_pem());
    LyingServer server(identity.key_pem);
    server.plan({{}, {leaf, root}});
    QCOMPARE(net::fetch_authority({server.address()}, room->fingerprint(), 5)->authority_pem, room->certificate_pem());

    Fuzz fuzz("authority", 300, 20'000);
    while (fuzz.next()) {
      Plan plan;
      const uint64_t kind = fuzz.below(4);
      if (kind == 0) plan.bytes = fuzz.trying(fuzz.mutate.raw(flight(), leaf));
      if (kind == 1) plan.chain = {leaf, fuzz.trying(fuzz.mutate.raw(root, stranger)), root};
      if (kind == 2) plan.chain = {fuzz.trying(fuzz.mutate.raw(leaf, root)), root};
      if (kind == 3) plan.chain = {leaf, fuzz.trying(fuzz.mutate.raw(root, stranger))};
      server.plan(plan);
      const auto began = std::chrono::steady_clock::now();
      const bool pinned = fuzz.below(2) == 0;
      const auto found = pinned ? net::fetch_authority({server.address()}, room->fingerprint(), 3) : net::fetch_any_authority(server.address(), 3);
      fuzz.answer((pinned ? "pinned " : "any ") + std::string(code_name(found.status().code())));
      QVERIFY(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
      if (!found.ok()) continue;
      fuzz.parsed();
      const auto fingerprint = net::fingerprint_of(found->authority_pem);
      QVERIFY(fingerprint.ok());
      if (pinned) QCOMPARE(*fingerprint, room->fingerprint());
    }
    QVERIFY(fuzz.memory_is_bounded());
    server.plan({{}, {leaf, root}});
    QCOMPARE(net::fetch_authority({server.address()}, room->fingerprint(), 5)->authority_pem, room->certificate_pem());
  }
};

QTEST_GUILESS_MAIN(TestFuzzAuthority)
#include "tst_fuzz_authority.moc"
