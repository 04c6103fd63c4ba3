// RoomRecord: what a host keeps of a room in home/rooms/ID/ (folder 0700, files 0600): its name, port, ticket, the run it is at,
// and one file a member. ID comes from the room's name, so that the same name opened again is the same room. One process
// at a time (the home's lock). Not thread-safe. Errors name the file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "net/ticket.h"

namespace fedllm::lab {

struct MemberRecord {
  std::string id;          // 16 hex digits, drawn by the room
  std::string name, key;   // key: SHA-256 of the public key, hex
  std::string check_code;
  int slot = -1;
  bool assigned = false;   // the host chose the slot: its word counts more than the member's
  int64_t examples = 0, test_examples = 0;
  bool revoked = false;
  std::vector<std::pair<std::string, int64_t>> labels;
};

struct RoomRecord {
  std::string name;
  uint16_t port = 0;                 // 0: not yet bound
  net::Secret secret{};
  int64_t ticket_expires_ms = 0;
  int ticket_uses_left = 0;
  std::string run;                   // the last one, empty before the first
  std::vector<int> run_slots;        // those that take part in it
  int runs = 0;
  std::vector<MemberRecord> members; // in the order they came
};

std::string room_folder(const std::string& home, const std::string& name);
// NOT_FOUND where no such room was ever opened here.
Result<RoomRecord> load_room(const std::string& folder);
Status save_room(const std::string& folder, const RoomRecord& record);   // without the members
Status save_member(const std::string& folder, const MemberRecord& member);

}  // namespace fedllm::lab
