#include "node/control_service_answer.h"

#include <mutex>
#include <optional>

#include "node/wire_events.h"

namespace fedllm::node {
namespace {

// It owns itself until gRPC is done with it; whoever holds its mutex holds it too.
class AnswerStream final : public grpc::ServerWriteReactor<wire::TryPart>, public std::enable_shared_from_this<AnswerStream> {
 public:
  AnswerStream(TryIt& try_it, const wire::TryRequest& request) : try_it_(try_it), request_(request) {}

  void begin(WorkerPool& pool) {
    self_ = shared_from_this();
    pool.post([self = self_] { self->speak(); });
  }

  void OnWriteDone(bool) override {
    const auto self = shared_from_this();
    std::lock_guard lock(mutex_);
    writing_ = false;
    go_on();
  }
  void OnCancel() override {
    const auto self = shared_from_this();
    listener_.stop.request();
    std::lock_guard lock(mutex_);
    if (!begun_) end(cancelled("the answer was stopped before it began", "node.answer"));
  }
  void OnDone() override { const auto self = std::move(self_); }

 private:
  void speak() {
    {
      std::lock_guard lock(mutex_);
      if (ended_) return;
      begun_ = true;
    }
    listener_.on_text = [this](const std::string& text, int tokens) { tell(text, tokens); };
    auto reply = try_it_.try_prompt(request_, listener_);
    std::lock_guard lock(mutex_);
    if (reply.ok()) last_.emplace().mutable_reply()->Swap(&*reply);
    end(reply.status());
  }

  void tell(const std::string& text, int tokens) {
    std::lock_guard lock(mutex_);
    waiting_.mutable_text()->append(text);
    waiting_.set_tokens(tokens);
    fresh_ = true;
    go_on();
  }

  // mutex_ held.
  void end(const Status& status) {
    if (ended_) return;
    ended_ = true;
    end_ = to_wire(status);
    go_on();
  }

  void write(wire::TryPart& part) {
    message_.Swap(&part);
    part.Clear();
    writing_ = true;
    StartWrite(&message_);
  }

  // mutex_ held; recursive, since gRPC may report a write as done from within StartWrite. The one who starts a write here
  // does nothing behind it.
  void go_on() {
    if (writing_) return;
    if (std::exchange(fresh_, false)) return write(waiting_);
    if (last_) {
      wire::TryPart last = std::move(*last_);
      last_.reset();
      return write(last);
    }
    if (!end_) return;
    const grpc::Status end = *end_;
    end_.reset();
    Finish(end);
  }

  std::shared_ptr<AnswerStream> self_;
  TryIt& try_it_;
  const wire::TryRequest request_;
  Listener listener_;
  std::recursive_mutex mutex_;
  bool writing_ = false, fresh_ = false, begun_ = false, ended_ = false;
  wire::TryPart message_, waiting_;
  std::optional<wire::TryPart> last_;
  std::optional<grpc::Status> end_;
};

}  // namespace

grpc::ServerWriteReactor<wire::TryPart>* open_answer(TryIt& try_it, WorkerPool& pool, const wire::TryRequest& request) {
  const auto stream = std::make_shared<AnswerStream>(try_it, request);
  stream->begin(pool);
  return stream.get();
}

}  // namespace fedllm::node
