#include "node/control_service.h"

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "node/control_service_answer.h"
#include "node/control_service_data.h"
#include "node/control_service_import.h"
#include "node/control_service_streams.h"
#include "node/try_it.h"
#include "node/wire_events.h"
#include "wire/control.grpc.pb.h"

namespace fedllm::node {
namespace {

constexpr int kQuickThreads = 2, kSlowThreads = 2, kStepThreads = 1, kAnswerThreads = 2;

uint64_t resident_bytes() {
  long pages = 0, resident = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<uint64_t>(resident) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

uint64_t physical_memory() {
  return static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

class ControlService::Impl final : public wire::Control::CallbackService {
 public:
  explicit Impl(const ControlOptions& o)
      : o_(o), queries_(o.paths.home), try_it_(o.ledger, o.open_backend, o.paths), watches_(o.ledger, quick_), beats_([this] {
          return heartbeat();
        }) {
    touch();
  }

  ~Impl() override { close(); }

  void close() {
    watches_.close();
    beats_.close();
  }

  double idle_seconds() const {
    return watches_.open_streams() + beats_.open_streams() > 0 ? 0 : clock_.seconds() - last_request_s_;
  }
  bool keep_running() const { return keep_running_; }

 private:
  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;

  void touch() { last_request_s_ = clock_.seconds(); }

  // Answers on `pool`; request and reply live until the reactor finishes.
  template <class Work>
  Reactor* answer(Context* context, WorkerPool& pool, Work work) {
    touch();
    Reactor* reactor = context->DefaultReactor();
    pool.post([reactor, work = std::move(work)] { reactor->Finish(to_wire(work())); });
    return reactor;
  }

  template <class T>
  static Status give(Result<T> result, T* reply) {
    if (result.ok()) reply->Swap(&*result);
    return result.status();
  }

  Status give_row(Result<ledger::RunRow> row, wire::RunInfo* reply) {
    FEDLLM_RETURN_IF_ERROR(row.status());
    to_wire(*row, *reply);
    const auto last = o_.ledger.last_seq(row->id);
    if (last.ok()) reply->set_last_seq(*last);
    const std::string adapter = o_.ledger.absolute("runs/" + row->id + "/adapter");
    if (row->state == ledger::RunState::done && std::filesystem::exists(adapter)) reply->set_adapter_dir(adapter);
    return {};
  }

  wire::Heartbeat heartbeat() {
    wire::Heartbeat beat;
    beat.set_time_ms(clock_.unix_ms());
    beat.set_rss_bytes(resident_bytes());
    beat.set_cpu_seconds(cpu_seconds());
    for (const std::string& run : o_.runs.busy_runs()) {
      const auto row = o_.ledger.run(run);
      if (!row.ok()) continue;
      wire::RunBrief& brief = *beat.add_running();
      brief.set_run(run);
      brief.set_round(row->rounds_done);
      brief.set_rounds(row->rounds);
      brief.set_state(std::string(ledger::run_state_name(row->state)));
      if (const auto last = o_.ledger.last_seq(run); last.ok()) brief.set_last_seq(*last);
    }
    return beat;
  }

  Reactor* Hello(Context* context, const wire::HelloRequest*, wire::HelloReply* reply) override {
    return answer(context, quick_, [this, reply] {
      reply->set_protocol(kControlProtocol);
      reply->set_program_version(o_.program_version);
      reply->set_pid(::getpid());
      reply->set_home(o_.paths.home);
      reply->set_cores(static_cast<int>(std::thread::hardware_concurrency()));
      reply->set_memory_bytes(physical_memory());
      reply->set_home_on_network(o_.paths.on_network_file_system);
      reply->set_ledger_dir(o_.paths.ledger_dir);
      reply->set_can_train(o_.can_train);
      return Status();
    });
  }

  grpc::ServerWriteReactor<wire::Heartbeat>* Beat(Context*, const wire::BeatRequest*) override {
    touch();
    return beats_.open();
  }

  grpc::ServerWriteReactor<wire::EventBatch>* Watch(Context*, const wire::WatchRequest* request) override {
    touch();
    return watches_.open(*request);
  }

  Reactor* Check(Context* context, const wire::CheckRequest* request, wire::CheckReply* reply) override {
    return answer(context, request->open_files() ? slow_ : quick_, [this, request, reply] {
      *reply = queries_.check(*request, &o_.ledger);
      return Status();
    });
  }

  Reactor* StartRun(Context* context, const wire::StartRunRequest* request, wire::RunInfo* reply) override {
    return answer(context, quick_, [this, request, reply] {
      StartOptions options;
      options.scenario_json = request->scenario_json();
      options.base_dir = request->base_dir();
      options.previous_run = request->previous_run();
      options.request_id = request->request_id();
      options.workers = request->workers();
      options.keep_running = request->keep_running();
      return give_row(o_.runs.start(options), reply);
    });
  }

  Reactor* ListRuns(Context* context, const wire::ListRunsRequest* request, wire::ListRunsReply* reply) override {
    return answer(context, quick_, [this, request, reply]() -> Status {
      FEDLLM_ASSIGN_OR_RETURN(const auto rows, o_.ledger.runs());
      for (const ledger::RunRow& row : rows) {
        if (request->limit() > 0 && reply->runs_size() >= request->limit()) break;
        FEDLLM_RETURN_IF_ERROR(give_row(row, reply->add_runs()));
      }
      return {};
    });
  }

  Reactor* GetRun(Context* context, const wire::RunRef* request, wire::RunInfo* reply) override {
    return answer(context, quick_, [this, request, reply] { return give_row(o_.ledger.run(request->run()), reply); });
  }
  Reactor* Pause(Context* context, const wire::RunRef* request, wire::RunInfo* reply) override {
    return answer(context, quick_, [this, request, reply] { return give_row(o_.runs.pause(request->run()), reply); });
  }
  Reactor* Resume(Context* context, const wire::RunRef* request, wire::RunInfo* reply) override {
    return answer(context, quick_, [this, request, reply] { return give_row(o_.runs.resume(request->run()), reply); });
  }
  Reactor* Stop(Context* context, const wire::StopRequest* request, wire::RunInfo* reply) override {
    return answer(context, quick_,
                  [this, request, reply] { return give_row(o_.runs.stop(request->run(), request->abandon()), reply); });
  }
  Reactor* DeleteRun(Context* context, const wire::RunRef* request, wire::Empty*) override {
    return answer(context, quick_, [this, request] { return o_.runs.remove(request->run()); });
  }
  Reactor* SetSession(Context* context, const wire::SessionRequest* request, wire::Empty*) override {
    keep_running_ = request->keep_running();
    return answer(context, quick_, [] { return Status(); });
  }

  grpc::ServerWriteReactor<wire::ImportReply>* ImportDataset(Context*, const wire::ImportRequest* request) override {
    touch();
    return open_import(queries_, slow_, *request);
  }
  Reactor* Preview(Context* context, const wire::PreviewRequest* request, wire::PreviewReply* reply) override {
    return answer(context, slow_, [this, request, reply] { return give(queries_.preview(*request), reply); });
  }
  Reactor* PartitionPreview(Context* context, const wire::PartitionRequest* request, wire::PartitionReply* reply) override {
    return answer(context, request->with_tokens() ? slow_ : steps_,
                  [this, request, reply] { return give(queries_.partition(*request), reply); });
  }
  Reactor* TryPrompt(Context* context, const wire::TryRequest* request, wire::TryReply* reply) override {
    return answer(context, answers_, [this, request, reply] { return give(try_it_.try_prompt(*request), reply); });
  }
  grpc::ServerWriteReactor<wire::TryPart>* Answer(Context*, const wire::TryRequest* request) override {
    touch();
    return open_answer(try_it_, answers_, *request);
  }
  Reactor* TryItems(Context* context, const wire::RunRef* request, wire::TryItemsReply* reply) override {
    return answer(context, slow_, [this, request, reply] { return give(try_it_.try_items(request->run()), reply); });
  }

  const ControlOptions o_;
  SystemClock clock_;
  std::atomic<double> last_request_s_{0};
  std::atomic<bool> keep_running_{false};
  ScenarioQueries queries_;
  TryIt try_it_;
  WatchHub watches_;
  BeatHub beats_;
  // Last: their threads end before what they use.
  WorkerPool quick_{kQuickThreads}, slow_{kSlowThreads}, steps_{kStepThreads}, answers_{kAnswerThreads};
};

ControlService::ControlService(const ControlOptions& options) : impl_(std::make_unique<Impl>(options)) {}
ControlService::~ControlService() = default;
grpc::Service& ControlService::service() { return *impl_; }
void ControlService::close() { impl_->close(); }
double ControlService::idle_seconds() const { return impl_->idle_seconds(); }
bool ControlService::keep_running() const { return impl_->keep_running(); }

}  // namespace fedllm::node
