#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <charconv>

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.address";
constexpr size_t kMaxName = 253;  // of a DNS name

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Status bad(std::string_view text, const std::string& why) {
  return invalid_argument("\"" + std::string(text.substr(0, 80)) + "\" is not an address: " + why, kWhere);
}

// The canonical form of an IPv4 or IPv6 address, or empty.
std::string canonical_ip(const std::string& host) {
  unsigned char bytes[16];
  char text[INET6_ADDRSTRLEN];
  for (const int family : {AF_INET, AF_INET6})
    if (::inet_pton(family, host.c_str(), bytes) == 1) return ::inet_ntop(family, bytes, text, sizeof text);
  return {};
}

bool is_interface_name(std::string_view name) {
  return !name.empty() && name.size() < IF_NAMESIZE &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

Result<std::string> ipv6_host(std::string_view host, std::string_view text) {
  const size_t percent = host.find('%');
  const std::string ip = canonical_ip(std::string(host.substr(0, percent)));
  if (ip.find(':') == std::string::npos) return bad(text, "expected an IPv6 address, got " + std::string(host.substr(0, 60)));
  if (percent == std::string_view::npos) return ip;
  if (!is_interface_name(host.substr(percent + 1))) return bad(text, "expected the name of an interface behind the %");
  return ip + std::string(host.substr(percent));
}

// Labels of letters, digits, - and _; the last one not a number, so that a mistyped IPv4 address is no name.
bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxName) return false;
  size_t label = 0;
  for (const char c : name) {
    if (c == '.' ? label == 0 : !(is_alnum(c) || c == '-' || c == '_')) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  if (label == 0) return false;
  const std::string_view last = name.substr(name.size() - label);
  return !std::all_of(last.begin(), last.end(), is_digit);
}

Result<std::string> plain_host(std::string_view host, std::string_view text) {
  if (host.empty()) return std::string();
  if (std::string ip = canonical_ip(std::string(host)); !ip.empty()) return ip;
  if (!is_name(host)) return bad(text, "expected an IPv4 address, an IPv6 address in brackets or a name");
  std::string name(host);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return name;
}

Result<uint16_t> port_of(std::string_view digits, std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    return bad(text, "expected a port from 0 to 65535, got \"" + std::string(digits.substr(0, 20)) + "\"");
  return port;
}

}  // namespace

std::string Address::text() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> parse_address(std::string_view text, uint16_t default_port) {
  Address address{{}, default_port};
  std::string_view rest = text;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return bad(text, "the bracket is not closed");
    FEDLLM_ASSIGN_OR_RETURN(address.host, ipv6_host(text.substr(1, close - 1), text));
    rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':') return bad(text, "expected :PORT behind the bracket");
  } else if (std::count(text.begin(), text.end(), ':') > 1) {
    FEDLLM_ASSIGN_OR_RETURN(address.host, ipv6_host(text, text));
    return address;
  } else {
    rest = text.substr(std::min(text.find(':'), text.size()));
    FEDLLM_ASSIGN_OR_RETURN(address.host, plain_host(text.substr(0, text.size() - rest.size()), text));
  }
  if (rest.empty()) return address;
  FEDLLM_ASSIGN_OR_RETURN(address.port, port_of(rest.substr(1), text));
  return address;
}

int ip_version(const std::string& host) {
  const std::string ip = canonical_ip(host.substr(0, host.find('%')));
  if (ip.empty()) return 0;
  return ip.find(':') != std::string::npos ? 6 : 4;
}

}  // namespace fedllm::net
