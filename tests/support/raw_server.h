// RawServer: a gRPC server that answers any method with whatever bytes its script says, after it has read everything the client
// sends: what a host could say that no service of ours would. In-process, or over TLS on loopback with a room's authority.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/authority.h"
#include "support/raw_call.h"

namespace fedllm::tests {

struct Play {
  std::vector<std::string> replies;
  grpc::Status status;
  bool stays = false;  // the stream does not end by itself
  int times = 1;       // how often the first reply is sent
};
// method: its last word; request: the first message. Runs on gRPC's threads.
using Script = std::function<Play(const std::string& service_and_method, const std::string& request)>;

class RawServer final : public grpc::CallbackGenericService {
 public:
  explicit RawServer(Script script) : script_(std::move(script)) {
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  RawServer(Script script, net::Authority& authority) : script_(std::move(script)) {
    const net::KeyAndCertificate identity = *authority.issue_server();
    grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = authority.certificate_pem();
    tls.pem_key_cert_pairs.push_back({identity.key_pem, identity.certificate_pem + authority.certificate_pem()});
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(this);
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port_);
    server_ = builder.BuildAndStart();
  }
  ~RawServer() override {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }
  int port() const { return port_; }
  std::shared_ptr<grpc::Channel> channel() { return server_->InProcessChannel(grpc::ChannelArguments()); }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(const Script& script, std::string method) : script_(script), method_(std::move(method)) { StartRead(&incoming_); }

   private:
    void OnReadDone(bool ok) override {
      if (ok) {
        if (request_.empty()) request_ = bytes_of(incoming_);
        return StartRead(&incoming_);
      }
      play_ = script_(method_, request_);
      next();
    }
    void OnWriteDone(bool ok) override { ok ? next() : end(grpc::Status::CANCELLED); }
    void OnCancel() override {
      std::lock_guard lock(mutex_);
      cancelled_ = true;
      if (stands_) end_locked(grpc::Status::CANCELLED);
    }
    void OnDone() override { delete this; }
    void next() {
      if (at_ < play_.replies.size()) {
        outgoing_ = buffer_of(play_.replies[at_]);
        if (at_ > 0 || --play_.times <= 0) ++at_;
        return StartWrite(&outgoing_);
      }
      std::lock_guard lock(mutex_);
      if (play_.stays && !cancelled_) stands_ = true;
      else end_locked(play_.status);
    }
    void end(const grpc::Status& status) {
      std::lock_guard lock(mutex_);
      end_locked(status);
    }
    void end_locked(const grpc::Status& status) {
      if (!std::exchange(ended_, true)) Finish(status);
    }

    const Script& script_;
    const std::string method_;
    std::string request_;
    Play play_;
    size_t at_ = 0;
    grpc::ByteBuffer incoming_, outgoing_;
    std::mutex mutex_;
    bool stands_ = false, cancelled_ = false, ended_ = false;
  };

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Reactor(script_, context->method());
  }

  const Script script_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace fedllm::tests
