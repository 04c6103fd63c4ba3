#include <chrono>

#include "net/listener.h"
#include "net/tls.h"
#include "net/tls_arguments.h"

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.room_server";
constexpr auto kGrace = std::chrono::milliseconds(500);
constexpr int kIdleMs = 5 * 60 * 1000;  // a connection without a call: nobody who takes part

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
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
  builder.SetMaxSendMessageSize(static_cast<int>(options.max_message_bytes));
  grpc::ResourceQuota quota("room");
  quota.Resize(static_cast<size_t>(options.memory_bytes));
  builder.SetResourceQuota(quota);
}

using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

class TlsServer final : public RoomServer {
 public:
  TlsServer(std::unique_ptr<Listener> listener, std::unique_ptr<Acceptor> acceptor, std::unique_ptr<grpc::Server> server)
      : listener_(std::move(listener)), acceptor_(std::move(acceptor)), server_(std::move(server)), port_(listener_->port()) {
    listener_->start([this](int fd) {
      Acceptor::NewConnectionParameters connection;
      connection.fd = fd;
      acceptor_->HandleNewConnection(&connection);
    });
  }
  ~TlsServer() override {
    listener_.reset();
    server_->Shutdown(std::chrono::system_clock::now() + kGrace);
    server_->Wait();
  }
  uint16_t port() const override { return port_; }
  SocketBytes bytes() const override { return listener_->bytes(); }

 private:
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  uint16_t port_;
};

}  // namespace

Result<std::unique_ptr<RoomServer>> RoomServer::start(const Authority& authority, const KeyAndCertificate& identity,
                                                      const RoomServerOptions& options) {
  require_tls13();
  FEDLLM_ASSIGN_OR_RETURN(auto listener, Listener::bind(options.bind, Listener::affordable_connections(options.max_connections)));
  grpc::ServerBuilder builder;
  set_arguments(builder, options);
  for (grpc::Service* service : options.services) builder.RegisterService(service);
  auto acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, credentials(authority, identity));
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return internal_error("the room's server could not start", kWhere);
  return std::unique_ptr<RoomServer>(std::make_unique<TlsServer>(std::move(listener), std::move(acceptor), std::move(server)));
}

}  // namespace fedllm::net
