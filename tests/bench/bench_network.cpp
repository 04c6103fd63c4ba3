// What a round of a room costs beside training: a host over TLS on loopback and members in another process that train nothing,
// adapters of 3.7 MB in 240 tensors and of 20 MB. Prints the median and the best round, the host's and the members' processor time a
// round and member, the host's peak memory, bytes on the wire over payload, and what the parts of a round cost alone.
// Usage: bench_network [MEMBERS] [ROUNDS] [small|large|all]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapter/peft.h"
#include "base/heap.h"
#include "base/sha256.h"
#include "net/tls.h"
#include "node/update_shelf.h"
#include "node/version_key.h"
#include "support/room_play.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

double cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& t) { return 1e3 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_usec); };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

// Of another process; 0 while there is none.
double cpu_ms(pid_t process) {
  clockid_t clock{};
  timespec spent{};
  if (process <= 0 || ::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) return 0;
  return 1e3 * static_cast<double>(spent.tv_sec) + 1e-6 * static_cast<double>(spent.tv_nsec);
}

double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}
// The peak counts from here on.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

// Trains nothing: the update is one small change.
class IdleBackend final : public train::Backend {
 public:
  Result<std::shared_ptr<const train::BaseModel>> load_base(const std::string& folder, const train::LoadOptions& options) override {
    if (!base_) {
      FEDLLM_ASSIGN_OR_RETURN(base_, plain_.load_base(folder, options));
    }
    return base_;
  }
  Result<train::LocalResult> train(const train::BaseModel&, const adapter::AdapterState& start, const std::vector<data::Example>&,
                                   const train::LocalOptions& options) override {
    train::LocalResult result;
    result.adapter = start;
    for (size_t i = 0; i < result.adapter.values.size(); i += 97) result.adapter.values[i] += 1e-3f;
    result.mean_loss = 1;
    if (options.on_step) options.on_step(1, 1, 1, 0);
    return result;
  }
  Result<std::vector<train::Score>> score(const train::BaseModel&, const adapter::AdapterState*, std::span<const data::Example>,
                                          const StopFlag&) override {
    return none();
  }
  Result<train::Generated> generate(const train::BaseModel&, const adapter::AdapterState*, std::span<const int32_t>,
                                    const train::GenerateOptions&) override {
    return none();
  }
  Result<train::Probe> probe(const train::BaseModel&, const adapter::AdapterState*, const train::ProbeInput&) override { return none(); }
  Result<train::ProbeTrain> probe_train(const train::BaseModel&, const adapter::AdapterState&, const train::ProbeInput&,
                                        const train::ProbeTrainOptions&) override {
    return none();
  }
  Result<train::PretrainResult> pretrain(const train::PretrainOptions&) override { return none(); }

 private:
  static Status none() { return Status(Code::unimplemented, "the idle backend does not do this", "bench"); }
  NoopBackend plain_;
  std::shared_ptr<const train::BaseModel> base_;
};

spec::Scenario bench_scenario(int rank, int rounds) {
  spec::Scenario scenario = RoomWorld().scenario;
  scenario.lora.rank = rank;
  scenario.lora.alpha = rank;
  scenario.lora.target_modules = {"q_proj", "k_proj", "v_proj", "o_proj"};
  scenario.rounds = rounds;
  scenario.training.local_steps = 1;
  scenario.dataset.test_fraction = 0;
  return scenario;
}

std::string member_id(int slot) { return "m" + std::to_string(slot); }

[[noreturn]] void fail(const std::string& what) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s\n", what.c_str());
  std::_Exit(1);
}
template <class T>
T must(Result<T> result) {
  if (!result.ok()) fail(result.status().to_string());
  return std::move(result).value();
}

// bench_network member PORT FOLDER RUN COUNT: takes part in every slot until its standard input closes.
int be_members(char** argv) {
  const auto port = static_cast<uint16_t>(std::stoi(argv[2]));
  const std::string folder = argv[3], run = argv[4];
  const int count = std::stoi(argv[5]);
  IdleBackend backend;
  node::WorkerPool pool(1);
  const spec::Scenario scenario = must(spec::parse_scenario(must(read_file(folder + "/scenario.json"))));
  const std::string authority = must(read_file(folder + "/authority.pem"));
  const std::string key = must(read_file(folder + "/member.key"));
  std::vector<std::unique_ptr<RoomMember>> members;
  for (int slot = 0; slot < count; ++slot) {
    node::MemberData data{scenario, member_id(slot)};
    data.scenario.dataset.files = {folder + "/tool.jsonl"};
    data.scenario.base_model = folder + "/base";
    auto prepared = must(node::prepare_member(data, {backend, pool, folder + "/member-0", {}}));
    if (Status taken = node::take_slot(*prepared, slot, run); !taken.ok()) fail(taken.to_string());
    const net::KeyAndCertificate identity{key, must(read_file(folder + "/" + member_id(slot) + ".pem"))};
    members.push_back(std::make_unique<RoomMember>(std::move(prepared), net::room_channel({"127.0.0.1", port}, authority, identity),
                                                   backend, slot));
    if (!members.back()->come()) fail("a member was not let in");
  }
  char end;
  while (::read(0, &end, 1) > 0) {
  }
  return 0;
}

class MemberProcess {
 public:
  explicit MemberProcess(const std::vector<std::string>& arguments) {
    int to[2];
    if (::pipe(to) != 0 || (pid_ = ::fork()) < 0) fail("no process");
    if (pid_ == 0) {
      ::dup2(to[0], 0);
      for (const int fd : to) ::close(fd);
      std::vector<char*> argv;
      for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      ::execv("/proc/self/exe", argv.data());
      ::_exit(127);
    }
    ::close(to[0]);
    to_ = to[1];
  }
  ~MemberProcess() {
    ::close(to_);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int to_ = -1;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

template <class Work>
void part(const char* name, Work work) {
  std::vector<double> times;
  for (int i = 0; i < 7; ++i) {
    const auto start = Clock::now();
    work();
    times.push_back(ms_since(start));
  }
  std::printf("    %-42s %7.2f ms\n", name, median(times));
}

// The same functions that a round calls, one by one.
void measure_parts(const std::string& folder, const node::PreparedRun& run, int members) {
  const auto codec = must(codec::make_codec("f32"));
  const adapter::AdapterState state = adapter::initial_state(run.layout, 1);
  const std::string payload = codec->encode(state, nullptr);
  part("encode", [&] { (void)codec->encode(state, nullptr); });
  part("hash of the payload", [&] { (void)node::payload_hash(payload); });
  part("SHA-256 of as many bytes", [&] { (void)sha256_hex(payload); });
  part("CRC-32 of the payload", [&] { (void)crc32(payload); });
  part("decode", [&] { (void)codec->decode(payload, run.layout); });
  part("norm and finiteness", [&] { (void)adapter::measure(adapter::numbers_of(state.values), state.values.size()); });
  node::UpdateShelf shelf(folder);
  for (int client = 0; client < members; ++client) (void)shelf.put(client, 10, state);
  part("aggregate", [&] { (void)must(fed::make_aggregator(run.scenario.strategy))->aggregate(state, shelf); });
  part("save + fsync", [&] {
    (void)make_dirs(folder + "/save");
    (void)adapter::save_peft(state, {"base", 0}, folder + "/save");
  });
  part("state.bin + fsync", [&] { (void)write_file_atomic(folder + "/save/state.bin", std::string(300, 'x')); });
}

void measure_ledger(ledger::Ledger& ledger, const std::string& run, int rounds) {
  std::vector<double> times;
  const ledger::VersionRow last = must(ledger.versions(run)).back();
  for (int i = 1; i <= 7; ++i) {
    const auto start = Clock::now();
    ledger::Event event;
    event.run = run;
    event.kind = "round_committed";
    const Status committed = ledger.commit_version({run, rounds + i, last.path, last.sha256, last.state_path}, {event});
    times.push_back(ms_since(start));
    if (!committed.ok()) fail(committed.to_string());
  }
  std::printf("    %-42s %7.2f ms\n", "ledger commit", median(times));
}

void measure(const char* name, const ModelShape& shape, int rank, int members, int rounds) {
  MiniWorld world(shape);
  world.scenario = bench_scenario(rank, rounds);
  std::string lines;
  for (int i = 0; i < 60; ++i) lines += record_line("tool", i);
  for (const char* file : {"animal", "colour", "tool"}) write_text(world.path(std::string("/") + file + ".jsonl"), lines);
  std::filesystem::create_directories(world.path("/member-0"));
  write_text(world.path("/scenario.json"), spec::to_json(world.scenario));
  const auto authority = must(net::Authority::open(world.path(), "bench"));
  const auto key = must(net::MemberKey::open(world.path()));
  const std::string request = must(key->certificate_request());
  auto network = std::make_shared<node::NetworkRun>();
  for (int slot = 0; slot < members; ++slot) {
    write_text(world.path("/" + member_id(slot) + ".pem"), must(authority->sign_member(request, member_id(slot))));
    network->members.push_back({slot, member_id(slot), 60, 0});
  }
  node::FederationDoor door([](const grpc::ServerContextBase& context) {
    const std::string member = net::peer_member(context);
    return member.size() > 1 ? std::stoi(member.substr(1)) : -1;
  });
  net::RoomServerOptions options;
  options.bind = {"127.0.0.1", 0};
  options.services = {&door.grpc_service()};
  const auto server = must(net::RoomServer::start(*authority, must(authority->issue_server()), options));
  network->door = &door;
  network->wire = [&] { return server->bytes(); };
  // When each round was committed.
  struct Mark {
    Clock::time_point at;
    double cpu_ms, members_cpu_ms;
  };
  std::mutex mutex;
  std::vector<Mark> marks;
  std::atomic<pid_t> members_process{0};
  network->tell = [&](const ledger::Event& event) {
    if (event.kind != "round_committed") return;
    std::lock_guard lock(mutex);
    marks.push_back({Clock::now(), cpu_ms(), cpu_ms(members_process)});
  };
  IdleBackend backend;
  auto ledger = world.open_ledger();
  const std::string run = world.create_run(*ledger);
  forget_peak();
  const double memory_before = peak_mib();
  auto executor = must(node::RunExecutor::start(*ledger, backend, world.home(), run, 1, network));
  MemberProcess process({"bench_network", "member", std::to_string(server->port()), world.path(), run, std::to_string(members)});
  members_process = process.pid();
  const node::RunOutcome outcome = executor->wait();
  if (outcome.state != ledger::RunState::done) fail(outcome.error);
  const auto committed = events_of(*ledger, run, "round_committed");
  std::vector<double> walls, transfers;
  const size_t warm = std::min<size_t>(marks.size() - 2, 3);  // rounds 0 to 3
  for (size_t i = warm + 1; i < marks.size(); ++i) {
    walls.push_back(std::chrono::duration<double, std::milli>(marks[i].at - marks[i - 1].at).count());
    transfers.push_back(1e3 * *metric(committed[i], "transfer_s"));
  }
  const auto measured = static_cast<double>(walls.size());
  const double cpu_spent = marks.back().cpu_ms - marks[warm].cpu_ms;
  const double members_cpu_spent = marks.back().members_cpu_ms - marks[warm].members_cpu_ms;
  const double payload = *metric(committed.back(), "uplink_payload_bytes") + *metric(committed.back(), "downlink_payload_bytes");
  node::WorkerPool pool(1);
  auto prepared = must(node::prepare_run(must(ledger->run(run)), {backend, pool, world.path("/home"), {}, network.get()}));
  std::printf("%s: payload %.2f MB, %zu tensors, %d members, %d rounds\n", name, payload / members / 2e6,
              2 * prepared->layout->modules().size(), members, rounds);
  std::printf("  round                          median %7.2f ms   best %7.2f ms\n", median(walls), *std::min_element(walls.begin(), walls.end()));
  std::printf("  pull and push of a member      median %7.2f ms\n", median(transfers));
  std::printf("  host processor, round, member  mean   %7.2f ms\n", cpu_spent / measured / members);
  std::printf("  member processor, round        mean   %7.2f ms\n", members_cpu_spent / measured / members);
  const double sockets = *metric(committed.back(), "uplink_wire_bytes") + *metric(committed.back(), "downlink_wire_bytes");
  std::printf("  bytes on the wire over payload        %7.2f %%\n", 100 * (sockets / payload - 1));
  std::printf("  host peak memory                      %7.1f MiB (%.1f before the run)\n", peak_mib(), memory_before);
  measure_parts(world.path(), *prepared, std::min(members, 32));
  measure_ledger(*ledger, run, rounds);
}

}  // namespace

int main(int argc, char** argv) {
  limit_heaps();
  net::require_tls13();
  if (argc == 6 && std::string(argv[1]) == "member") return be_members(argv);
  const int members = argc > 1 ? std::atoi(argv[1]) : 2, rounds = argc > 2 ? std::atoi(argv[2]) : 24;
  const std::string which = argc > 3 ? argv[3] : "all";
  if (which != "large") measure("small", {576, 192, 30, 257, 256}, 8, members, rounds);
  if (which != "small") measure("large", {576, 192, 30, 257, 256}, 43, members, rounds);
  return 0;
}
