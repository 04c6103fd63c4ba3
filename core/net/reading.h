// Reading: a client's server stream, read by gRPC's callbacks until it ends. on_message and on_end run on gRPC's threads and
// must not block; on_end comes once, with how the stream ended. cancel() ends it early, wait() returns once it has ended.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <condition_variable>
#include <functional>
#include <mutex>

#include "net/local_server.h"

namespace fedllm::net {

template <class Message>
class Reading final : public grpc::ClientReadReactor<Message> {
 public:
  using Begin = std::function<void(grpc::ClientContext*, grpc::ClientReadReactor<Message>*)>;
  // begin: the stub's asynchronous call, made here; what it refers to must live for this constructor alone.
  Reading(const Begin& begin, std::function<void(const Message&)> on_message, std::function<void(const Status&)> on_end,
          std::string where)
      : on_message_(std::move(on_message)), on_end_(std::move(on_end)), where_(std::move(where)) {
    begin(&context_, this);
    this->StartRead(&message_);
    this->StartCall();
  }
  void cancel() { context_.TryCancel(); }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    on_message_(message_);
    this->StartRead(&message_);
  }
  void OnDone(const grpc::Status& status) override {
    if (on_end_) on_end_(from_grpc(status, where_));
    std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }

  const std::function<void(const Message&)> on_message_;
  const std::function<void(const Status&)> on_end_;
  const std::string where_;
  grpc::ClientContext context_;
  Message message_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

}  // namespace fedllm::net
