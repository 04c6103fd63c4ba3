// fedllm join
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "command_line.h"
#include "event_line.h"
#include "join_service.h"
#include "joined_room.h"
#include "run_view.h"
#include "spec/scenario_json.h"

namespace fedllm::app {
namespace {

constexpr double kLook_s = 0.1;

Result<std::string> ticket_text(const Arguments& arguments) {
  const std::string file = arguments.value("--ticket-file");
  if (arguments.operands.empty() == file.empty()) return usage_error("join expects a ticket or --ticket-file F, and not both");
  if (file.empty()) return arguments.operands[0];
  FEDLLM_ASSIGN_OR_RETURN(std::string text, read_file(file));
  text.erase(0, text.find_first_not_of(" \t\r\n"));
  text.erase(std::min(text.size(), text.find_first_of(" \t\r\n")));
  return text;
}

// --data a.jsonl,b.jsonl --data c.jsonl; a file whose name holds a comma is given alone.
std::vector<std::string> data_files(const Arguments& arguments) {
  std::vector<std::string> files;
  for (const std::string& value : arguments.values("--data")) {
    if (std::filesystem::exists(value)) {
      files.push_back(value);
      continue;
    }
    for (size_t start = 0; start <= value.size();) {
      const size_t comma = std::min(value.find(',', start), value.size());
      if (comma > start) files.push_back(value.substr(start, comma - start));
      start = comma + 1;
    }
  }
  for (std::string& file : files)
    if (!file.starts_with("builtin:")) file = std::filesystem::absolute(file).lexically_normal().string();
    else file = resolve_path(file, "data", "");
  return files;
}

Status all_there(const std::vector<std::string>& files) {
  std::error_code error;
  for (const std::string& file : files)
    if (!std::filesystem::is_regular_file(file, error)) return not_found("cannot open " + file + ": no such file", "join");
  return {};
}

Result<lab::MemberOptions> member_options(const Arguments& arguments) {
  lab::MemberOptions options;
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, ticket_text(arguments));
  auto ticket = net::parse_ticket(text);
  if (!ticket.ok()) return usage_error(ticket.status().message());
  options.ticket = std::move(ticket).value();
  options.files = data_files(arguments);
  if (arguments.has("--format")) options.format = arguments.value("--format");
  for (const std::string& map : arguments.values("--map")) {
    const size_t equals = map.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == map.size())
      return usage_error("--map expects field=column, got \"" + map + "\"");
    options.columns[map.substr(0, equals)] = map.substr(equals + 1);
  }
  FEDLLM_ASSIGN_OR_RETURN(options.slot, arguments.number("--slot", -1, 0));
  FEDLLM_ASSIGN_OR_RETURN(const int cap, arguments.number("--upload-cap", 0, 0));
  options.upload_cap_mbit_s = cap;
  options.name = arguments.value("--name");
  options.consent = arguments.has("--yes");
  options.settled = true;
  options.tell_labels = arguments.has("--tell-labels");
  options.gentle = arguments.has("--gentle");
  return options;
}

// --- asking ---

void tell(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

void show_facts(const wire::Membership& m) {
  const wire::ReadinessReport& data = m.readiness();
  const wire::ConsentFacts& ask = m.consent();
  tell(ask.who() + " asks this machine to take part.  Check code: " + m.check_code());
  tell("  base model   " + ask.base_model() + ", " + format_bytes(static_cast<uint64_t>(ask.base_bytes())) + ", SHA-256 " +
       ask.base_sha256().substr(0, 16));
  tell("  trained      " + ask.trained() + "; " + std::to_string(ask.rounds()) + " rounds, " + std::to_string(ask.steps()) +
      " local steps");
  tell("  your data    " + std::to_string(data.records()) + " records, " + std::to_string(data.test_records()) + " held out, " +
       std::to_string(data.tokens()) + " tokens; they stay on this machine");
  for (const std::string& hint : data.hints()) tell("               " + hint);
  tell("  leaves       " + format_bytes(static_cast<uint64_t>(ask.payload_bytes_round())) + " of updates a round, and numbers:");
  for (const std::string& number : ask.numbers()) tell("               " + number);
  tell("  uses         " + std::to_string(ask.cores()) + " cores, about " +
      format_bytes(static_cast<uint64_t>(ask.memory_bytes())) + " of memory");
}

bool asked_on_terminal(const wire::Membership& membership) {
  show_facts(membership);
  std::fputs("Take part? [y/N] ", stderr);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

// --- following ---

// Prints what happens to the membership and, once there is one, to its run.
class Follower {
 public:
  Follower(JoinedRoom& room, const lab::MemberOptions& options, bool json) : room_(room), options_(options), json_(json) {}

  Status look() {
    FEDLLM_ASSIGN_OR_RETURN(const wire::Membership now, room_.state());
    if (now.state() != state_ || now.sentence() != sentence_) say(now);
    if (now.state() == "consenting" && !answered_) {
      answered_ = true;
      FEDLLM_RETURN_IF_ERROR(room_.consent(options_.consent || asked_on_terminal(now), options_.tell_labels));
    }
    if (now.run() != run_) {
      run_ = now.run();
      next_ = 1;
      FEDLLM_ASSIGN_OR_RETURN(const ledger::RunRow row, room_.run(run_));
      view_ = make_run_view(json_, row.scenario_json);
    }
    return run_.empty() ? Status() : tell_events();
  }
  Status end() {
    FEDLLM_RETURN_IF_ERROR(look());
    if (run_.empty()) return {};
    FEDLLM_ASSIGN_OR_RETURN(const ledger::RunRow row, room_.run(run_));
    view_->end(row);
    return {};
  }

 private:
  void say(const wire::Membership& now) {
    state_ = now.state();
    sentence_ = now.sentence();
    if (json_) {
      print_line(to_line({{"event", "membership"}, {"membership", now.membership()}, {"state", state_}, {"sentence", sentence_},
                          {"room", now.room_name()}, {"slot", now.slot()}, {"check_code", now.check_code()}}));
    } else if (::isatty(STDERR_FILENO) && !view_) {
      tell(state_ + ": " + sentence_);
    }
  }
  Status tell_events() {
    for (;;) {
      FEDLLM_ASSIGN_OR_RETURN(const auto events, room_.events(run_, next_));
      if (events.empty()) return {};
      next_ = events.back().seq + 1;
      for (const ledger::Event& event : events) view_->event(event);
    }
  }

  JoinedRoom& room_;
  const lab::MemberOptions& options_;
  const bool json_;
  bool answered_ = false;
  std::string state_, sentence_, run_;
  uint64_t next_ = 1;
  std::unique_ptr<RunView> view_;
};

Status follow(JoinedRoom& room, Follower& follower) {
  Status looked;
  std::optional<Status> outcome;
  for (bool left = false; !outcome;) {
    outcome = room.wait(kLook_s);
    if (looked.ok()) looked = follower.look();
    if ((signals_seen() > 0 || !looked.ok()) && !outcome && !std::exchange(left, true)) room.leave();
  }
  FEDLLM_RETURN_IF_ERROR(looked);
  FEDLLM_RETURN_IF_ERROR(follower.end());
  if (signals_seen() > 0) return cancelled("stopped; to go on, join again with the same ticket", "join");
  return *outcome;
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const lab::MemberOptions options, member_options(arguments));
  FEDLLM_ASSIGN_OR_RETURN(const HomePaths paths, arguments.home());
  FEDLLM_RETURN_IF_ERROR(all_there(options.files));
  if (arguments.has("--service")) return write_join_service(arguments, options, paths);
  if (!options.consent && !::isatty(STDIN_FILENO))
    return usage_error("join asks before anything runs: answer on a terminal, or consent beforehand with --yes");
  catch_signals();
  FEDLLM_ASSIGN_OR_RETURN(const auto room, join_room(paths, options));
  Follower follower(*room, options, arguments.json());
  return follow(*room, follower);
}

const VerbEntry entry({"join",
                       "[TICKET]",
                       "take part in somebody's room with data of this machine",
                       {{"--ticket-file", "F", "read the ticket from a file"},
                        {"--data", "FILES", "files with your records, separated by commas; repeatable; without: the host's shard"},
                        {"--format", "FORM", "auto, jsonl, json, csv or text (default: auto)"},
                        {"--map", "field=column", "which of your columns is a field of the room's contract; repeatable"},
                        {"--slot", "K", "take this place of the scenario (default: the next free one)"},
                        {"--name", "NAME", "shown to the host (default: this machine's name)"},
                        {"--yes", "", "consent beforehand, whatever is asked"},
                        {"--upload-cap", "MBIT", "upload at most so many Mbit/s"},
                        {"--gentle", "", "half the cores, lowest priority"},
                        {"--tell-labels", "", "tell the host how many records each label has"},
                        {"--service", "", "write a systemd user unit that takes part whenever the room is open"}},
                       run,
                       31,
                       false,
                       "Your records stay on this machine: adapters' updates and numbers leave it, as the consent lists them.\n"
                       "Without --yes nothing runs before you have consented on the terminal.\n"
                       "Ctrl-C leaves; joining again goes on where the room is. With --json every event is a line, and the last\n"
                       "line is the summary."});

}  // namespace
}  // namespace fedllm::app
