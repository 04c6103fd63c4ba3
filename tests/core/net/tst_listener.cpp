// The listener: it counts whom it let in, half of the places for one address, forgets those who left, and goes on after the
// process ran out of descriptors. And connections that end in time.
#include "support/test_room.h"

#include <QElapsedTimer>
#include <QTest>

#include <fcntl.h>
#include <sys/resource.h>

#include <mutex>

#include "net/connect.h"
#include "net/listener.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

// Takes what a listener hands over.
class Guests {
 public:
  ~Guests() { leave(); }
  void take(int fd) {
    const std::lock_guard lock(mutex_);
    fds_.push_back(fd);
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(fds_.size());
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    for (const int fd : fds_) ::close(fd);
    fds_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<int> fds_;
};

std::unique_ptr<net::Listener> listener_for(Guests& guests, int connections, const net::Address& at = {"127.0.0.1", 0}) {
  auto listener = net::Listener::bind(at, connections);
  if (!listener.ok()) qFatal("%s", listener.status().to_string().c_str());
  (*listener)->start([&guests](int fd) { guests.take(fd); });
  return std::move(*listener);
}

Result<net::Socket> dial(const net::Address& address, double seconds = 2) {
  const StopFlag stop;
  const auto found = net::resolve(address, net::deadline_in(seconds), stop);
  if (!found.ok()) return found.status();
  return net::connect_to(found->front(), net::deadline_in(seconds), stop);
}

}  // namespace

class TestListener : public QObject {
  Q_OBJECT
 private slots:
  void lets_in_on_every_interface() {
    Guests guests;
    const auto listener = listener_for(guests, 10, {"", 0});
    int known = 0;
    for (const char* host : {"127.0.0.1", "127.0.0.3", "::1"}) {
      if (std::string(host) == "::1" && ::access("/proc/net/if_inet6", R_OK) != 0) continue;
      const auto socket = dial({host, listener->port()});
      QVERIFY2(socket.ok(), socket.status().to_string().c_str());
      ++known;
      QTRY_COMPARE(guests.count(), known);
    }
  }
  void one_address_gets_half_the_places() {
    Guests guests;
    const auto listener = listener_for(guests, 6, {"0.0.0.0", 0});
    std::vector<RawPeer> peers;
    for (int i = 0; i < 5; ++i) peers.emplace_back(listener->port());
    QTRY_COMPARE(guests.count(), 3);
    QVERIFY(peers[3].closed_within(2000));
    QVERIFY(peers[4].closed_within(2000));
    QVERIFY(!peers[0].closed_within(50));
  }
  void counts_what_went_through() {
    int ends[2] = {-1, -1};
    std::mutex mutex;
    auto listener = net::Listener::bind({"127.0.0.1", 0}, 10);
    QVERIFY(listener.ok());
    (*listener)->start([&](int fd) {
      const std::lock_guard lock(mutex);
      (ends[0] < 0 ? ends[0] : ends[1]) = fd;
    });
    const net::Address at{"127.0.0.1", (*listener)->port()};
    auto one = dial(at), two = dial(at);
    QVERIFY(one.ok() && two.ok());
    const auto here = [&] {
      const std::lock_guard lock(mutex);
      return ends[1] >= 0;
    };
    QTRY_VERIFY(here());
    QCOMPARE((*listener)->bytes(), net::SocketBytes());
    const std::string out(1000, 'x'), in(77, 'y');
    QCOMPARE(::send(one->get(), out.data(), out.size(), 0), 1000);
    QCOMPARE(::send(two->get(), out.data(), 500, 0), 500);
    QCOMPARE(::send(ends[0], in.data(), in.size(), 0), 77);
    QTRY_COMPARE((*listener)->bytes(), (net::SocketBytes{1500, 77}));
    // Who is gone still counts, whoever has the number of its descriptor now.
    for (const int end : ends) ::close(end);
    const int other = ::open("/dev/null", O_RDONLY);
    QCOMPARE((*listener)->bytes(), (net::SocketBytes{1500, 77}));
    ::close(other);
  }
  void those_who_left_are_forgotten() {
    Guests guests;
    const auto listener = listener_for(guests, 4);
    for (int round = 1; round <= 5; ++round) {
      const RawPeer first(listener->port()), second(listener->port()), third(listener->port());
      QTRY_COMPARE(guests.count(), 2);
      QVERIFY(third.closed_within(2000));
      guests.leave();
      // Other files get the numbers of those who left.
      const int reused = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      QVERIFY(reused >= 0);
      ::close(reused);
    }
  }
  void goes_on_after_running_out_of_descriptors() {
    Guests guests;
    const auto listener = listener_for(guests, 4000);
    std::vector<RawPeer> peers;
    for (int i = 0; i < 20; ++i) peers.emplace_back(listener->port());
    QTRY_COMPARE(guests.count(), 20);
    struct rlimit before {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const RawPeer late(listener->port());  // its descriptor is had before there are none left
    QTRY_COMPARE(guests.count(), 21);
    std::vector<RawPeer> waiting;
    for (int i = 0; i < 5; ++i) waiting.emplace_back(listener->port());
    QTRY_COMPARE(guests.count(), 26);
    guests.leave();
    struct rlimit none = before;
    none.rlim_cur = 3;  // everything above is refused
    const int early = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &none), 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(listener->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)::connect(early, reinterpret_cast<sockaddr*>(&to), sizeof to);
    QTest::qSleep(300);
    const int meanwhile = guests.count();
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
    QCOMPARE(meanwhile, 0);
    QTRY_COMPARE(guests.count(), 1);
    const RawPeer after(listener->port());
    QTRY_COMPARE(guests.count(), 2);
    ::close(early);
  }
  void says_why_it_cannot_listen() {
    Guests guests;
    const auto listener = listener_for(guests, 4, {"", 0});
    const std::string port = std::to_string(listener->port());
    QCOMPARE(net::Listener::bind({"", listener->port()}, 4).status().message(),
             "cannot listen on port " + port + ": Address already in use");
    QCOMPARE(net::Listener::bind({"127.0.0.1", listener->port()}, 4).status().message(),
             "cannot listen on 127.0.0.1:" + port + ": Address already in use");
    QCOMPARE(net::Listener::bind({"203.0.113.9", 0}, 4).status().message(),
             std::string("cannot listen on 203.0.113.9:0: Cannot assign requested address"));
    const Status unknown = net::Listener::bind({"no-such-host.invalid", 0}, 4).status();
    QCOMPARE(unknown.code(), Code::unavailable);
    QVERIFY2(unknown.message().starts_with("cannot listen on no-such-host.invalid:0: "), unknown.message().c_str());
  }
  void a_port_is_free_again_at_once() {
    Guests guests;
    auto listener = listener_for(guests, 4);
    const uint16_t port = listener->port();
    const RawPeer peer(port);
    QTRY_COMPARE(guests.count(), 1);
    listener.reset();
    guests.leave();
    const auto again = net::Listener::bind({"127.0.0.1", port}, 4);
    QVERIFY2(again.ok(), again.status().to_string().c_str());
  }
  void affords_what_the_system_gives() {
    struct rlimit limit {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const int connections = net::Listener::affordable_connections(4096);
    QVERIFY(connections >= 8 && connections <= 4096);
    struct rlimit raised {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &raised), 0);
    QVERIFY(raised.rlim_cur >= std::min<rlim_t>(limit.rlim_max, 4096));
    QCOMPARE(raised.rlim_max, limit.rlim_max);
  }

  void connecting_ends_in_time() {
    QElapsedTimer timer;
    timer.start();
    const auto refused = dial({"127.0.0.1", 1});
    QCOMPARE(refused.status().message(), std::string("Connection refused"));
    const SilentListener silent;
    const auto open = dial({"127.0.0.1", silent.port()});
    QVERIFY(open.ok());
    const Status waited = net::wait_for(*open, POLLIN, net::deadline_in(0.2), StopFlag());
    QCOMPARE(waited.code(), Code::deadline_exceeded);
    const StopFlag stop;
    stop.request();
    QCOMPARE(net::wait_for(*open, POLLIN, net::deadline_in(60), stop).code(), Code::cancelled);
    QVERIFY2(timer.elapsed() < 2000, QByteArray::number(timer.elapsed()));
  }
  void names_are_resolved_in_time() {
    const StopFlag stop;
    const auto local = net::resolve({"localhost", 80}, net::deadline_in(5), stop);
    QVERIFY2(local.ok(), local.status().to_string().c_str());
    QVERIFY(local->front().host() == "127.0.0.1" || local->front().host() == "::1");
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!net::resolve({"no-such-host.invalid", 80}, net::deadline_in(1), stop).ok());
    QVERIFY2(timer.elapsed() < 3000, QByteArray::number(timer.elapsed()));
    QVERIFY(!net::resolve({"", 80}, net::deadline_in(1), stop).ok());
    QCOMPARE(net::resolve({"fe80::1%lo", 80}, net::deadline_in(1), stop)->front().host(), std::string("fe80::1%lo"));
  }
};

QTEST_GUILESS_MAIN(TestListener)
#include "tst_listener.moc"
