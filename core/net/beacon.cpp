#include "net/beacon.h"

#include <avahi-common/domain.h>
#include <avahi-common/malloc.h>

#include <charconv>

#include "base/text.h"

namespace fedllm::net {
namespace {

constexpr size_t kMaxField = 64;

std::string entry(AvahiStringList* text, const char* key) {
  AvahiStringList* found = avahi_string_list_find(text, key);
  if (!found) return {};
  const std::string_view whole(reinterpret_cast<const char*>(avahi_string_list_get_text(found)),
                               avahi_string_list_get_size(found));
  const size_t equals = whole.find('=');
  return equals == std::string_view::npos ? std::string() : printable(whole.substr(equals + 1), kMaxField);
}

}  // namespace

std::string printable(std::string_view text, size_t bytes) {
  text = text.substr(0, bytes);
  std::string kept(text.substr(0, invalid_utf8_at(text)));
  std::erase_if(kept, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
  return kept;
}

std::string service_name_of(const RoomBeacon& beacon) {
  const std::string name = printable(beacon.name, AVAHI_LABEL_MAX - 1);
  return name.empty() ? "FedLLM room" : name;
}

StringListPtr text_of(const RoomBeacon& beacon) {
  AvahiStringList* text = nullptr;
  text = avahi_string_list_add_pair(text, "host", printable(beacon.host, kMaxField).c_str());
  text = avahi_string_list_add_pair(text, "protocol", std::to_string(beacon.protocol).c_str());
  text = avahi_string_list_add_pair(text, "name", printable(beacon.name, kMaxField).c_str());
  text = avahi_string_list_add_pair(text, "room", printable(beacon.room, kMaxField).c_str());
  return StringListPtr(text);
}

RoomBeacon beacon_of(const std::string& service_name, AvahiStringList* text, uint16_t port) {
  RoomBeacon beacon;
  beacon.room = entry(text, "room");
  beacon.name = entry(text, "name");
  beacon.host = entry(text, "host");
  beacon.port = port;
  if (beacon.name.empty()) beacon.name = printable(service_name, kMaxField);
  const std::string protocol = entry(text, "protocol");
  const auto [end, error] = std::from_chars(protocol.data(), protocol.data() + protocol.size(), beacon.protocol);
  if (error != std::errc() || end != protocol.data() + protocol.size()) beacon.protocol = 0;
  return beacon;
}

}  // namespace fedllm::net
