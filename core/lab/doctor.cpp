#include "lab/doctor.h"

#include <sys/timex.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/text.h"
#include "lab/doctor_firewall.h"
#include "net/connect.h"
#include "net/discovery.h"
#include "net/listener.h"
#include "net/tls.h"

namespace fedllm::lab {
namespace {

// 2 + 3 + 3 s and what browsing still needs: within 10 s in all.
constexpr double kSelf_s = 2, kReach_s = 3, kAnswer_s = 3;
constexpr auto kBrowse = std::chrono::milliseconds(1500);
constexpr size_t kMaxOwn = 8;
constexpr double kClockWorthTelling_s = 60, kClockTooFar_s = 2 * 86400;  // certificates hold two days before and after

enum class State { ok, warning, problem };

class Report {
 public:
  void add(const std::string& check, State state, const std::string& sentence, const std::string& command = {}) {
    wire::DoctorLine* line = reply_.add_lines();
    line->set_check(check);
    line->set_state(state == State::ok ? "ok" : state == State::warning ? "warning" : "problem");
    line->set_sentence(sentence);
    line->set_command(command);
  }
  void add(wire::DoctorLine line) { *reply_.add_lines() = std::move(line); }
  wire::DoctorReply take() { return std::move(reply_); }

 private:
  wire::DoctorReply reply_;
};

// Listens from its making on, while the other checks take their time.
class Beacons {
 public:
  Beacons() {
    browser_ = net::RoomBrowser::start([this](const std::vector<net::SeenRoom>& rooms, const std::string& problem) {
      const std::lock_guard lock(mutex_);
      rooms_ = rooms;
      problem_ = problem;
    });
  }
  void report(Report& report) {
    std::this_thread::sleep_until(begun_ + kBrowse);
    browser_.reset();
    if (!problem_.empty())
      return report.add("discovery", State::warning, problem_ + "; an address or a ticket works all the same",
                        "sudo apt install avahi-daemon && sudo systemctl start avahi-daemon");
    if (rooms_.empty()) return report.add("discovery", State::warning, "no room announces itself on this network at the moment");
    for (const net::SeenRoom& room : rooms_) report.add("discovery", State::ok, sentence_of(room));
  }

 private:
  static std::string sentence_of(const net::SeenRoom& room) {
    std::vector<std::string> addresses;
    for (const net::Address& address : room.addresses) addresses.push_back(address.text());
    return "the room " + room.beacon.name + " announces itself at " + join(addresses, ", ");
  }
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::vector<net::SeenRoom> rooms_;
  std::string problem_;
  std::unique_ptr<net::RoomBrowser> browser_;  // last: its callbacks use the others
};

struct Reached {
  net::Address address;
  Status status;
};

// All at once; each as far as a TCP connection.
std::vector<Reached> reach(const std::vector<net::Address>& addresses, double seconds) {
  std::vector<Reached> reached;
  for (const net::Address& address : addresses) reached.push_back({address, {}});
  std::vector<std::thread> threads;
  const net::Deadline deadline = net::deadline_in(seconds);
  for (Reached& one : reached)
    threads.emplace_back([&one, deadline] {
      const StopFlag stop;
      const auto endpoints = net::resolve(one.address, deadline, stop);
      one.status = endpoints.status();
      for (size_t i = 0; endpoints.ok() && i < endpoints->size(); ++i) {
        one.status = net::connect_to((*endpoints)[i], deadline, stop).status();
        if (one.status.ok()) break;
      }
    });
  for (std::thread& thread : threads) thread.join();
  return reached;
}

void examine_interfaces(Report& report, const std::vector<net::Interface>& interfaces) {
  std::vector<std::string> usable, down;
  std::set<std::string> tunnels;
  for (const net::Interface& one : interfaces) {
    if (one.loopback) continue;
    if (one.tunnel && one.up) tunnels.insert(one.name);
    (one.up ? usable : down).push_back(one.name + " " + one.address);
  }
  if (usable.empty())
    report.add("interfaces", State::problem,
               down.empty() ? "this machine has no network: only itself can be reached"
                            : "no network is connected: " + join(down, ", ") + " is down",
               "ip address");
  else
    report.add("interfaces", State::ok, "this machine is at " + join(usable, ", "));
  for (const std::string& name : tunnels)
    report.add("tunnel", State::warning,
               name +
                   " is a tunnel (VPN): it may hide this machine from the local network, and its address "
                   "is of no use to those nearby");
}

// The addresses by which others would come; loopback where there are no others.
std::vector<net::Address> own_addresses(const std::vector<net::Interface>& interfaces, uint16_t port) {
  std::vector<net::Address> own;
  for (const bool loopback : {false, true})
    for (const net::Interface& one : interfaces)
      if (one.loopback == loopback && one.up && own.size() < kMaxOwn && (!loopback || own.empty()))
        own.push_back({one.address, port});
  return own;
}

void report_self(Report& report, const std::string& check, const std::vector<Reached>& reached, int port) {
  std::vector<std::string> good, bad;
  for (const Reached& one : reached)
    one.status.ok() ? good.push_back(one.address.host) : bad.push_back(one.address.host + " (" + one.status.message() + ")");
  const std::string where = "port " + std::to_string(port);
  if (bad.empty()) return report.add(check, State::ok, "this machine reaches itself on " + where + " at " + join(good, ", "));
  report.add(check, good.empty() ? State::problem : State::warning,
             "this machine does not reach itself on " + where + " at " + join(bad, ", "),
             "ss -ltn sport = :" + std::to_string(port));
}

// A room's port where there is one, else a port opened for this test.
void examine_self(Report& report, const std::vector<net::Interface>& interfaces, int own_port) {
  if (own_port > 0)
    return report_self(report, "listening", reach(own_addresses(interfaces, static_cast<uint16_t>(own_port)), kSelf_s), own_port);
  const auto listener = net::Listener::bind({"", 0}, 64);
  if (!listener.ok()) return report.add("self", State::problem, listener.status().message());
  (*listener)->start([](int fd) { net::Socket closed(fd); });
  report_self(report, "self", reach(own_addresses(interfaces, (*listener)->port()), kSelf_s), (*listener)->port());
  if (!net::Listener::bind({"", net::kRoomPort}, 1).ok())
    report.add("port", State::warning,
               "port " + std::to_string(net::kRoomPort) +
                   " is in use on this machine: a room is open here, or "
                   "another program has it and rooms get another port",
               "ss -ltnp sport = :" + std::to_string(net::kRoomPort));
}

struct Target {
  std::vector<net::Address> addresses;
  std::optional<net::Digest> pin;
};

Result<Target> target_of(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == text.find("fedllm") && text.find('.') == std::string::npos && text.size() > 40) {
    FEDLLM_ASSIGN_OR_RETURN(const net::Ticket ticket, net::parse_ticket(text));
    if (ticket.addresses.empty()) return failed_precondition("the ticket has no address; ask for the host's");
    return Target{ticket.addresses, ticket.authority};
  }
  FEDLLM_ASSIGN_OR_RETURN(const net::Address address, net::parse_address(text, net::kRoomPort));
  if (address.host.empty() || address.port == 0)
    return invalid_argument("expected a host, or a host and a port, got " + text.substr(0, 80));
  return Target{{address}, {}};
}

void report_reach(Report& report, const Reached& one) {
  if (one.status.ok()) return report.add("reach", State::ok, one.address.text() + " can be reached");
  const bool name = net::ip_version(one.address.host) == 0;
  const bool refused = one.status.message() == "Connection refused";
  const std::string why = refused ? "the machine is there, but no room is open on that port"
                          : name  ? "the name is not known here, or the machine is off, on another network or behind a firewall"
                                  : "the machine is off, on another network or behind a firewall";
  report.add("reach", State::problem, one.address.text() + " does not answer (" + one.status.message() + "): " + why,
             refused ? ""
             : name  ? "getent hosts " + one.address.host
                     : "ping -c 3 " + one.address.host);
}

void examine_answer(Report& report, const Target& target, const std::vector<net::Address>& reached) {
  const auto found =
      target.pin ? net::fetch_authority(reached, *target.pin, kAnswer_s) : net::fetch_any_authority(reached[0], kAnswer_s);
  if (!found.ok()) {
    const bool clock = found.status().code() == Code::failed_precondition;
    return report.add(clock ? "clock" : "answer", State::problem, found.status().message(), clock ? "timedatectl" : "");
  }
  const auto digest = net::fingerprint_of(found->authority_pem);
  const std::string authority = digest.ok() ? ", authority " + net::hex(*digest).substr(0, 12) : "";
  report.add("answer", State::ok,
             (target.pin ? "the ticket's room answers at " : "a room answers at ") + found->address.text() + authority);
}

void examine_target(Report& report, const std::string& text) {
  const auto target = target_of(text);
  if (!target.ok()) return report.add("ticket", State::problem, target.status().message());
  std::vector<net::Address> open;
  for (const Reached& one : reach(target->addresses, kReach_s)) {
    report_reach(report, one);
    if (one.status.ok()) open.push_back(one.address);
  }
  if (!open.empty()) examine_answer(report, *target, open);
}

void examine_clock(Report& report) {
  struct timex clock {};
  const int state = ::adjtimex(&clock);
  if (state < 0) return;  // not permitted here: nothing to tell
  if (state == TIME_ERROR || (clock.status & STA_UNSYNC) != 0)
    return report.add("clock", State::warning,
                      "this machine's clock is not kept right by a time server; a room allows two days of difference",
                      "timedatectl set-ntp true");
  report.add("clock", State::ok, "this machine's clock is kept right by a time server");
}

std::string seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, seconds < 10 ? "%.2f s" : seconds < 7200 ? "%.0f s" : "%.1f h", seconds < 7200 ? seconds : seconds / 3600);
  return text;
}

void compare_clock(Report& report, const KnownClock& clock) {
  const double off_s = std::abs(static_cast<double>(clock.offset_ms)) / 1000, known_to_s = clock.round_trip_s / 2 + 0.001;
  const std::string side = clock.offset_ms < 0 ? " behind " : " ahead of ";
  if (off_s <= known_to_s)
    return report.add("clocks", State::ok, "this machine's clock agrees with " + clock.whose + "'s to " + seconds(known_to_s));
  const State state = off_s < kClockWorthTelling_s ? State::ok : off_s < kClockTooFar_s ? State::warning : State::problem;
  report.add("clocks", state, "this machine's clock is " + seconds(off_s) + side + clock.whose + "'s",
             state == State::ok ? "" : "timedatectl");
}

}  // namespace

wire::DoctorReply examine_connection(const DoctorQuestion& question) {
  Report report;
  Beacons beacons;
  const std::vector<net::Interface> interfaces = net::local_interfaces();
  examine_interfaces(report, interfaces);
  examine_self(report, interfaces, question.own_port);
  if (!question.ticket_or_address.empty()) examine_target(report, question.ticket_or_address);
  examine_clock(report);
  for (const KnownClock& clock : question.clocks) compare_clock(report, clock);
  beacons.report(report);
  report.add(examine_firewall("", question.own_port > 0 ? question.own_port : net::kRoomPort));
  return report.take();
}

}  // namespace fedllm::lab
