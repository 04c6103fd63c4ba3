// Caller: the calls in flight on one service of the core. One object of a link owns it and lives on the GUI thread; answers
// and messages arrive there. Its destructor cancels everything and returns when no callback can touch it any more. Calls
// made before connect() wait for it. Included by the .cpp files of ui/link only.
#pragma once

#include "ui/link/call.h"
// gRPC first: its headers and Qt's keywords get along only in this order.
#include <QHash>
#include <QPointer>
#include <vector>

namespace fedllm::ui {

template <class Service>
class Caller {
 public:
  using Stub = typename Service::Stub;
  template <class Reply>
  using Answer = std::function<void(Result<Reply>)>;

  Caller() : tracker_(std::make_shared<Tracker>()) { tracker_->target = &here_; }
  ~Caller() {
    tracker_->closing = true;
    for (const auto& call : std::as_const(calls_)) call->cancel();
    tracker_->waitForAll();
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  void connect(const std::shared_ptr<grpc::Channel>& channel) {
    stub_ = Service::NewStub(channel);
    for (auto& waiting : std::exchange(waiting_, {})) waiting();
  }
  bool connected() const { return stub_ != nullptr; }
  quint64 nextToken() { return ++lastToken_; }

  // One unary call; `context`: the answer is dropped when it is destroyed before. `method`: a lambda over the stub's overloads.
  template <class Reply, class Request, class Method>
  void call(Request request, int timeoutMs, bool waitForCore, QPointer<QObject> context, Answer<Reply> answer, Method method) {
    if (!stub_) {
      waiting_.push_back([=, this] { call<Reply>(request, timeoutMs, waitForCore, context, answer, method); });
      return;
    }
    auto call = std::make_shared<UnaryCall<Request, Reply>>(std::move(request));
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(timeoutMs));
    call->context.set_wait_for_ready(waitForCore);
    const quint64 id = nextToken();
    calls_.insert(id, call);
    tracker_->begin();
    auto tracker = tracker_;
    method(stub_->async(), &call->context, &call->request, &call->reply,
           [this, tracker, id, call, context, answer](grpc::Status status) mutable {
             tracker->post([this, id, call, context, answer, status] {
               calls_.remove(id);
               if (!context) return;
               if (status.ok()) answer(std::move(call->reply));
               else answer(toStatus(status));
             });
             call.reset();
             tracker->end();
           });
  }

  // A server stream (connected() only). The token ends it by stop().
  template <class Call, class Request, class Start>
  quint64 stream(Request request, typename Call::TakeMessage message, typename Call::TakeEnd done, Start start) {
    const quint64 id = nextToken();
    auto call = std::make_shared<Call>(tracker_, std::move(request), std::move(message), [this, id, done](Status status) {
      calls_.remove(id);
      done(std::move(status));
    });
    calls_.insert(id, call);
    call->run([this, start](auto* context, auto* sent, auto* reactor) { start(stub_->async(), context, sent, reactor); });
    return id;
  }

  void stop(quint64 id) {
    if (auto call = calls_.take(id)) call->cancel();
  }

 private:
  QObject here_;
  std::shared_ptr<Tracker> tracker_;
  std::unique_ptr<Stub> stub_;
  std::vector<std::function<void()>> waiting_;
  QHash<quint64, std::shared_ptr<Cancellable>> calls_;
  quint64 lastToken_ = 0;
};

}  // namespace fedllm::ui
