#include "node/federation_service.h"

#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/crc32.h"
#include "net/chunks.h"
#include "net/local_server.h"
#include "net/raw_messages.h"
#include "net/refused.h"
#include "node/call_list.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.federation";
constexpr size_t kMostDiscarded = 64 << 20;

Status not_yours(int allowed, int client) {
  return Status(Code::permission_denied,
                allowed < 0 ? "this member holds no slot of the run"
                            : "this member holds slot " + std::to_string(allowed) + ", not " + std::to_string(client),
                kWhere);
}

// One client's stream of tasks: writes what is queued, one at a time. gRPC calls OnDone last; the reactor then ends itself.
class AttendReactor final : public grpc::ServerWriteReactor<wire::Task> {
 public:
  AttendReactor(int client, CallList& calls, grpc::CallbackServerContext* context, net::Traffic& traffic,
                std::function<void(AttendReactor*)> gone)
      : client_(client), listed_(calls, context, client), traffic_(traffic), gone_(std::move(gone)) {}

  void send(const wire::Task& task) {
    std::lock_guard lock(mutex_);
    queue_.push_back(task);
    go_on();
  }
  void finish() {
    std::lock_guard lock(mutex_);
    finish_wanted_ = true;
    go_on();
  }
  int client() const { return client_; }
  uint64_t number() const { return number_; }
  void set_number(uint64_t number) { number_ = number; }  // before anybody sees it

 private:
  void OnWriteDone(bool ok) override {
    std::lock_guard lock(mutex_);
    writing_ = false;
    queue_.pop_front();
    if (!ok) finish_wanted_ = true, queue_.clear();
    go_on();
  }
  void OnCancel() override { finish(); }
  void OnDone() override {
    gone_(this);
    // Finish() may still be returning on the thread that called it with the lock held.
    { std::lock_guard lock(mutex_); }
    delete this;
  }
  void go_on() {
    if (writing_ || finished_) return;
    if (!queue_.empty()) {
      writing_ = true;
      traffic_.down(client_, queue_.front());
      StartWrite(&queue_.front());
    } else if (finish_wanted_) {
      finished_ = true;
      Finish(grpc::Status::OK);
    }
  }

  const int client_;
  uint64_t number_ = 0;
  Listed listed_;
  net::Traffic& traffic_;
  std::function<void(AttendReactor*)> gone_;
  std::mutex mutex_;
  std::deque<wire::Task> queue_;
  bool writing_ = false, finish_wanted_ = false, finished_ = false;
};

class PullReactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  PullReactor(int client, CallList& calls, grpc::CallbackServerContext* context, net::Traffic& traffic,
              std::shared_ptr<const std::string> payload, uint32_t crc)
      : client_(client), listed_(calls, context, client), traffic_(traffic), payload_(std::move(payload)), cutter_(*payload_) {
    wire::Chunk first;
    first.set_total_bytes(payload_->size());
    first.set_crc32(crc);
    write_next(first);
  }

 private:
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the client left while pulling"));
    if (cutter_.done()) return Finish(grpc::Status::OK);
    write_next({});
  }
  void OnDone() override { delete this; }
  void write_next(const wire::Chunk& head) {
    const std::string_view piece = cutter_.next();
    message_ = net::chunk_message(head, payload_, piece);
    traffic_.down(client_, message_.Length(), piece.size());
    StartWrite(&message_);
  }

  const int client_;
  Listed listed_;
  net::Traffic& traffic_;
  std::shared_ptr<const std::string> payload_;
  net::ChunkCutter cutter_;
  grpc::ByteBuffer message_;
};

class PushReactor final : public grpc::ServerReadReactor<grpc::ByteBuffer> {
 public:
  PushReactor(FederationHost& host, CallList& calls, grpc::CallbackServerContext* context, int allowed, net::Traffic& traffic,
              const std::string& run, Inbox& inbox, grpc::ByteBuffer* reply)
      : host_(host), allowed_(allowed), listed_(calls, context, allowed), traffic_(traffic), run_(run), reply_(reply),
        inbox_(inbox) {
    began_s_ = clock_.seconds();
    StartRead(&message_);
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return complete();
    const size_t bytes = message_.Length();
    const Status taken = take();
    if (error_.ok()) error_ = taken;
    if (allowed_ != kAnybody && error_.code() == Code::permission_denied) return Finish(net::to_grpc(error_));
    message_.Clear();  // nothing is held while the next one is waited for
    // A broken update is read to its end before it is answered: in-process, a peer whose stream ends while it writes
    // waits for ever (gRPC 1.51). One that does not stop is cut off.
    if (!error_.ok()) discarded_ += bytes;
    if (discarded_ > kMostDiscarded) return Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, error_.to_string()));
    StartRead(&message_);
  }
  void OnDone() override { delete this; }

  Status take() {
    const size_t bytes = message_.Length();
    const auto part = net::read_push(message_, update_.header,
                                     [this](std::string_view piece) { return error_.ok() ? add(piece) : Status(); });
    const size_t payload = part.ok() ? part->chunk_bytes : 0;
    update_.traffic += {.uplink_wire = net::wire_bytes(bytes), .uplink_payload = static_cast<int64_t>(payload)};
    traffic_.up(client(), bytes, payload);
    if (!part.ok()) return part.status();
    return part->is_header && error_.ok() ? begin() : Status();
  }
  Status add(std::string_view piece) {
    return arriving_ ? arriving_->add(piece) : invalid_argument("a chunk came before the size of its payload", "net.chunks");
  }
  Status begin() {
    if (update_.header.run() != run_)
      return invalid_argument("expected an update of run " + run_ + ", got one of \"" + update_.header.run() + "\"", kWhere);
    if (allowed_ != kAnybody && allowed_ != update_.header.client()) return not_yours(allowed_, update_.header.client());
    if (!update_.header.failure().empty()) return {};
    if (allowed_ != kAnybody) listed_.begin_push(allowed_);
    arriving_.emplace(inbox_, host_.update_bytes(update_.header.client()));
    return arriving_->begin(update_.header.total_bytes(), update_.header.crc32());
  }
  // A broken update is an answer too: the round must not wait for this client.
  void broken(const Status& status) {
    if (update_.header.run() == run_ && (allowed_ == kAnybody || allowed_ == update_.header.client())) {
      update_.header.set_failure(status.to_string());
      if (arriving_) update_.not_kept = arriving_->trouble();
      return hand_over();
    }
    wire::PushReply reply;
    reply.set_reason(status.to_string());
    answer(reply);
  }
  // The peer has sent everything.
  void complete() {
    if (!error_.ok()) return broken(error_);
    if (update_.header.run() != run_) return broken(invalid_argument("an update ended before its header", kWhere));
    // Over a network a stream that breaks off says nothing about the client: it may come back and send again.
    if (update_.header.failure().empty() && allowed_ != kAnybody && !(arriving_ && arriving_->complete())) {
      wire::PushReply reply;
      reply.set_reason("the update broke off");
      return answer(reply);
    }
    if (update_.header.failure().empty()) {
      auto payload = arriving_->finish();   // begun with the header
      if (!payload.ok()) return broken(payload.status());
      update_.payload = std::move(payload).value();
    }
    hand_over();
  }
  void hand_over() {
    update_.push_seconds = clock_.seconds() - began_s_;
    client_ = client();
    host_.pushed(std::move(update_), [this](const wire::PushReply& reply) { answer(reply); });
  }
  void answer(const wire::PushReply& reply) {
    *reply_ = net::serialize(reply);
    traffic_.down(client_, reply);
    Finish(grpc::Status::OK);
  }
  int client() const {
    if (allowed_ != kAnybody) return allowed_;
    return update_.header.run().empty() ? -1 : update_.header.client();
  }

  FederationHost& host_;
  const int allowed_;
  Listed listed_;
  net::Traffic& traffic_;
  const std::string& run_;
  grpc::ByteBuffer* reply_;
  Inbox& inbox_;
  std::optional<InboundPayload> arriving_;
  SystemClock clock_;
  double began_s_ = 0;
  int client_ = -1;
  size_t discarded_ = 0;
  grpc::ByteBuffer message_;
  ReceivedUpdate update_;
  Status error_;
};

}  // namespace

wire::EvaluationReply FederationHost::evaluated(const wire::EvaluationReport&) {
  wire::EvaluationReply reply;
  reply.set_reason("this run evaluates at the coordinator");
  return reply;
}

class FederationService::Impl final : public FederationHandlers {
 public:
  Impl(FederationHost& host, net::Traffic& traffic, std::string run, SlotOf slot_of)
      : host_(host), traffic_(traffic), run_(std::move(run)), slot_of_(std::move(slot_of)) {
    inbox_.spill_folder = host_.spill_folder();
  }

  uint64_t send(int client, const wire::Task& task) {
    std::lock_guard lock(mutex_);
    const auto it = attending_.find(client);
    if (it == attending_.end()) return 0;
    it->second->send(task);
    return it->second->number();
  }
  uint64_t stream(int client) const {
    std::lock_guard lock(mutex_);
    const auto it = attending_.find(client);
    return it == attending_.end() ? 0 : it->second->number();
  }
  void finish_all() {
    std::lock_guard lock(mutex_);
    for (auto& [client, reactor] : attending_) reactor->finish();
  }
  int attending() const {
    std::lock_guard lock(mutex_);
    return static_cast<int>(attending_.size());
  }
  bool attends(int client) const {
    std::lock_guard lock(mutex_);
    return attending_.contains(client);
  }
  void cancel(int client) { calls_.cancel(client); }
  int calls() const { return calls_.count(); }

 private:
  grpc::ServerUnaryReactor* Join(grpc::CallbackServerContext* context, const wire::JoinRequest* request,
                                 wire::JoinReply* reply) override {
    if (Status status = may_speak(*context, request->client()); !status.ok()) return refused(context, status);
    *reply = host_.join(*request);
    const int client = reply->accepted() ? reply->client() : -1;
    traffic_.up(client, *request);
    traffic_.down(client, *reply);
    return done(context);
  }

  grpc::ServerWriteReactor<wire::Task>* Attend(grpc::CallbackServerContext* context,
                                               const wire::AttendRequest* request) override {
    using Refused = net::Refused<grpc::ServerWriteReactor<wire::Task>>;
    const int client = request->client();
    if (request->run() != run_) return new Refused(wrong_run(request->run()));
    if (Status status = may_speak(*context, client); !status.ok()) return new Refused(net::to_grpc(status));
    traffic_.up(client, *request);
    auto* reactor = new AttendReactor(client, calls_, context, traffic_, [this](AttendReactor* gone) { forget(gone); });
    {
      std::lock_guard lock(mutex_);
      // A client that attends again replaces its old stream.
      reactor->set_number(++streams_);
      if (const auto old = attending_.find(client); old != attending_.end()) old->second->finish();
      attending_[client] = reactor;
    }
    host_.attended(client);
    return reactor;
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Pull(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes) override {
    using Refused = net::Refused<grpc::ServerWriteReactor<grpc::ByteBuffer>>;
    wire::PullRequest request;
    if (!net::parse(*bytes, request)) return new Refused(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "not a pull request"));
    if (request.run() != run_) return new Refused(wrong_run(request.run()));
    if (Status status = may_speak(*context, request.client()); !status.ok()) return new Refused(net::to_grpc(status));
    auto payload = request.merged() ? host_.merged_payload(request.version(), request.have()) : host_.payload(request.client(), request.version());
    if (!payload)
      return new Refused(
          grpc::Status(grpc::StatusCode::NOT_FOUND, "version " + std::to_string(request.version()) + " is not on offer"));
    traffic_.up(request.client(), request);
    const uint32_t crc = crc_of(payload);
    return new PullReactor(request.client(), calls_, context, traffic_, std::move(payload), crc);
  }

  grpc::ServerReadReactor<grpc::ByteBuffer>* Push(grpc::CallbackServerContext* context, grpc::ByteBuffer* reply) override {
    const int allowed = slot_of_ ? slot_of_(*context) : kAnybody;
    if (slot_of_ && allowed < 0)
      return new net::Refused<grpc::ServerReadReactor<grpc::ByteBuffer>>(net::to_grpc(not_yours(allowed, -1)));
    return new PushReactor(host_, calls_, context, allowed, traffic_, run_, inbox_, reply);
  }

  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context, const wire::ReportRequest* request,
                                   wire::ReportReply* reply) override {
    if (Status status = may_speak(*context, request->client()); !status.ok()) return refused(context, status);
    traffic_.up(request->client(), *request);
    if (request->run() == run_) *reply = host_.reported(*request);
    traffic_.down(request->client(), *reply);
    return done(context);
  }

  grpc::ServerUnaryReactor* Evaluated(grpc::CallbackServerContext* context, const wire::EvaluationReport* request,
                                      wire::EvaluationReply* reply) override {
    if (Status status = may_speak(*context, request->client()); !status.ok()) return refused(context, status);
    traffic_.up(request->client(), *request);
    if (request->run() == run_) *reply = host_.evaluated(*request);
    traffic_.down(request->client(), *reply);
    return done(context);
  }

  Status may_speak(const grpc::CallbackServerContext& context, int client) const {
    const int allowed = slot_of_ ? slot_of_(context) : client;
    return allowed == client && (!slot_of_ || client >= 0) ? Status() : not_yours(allowed, client);
  }
  static grpc::ServerUnaryReactor* refused(grpc::CallbackServerContext* context, const Status& status) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(net::to_grpc(status));
    return reactor;
  }
  static grpc::ServerUnaryReactor* done(grpc::CallbackServerContext* context) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::Status wrong_run(const std::string& got) const {
    return net::to_grpc(invalid_argument("this coordinator holds run " + run_ + ", not \"" + got + "\"", {}));
  }
  // Computed once for all who pull the same version.
  uint32_t crc_of(const std::shared_ptr<const std::string>& payload) {
    std::lock_guard lock(mutex_);
    if (summed_.lock() != payload) {
      crc_ = crc32(*payload);
      summed_ = payload;
    }
    return crc_;
  }
  void forget(AttendReactor* gone) {
    {
      std::lock_guard lock(mutex_);
      const auto it = attending_.find(gone->client());
      if (it == attending_.end() || it->second != gone) return;
      attending_.erase(it);
    }
    host_.gone(gone->client());
  }

  FederationHost& host_;
  net::Traffic& traffic_;
  const std::string run_;
  const SlotOf slot_of_;
  CallList calls_;
  mutable std::mutex mutex_;
  std::map<int, AttendReactor*> attending_;
  uint64_t streams_ = 0;
  std::weak_ptr<const std::string> summed_;
  uint32_t crc_ = 0;
  Inbox inbox_;
};

FederationService::FederationService(FederationHost& host, net::Traffic& traffic, std::string run, SlotOf slot_of)
    : impl_(std::make_shared<Impl>(host, traffic, std::move(run), std::move(slot_of))) {}
FederationService::~FederationService() = default;
grpc::Service& FederationService::grpc_service() { return *impl_; }
uint64_t FederationService::send(int client, const wire::Task& task) { return impl_->send(client, task); }
uint64_t FederationService::stream(int client) const { return impl_->stream(client); }
void FederationService::finish_all() { impl_->finish_all(); }
int FederationService::attending() const { return impl_->attending(); }
bool FederationService::attends(int client) const { return impl_->attends(client); }
FederationHandlers& FederationService::handlers() { return *impl_; }
void FederationService::cancel_calls() { impl_->cancel(kAnybody); }
void FederationService::cancel_calls(int client) { impl_->cancel(client); }
int FederationService::calls() const { return impl_->calls(); }

}  // namespace fedllm::node
