// Calls in flight: gRPC's callback API on one side, the GUI thread on the other. A Tracker counts what is outstanding, so
// that the link's destructor can cancel everything and leave only when no callback can touch it any more. Included by the
// .cpp files of ui/link only.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <QMetaObject>
#include <QObject>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "base/status.h"

namespace fedllm::ui {

inline Status toStatus(const grpc::Status& status) {
  return status.ok() ? Status() : Status(static_cast<Code>(status.error_code()), status.error_message());
}

// Shared by the link and every call; outlives the link while callbacks run.
struct Tracker {
  QObject* target = nullptr;                 // lives on the GUI thread; valid until the link's destructor returns
  std::atomic<int> outstanding{0};
  std::atomic<bool> closing{false};

  template <class F>
  void post(F&& function) {
    if (!closing) QMetaObject::invokeMethod(target, std::forward<F>(function), Qt::QueuedConnection);
  }
  void begin() { outstanding.fetch_add(1); }
  void end() {
    outstanding.fetch_sub(1);
    outstanding.notify_all();
  }
  void waitForAll() {
    for (int n = outstanding.load(); n > 0; n = outstanding.load()) outstanding.wait(n);
  }
};

// Anything that can be cancelled, from the GUI thread.
class Cancellable {
 public:
  virtual ~Cancellable() = default;
  virtual void cancel() = 0;
};

template <class Request, class Reply>
class UnaryCall final : public Cancellable {
 public:
  explicit UnaryCall(Request request) : request(std::move(request)) {}
  void cancel() override { context.TryCancel(); }
  Request request;
  Reply reply;
  grpc::ClientContext context;
};

// A server stream, read one message at a time: the next read starts when the GUI thread has taken the last message, so
// that a long history cannot pile up in the window's event queue.
template <class Request, class Reply>
class StreamCall final : public Cancellable, public grpc::ClientReadReactor<Reply>,
                         public std::enable_shared_from_this<StreamCall<Request, Reply>> {
 public:
  using TakeMessage = std::function<void(Reply)>;
  using TakeEnd = std::function<void(Status)>;

  StreamCall(std::shared_ptr<Tracker> tracker, Request request, TakeMessage message, TakeEnd done)
      : request_(std::move(request)), tracker_(std::move(tracker)), message_(std::move(message)), done_(std::move(done)) {}

  // `start` hands this reactor to the stub, e.g. stub.async()->Watch(&context, &request, reactor).
  template <class Start>
  void run(Start start) {
    self_ = this->shared_from_this();
    tracker_->begin();
    start(&context_, &request_, this);
    this->AddHold();
    this->StartRead(&reply_);
    this->StartCall();
  }

  void cancel() override {
    cancelled_ = true;
    context_.TryCancel();
    readOn();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return this->RemoveHold();
    parked_ = true;
    auto self = this->shared_from_this();
    tracker_->post([self] {
      if (!self->parked_.exchange(false)) return;
      if (!self->cancelled_) self->message_(std::move(self->reply_));
      self->StartRead(&self->reply_);
    });
    if (tracker_->closing || cancelled_) readOn();
  }

  void OnDone(const grpc::Status& status) override {
    auto self = std::move(self_);
    auto tracker = tracker_;
    tracker->post([self, result = toStatus(status)] {
      if (!self->cancelled_) self->done_(result);
    });
    self.reset();
    tracker->end();
  }

 private:
  // A read that waits for the GUI thread is taken over, so that a cancelled stream always ends.
  void readOn() {
    if (parked_.exchange(false)) this->StartRead(&reply_);
  }

  Request request_;
  Reply reply_;
  grpc::ClientContext context_;
  std::shared_ptr<Tracker> tracker_;
  std::shared_ptr<StreamCall> self_;         // until OnDone
  TakeMessage message_;
  TakeEnd done_;
  std::atomic<bool> parked_{false};
  std::atomic<bool> cancelled_{false};
};

}  // namespace fedllm::ui
