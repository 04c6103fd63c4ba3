// Ticket: what a host hands to those it invites. Text `fedllm1` + base64url of: version, authority SHA-256 (32 bytes),
// secret (16 bytes), addresses, CRC-32; short enough to read out as a QR code. Expiry and uses are the host's to know:
// they are judged by its clock alone. The secret is never sent: it is proved (proof_of). FORMAT.md. White space anywhere in
// the text is ignored (mail programs wrap lines); any single character that differs is noticed.
// Errors: INVALID_ARGUMENT, one sentence (not a ticket, mistyped, of a newer version).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/address.h"

namespace fedllm::net {

inline constexpr uint16_t kRoomPort = 47110;
using Digest = std::array<uint8_t, 32>;
using Secret = std::array<uint8_t, 16>;

struct Ticket {
  Digest authority{};  // SHA-256 of the room's authority certificate (DER)
  Secret secret{};
  std::vector<Address> addresses;  // at most 8, most likely first
  bool operator==(const Ticket&) const = default;
  // Addresses beyond eight, or not usable (no host, no port), are left out.
  std::string text() const;
};
inline constexpr size_t kMaxTicketAddresses = 8;
Result<Ticket> parse_ticket(std::string_view text);
Secret new_secret();  // from the system's random source
// HMAC-SHA256(secret, authority || certificate_request).
std::string proof_of(const Secret& secret, const Digest& authority, std::string_view certificate_request);
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace fedllm::net
