// RoomRoll: the members of one open room: who they are (room_record.h) and what is known of them at this moment. Pure state; the
// RoomHost's lock guards it. Times are the host's Unix milliseconds.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lab/room_record.h"
#include "lab/room_service.h"
#include "wire/lab.pb.h"

namespace fedllm::lab {

// A member counts as connected while its stream of notices stands and it was heard of within this time.
inline constexpr int64_t kSilent_ms = 6000;

struct RollEntry {
  MemberRecord record;
  std::shared_ptr<NoticeOutlet> notices;  // null: not connected
  std::string address, program_version, state;
  int64_t seen_ms = 0, clock_offset_ms = 0;
  int cores = 0, round = 0;
  uint64_t memory_bytes = 0;
  double round_trip_s = 0, uplink_mbit_s = 0, downlink_mbit_s = 0;
  int64_t received_blobs = 0, sent_updates = 0, received_versions = 0;  // bytes of payload
  size_t heard = 0;  // events of the room's run that were sent to it
  bool ready = false, left = false, gentle = false;
  bool called = false;  // to the room's present run, on this stream of notices

  bool connected(int64_t now_ms) const { return notices && now_ms - seen_ms < kSilent_ms; }
};

class RoomRoll {
 public:
  explicit RoomRoll(std::vector<MemberRecord> members);
  RollEntry* find(const std::string& member);
  const RollEntry* find(const std::string& member) const;
  RollEntry* with_key(const std::string& key);
  RollEntry* in_slot(int slot);
  RollEntry& add(MemberRecord record);
  std::vector<RollEntry>& entries() { return entries_; }
  const std::vector<RollEntry>& entries() const { return entries_; }
  // The asked-for slot if nobody else holds it, else -1; -1: the lowest free one (below `places` where that is not 0). `kept`:
  // those of a run that goes on are their members' alone.
  int take_slot(const RollEntry& member, int wanted, int places, const std::vector<int>& kept) const;
  int ready(int64_t now_ms) const;  // ready and connected
  // Not yet revoked.
  int count() const;

 private:
  std::vector<RollEntry> entries_;
};

wire::RoomMemberInfo shown_member(const RollEntry& entry, int64_t now_ms);

}  // namespace fedllm::lab
