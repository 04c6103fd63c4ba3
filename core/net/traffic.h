// Traffic: what really went over the federation service, counted where the coordinator reads and writes. Wire bytes are
// each message as serialised plus gRPC's 5-byte message prefix; the in-process channel adds no HTTP/2 or TLS. Payload bytes are
// what the codec wrote, inside those messages. Uplink = client to coordinator. Thread-safe.
#pragma once

#include <google/protobuf/message_lite.h>

#include <cstdint>
#include <mutex>
#include <vector>

namespace fedllm::net {

struct TrafficCount {
  int64_t uplink_wire = 0, downlink_wire = 0, uplink_payload = 0, downlink_payload = 0;
  TrafficCount& operator+=(const TrafficCount& other);
  TrafficCount operator+(const TrafficCount& other) const { return TrafficCount(*this) += other; }
  TrafficCount operator-(const TrafficCount& other) const;
  bool operator==(const TrafficCount&) const = default;
};

inline constexpr int64_t kGrpcPrefixBytes = 5;
// message_bytes: of the message as serialised.
inline int64_t wire_bytes(size_t message_bytes) { return static_cast<int64_t>(message_bytes) + kGrpcPrefixBytes; }
inline int64_t wire_bytes(const google::protobuf::MessageLite& message) { return wire_bytes(message.ByteSizeLong()); }

class Traffic {
 public:
  explicit Traffic(int clients) : counts_(static_cast<size_t>(clients)) {}
  // A client outside 0…clients-1 is counted in total() only.
  void up(int client, size_t message_bytes, size_t payload_bytes);
  void up(int client, const google::protobuf::MessageLite& message) { up(client, message.ByteSizeLong(), 0); }
  void down(int client, size_t message_bytes, size_t payload_bytes);
  void down(int client, const google::protobuf::MessageLite& message) { down(client, message.ByteSizeLong(), 0); }
  TrafficCount of(int client) const;  // since construction
  TrafficCount total() const;

 private:
  void add(int client, const TrafficCount& count);
  mutable std::mutex mutex_;
  std::vector<TrafficCount> counts_;
  TrafficCount total_;
};

}  // namespace fedllm::net
