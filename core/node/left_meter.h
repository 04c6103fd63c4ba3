// LeftMeter: what left this machine for a room, counted where it is sent, from the messages themselves: payload bytes of updates,
// every number about its data or training (protocol numbers such as round, client or sizes are none), bytes of text that
// come from records (label names; nothing else may), label counts, and all bytes on the wire as net::Traffic counts them.
// Liveness and measurements of the machine (Hello, Beat) are listed in the consent, not counted. Thread-safe.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <mutex>

namespace fedllm::node {

struct LeftCount {
  int64_t update_bytes = 0, numbers = 0, text_bytes = 0, label_counts = 0;  // left
  int64_t uplink_wire = 0, downlink_wire = 0, downlink_payload = 0;
  LeftCount operator-(const LeftCount& other) const;
  LeftCount operator+(const LeftCount& other) const;
  bool operator==(const LeftCount&) const = default;
};

class LeftMeter {
 public:
  void sent(const google::protobuf::Message& message, size_t payload_bytes = 0);
  void received(const google::protobuf::Message& message, size_t payload_bytes = 0);
  // A chunk, which holds nothing but payload and protocol numbers, by its size.
  void sent_chunk(size_t message_bytes, size_t payload_bytes);
  void received_chunk(size_t message_bytes, size_t payload_bytes);
  LeftCount count() const;
  void restore(const LeftCount& before);  // adds what earlier sessions counted

  // Of the last transfer that was large enough to tell; Mbit/s, 0: none yet.
  void uploaded(size_t bytes, double seconds);
  void downloaded(size_t bytes, double seconds);
  double uplink_mbit_s() const;
  double downlink_mbit_s() const;

 private:
  mutable std::mutex mutex_;
  LeftCount count_;
  double uplink_ = 0, downlink_ = 0;
};

}  // namespace fedllm::node
