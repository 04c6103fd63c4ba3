// What TLS and gRPC cost a round: two members, processes of their own, pull and push a payload in 512 KiB chunks over
// loopback; no training, no codec, no aggregation. Prints best and median wall time, the host's processor time and the bytes
// on the wire over payload; the in-process channel beside it. Usage: bench_net [BYTES] [ROUNDS]
#include "wire/federation.grpc.pb.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "base/file.h"
#include "net/chunks.h"
#include "net/local_server.h"
#include "net/tls.h"

using namespace fedllm;

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kMembers = 2;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double cpu_seconds() {
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Bytes received over the loopback interface.
double loopback_bytes() {
  std::ifstream in("/sys/class/net/lo/statistics/rx_bytes");
  double bytes = 0;
  in >> bytes;
  return bytes;
}

// Sends a payload as the coordinator does, takes one as it does.
class PayloadService final : public wire::Federation::CallbackService {
 public:
  explicit PayloadService(const std::string& payload) : payload_(payload) {}

  grpc::ServerWriteReactor<wire::Chunk>* Pull(grpc::CallbackServerContext*, const wire::PullRequest*) override {
    class Sender final : public grpc::ServerWriteReactor<wire::Chunk> {
     public:
      explicit Sender(std::string_view payload) : cutter_(payload) { next(); }
      void OnWriteDone(bool ok) override { ok ? next() : Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }

     private:
      void next() {
        if (cutter_.done()) return Finish(grpc::Status::OK);
        chunk_.set_data(std::string(cutter_.next()));
        StartWrite(&chunk_);
      }
      net::ChunkCutter cutter_;
      wire::Chunk chunk_;
    };
    return new Sender(payload_);
  }
  grpc::ServerReadReactor<wire::PushMessage>* Push(grpc::CallbackServerContext*, wire::PushReply* reply) override {
    class Taker final : public grpc::ServerReadReactor<wire::PushMessage> {
     public:
      Taker(size_t expected, wire::PushReply* reply) : expected_(expected), reply_(reply) {
        bytes_.reserve(expected);
        StartRead(&message_);
      }
      void OnReadDone(bool ok) override {
        if (!ok) {
          reply_->set_accepted(bytes_.size() == expected_);
          return Finish(grpc::Status::OK);
        }
        bytes_ += message_.chunk();
        StartRead(&message_);
      }
      void OnDone() override { delete this; }

     private:
      size_t expected_;
      wire::PushReply* reply_;
      wire::PushMessage message_;
      std::string bytes_;
    };
    return new Taker(payload_.size(), reply);
  }

 private:
  const std::string& payload_;
};

void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

void pull(wire::Federation::Stub& stub, size_t expected) {
  grpc::ClientContext context;
  const auto stream = stub.Pull(&context, wire::PullRequest());
  std::string bytes;
  bytes.reserve(expected);
  wire::Chunk chunk;
  while (stream->Read(&chunk)) bytes += chunk.data();
  if (!stream->Finish().ok() || bytes.size() != expected) fail("a pull failed");
}

void push(wire::Federation::Stub& stub, const std::string& payload) {
  grpc::ClientContext context;
  wire::PushReply reply;
  const auto stream = stub.Push(&context, &reply);
  for (net::ChunkCutter cutter(payload); !cutter.done();) {
    wire::PushMessage message;
    message.set_chunk(std::string(cutter.next()));
    if (!stream->Write(message)) break;
  }
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  if (!status.ok() || !reply.accepted()) fail("a push failed: " + status.error_message());
}

struct Cost {
  double wall_s, cpu_s;
};

Cost timed(const std::function<void()>& work) {
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  work();
  return {seconds_since(start), cpu_seconds() - cpu};
}

double at(std::vector<Cost> costs, double Cost::*part, size_t of_ten) {
  std::sort(costs.begin(), costs.end(), [part](const Cost& a, const Cost& b) { return a.*part < b.*part; });
  return 1e3 * costs[costs.size() * of_ten / 10].*part;
}

void print(const char* road, const char* what, const std::vector<Cost>& costs) {
  std::printf("%-10s %-22s best %7.2f ms   median %7.2f ms   processor %7.2f ms\n", road, what, at(costs, &Cost::wall_s, 0),
              at(costs, &Cost::wall_s, 5), at(costs, &Cost::cpu_s, 5));
}

// One who takes part: does 'd'own or 'u'p when told to and says when it is done.
class Member {
 public:
  virtual ~Member() = default;
  virtual void tell(char what) = 0;
  virtual void done() = 0;
};

void run_member(wire::Federation::Stub& stub, const std::string& payload, char what) {
  if (what == 'd') pull(stub, payload.size());
  if (what == 'u') push(stub, payload);
}

class InProcess final : public Member {
 public:
  InProcess(const std::shared_ptr<grpc::Channel>& channel, const std::string& payload)
      : stub_(wire::Federation::NewStub(channel)), payload_(payload) {}
  void tell(char what) override {
    thread_ = std::thread([this, what] { run_member(*stub_, payload_, what); });
  }
  void done() override { thread_.join(); }

 private:
  std::unique_ptr<wire::Federation::Stub> stub_;
  const std::string& payload_;
  std::thread thread_;
};

class OtherProcess final : public Member {
 public:
  explicit OtherProcess(const std::vector<std::string>& arguments) {
    int to[2], from[2];
    if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0 || (pid_ = ::fork()) < 0) fail("no process");
    if (pid_ == 0) {
      ::dup2(to[0], 0);
      ::dup2(from[1], 1);
      std::vector<char*> argv;
      for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      ::execv("/proc/self/exe", argv.data());
      ::_exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    to_ = to[1];
    from_ = from[0];
  }
  ~OtherProcess() override {
    ::close(to_);
    ::close(from_);
    ::waitpid(pid_, nullptr, 0);
  }
  void tell(char what) override {
    if (::write(to_, &what, 1) != 1) fail("a member is gone");
  }
  void done() override {
    char answer;
    if (::read(from_, &answer, 1) != 1) fail("a member is gone");
  }

 private:
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
};

int be_member(const std::string& port, const std::string& folder, const std::string& payload) {
  const auto pem = read_file(folder + "/authority.pem");
  if (!pem.ok()) fail(pem.status().to_string());
  const auto channel = net::room_channel({"127.0.0.1", static_cast<uint16_t>(std::stoi(port))}, *pem, {});
  const auto stub = wire::Federation::NewStub(channel);
  for (char what; ::read(0, &what, 1) == 1;) {
    run_member(*stub, payload, what);
    if (::write(1, &what, 1) != 1) break;
  }
  return 0;
}

using Members = std::vector<std::unique_ptr<Member>>;

void all(const Members& members, char what) {
  for (const auto& member : members) member->tell(what);
  for (const auto& member : members) member->done();
}

void measure(const char* road, const Members& members, size_t bytes, int rounds) {
  std::vector<Cost> pulls, pushes, both;
  const auto one = [&](char what) {
    members[0]->tell(what);
    members[0]->done();
  };
  for (int warm = 0; warm < 3; ++warm) all(members, 'd'), all(members, 'u');
  const double before = loopback_bytes();
  for (int n = 0; n < rounds; ++n) {
    pulls.push_back(timed([&] { one('d'); }));
    pushes.push_back(timed([&] { one('u'); }));
    both.push_back(timed([&] { all(members, 'd'), all(members, 'u'); }));
  }
  const double sent = loopback_bytes() - before, useful = static_cast<double>(bytes) * rounds * (2 + 2 * kMembers);
  print(road, "one pull", pulls);
  print(road, "one push", pushes);
  print(road, "a round of 2 members", both);
  if (sent > useful)
    std::printf("%-10s on the wire %.2f %% over payload (TLS, HTTP/2, TCP, IP and acknowledgements)\n", road,
                100 * (sent / useful - 1));
}

std::string random_bytes(size_t count) {
  std::string bytes(count, '\0');
  uint64_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 6364136223846793005u + 1442695040888963407u) >> 56);
  return bytes;
}

void measure_tls(PayloadService& service, const std::string& folder, size_t bytes, int rounds) {
  const auto authority = net::Authority::open(folder, "bench");
  if (!authority.ok()) fail(authority.status().to_string());
  net::RoomServerOptions options;
  options.bind = {"127.0.0.1", 0};
  options.services = {&service};
  const auto server = net::RoomServer::start(**authority, *(*authority)->issue_server(), options);
  if (!server.ok()) fail(server.status().to_string());
  Members members;
  for (int member = 0; member < kMembers; ++member)
    members.push_back(std::make_unique<OtherProcess>(
        std::vector<std::string>{"bench_net", std::to_string(bytes), "member", std::to_string((*server)->port()), folder}));
  measure("TLS", members, bytes, rounds);
}

}  // namespace

int main(int argc, char** argv) {
  net::require_tls13();
  const size_t bytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 3'700'000;
  const std::string payload = random_bytes(bytes);
  if (argc == 5) return be_member(argv[3], argv[4], payload);
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 30;
  std::printf("payload %zu bytes, %d rounds, %d members; the processor's time is the host's, in-process all of it\n", bytes,
              rounds, kMembers);
  PayloadService service(payload);
  const std::string folder = (std::filesystem::temp_directory_path() / ("fedllm_bench_net_" + std::to_string(getpid()))).string();
  measure_tls(service, folder, bytes, rounds);
  std::filesystem::remove_all(folder);
  const auto local = net::LocalServer::start(service);
  if (!local.ok()) fail(local.status().to_string());
  Members members;
  for (int member = 0; member < kMembers; ++member) members.push_back(std::make_unique<InProcess>((*local)->channel(), payload));
  measure("in-process", members, bytes, rounds);
}
