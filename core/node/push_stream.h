// PushStream: one upload of an update, message by message; calls block until gRPC has taken the message. gRPC's own blocking writer
// (1.51) aborts the process when the peer's answer is missing or cannot be read; here it is then an answer that accepts nothing.
// Messages are wire::PushMessages as bytes. Channel, context and reply must outlive it. One thread.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <condition_variable>
#include <mutex>

#include "net/raw_messages.h"

namespace fedllm::node {

class PushStream final : public grpc::ClientWriteReactor<grpc::ByteBuffer> {
 public:
  PushStream(grpc::Channel& channel, grpc::ClientContext* context, wire::PushReply* reply) {
    net::start_push(channel, context, reply, this);
    AddHold();  // writes begin outside gRPC's callbacks
    StartCall();
  }
  ~PushStream() override { (void)finish(); }
  PushStream(const PushStream&) = delete;

  // False: the stream is over; finish() tells why.
  bool write(const grpc::ByteBuffer& message) {
    std::unique_lock lock(mutex_);
    writing_ = true;
    StartWrite(&message);
    changed_.wait(lock, [this] { return !writing_; });
    return written_;
  }
  // Everything is sent: how the peer ended the call.
  grpc::Status finish() {
    std::unique_lock lock(mutex_);
    if (!finishing_) {
      finishing_ = true;
      StartWritesDone();
      RemoveHold();
    }
    changed_.wait(lock, [this] { return done_; });
    return status_;
  }

 private:
  void OnWriteDone(bool ok) override {
    std::lock_guard lock(mutex_);
    writing_ = false;
    written_ = ok;
    changed_.notify_all();
  }
  void OnDone(const grpc::Status& status) override {
    std::lock_guard lock(mutex_);
    status_ = status;
    done_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool writing_ = false, written_ = false, finishing_ = false, done_ = false;
  grpc::Status status_;
};

}  // namespace fedllm::node
