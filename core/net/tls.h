// TLS 1.3 for rooms, over gRPC. The server asks for a client certificate and verifies it where one is given, so that Enrol
// can be called without; peer_member() tells a call's verified member. TLS 1.2 is not spoken (see require_tls13). The
// channel checks the server against the room's authority alone, never against the system's. Nothing here listens in plain.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "net/authority.h"
#include "net/socket_bytes.h"
#include "net/ticket.h"

namespace fedllm::net {

// Once, before the process first uses gRPC's TLS: gRPC 1.51 offers TLS 1.2 and 1.3 and no way to say which, but its TLS 1.2
// suites can be restricted to one that an ECDSA certificate cannot serve. Sets an environment variable, so it belongs at the
// beginning of main(); server and channels call it too, which suffices where nothing in the process used TLS before.
// Also silences gRPC's own log lines unless GRPC_VERBOSITY is set, and has names resolved by the system (mDNS too).
void require_tls13();

struct RoomServerOptions {
  Address bind;                          // host empty: every interface, IPv4 and IPv6; port 0: any
  std::vector<grpc::Service*> services;  // must outlive the server
  int64_t max_message_bytes = 1 << 20;
  int64_t memory_bytes = 256 << 20;  // gRPC's resource quota
  int handshake_timeout_ms = 5000;   // a peer that has not finished TLS and HTTP/2's opening by then is dropped
  int max_streams = 32;              // at the same time on one connection
  int max_connections = 4096;        // fewer where the system gives fewer descriptors; half of them from one address
};
class RoomServer {
 public:
  static Result<std::unique_ptr<RoomServer>> start(const Authority& authority, const KeyAndCertificate& identity,
                                                   const RoomServerOptions& options);
  virtual ~RoomServer() = default;  // cancels what still runs after a short grace
  virtual uint16_t port() const = 0;
  virtual SocketBytes bytes() const = 0;  // through all connections since the start; any thread
};

// The member id of the peer's verified certificate; empty without one.
std::string peer_member(const grpc::ServerContextBase& context);
std::string peer_address(const grpc::ServerContextBase& context);

// Connects to each address in turn, takes the chain the server shows and returns the authority's PEM once its SHA-256 is the
// pin and the chain holds; sends nothing. UNAVAILABLE (nobody there, by address), UNAUTHENTICATED (somebody else's).
struct FoundAuthority {
  std::string authority_pem;
  Address address;
};
Result<FoundAuthority> fetch_authority(const std::vector<Address>& addresses, const Digest& pin, double timeout_s);
// Whatever room answers there; proves nothing but that one does.
Result<FoundAuthority> fetch_any_authority(const Address& address, double timeout_s);

// identity empty: for Enrol only. Keepalive every 10 s; reconnects by itself within 1 to 5 s.
std::shared_ptr<grpc::Channel> room_channel(const Address& address, const std::string& authority_pem,
                                            const KeyAndCertificate& identity);

}  // namespace fedllm::net
