#include "net/traffic.h"

namespace fedllm::net {

TrafficCount& TrafficCount::operator+=(const TrafficCount& other) {
  uplink_wire += other.uplink_wire;
  downlink_wire += other.downlink_wire;
  uplink_payload += other.uplink_payload;
  downlink_payload += other.downlink_payload;
  return *this;
}

TrafficCount TrafficCount::operator-(const TrafficCount& other) const {
  return {uplink_wire - other.uplink_wire, downlink_wire - other.downlink_wire, uplink_payload - other.uplink_payload,
          downlink_payload - other.downlink_payload};
}

void Traffic::up(int client, size_t message_bytes, size_t payload_bytes) {
  add(client, {.uplink_wire = wire_bytes(message_bytes), .uplink_payload = static_cast<int64_t>(payload_bytes)});
}

void Traffic::down(int client, size_t message_bytes, size_t payload_bytes) {
  add(client, {.downlink_wire = wire_bytes(message_bytes), .downlink_payload = static_cast<int64_t>(payload_bytes)});
}

TrafficCount Traffic::of(int client) const {
  std::lock_guard lock(mutex_);
  return counts_.at(static_cast<size_t>(client));
}

TrafficCount Traffic::total() const {
  std::lock_guard lock(mutex_);
  return total_;
}

void Traffic::add(int client, const TrafficCount& count) {
  std::lock_guard lock(mutex_);
  total_ += count;
  if (client >= 0 && client < static_cast<int>(counts_.size())) counts_[static_cast<size_t>(client)] += count;
}

}  // namespace fedllm::net
