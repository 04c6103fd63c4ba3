#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "net/tls.h"
#include "net/tls_arguments.h"

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.room_server";
constexpr auto kGrace = std::chrono::milliseconds(500);
constexpr int kIdleMs = 5 * 60 * 1000;  // a connection without a call: nobody who takes part
constexpr rlim_t kFiles = 65536;

std::string listen_target(const Address& bind) {
  return Address{bind.host.empty() ? "::" : bind.host, bind.port}.text();
}

// Many members, or one hostile peer, take more descriptors than a session usually allows (1,024).
void raise_file_limit() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, kFiles);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// gRPC does not tell why a port cannot be had: asks the system the same.
std::string why_not(const Address& bind) {
  struct addrinfo hints {};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  struct addrinfo* found = nullptr;
  const std::string port = std::to_string(bind.port);
  if (const int error = ::getaddrinfo(bind.host.empty() ? nullptr : bind.host.c_str(), port.c_str(), &hints, &found); error != 0)
    return ::gai_strerror(error);
  std::string reason = "unknown reason";
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (fd >= 0) (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (fd < 0 || ::bind(fd, found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd, 1) != 0) reason = std::strerror(errno);
  if (fd >= 0) ::close(fd);
  ::freeaddrinfo(found);
  return reason;
}

std::shared_ptr<grpc::ServerCredentials> credentials(const Authority& authority, const KeyAndCertificate& identity) {
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = authority.certificate_pem();
  // The authority goes along, so that one who only knows its digest can take it from the handshake.
  tls.pem_key_cert_pairs.push_back({identity.key_pem, identity.certificate_pem + authority.certificate_pem()});
  return grpc::SslServerCredentials(tls);
}

void set_arguments(grpc::ServerBuilder& builder, const RoomServerOptions& options) {
  for (const auto& [name, value] : transport_arguments()) builder.AddChannelArgument(name, value);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, options.handshake_timeout_ms);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_streams);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8192);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // else two rooms would share a port unnoticed
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
  builder.SetMaxSendMessageSize(static_cast<int>(options.max_message_bytes));
  grpc::ResourceQuota quota("room");
  quota.Resize(static_cast<size_t>(options.memory_bytes));
  builder.SetResourceQuota(quota);
}

class TlsServer final : public RoomServer {
 public:
  TlsServer(std::unique_ptr<grpc::Server> server, uint16_t port) : server_(std::move(server)), port_(port) {}
  ~TlsServer() override {
    server_->Shutdown(std::chrono::system_clock::now() + kGrace);
    server_->Wait();
  }
  uint16_t port() const override { return port_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  uint16_t port_;
};

}  // namespace

Result<std::unique_ptr<RoomServer>> RoomServer::start(const Authority& authority, const KeyAndCertificate& identity,
                                                      const RoomServerOptions& options) {
  require_tls13();
  raise_file_limit();
  grpc::ServerBuilder builder;
  set_arguments(builder, options);
  for (grpc::Service* service : options.services) builder.RegisterService(service);
  int port = 0;
  builder.AddListeningPort(listen_target(options.bind), credentials(authority, identity), &port);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port <= 0)
    return unavailable("cannot listen on " + (options.bind.host.empty() ? "port " + std::to_string(options.bind.port) : options.bind.text()) +
                       ": " + why_not(options.bind), kWhere);
  return std::unique_ptr<RoomServer>(std::make_unique<TlsServer>(std::move(server), static_cast<uint16_t>(port)));
}

}  // namespace fedllm::net
