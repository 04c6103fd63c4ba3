// TestRoom: a room's TLS server on loopback with a small Room service that says who called; and raw sockets to it, as a
// hostile peer has them. Include it before Qt, whose word `slots` is a field of room.proto.
#pragma once

#include "wire/room.grpc.pb.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <QTemporaryDir>

#include "net/tls.h"

namespace fedllm::tests {

// Hello tells the caller's member id and address; Fetch streams `offset` bytes of zeros in chunks; Attend stays open.
class EchoRoom final : public wire::Room::CallbackService {
 public:
  std::atomic<int> calls{0};

  grpc::ServerUnaryReactor* Hello(grpc::CallbackServerContext* context, const wire::MemberHello* request,
                                  wire::RoomInfo* reply) override {
    ++calls;
    reply->set_member(net::peer_member(*context));
    reply->set_host_name(net::peer_address(*context));
    reply->set_room_name(request->name());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerWriteReactor<wire::RoomNotice>* Attend(grpc::CallbackServerContext*, const wire::AttendRoomRequest*) override {
    class Open final : public grpc::ServerWriteReactor<wire::RoomNotice> {
     public:
      Open() { StartSendInitialMetadata(); }
      void OnCancel() override { Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }
    };
    ++calls;
    return new Open;
  }
};

inline std::unique_ptr<net::Authority> new_authority(const std::string& folder) {
  auto opened = net::Authority::open(folder, "test");
  if (!opened.ok()) qFatal("%s", opened.status().to_string().c_str());
  return std::move(*opened);
}

class TestRoom {
 public:
  TestRoom() : authority(new_authority(dir_.filePath("room").toStdString())), identity(*authority->issue_server()) {}

  Status serve(net::Address bind = {"127.0.0.1", 0}, int handshake_timeout_ms = 5000) {
    net::RoomServerOptions options;
    options.bind = std::move(bind);
    options.services = {&service};
    options.handshake_timeout_ms = handshake_timeout_ms;
    auto started = net::RoomServer::start(*authority, identity, options);
    if (!started.ok()) return started.status();
    server = std::move(*started);
    return {};
  }
  net::Address address() const { return {"127.0.0.1", server->port()}; }
  // An enrolled member's key and certificate.
  net::KeyAndCertificate enrol(const std::string& member) {
    auto key = net::MemberKey::open(dir_.filePath(QString::fromStdString("key-" + member)).toStdString());
    auto pem = authority->sign_member(*(*key)->certificate_request(), member);
    if (!pem.ok()) qFatal("%s", pem.status().to_string().c_str());
    return {(*key)->key_pem(), *pem};
  }
  std::shared_ptr<grpc::Channel> channel(const net::KeyAndCertificate& identity = {}) const {
    return net::room_channel(address(), authority->certificate_pem(), identity);
  }

 private:
  QTemporaryDir dir_;

 public:
  std::unique_ptr<net::Authority> authority;
  net::KeyAndCertificate identity;
  EchoRoom service;
  std::unique_ptr<net::RoomServer> server;
};

// wait: until the channel connects, as long as the deadline allows.
inline grpc::Status hello(const std::shared_ptr<grpc::Channel>& channel, wire::RoomInfo* info, double seconds = 10,
                          bool wait = false, const std::string& name = {}) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(static_cast<int>(seconds * 1000)));
  context.set_wait_for_ready(wait);
  wire::MemberHello request;
  request.set_name(name);
  return wire::Room::NewStub(channel)->Hello(&context, request, info);
}

class RawPeer {
 public:
  explicit RawPeer(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  RawPeer(RawPeer&& other) noexcept : fd_(other.fd_), connected_(other.connected_) { other.fd_ = -1; }
  ~RawPeer() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  bool connected() const { return connected_; }
  void send(const std::string& bytes) const { (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Reads until the other end closes; false where it has not by then.
  bool closed_within(int ms) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    char buffer[4096];
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
      struct pollfd entry {
        fd_, POLLIN, 0
      };
      if (left <= 0 || ::poll(&entry, 1, static_cast<int>(left)) <= 0) return false;
      if (::recv(fd_, buffer, sizeof buffer, 0) <= 0) return true;
    }
  }

 private:
  int fd_;
  bool connected_ = false;
};

// Listens on loopback and accepts into the system's queue; says nothing.
class SilentListener {
 public:
  SilentListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(fd_, 16) != 0 ||
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      qFatal("no listener");
    port_ = ntohs(at.sin_port);
  }
  ~SilentListener() { ::close(fd_); }
  int fd() const { return fd_; }
  uint16_t port() const { return port_; }

 private:
  int fd_;
  uint16_t port_ = 0;
};

}  // namespace fedllm::tests
