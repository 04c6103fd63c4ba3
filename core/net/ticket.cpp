#include "net/ticket.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/crc32.h"
#include "net/base64url.h"

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.ticket";
constexpr std::string_view kPrefix = "fedllm";
constexpr uint8_t kVersion = 1;
constexpr size_t kMaxText = 4096;
constexpr uint8_t kName = 0;  // kinds of host: a name, or the IP version

class Writer {
 public:
  void u8(uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void u16(uint16_t value) { u8(static_cast<uint8_t>(value)), u8(static_cast<uint8_t>(value >> 8)); }
  void u32(uint32_t value) { u16(static_cast<uint16_t>(value)), u16(static_cast<uint16_t>(value >> 16)); }
  void raw(const void* data, size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads past the end give zeros and make ok() false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }
  uint8_t u8() {
    uint8_t value = 0;
    raw(&value, 1);
    return value;
  }
  uint16_t u16() {
    const uint16_t low = u8();
    return static_cast<uint16_t>(low | u8() << 8);
  }
  void raw(void* data, size_t size) {
    std::fill_n(static_cast<char*>(data), size, '\0');
    if (size > rest_.size()) {
      ok_ = false;
      return;
    }
    std::copy_n(rest_.data(), size, static_cast<char*>(data));
    rest_.remove_prefix(size);
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

int family_of(int version) { return version == 4 ? AF_INET : AF_INET6; }
size_t ip_bytes(int version) { return version == 4 ? 4 : 16; }

// A link-local address with its interface means nothing elsewhere, but is kept as what was typed.
void write_address(Writer& out, const Address& address) {
  const bool scoped = address.host.find('%') != std::string::npos;
  const int version = scoped ? 0 : ip_version(address.host);
  out.u8(static_cast<uint8_t>(version));
  if (version == 0) {
    out.u8(static_cast<uint8_t>(address.host.size()));
    out.raw(address.host.data(), address.host.size());
  } else {
    unsigned char bytes[16];
    ::inet_pton(family_of(version), address.host.c_str(), bytes);
    out.raw(bytes, ip_bytes(version));
  }
  out.u16(address.port);
}

Status damaged(const std::string& why) { return invalid_argument("the ticket cannot be used: " + why, kWhere); }

Result<std::string> read_host(Reader& in) {
  const uint8_t kind = in.u8();
  if (kind == kName) {
    std::string name(in.u8(), '\0');
    in.raw(name.data(), name.size());
    return name;
  }
  if (kind != 4 && kind != 6) return damaged("an address of kind " + std::to_string(kind) + " is unknown");
  unsigned char bytes[16];
  char text[INET6_ADDRSTRLEN];
  in.raw(bytes, ip_bytes(kind));
  return std::string(::inet_ntop(family_of(kind), bytes, text, sizeof text));
}

Result<Address> read_address(Reader& in) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string host, read_host(in));
  const Address address{host, in.u16()};
  if (!in.ok()) return damaged("it ends within an address");
  const auto parsed = parse_address(address.text(), 0);
  if (!parsed.ok()) return parsed.status();
  if (*parsed != address || host.empty() || address.port == 0)
    return damaged("expected an address with a host and a port, got " + address.text().substr(0, 80));
  return address;
}

Result<Ticket> read_ticket(std::string_view bytes) {
  Reader in(bytes);
  if (const uint8_t version = in.u8(); version != kVersion)
    return damaged("expected version " + std::to_string(kVersion) + ", got " + std::to_string(version) +
                   "; a newer program made it");
  Ticket ticket;
  in.raw(ticket.authority.data(), ticket.authority.size());
  in.raw(ticket.secret.data(), ticket.secret.size());
  const size_t count = in.u8();
  if (!in.ok() || count > kMaxTicketAddresses)
    return damaged("expected at most " + std::to_string(kMaxTicketAddresses) + " addresses, got " + std::to_string(count));
  while (ticket.addresses.size() < count) {
    FEDLLM_ASSIGN_OR_RETURN(Address address, read_address(in));
    ticket.addresses.push_back(std::move(address));
  }
  if (!in.done()) return damaged("something follows its last address");
  return ticket;
}

std::string without_space(std::string_view text) {
  std::string kept;
  for (const char c : text)
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') kept += c;
  return kept;
}

// The bytes without their checksum.
Result<std::string> checked_bytes(const std::string& text) {
  const auto bytes = from_base64url(std::string_view(text).substr(kPrefix.size() + 1));
  if (!bytes || bytes->size() < 5)
    return invalid_argument(
        "the ticket is mistyped or cut short: expected letters, digits, - and _ only, at least 8 behind the "
        "first seven characters",
        kWhere);
  const std::string body = bytes->substr(0, bytes->size() - 4);
  Writer sum;
  sum.u32(crc32(body));
  if (bytes->substr(body.size()) != sum.bytes())
    return invalid_argument(
        "the ticket is mistyped or cut short: its check sum does not fit its " + std::to_string(text.size()) + " characters",
        kWhere);
  return body;
}

}  // namespace

std::string Ticket::text() const {
  std::vector<Address> usable;
  for (const Address& address : addresses) {
    const auto canonical = parse_address(address.text(), 0);
    if (canonical.ok() && canonical->port != 0 && !canonical->host.empty() && usable.size() < kMaxTicketAddresses)
      usable.push_back(*canonical);
  }
  Writer out;
  out.u8(kVersion);
  out.raw(authority.data(), authority.size());
  out.raw(secret.data(), secret.size());
  out.u8(static_cast<uint8_t>(usable.size()));
  for (const Address& address : usable) write_address(out, address);
  out.u32(crc32(out.bytes()));
  return std::string(kPrefix) + "1" + to_base64url(out.bytes());
}

Result<Ticket> parse_ticket(std::string_view text) {
  if (text.size() > kMaxText)
    return invalid_argument(
        "this is not a ticket: expected at most " + std::to_string(kMaxText) + " characters, got " + std::to_string(text.size()),
        kWhere);
  const std::string whole = without_space(text);
  if (!whole.starts_with(kPrefix) || whole.size() == kPrefix.size() || whole[kPrefix.size()] < '1' || whole[kPrefix.size()] > '9')
    return invalid_argument("this is not a ticket: expected it to begin with fedllm1, got \"" + whole.substr(0, 7) + "\"",
                            kWhere);
  if (const char version = whole[kPrefix.size()]; version != '1')
    return damaged(std::string("expected version 1, got ") + version + "; a newer program made it");
  FEDLLM_ASSIGN_OR_RETURN(const std::string bytes, checked_bytes(whole));
  return read_ticket(bytes);
}

Secret new_secret() {
  Secret secret;
  // Fails only where the system has no random source at all: nothing may go on then.
  if (::getentropy(secret.data(), secret.size()) != 0) std::abort();
  return secret;
}

std::string proof_of(const Secret& secret, const Digest& authority, std::string_view certificate_request) {
  std::string text(reinterpret_cast<const char*>(authority.data()), authority.size());
  text += certificate_request;
  unsigned char proof[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
            text.size(), proof, &size))
    std::abort();  // out of memory
  return std::string(reinterpret_cast<const char*>(proof), size);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace fedllm::net
