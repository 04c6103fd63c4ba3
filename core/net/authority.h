// Authority: a room's own certificate authority (ECDSA P-256, OpenSSL hidden). It signs the room's server certificate and one
// client certificate a member, whose common name is the member's id. Certificates are valid from two days before their making,
// so that a member whose clock is off still gets in, for ten years (server, authority) or one (member). Keys are PEM files of
// mode 0600. MemberKey is the member's half. Errors: one sentence; a key that others may read is refused.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "net/ticket.h"

namespace fedllm::net {

struct KeyAndCertificate {
  std::string key_pem, certificate_pem;
};

class Authority {
 public:
  // Opens folder/authority.{key,pem}, or makes them.
  static Result<std::unique_ptr<Authority>> open(const std::string& folder, const std::string& room_name);
  virtual ~Authority() = default;
  virtual const std::string& certificate_pem() const = 0;
  virtual const Digest& fingerprint() const = 0;  // SHA-256 of the certificate (DER)
  // For kRoomHost, the name every member expects whatever the address.
  virtual Result<KeyAndCertificate> issue_server() = 0;
  // request: PKCS #10, DER; its own name is ignored. Refused: a bad signature, a key that is not P-256, over 4 KiB.
  virtual Result<std::string> sign_member(std::string_view request, const std::string& member) = 0;
};

inline constexpr const char* kRoomHost = "room.fedllm.internal";

class MemberKey {
 public:
  // Opens folder/member.key, or makes it.
  static Result<std::unique_ptr<MemberKey>> open(const std::string& folder);
  virtual ~MemberKey() = default;
  virtual const std::string& key_pem() const = 0;
  virtual Result<std::string> certificate_request() const = 0;  // DER
};

// What both screens show, e.g. "K7QX-M2FD": 40 bits of SHA-256(authority, the request's public key), in an alphabet without
// look-alikes.
Result<std::string> check_code(const Digest& authority, std::string_view certificate_request);
// Which key a request is for: SHA-256 of its public key. The request's signature is checked.
Result<Digest> key_fingerprint(std::string_view certificate_request);
// The SHA-256 of a PEM certificate's DER.
Result<Digest> fingerprint_of(const std::string& certificate_pem);
Result<std::string> common_name_of(const std::string& certificate_pem);
std::string hex(const Digest& digest);

}  // namespace fedllm::net
