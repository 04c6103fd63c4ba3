// fedllm rooms
#include <chrono>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "command_line.h"
#include "event_line.h"
#include "net/discovery.h"

namespace fedllm::app {
namespace {

constexpr int kSeconds = 3;

struct Seen {
  std::mutex mutex;
  std::vector<net::SeenRoom> rooms;
  std::string problem;
};

// What the network shows after so long; ends early where it cannot show anything.
void look(Seen& seen, int seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const auto browser = net::RoomBrowser::start([&seen](const std::vector<net::SeenRoom>& rooms, const std::string& problem) {
    const std::lock_guard lock(seen.mutex);
    seen.rooms = rooms;
    seen.problem = problem;
  });
  while (std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::lock_guard lock(seen.mutex);
    if (!seen.problem.empty()) break;
  }
}

std::vector<std::string> texts_of(const std::vector<net::Address>& addresses) {
  std::vector<std::string> texts;
  for (const net::Address& address : addresses) texts.push_back(address.text());
  return texts;
}

void print(const net::SeenRoom& room, bool json) {
  const net::RoomBeacon& beacon = room.beacon;
  if (json)
    print_line(to_line({{"name", beacon.name},
                        {"room", beacon.room},
                        {"addresses", texts_of(room.addresses)},
                        {"host", beacon.host},
                        {"protocol", beacon.protocol}}));
  else
    print_line(beacon.name + "  " + join(texts_of(room.addresses), ", ") + "  on " + (beacon.host.empty() ? "?" : beacon.host));
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const int seconds, arguments.number("--seconds", kSeconds, 1));
  Seen seen;
  look(seen, seconds);
  for (const net::SeenRoom& room : seen.rooms) print(room, arguments.json());
  if (!seen.problem.empty()) return unavailable(seen.problem, "rooms");
  return {};
}

const VerbEntry entry(
    {"rooms",
     "",
     "list the rooms that announce themselves on the local network",
     {{"--seconds", "N", "look for so long (default: 3)"}},
     run,
     32,
     false,
     "With --json one object a line: name, room, addresses, host, protocol. Needs an Avahi daemon; without one,\n"
     "join by ticket works all the same."});

}  // namespace
}  // namespace fedllm::app
