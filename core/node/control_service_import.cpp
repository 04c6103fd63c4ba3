#include "node/control_service_import.h"

#include <mutex>
#include <optional>

#include "node/wire_events.h"

namespace fedllm::node {
namespace {

// Progress is dropped while a message is still under way; the last message and the end wait for it.
// It owns itself until gRPC is done with it; whoever holds its mutex holds it too.
class ImportStream final : public grpc::ServerWriteReactor<wire::ImportReply>, public std::enable_shared_from_this<ImportStream> {
 public:
  ImportStream(ScenarioQueries& queries, const wire::ImportRequest& request) : queries_(queries), request_(request) {}

  void begin(WorkerPool& pool) {
    self_ = shared_from_this();
    pool.post([self = self_] { self->import(); });
  }

  void OnWriteDone(bool) override {
    const auto self = shared_from_this();
    std::lock_guard lock(mutex_);
    writing_ = false;
    go_on();
  }
  void OnCancel() override { stop_.request(); }
  // The import has ended by then: only it sets `end_`, without which there is no Finish.
  void OnDone() override { const auto self = std::move(self_); }

 private:
  void import() {
    auto info = queries_.import(
        request_, [this](const data::ImportProgress& progress) { tell(progress); }, stop_);
    std::lock_guard lock(mutex_);
    if (info.ok()) {
      wire::ImportReply& last = last_.emplace();
      last.set_records(static_cast<uint64_t>(info->records()));
      last.set_skipped(static_cast<uint64_t>(info->skipped()));
      last.set_bytes_done(bytes_);
      last.set_bytes_total(bytes_);
      *last.mutable_dataset() = std::move(*info);
    }
    end_ = to_wire(info.status());
    go_on();
  }

  void tell(const data::ImportProgress& progress) {
    std::lock_guard lock(mutex_);
    bytes_ = progress.bytes_total;
    if (writing_) return;
    message_.set_bytes_done(progress.bytes_done);
    message_.set_bytes_total(progress.bytes_total);
    message_.set_records(progress.records);
    message_.set_skipped(progress.skipped);
    write();
  }

  void write() {
    writing_ = true;
    StartWrite(&message_);
  }

  // mutex_ held; recursive, since gRPC may report a write as done from within StartWrite.
  void go_on() {
    if (writing_ || !end_) return;
    if (last_) {
      message_ = std::move(*last_);
      last_.reset();
      return write();
    }
    const grpc::Status end = *end_;
    end_.reset();
    Finish(end);
  }

  std::shared_ptr<ImportStream> self_;
  ScenarioQueries& queries_;
  const wire::ImportRequest request_;
  StopFlag stop_;
  std::recursive_mutex mutex_;
  bool writing_ = false;
  uint64_t bytes_ = 0;
  wire::ImportReply message_;
  std::optional<wire::ImportReply> last_;
  std::optional<grpc::Status> end_;
};

}  // namespace

grpc::ServerWriteReactor<wire::ImportReply>* open_import(ScenarioQueries& queries, WorkerPool& pool,
                                                         const wire::ImportRequest& request) {
  const auto stream = std::make_shared<ImportStream>(queries, request);
  stream->begin(pool);
  return stream.get();
}

}  // namespace fedllm::node
