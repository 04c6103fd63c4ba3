// fedllm serve
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <thread>

#include "command_line.h"
#include "event_line.h"
#include "lab/qr_code.h"
#include "net/private_file.h"
#include "scenario_source.h"
#include "served_room.h"

namespace fedllm::app {
namespace {

constexpr auto kLook = std::chrono::milliseconds(100);
constexpr auto kGrace = std::chrono::seconds(1);   // members fetch what they lack and hear the end
constexpr const char* kPassing[] = {"fetching", "preparing", "training", "evaluating", "waiting"};  // the bar tells more
constexpr int kMostMembers = 10'000, kMostHours = 24 * 366;

void tell(const std::string& text) {
  std::fprintf(stderr, "%s%s\n", ::isatty(STDERR_FILENO) ? "\r\033[K" : "", text.c_str());
}

Result<lab::RoomOptions> room_options(const Arguments& arguments) {
  lab::RoomOptions options;
  options.name = arguments.value("--name");
  if (options.name.empty()) return usage_error("serve expects --name NAME, under which members see the room");
  if (arguments.has("--bind")) {
    auto bind = net::parse_address(arguments.value("--bind"), 0);
    if (!bind.ok()) return usage_error("--bind: " + bind.status().message());
    options.bind = std::move(bind).value();
  }
  FEDLLM_ASSIGN_OR_RETURN(options.min_members, arguments.number("--min-members", 0, 1));
  FEDLLM_ASSIGN_OR_RETURN(options.ticket_uses, arguments.number("--ticket-uses", options.ticket_uses, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int hours, arguments.number("--ticket-hours", 12, 1));
  if (options.min_members > kMostMembers) return usage_error("--min-members expects at most " + std::to_string(kMostMembers));
  options.ticket_valid_s = int64_t{3600} * std::min(hours, kMostHours);
  options.ask = arguments.has("--ask");
  options.announce = !arguments.has("--no-announce");
  options.hand_out_data = arguments.has("--hand-out-data");
  options.allow_program = arguments.has("--allow-program");
  const bool asks = options.ask || options.min_members == 0;
  if (asks && !::isatty(STDIN_FILENO))
    return usage_error(options.ask ? "--ask needs a terminal on which to answer"
                                   : "nobody can press Enter here: say with --min-members N when the run starts");
  FEDLLM_ASSIGN_OR_RETURN(const ScenarioSource source, load_source(arguments.operands[0], arguments));
  options.scenario_json = source.json();
  options.base_dir = source.base_dir;
  return options;
}

// --- what is shown ---

nlohmann::ordered_json json_of(const wire::HostedRoom& room) {
  nlohmann::ordered_json line = {{"event", "room"},           {"room", room.room()},
                                 {"name", room.name()},       {"ticket", room.ticket()},
                                 {"addresses", nlohmann::ordered_json::array()},
                                 {"ticket_expires_ms", room.ticket_expires_ms()},
                                 {"ticket_uses_left", room.ticket_uses_left()},
                                 {"authority_sha256", room.authority_sha256()},
                                 {"phase", room.phase()}};
  for (const std::string& address : room.addresses()) line["addresses"].push_back(address);
  return line;
}

void show_room(const wire::HostedRoom& room, bool json) {
  if (json) return print_line(to_line(json_of(room)));
  print_line("room       " + room.name() + "  (" + room.room() + ")");
  for (const std::string& address : room.addresses()) print_line("address    " + address);
  print_line("authority  SHA-256 " + room.authority_sha256());
  print_line("ticket     " + room.ticket());
  if (::isatty(STDOUT_FILENO)) print_line(lab::qr_for_terminal(room.ticket()));
  print_line("join with  fedllm join " + room.ticket() + " --data FILES");
}

// Members as they come, and what they are at, each once.
class MemberLines {
 public:
  explicit MemberLines(bool json) : json_(json) {}
  void look(const wire::HostedRoom& room) {
    for (const wire::RoomMemberInfo& member : room.members()) {
      const std::string now = member.state() + " " + std::to_string(member.slot()) + " " + member.name();
      std::string& known = known_[member.member()];
      if (known != now) say(member);
      known = now;
    }
    if (!json_ && room.sentence() != sentence_ && room.phase() == "gathering") tell(room.sentence());
    sentence_ = room.sentence();
  }

 private:
  void say(const wire::RoomMemberInfo& member) const {
    if (json_) {
      print_line(to_line({{"event", "member"}, {"member", member.member()}, {"name", member.name()},
                          {"check_code", member.check_code()}, {"state", member.state()}, {"slot", member.slot()},
                          {"examples", member.examples()}}));
    } else if (std::ranges::find(kPassing, member.state()) == std::end(kPassing)) {
      tell(member.name() + "  " + member.check_code() + "  " + member.state() +
           (member.slot() >= 0 ? "  (slot " + std::to_string(member.slot()) + ")" : ""));
    }
  }
  const bool json_;
  std::map<std::string, std::string> known_;
  std::string sentence_;
};

// --- the terminal ---

// A line of standard input once there is a whole one; not at its end.
class TerminalLines {
 public:
  std::optional<std::string> next() {
    pollfd entry{STDIN_FILENO, POLLIN, 0};
    if (ended_ || ::poll(&entry, 1, 0) <= 0) return std::nullopt;
    char bytes[256];
    const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (got <= 0) ended_ = true;
    if (got > 0) text_.append(bytes, static_cast<size_t>(got));
    const size_t end = text_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

 private:
  std::string text_;
  bool ended_ = false;
};

class Host {
 public:
  Host(ServedRoom& room, const lab::RoomOptions& options, bool json) : room_(room), options_(options), lines_(json) {}

  // Until the room's run is on. CANCELLED after a signal.
  Result<std::string> gather() {
    if (options_.min_members == 0) tell("press Enter to start the run");
    for (;;) {
      FEDLLM_ASSIGN_OR_RETURN(const wire::HostedRoom now, look());
      if (now.phase() != "gathering") return now.run();
      if (signals_seen() > 0)
        return cancelled("stopped before the run began; the same name opens this room again", "serve");
      const auto line = options_.ask || options_.min_members == 0 ? terminal_.next() : std::nullopt;
      if (line) FEDLLM_RETURN_IF_ERROR(answer(*line));
      std::this_thread::sleep_for(kLook);
    }
  }

  Result<wire::HostedRoom> look() {
    FEDLLM_ASSIGN_OR_RETURN(wire::HostedRoom now, room_.state());
    lines_.look(now);
    if (options_.ask) ask(now);
    return now;
  }

  // While the run is followed, newcomers are still asked for.
  void look_on() {
    if (!look().ok() || !options_.ask) return;
    if (const auto line = terminal_.next()) (void)answer(*line);
  }

 private:
  void ask(const wire::HostedRoom& now) {
    const auto asks = [](const wire::RoomMemberInfo& one) { return one.state() == "asking"; };
    const auto still = std::ranges::any_of(now.members(), [&](const auto& one) { return asks(one) && one.check_code() == asking_; });
    if (!asking_.empty() && still) return;
    asking_.clear();
    const auto first = std::ranges::find_if(now.members(), asks);
    if (first == now.members().end()) return;
    asking_ = first->check_code();
    tell("let " + first->name() + " in? Both screens must show " + asking_ + "  [y/N] ");
  }
  Status answer(const std::string& line) {
    if (!asking_.empty()) {
      const bool yes = line == "y" || line == "Y" || line == "yes";
      const Status told = room_.admit(std::exchange(asking_, {}), yes);
      return told.code() == Code::not_found ? Status() : told;  // it has gone by now
    }
    if (options_.min_members > 0 || !line.empty()) return {};
    if (const Status started = room_.start(); !started.ok()) tell(started.message());
    return {};
  }

  ServedRoom& room_;
  const lab::RoomOptions& options_;
  MemberLines lines_;
  TerminalLines terminal_;
  std::string asking_;
};

Status serve(ServedRoom& room, const lab::RoomOptions& options, bool json) {
  Host host(room, options, json);
  FollowRequest request;
  FEDLLM_ASSIGN_OR_RETURN(request.run, host.gather());
  request.resumed = request.run == room.earlier_run;
  request.from = request.resumed ? room.earlier_seq + 1 : 1;
  request.json = json;
  request.look = [&] { host.look_on(); };
  return room.follow(request);
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const lab::RoomOptions options, room_options(arguments));
  FEDLLM_ASSIGN_OR_RETURN(const HomePaths paths, arguments.home());
  catch_signals();
  FEDLLM_ASSIGN_OR_RETURN(const auto room, open_served_room(paths, options));
  FEDLLM_ASSIGN_OR_RETURN(const wire::HostedRoom opened, room->state());
  if (const std::string file = arguments.value("--ticket-file"); !file.empty())
    FEDLLM_RETURN_IF_ERROR(net::write_private_file(file, opened.ticket() + "\n"));
  show_room(opened, arguments.json());
  const Status outcome = serve(*room, options, arguments.json());
  if (outcome.ok()) std::this_thread::sleep_for(kGrace);
  room->close();
  return outcome;
}

const VerbEntry entry({"serve",
                       "SCENARIO",
                       "open a room: others on the network train with you",
                       {{"--name", "NAME", "what members see; the same name again opens the same room"},
                        {"--bind", "ADDR:PORT", "listen there alone (default: every interface, port 47110 or a free one)"},
                        {"--ticket-file", "F", "write the ticket into a file that only you may read"},
                        {"--min-members", "N", "start by itself when N members are ready (default: when you press Enter)"},
                        {"--ask", "", "ask before anybody is let in"},
                        {"--hand-out-data", "", "members without data get shards of the scenario's dataset"},
                        {"--allow-program", "", "let the scenario's aggregator exec:PATH run on this machine"},
                        {"--ticket-uses", "N", "how many machines may enrol with the ticket (default: 64)"},
                        {"--ticket-hours", "H", "how long it is valid (default: 12)"},
                        {"--no-announce", "", "do not announce the room on the network"},
                        kSetOption},
                       run,
                       30,
                       false,
                       "Prints the room's addresses and its ticket; whoever holds the ticket can join:\n"
                       "fedllm join TICKET --data FILES. The members' records stay on their machines.\n"
                       "Ctrl-C stops and saves the run; serve with the same name goes on after the last committed round.\n"
                       "With --json every event is a line, and the last line is the summary."});

}  // namespace
}  // namespace fedllm::app
