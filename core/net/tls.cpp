#include "net/tls.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/grpc_security_constants.h>
#include <grpc/support/log.h>

#include <cstdlib>
#include <cstring>
#include <mutex>

#include "net/tls_arguments.h"

namespace fedllm::net {
namespace {

constexpr const char* kSuites = "GRPC_SSL_CIPHER_SUITES";
// Needs an RSA certificate, which no room has; the TLS 1.3 suites are not in this list and stay as they are.
constexpr const char* kUnusable = "ECDHE-RSA-AES256-GCM-SHA384";

std::string percent_encoded_scope(const std::string& host) {
  const size_t at = host.find('%');
  return at == std::string::npos ? host : host.substr(0, at) + "%25" + host.substr(at + 1);
}

// gRPC's spelling of where to connect; IP addresses go past every resolver.
std::string target_of(const Address& address) {
  const std::string port = ":" + std::to_string(address.port);
  switch (ip_version(address.host)) {
    case 4:
      return "ipv4:" + address.host + port;
    case 6:
      return "ipv6:[" + percent_encoded_scope(address.host) + "]" + port;
    default:
      return "dns:///" + address.host + port;
  }
}

std::string first_property(const grpc::AuthContext& context, const char* name) {
  const auto values = context.FindPropertyValues(name);
  return values.size() == 1 ? std::string(values[0].data(), values[0].size()) : std::string();
}

int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string percent_decoded(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    plain += coded ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return plain;
}

}  // namespace

void require_tls13() {
  static std::once_flag once;
  std::call_once(once, [] {
    const char* now = std::getenv(kSuites);
    if (!now || std::strcmp(now, kUnusable) != 0) ::setenv(kSuites, kUnusable, 1);
    // The system's resolver knows names that gRPC's own does not: tower.local.
    ::setenv("GRPC_DNS_RESOLVER", "native", 0);
    // Else every stranger who knocks writes a line of gRPC's on our standard error, and of protobuf's with every text that is
    // not UTF-8.
    if (std::getenv("GRPC_VERBOSITY")) return;
    gpr_set_log_function([](gpr_log_func_args*) {});
    google::protobuf::SetLogHandler(nullptr);
  });
}

std::string peer_member(const grpc::ServerContextBase& context) {
  const auto peer = context.auth_context();
  if (!peer || !peer->IsPeerAuthenticated()) return {};
  if (first_property(*peer, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME) != GRPC_SSL_TRANSPORT_SECURITY_TYPE) return {};
  const std::string name = first_property(*peer, GRPC_X509_CN_PROPERTY_NAME);
  return name == kRoomHost ? std::string() : name;
}

// gRPC writes "ipv4:1.2.3.4:5" and "ipv6:%5B::1%5D:5".
std::string peer_address(const grpc::ServerContextBase& context) {
  const std::string peer = percent_decoded(context.peer());
  if (!peer.starts_with("ipv4:") && !peer.starts_with("ipv6:")) return {};
  const auto address = parse_address(peer.substr(5), 0);
  return address.ok() ? address->host : std::string();
}

std::shared_ptr<grpc::Channel> room_channel(const Address& address, const std::string& authority_pem,
                                            const KeyAndCertificate& identity) {
  require_tls13();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = authority_pem;
  tls.pem_private_key = identity.key_pem;
  tls.pem_cert_chain = identity.certificate_pem;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(kRoomHost);
  for (const auto& [name, value] : transport_arguments()) arguments.SetInt(name, value);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);  // gRPC's name for how long an attempt may take
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  // A room is on the local network: no proxy, no connection shared with another identity, nothing asked of DNS but addresses.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // calls are not idempotent by themselves; who calls decides
  return grpc::CreateCustomChannel(target_of(address), grpc::SslCredentials(tls), arguments);
}

}  // namespace fedllm::net
