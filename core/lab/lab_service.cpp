#include "lab/lab_service.h"

#include "lab/doctor.h"
#include "lab/lab_streams.h"
#include "net/local_server.h"
#include "node/worker_pool.h"
#include "wire/lab.grpc.pb.h"

namespace fedllm::lab {
namespace {

constexpr int kQuickThreads = 2, kSlowThreads = 2, kDoctorThreads = 1;
constexpr auto kTend = std::chrono::milliseconds(500);

bool takes_time(const wire::HostCommand& command) {
  return command.kind() == wire::HostCommand::CLOSE || command.kind() == wire::HostCommand::STOP;
}
bool takes_time(const wire::MembershipCommand& command) {
  return command.kind() == wire::MembershipCommand::FORGET || command.kind() == wire::MembershipCommand::RUN_ALONE;
}

}  // namespace

class LabService::Impl final : public wire::Lab::CallbackService {
 public:
  explicit Impl(LabBook& book) : book_(book), watches_(book), browses_(book.paths().home), tender_([this] { tend(); }) {}
  ~Impl() override {
    close();
    tender_.join();
  }

  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      wake_.notify_all();
    }
    watches_.close();
    browses_.close();
  }
  bool watched() const { return watches_.any(); }

 private:
  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;

  // Answers on `pool`; request and reply live until the reactor finishes.
  template <class Work>
  static Reactor* answer(Context* context, node::WorkerPool& pool, Work work) {
    Reactor* reactor = context->DefaultReactor();
    pool.post([reactor, work = std::move(work)] { reactor->Finish(net::to_grpc(work())); });
    return reactor;
  }
  template <class T>
  static Status give(Result<T> result, T* reply) {
    if (result.ok()) reply->Swap(&*result);
    return result.status();
  }

  Reactor* HostRoom(Context* context, const wire::HostRoomRequest* request, wire::HostedRoom* reply) override {
    return answer(context, slow_, [this, request, reply] { return give(book_.host(*request), reply); });
  }
  Reactor* JoinRoom(Context* context, const wire::JoinRoomRequest* request, wire::Membership* reply) override {
    return answer(context, slow_, [this, request, reply] { return give(book_.join(*request), reply); });
  }
  Reactor* RoomCommand(Context* context, const wire::HostCommand* request, wire::LabAck*) override {
    return answer(context, takes_time(*request) ? slow_ : quick_, [this, request] { return book_.command(*request); });
  }
  Reactor* MemberCommand(Context* context, const wire::MembershipCommand* request, wire::LabAck*) override {
    return answer(context, takes_time(*request) ? slow_ : quick_, [this, request] { return book_.command(*request); });
  }
  Reactor* Doctor(Context* context, const wire::DoctorRequest* request, wire::DoctorReply* reply) override {
    return answer(context, doctor_, [this, request, reply] {
      *reply = examine_connection({request->ticket_or_address(), book_.port_of(request->room()), book_.clocks_of(*request)});
      return Status();
    });
  }
  grpc::ServerWriteReactor<wire::LabState>* Watch(Context* context, const wire::LabWatchRequest*) override {
    return watches_.open(context);
  }
  grpc::ServerWriteReactor<wire::FoundRooms>* Browse(Context* context, const wire::BrowseRequest*) override {
    auto* reactor = browses_.open(context);
    std::lock_guard lock(mutex_);
    browsed_ = true;
    wake_.notify_all();
    return reactor;
  }

  void tend() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
      if (browsed_)
        wake_.wait_for(lock, kTend);
      else
        wake_.wait(lock, [this] { return closed_ || browsed_; });
      if (closed_) return;
      browsed_ = false;
      lock.unlock();
      const bool any = browses_.tend();
      lock.lock();
      browsed_ = browsed_ || any;
    }
  }

  LabBook& book_;
  WatchStreams watches_;
  BrowseStreams browses_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closed_ = false, browsed_ = false;
  std::thread tender_;
  node::WorkerPool quick_{kQuickThreads}, slow_{kSlowThreads}, doctor_{kDoctorThreads};  // last: their jobs use the others
};

LabService::LabService(LabBook& book) : impl_(std::make_unique<Impl>(book)) {}
LabService::~LabService() = default;
grpc::Service& LabService::grpc_service() { return *impl_; }
void LabService::close() { impl_->close(); }
bool LabService::watched() const { return impl_->watched(); }

}  // namespace fedllm::lab
