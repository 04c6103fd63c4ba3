#include "node/left_meter.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "net/traffic.h"

namespace fedllm::node {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kTelling = 64 * 1024;  // bytes below which a transfer's time is latency

// What the protocol needs to work, whatever the data are.
constexpr std::array<std::string_view, 11> kProtocol = {"protocol", "client",      "round", "base_version", "version",
    "total_bytes",
                                                        "crc32",    "payload_bytes", "slot",  "step",         "offset"};
// Texts that come from records.
constexpr std::array<std::string_view, 2> kRecordText = {"topic", "label"};

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_number(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE: return false;
    default: return true;
  }
}

void count(const Message& message, LeftCount& out);

void count_field(const Message& message, const FieldDescriptor& field, LeftCount& out) {
  const auto& reflection = *message.GetReflection();
  const int times = field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    for (int i = 0; i < times; ++i)
      count(field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, i) : reflection.GetMessage(message, &field),
          out);
  } else if (field.type() == FieldDescriptor::TYPE_STRING && is_one_of(kRecordText, field.name())) {
    out.text_bytes += static_cast<int64_t>(reflection.GetString(message, &field).size());
  } else if (is_number(field) && !is_one_of(kProtocol, field.name())) {
    (message.GetDescriptor()->name() == "LabelCount" ? out.label_counts : out.numbers) += times;
  }
}

void count(const Message& message, LeftCount& out) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) count_field(message, *field, out);
}

double mbit_s(size_t bytes, double seconds) { return static_cast<double>(bytes) * 8e-6 / std::max(seconds, 1e-6); }

}  // namespace

LeftCount LeftCount::operator-(const LeftCount& o) const {
  return {update_bytes - o.update_bytes, numbers - o.numbers,         text_bytes - o.text_bytes,
      label_counts - o.label_counts,
          uplink_wire - o.uplink_wire,   downlink_wire - o.downlink_wire, downlink_payload - o.downlink_payload};
}
LeftCount LeftCount::operator+(const LeftCount& o) const { return *this - (LeftCount() - o); }

void LeftMeter::sent(const Message& message, size_t payload_bytes) {
  LeftCount one;
  fedllm::node::count(message, one);
  one.update_bytes = static_cast<int64_t>(payload_bytes);
  one.uplink_wire = net::wire_bytes(message);
  std::lock_guard lock(mutex_);
  count_ = count_ + one;
}

void LeftMeter::received(const Message& message, size_t payload_bytes) { received_chunk(message.ByteSizeLong(), payload_bytes); }

void LeftMeter::sent_chunk(size_t message_bytes, size_t payload_bytes) {
  std::lock_guard lock(mutex_);
  count_.uplink_wire += net::wire_bytes(message_bytes);
  count_.update_bytes += static_cast<int64_t>(payload_bytes);
}

void LeftMeter::received_chunk(size_t message_bytes, size_t payload_bytes) {
  std::lock_guard lock(mutex_);
  count_.downlink_wire += net::wire_bytes(message_bytes);
  count_.downlink_payload += static_cast<int64_t>(payload_bytes);
}

LeftCount LeftMeter::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

void LeftMeter::restore(const LeftCount& before) {
  std::lock_guard lock(mutex_);
  count_ = count_ + before;
}

void LeftMeter::uploaded(size_t bytes, double seconds) {
  std::lock_guard lock(mutex_);
  if (bytes >= kTelling) uplink_ = mbit_s(bytes, seconds);
}
void LeftMeter::downloaded(size_t bytes, double seconds) {
  std::lock_guard lock(mutex_);
  if (bytes >= kTelling) downlink_ = mbit_s(bytes, seconds);
}
double LeftMeter::uplink_mbit_s() const {
  std::lock_guard lock(mutex_);
  return uplink_;
}
double LeftMeter::downlink_mbit_s() const {
  std::lock_guard lock(mutex_);
  return downlink_;
}

}  // namespace fedllm::node
