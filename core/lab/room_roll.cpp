#include "lab/room_roll.h"

#include <algorithm>

#include "node/member_setup.h"

namespace fedllm::lab {

RoomRoll::RoomRoll(std::vector<MemberRecord> members) {
  for (MemberRecord& record : members) add(std::move(record));
}

RollEntry* RoomRoll::find(const std::string& member) { return const_cast<RollEntry*>(std::as_const(*this).find(member)); }

const RollEntry* RoomRoll::find(const std::string& member) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const RollEntry& one) { return one.record.id == member; });
  return found == entries_.end() ? nullptr : &*found;
}

RollEntry* RoomRoll::with_key(const std::string& key) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const RollEntry& one) { return one.record.key == key; });
  return found == entries_.end() ? nullptr : &*found;
}

RollEntry* RoomRoll::in_slot(int slot) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const RollEntry& one) {
    return one.record.slot == slot && !one.record.revoked;
  });
  return slot < 0 || found == entries_.end() ? nullptr : &*found;
}

RollEntry& RoomRoll::add(MemberRecord record) {
  RollEntry entry;
  entry.state = record.revoked ? "revoked" : "gone";
  entry.record = std::move(record);
  entries_.push_back(std::move(entry));
  return entries_.back();
}

int RoomRoll::take_slot(const RollEntry& member, int wanted, int places, const std::vector<int>& kept) const {
  const auto free = [&](int slot) {
    if (slot != member.record.slot && std::ranges::find(kept, slot) != kept.end()) return false;
    return std::none_of(entries_.begin(), entries_.end(), [&](const RollEntry& one) {
      return one.record.slot == slot && !one.record.revoked && !one.left && one.record.id != member.record.id;
    });
  };
  const int end = places == 0 ? node::kMostSlots : std::min(places, node::kMostSlots);
  if (wanted >= 0) return wanted < end && free(wanted) ? wanted : -1;
  if (member.record.slot >= 0 && free(member.record.slot)) return member.record.slot;
  for (int slot = 0; slot < end; ++slot)
    if (free(slot)) return slot;
  return -1;
}

int RoomRoll::ready(int64_t now_ms) const {
  return static_cast<int>(std::count_if(entries_.begin(), entries_.end(),
                                        [&](const RollEntry& one) { return one.ready && one.connected(now_ms); }));
}

int RoomRoll::count() const {
  return static_cast<int>(std::count_if(entries_.begin(), entries_.end(), [](const RollEntry& one) { return !one.record.revoked; }));
}

wire::RoomMemberInfo shown_member(const RollEntry& entry, int64_t now_ms) {
  wire::RoomMemberInfo info;
  info.set_member(entry.record.id);
  info.set_name(entry.record.name);
  info.set_check_code(entry.record.check_code);
  info.set_state(entry.record.revoked ? "revoked" : entry.left ? "left" : entry.connected(now_ms) || entry.state == "enrolled" ? entry.state : "gone");
  info.set_slot(entry.record.slot);
  info.set_seen_ms(entry.seen_ms);
  info.set_cores(entry.cores);
  info.set_memory_bytes(entry.memory_bytes);
  info.set_program_version(entry.program_version);
  info.set_clock_offset_ms(entry.clock_offset_ms);
  info.set_round_trip_s(entry.round_trip_s);
  info.set_uplink_mbit_s(entry.uplink_mbit_s);
  info.set_downlink_mbit_s(entry.downlink_mbit_s);
  info.set_examples(entry.record.examples);
  info.set_test_examples(entry.record.test_examples);
  info.set_round(entry.round);
  info.set_sent_bytes(entry.sent_updates);
  info.set_received_bytes(entry.received_blobs + entry.received_versions);
  info.set_address(entry.address);
  info.set_gentle(entry.gentle);
  for (const auto& [label, count] : entry.record.labels) {
    info.add_labels(label);
    info.add_label_counts(count);
  }
  return info;
}

}  // namespace fedllm::lab
