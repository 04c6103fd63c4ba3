// Outlet: one server stream of messages that anybody may write to from any thread. It sends one message at a time and keeps
// the others; a peer that does not read may hold at most `kMostWaiting` bytes, then the stream ends. The holder keeps a
// shared_ptr and may write to it as long as it likes: once the peer is gone, send() says false. on_gone is called once, on a
// gRPC thread, with no lock held.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace fedllm::lab {

template <class Message>
class Outlet : public std::enable_shared_from_this<Outlet<Message>> {
 public:
  static constexpr size_t kMostWaiting = 4 << 20;
  explicit Outlet(std::function<void()> on_gone = {}) : on_gone_(std::move(on_gone)) {}

  // Once; what gRPC's handler returns.
  grpc::ServerWriteReactor<Message>* attach(grpc::CallbackServerContext* context) {
    std::lock_guard lock(mutex_);
    context_ = context;
    reactor_ = new Reactor(this->shared_from_this());
    go_on();
    return reactor_;
  }
  bool send(Message message) {
    std::lock_guard lock(mutex_);
    if (over_ || ending_) return false;
    waiting_ += message.ByteSizeLong();
    queue_.push_back(std::move(message));
    if (waiting_ > kMostWaiting) end(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the peer does not read"), true);
    go_on();
    return !over_;
  }
  // After what is queued, or at once.
  void finish(const grpc::Status& status, bool at_once = false) {
    std::lock_guard lock(mutex_);
    end(status, at_once);
    go_on();
  }
  bool idle() const {  // nothing waits to be read
    std::lock_guard lock(mutex_);
    return queue_.empty();
  }
  bool gone() const {
    std::lock_guard lock(mutex_);
    return over_;
  }

 private:
  class Reactor final : public grpc::ServerWriteReactor<Message> {
   public:
    explicit Reactor(std::shared_ptr<Outlet> outlet) : outlet_(std::move(outlet)) {}
    void OnWriteDone(bool ok) override { outlet_->written(ok); }
    void OnCancel() override { outlet_->finish(grpc::Status::CANCELLED, true); }
    void OnDone() override {
      outlet_->done();
      delete this;
    }

   private:
    std::shared_ptr<Outlet> outlet_;
  };

  void end(const grpc::Status& status, bool at_once) {
    if (!ending_) status_ = status;
    ending_ = true;
    if (!at_once) return;
    while (queue_.size() > (writing_ ? 1u : 0u)) queue_.pop_back();   // the one being written is gRPC's
    if (writing_ && reactor_) context_->TryCancel();                   // a peer that does not read would never let it end
  }
  void written(bool ok) {
    std::lock_guard lock(mutex_);
    writing_ = false;
    waiting_ -= queue_.front().ByteSizeLong();
    queue_.pop_front();
    if (!ok) end(grpc::Status::CANCELLED, true);
    go_on();
  }
  void go_on() {
    if (!reactor_ || writing_ || over_) return;
    if (!queue_.empty()) {
      writing_ = true;
      reactor_->StartWrite(&queue_.front());
    } else if (ending_) {
      over_ = true;
      reactor_->Finish(status_);
    }
  }
  void done() {
    std::function<void()> told;
    {
      std::lock_guard lock(mutex_);
      reactor_ = nullptr;
      over_ = true;
      told = std::exchange(on_gone_, {});
    }
    if (told) told();
  }

  mutable std::mutex mutex_;
  std::function<void()> on_gone_;
  Reactor* reactor_ = nullptr;
  grpc::CallbackServerContext* context_ = nullptr;  // lives as long as the reactor
  std::deque<Message> queue_;
  size_t waiting_ = 0;
  bool writing_ = false, ending_ = false, over_ = false;
  grpc::Status status_;
};

}  // namespace fedllm::lab
