#include "support/fake_core.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <map>
#include <mutex>

#include "wire/control.grpc.pb.h"

namespace fedllm::test {
namespace {

int64_t nowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

wire::Event event(uint64_t seq, const std::string& kind, int round, int client,
                  std::vector<std::pair<std::string, double>> metrics, const std::string& detail) {
  wire::Event e;
  e.set_seq(seq);
  e.set_time_ms(nowMs());
  e.set_kind(kind);
  if (round >= 0) e.set_round(round);
  if (client >= 0) e.set_client(client);
  for (const auto& [key, value] : metrics) {
    auto* metric = e.add_metrics();
    metric->set_key(key);
    metric->set_value(value);
  }
  e.set_detail(detail);
  return e;
}

std::vector<wire::Event> story(int clients, int rounds, int steps, int lastRound) {
  std::vector<wire::Event> out;
  const auto add = [&out](const std::string& kind, int round = -1, int client = -1,
                          std::vector<std::pair<std::string, double>> metrics = {}, const std::string& detail = {}) {
    out.push_back(event(out.size() + 1, kind, round, client, std::move(metrics), detail));
  };
  if (lastRound < 0) lastRound = rounds;
  std::string names, cohort;
  for (int c = 0; c < clients; ++c) {
    names += (c ? ",\"Client " : "\"Client ") + std::to_string(c + 1) + "\"";
    cohort += (c ? "," : "") + std::to_string(c);
  }
  const std::vector<std::string> topics{"", "plumber", "bakery", "garden"};
  const auto loss = [&](double at, int c) { return 1.2 + 2.2 * std::exp(-at / 1.7) + 0.08 * c; };
  const auto evals = [&](int round, const std::string& adapter, int client) {
    const double exact = adapter == "base" ? 0.03 : std::min(1.0, 0.2 * round + (client < 0 ? 0.05 : -0.1) + 0.02);
    for (const auto& topic : topics)
      add("eval", round, client,
          {{"loss", loss(round, 0)}, {"tokens", 400}, {"exact", std::max(0.0, exact)}, {"records", topic.empty() ? 96 : 32}},
          "{\"adapter\":\"" + adapter + "\",\"topic\":\"" + topic + "\"}");
  };
  add("run_started", -1, -1,
      {{"clients", clients},
       {"rounds", rounds},
       {"cohort", clients},
       {"train_records", 480},
       {"test_records", 96},
       {"adapter_parameters", 32768},
       {"model_parameters", 2000000},
       {"update_payload_bytes_modelled", 131072}},
      "{\"client_names\":[" + names + "],\"topics\":[\"plumber\",\"bakery\",\"garden\"],\"codec\":\"f32\"}");
  evals(0, "base", -1);
  add("round_committed", 0, -1, {{"version", 0}, {"wall_s", 1}});
  for (int r = 1; r <= lastRound; ++r) {
    add("round_started", r, -1, {{"version", r - 1}}, "{\"cohort\":[" + cohort + "]}");
    for (int c = 0; c < clients; ++c)
      add("client_started", r, c,
          {{"examples", 120}, {"downlink_payload_bytes", 131200}, {"downlink_wire_bytes", 131300}, {"transfer_s", 0.05}});
    for (int s = 1; s <= steps; ++s)
      for (int c = 0; c < clients; ++c)
        add("client_step", r, c, {{"step", s}, {"loss", loss(r - 1 + double(s) / steps, c)}, {"tokens", 200}, {"seconds", 0.02}});
    for (int c = 0; c < clients; ++c)
      add("client_update", r, c,
          {{"examples", 120},
           {"mean_loss", loss(r - 0.5, c)},
           {"compute_s", 2.0},
           {"transfer_s", 0.1},
           {"wait_s", 0.2},
           {"uplink_payload_bytes", 131200},
           {"uplink_wire_bytes", 131300},
           {"update_norm", 0.8}});
    evals(r, "global", -1);
    if (r == 1 || r == rounds)
      for (int c = 0; c < clients; ++c) evals(r, "client", c);
    add("round_committed", r, -1,
        {{"version", r},
         {"uplink_payload_bytes", 131200.0 * clients},
         {"downlink_payload_bytes", 131200.0 * clients},
         {"uplink_wire_bytes", 131300.0 * clients},
         {"downlink_wire_bytes", 131300.0 * clients},
         {"uplink_modelled_bytes", 131072.0 * clients},
         {"downlink_modelled_bytes", 131072.0 * clients},
         {"compute_s", 2.0 * clients},
         {"transfer_s", 0.1 * clients},
         {"wait_s", 0.2 * clients},
         {"wall_s", 7.5 + r % 2},
         {"mean_loss", loss(r - 0.5, 0)},
         {"aggregation_error", 0.03}});
  }
  if (lastRound == rounds)
    add("done", -1, -1, {{"wall_s", 9.0 * rounds}}, "{\"summary\":{\"rounds\":" + std::to_string(rounds) + "}}");
  return out;
}

class FakeCore::Service final : public wire::Control::Service {
 public:
  using Context = grpc::ServerContext;
  struct Run { wire::RunInfo info; std::vector<wire::Event> events; };

  void listen() {
    stopping = false;
    ::unlink(path.c_str());
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials());
    builder.RegisterService(this);
    if (also) builder.RegisterService(also);
    // A poller that missed the shutdown looks again after this long; gRPC's default is ten seconds.
    builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::CQ_TIMEOUT_MSEC, 100);
    server = builder.BuildAndStart();
  }

  void hangUp() {
    if (!server) return;
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(100));
    server->Wait();
    server.reset();
    ::unlink(path.c_str());
  }

  // Counts the call and takes a planned failure.
  grpc::Status enter(const std::string& method) {
    std::lock_guard lock(mutex);
    ++count[method];
    if (method == "Hello" || failure.ok()) return grpc::Status::OK;
    return std::exchange(failure, grpc::Status::OK);
  }

  grpc::Status Hello(Context*, const wire::HelloRequest*, wire::HelloReply* reply) override {
    auto status = enter("Hello");
    std::lock_guard lock(mutex);
    *reply = hello;
    return status;
  }

  grpc::Status Beat(Context* context, const wire::BeatRequest*, grpc::ServerWriter<wire::Heartbeat>* writer) override {
    (void)enter("Beat");
    std::unique_lock lock(mutex);
    while (!stopping && !context->IsCancelled()) {
      if (beats) {
        wire::Heartbeat beat;
        beat.set_time_ms(nowMs());
        beat.set_rss_bytes(120u << 20);
        beat.set_cpu_seconds(++beatCount * 0.1);
        for (const auto& [id, run] : runs) {
          if (run.info.state() != "running") continue;
          auto* brief = beat.add_running();
          brief->set_run(id);
          brief->set_round(run.info.rounds_done());
          brief->set_rounds(run.info.rounds());
          brief->set_state(run.info.state());
          brief->set_last_seq(run.events.size());
        }
        if (!writer->Write(beat)) break;
      }
      changed.wait_for(lock, std::chrono::milliseconds(200));
    }
    return grpc::Status::OK;
  }

  grpc::Status Check(Context*, const wire::CheckRequest*, wire::CheckReply* reply) override {
    return give("Check", check, reply);
  }
  grpc::Status TryPrompt(Context*, const wire::TryRequest*, wire::TryReply* reply) override {
    return give("TryPrompt", tried, reply);
  }
  // Word by word, then the reply.
  grpc::Status Answer(Context* context, const wire::TryRequest*, grpc::ServerWriter<wire::TryPart>* writer) override {
    auto status = enter("Answer");
    wire::TryReply reply;
    int pause_ms = 0;
    {
      std::lock_guard lock(mutex);
      reply = tried;
      pause_ms = wordPauseMs;
    }
    if (!status.ok()) return status;
    wire::TryPart part;
    for (const char letter : reply.answer()) {
      part.mutable_text()->push_back(letter);
      part.set_tokens(part.tokens() + 1);
      if (letter != ' ') continue;
      for (int waited = 0; waited < pause_ms && !context->IsCancelled(); ++waited) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (context->IsCancelled()) {
        (void)enter("Answer cancelled");
        return {grpc::StatusCode::CANCELLED, "generation stopped"};
      }
      writer->Write(part);
      part.clear_text();
    }
    if (!part.text().empty()) writer->Write(part);
    part.Clear();
    *part.mutable_reply() = reply;
    writer->Write(part);
    return status;
  }
  grpc::Status TryItems(Context*, const wire::RunRef*, wire::TryItemsReply* reply) override {
    return give("TryItems", items, reply);
  }
  grpc::Status Preview(Context*, const wire::PreviewRequest*, wire::PreviewReply* reply) override {
    return give("Preview", preview, reply);
  }
  grpc::Status PartitionPreview(Context*, const wire::PartitionRequest*, wire::PartitionReply* reply) override {
    return give("PartitionPreview", partition, reply);
  }
  grpc::Status SetSession(Context*, const wire::SessionRequest*, wire::Empty*) override { return enter("SetSession"); }

  template <class Reply>
  grpc::Status give(const char* method, const Reply& from, Reply* to) {
    auto status = enter(method);
    std::lock_guard lock(mutex);
    *to = from;
    return status;
  }

  grpc::Status ImportDataset(Context*, const wire::ImportRequest*, grpc::ServerWriter<wire::ImportReply>* writer) override {
    auto status = enter("ImportDataset");
    if (!status.ok()) return status;
    for (const auto& reply : imports) writer->Write(reply);
    return grpc::Status::OK;
  }

  grpc::Status StartRun(Context*, const wire::StartRunRequest* request, wire::RunInfo* reply) override {
    auto status = enter("StartRun");
    if (!status.ok()) return status;
    auto events = makeEvents ? makeEvents(*request) : story(4, 5, 3);
    std::lock_guard lock(mutex);
    starts.push_back(*request);
    Run run;
    run.info.set_run("20261122-1200" + std::to_string(10 + starts.size()) + "-fake");
    run.info.set_name("fake run");
    run.info.set_state("running");
    run.info.set_rounds(5);
    run.info.set_scenario_json(request->scenario_json());
    run.info.set_previous_run(request->previous_run());
    run.info.set_base_dir(request->base_dir());
    run.info.set_created_ms(nowMs());
    run.events = std::move(events);
    *reply = run.info;
    runs[run.info.run()] = run;
    return status;
  }

  grpc::Status ListRuns(Context*, const wire::ListRunsRequest*, wire::ListRunsReply* reply) override {
    auto status = enter("ListRuns");
    std::lock_guard lock(mutex);
    for (auto it = runs.rbegin(); it != runs.rend(); ++it) *reply->add_runs() = described(it->second);
    return status;
  }

  grpc::Status GetRun(Context*, const wire::RunRef* ref, wire::RunInfo* reply) override {
    return answer("GetRun", ref->run(), "", reply);
  }
  grpc::Status Pause(Context*, const wire::RunRef* ref, wire::RunInfo* reply) override {
    return answer("Pause", ref->run(), "paused", reply);
  }
  grpc::Status Resume(Context*, const wire::RunRef* ref, wire::RunInfo* reply) override {
    return answer("Resume", ref->run(), "running", reply);
  }
  grpc::Status Stop(Context*, const wire::StopRequest* r, wire::RunInfo* reply) override {
    return answer("Stop", r->run(), r->abandon() ? "failed" : "paused", reply);
  }
  grpc::Status DeleteRun(Context*, const wire::RunRef* ref, wire::Empty*) override {
    auto status = enter("DeleteRun");
    std::lock_guard lock(mutex);
    if (status.ok()) runs.erase(ref->run());
    return status;
  }

  wire::RunInfo described(const Run& run) const {
    wire::RunInfo info = run.info;
    info.set_last_seq(run.events.size());
    if (info.state() == "running" && !run.events.empty() && run.events.back().kind() == "done") info.set_state("done");
    return info;
  }

  grpc::Status answer(const std::string& method, const std::string& id, const std::string& state, wire::RunInfo* reply) {
    auto status = enter(method);
    if (!status.ok()) return status;
    std::lock_guard lock(mutex);
    auto it = runs.find(id);
    if (it == runs.end()) return {grpc::StatusCode::NOT_FOUND, "no run " + id};
    if (!state.empty()) it->second.info.set_state(state);
    *reply = described(it->second);
    return status;
  }

  grpc::Status Watch(Context* context, const wire::WatchRequest* request, grpc::ServerWriter<wire::EventBatch>* writer) override {
    (void)enter("Watch");
    std::unique_lock lock(mutex);
    watches.push_back(request->from_seq());
    auto it = runs.find(request->run());
    if (it == runs.end()) return {grpc::StatusCode::NOT_FOUND, "no run " + request->run()};
    size_t next = request->from_seq() > 0 ? request->from_seq() - 1 : 0;
    while (!stopping && !context->IsCancelled()) {
      wire::EventBatch batch;
      batch.set_run(request->run());
      while (next < it->second.events.size() && batch.events_size() < batchSize) *batch.add_events() = it->second.events[next++];
      batch.set_live(next >= it->second.events.size());
      if (batch.events_size() > 0) {
        if (cutAfter == 0) {
          cutAfter = -1;
          return {grpc::StatusCode::UNAVAILABLE, "cut"};
        }
        if (cutAfter > 0) --cutAfter;
        lock.unlock();
        const bool written = writer->Write(batch);
        lock.lock();
        if (!written) break;
        continue;
      }
      changed.wait_for(lock, std::chrono::milliseconds(50));
    }
    return grpc::Status::OK;
  }

  std::string path;
  grpc::Service* also = nullptr;
  std::unique_ptr<grpc::Server> server;
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false, beats = true;
  int beatCount = 0, cutAfter = -1, batchSize = 64, wordPauseMs = 0;
  wire::HelloReply hello;
  wire::CheckReply check;
  wire::TryReply tried;
  wire::TryItemsReply items;
  wire::PartitionReply partition;
  wire::PreviewReply preview;
  std::vector<wire::ImportReply> imports;
  std::map<std::string, Run> runs;
  std::map<std::string, int> count;
  std::vector<wire::StartRunRequest> starts;
  std::vector<uint64_t> watches;
  grpc::Status failure;
  std::function<std::vector<wire::Event>(const wire::StartRunRequest&)> makeEvents;
};

FakeCore::FakeCore(std::string socketPath) : service_(std::make_unique<Service>()) {
  static std::atomic<int> serial{0};
  if (socketPath.empty())
    socketPath = "/tmp/fedllm-fake-" + std::to_string(::getpid()) + "-" + std::to_string(++serial) + ".sock";
  service_->path = socketPath;
  service_->hello.set_protocol(1);
  service_->hello.set_program_version("0.1.0");
  service_->hello.set_pid(::getpid());
  service_->hello.set_cores(2);
  service_->hello.set_memory_bytes(8ull << 30);
  service_->hello.set_can_train(true);
}
FakeCore::~FakeCore() { stop(); }
const std::string& FakeCore::socket() const { return service_->path; }
void FakeCore::serveAlso(grpc::Service& service) { service_->also = &service; }
void FakeCore::start() { service_->listen(); }
void FakeCore::stop() { service_->hangUp(); }

#define FEDLLM_LOCKED std::lock_guard lock(service_->mutex)
void FakeCore::setHello(const wire::HelloReply& reply) { FEDLLM_LOCKED; service_->hello = reply; }
void FakeCore::setBeats(bool on) { FEDLLM_LOCKED; service_->beats = on; }
void FakeCore::addRun(const wire::RunInfo& info, std::vector<wire::Event> events) {
  FEDLLM_LOCKED;
  service_->runs[info.run()] = {info, std::move(events)};
}
void FakeCore::append(const std::string& run, std::vector<wire::Event> events) {
  {
    FEDLLM_LOCKED;
    auto& list = service_->runs[run].events;
    list.insert(list.end(), events.begin(), events.end());
  }
  service_->changed.notify_all();
}
void FakeCore::setRunState(const std::string& run, const std::string& state) {
  FEDLLM_LOCKED;
  service_->runs[run].info.set_state(state);
}
void FakeCore::setCheckReply(const wire::CheckReply& reply) { FEDLLM_LOCKED; service_->check = reply; }
void FakeCore::setTryReply(const wire::TryReply& reply) { FEDLLM_LOCKED; service_->tried = reply; }
void FakeCore::setWordPause(int ms) { FEDLLM_LOCKED; service_->wordPauseMs = ms; }
void FakeCore::setTryItems(const wire::TryItemsReply& reply) { FEDLLM_LOCKED; service_->items = reply; }
void FakeCore::setPartitionReply(const wire::PartitionReply& reply) { FEDLLM_LOCKED; service_->partition = reply; }
void FakeCore::setPreviewReply(const wire::PreviewReply& reply) { FEDLLM_LOCKED; service_->preview = reply; }
void FakeCore::setImportReplies(std::vector<wire::ImportReply> replies) { FEDLLM_LOCKED; service_->imports = std::move(replies); }
void FakeCore::failNext(int code, const std::string& message) {
  FEDLLM_LOCKED;
  service_->failure = grpc::Status(static_cast<grpc::StatusCode>(code), message);
}
void FakeCore::onStart(std::function<std::vector<wire::Event>(const wire::StartRunRequest&)> make) {
  FEDLLM_LOCKED;
  service_->makeEvents = std::move(make);
}
void FakeCore::cutWatchAfter(int batches) { FEDLLM_LOCKED; service_->cutAfter = batches; }
void FakeCore::setBatchSize(int events) { FEDLLM_LOCKED; service_->batchSize = events; }
int FakeCore::calls(const std::string& method) const {
  FEDLLM_LOCKED;
  auto it = service_->count.find(method);
  return it == service_->count.end() ? 0 : it->second;
}
std::vector<wire::StartRunRequest> FakeCore::started() const { FEDLLM_LOCKED; return service_->starts; }
std::vector<uint64_t> FakeCore::watchedFrom() const { FEDLLM_LOCKED; return service_->watches; }
#undef FEDLLM_LOCKED

}  // namespace fedllm::test
