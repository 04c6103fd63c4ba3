// RoomService: the gRPC side of a room (room.proto) on callbacks. It checks who calls, limits what it takes, moves bytes, and
// asks a RoomDesk what to answer. Everything but Enrol needs the certificate of a member that is neither unknown nor revoked.
// The desk's methods run on gRPC's threads and must not block. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "lab/blob_store.h"
#include "lab/outlet.h"
#include "wire/room.grpc.pb.h"

namespace fedllm::lab {

using EnrolOutlet = Outlet<wire::EnrolReply>;
using NoticeOutlet = Outlet<wire::RoomNotice>;

class RoomDesk {
 public:
  virtual ~RoomDesk() = default;
  // Answers into `replies`, now or when the host has decided; the last answer ends the stream.
  virtual void enrol(const wire::EnrolRequest& request, const std::string& address, std::shared_ptr<EnrolOutlet> replies) = 0;
  // OK for a member that may take part.
  virtual Status may_enter(const std::string& member) const = 0;
  virtual wire::RoomInfo hello(const std::string& member, const wire::MemberHello& hello, const std::string& address) = 0;
  // The member's new stream of notices; an older one ends.
  virtual void attend(const std::string& member, std::shared_ptr<NoticeOutlet> notices) = 0;
  virtual void gone(const std::string& member, const NoticeOutlet* notices) = 0;
  virtual wire::ReadyReply ready(const std::string& member, const wire::ReadyRequest& request) = 0;
  virtual wire::BeatReply beat(const std::string& member, const wire::MemberBeat& beat) = 0;
  virtual void leave(const std::string& member, const std::string& reason) = 0;
  virtual void sent_blob(const std::string& member, uint64_t bytes) = 0;
};

class RoomService {
 public:
  RoomService(RoomDesk& desk, BlobShelf shelf);
  ~RoomService();
  grpc::Service& grpc_service();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::lab
