#include "node/core_process.h"

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "node/control_service.h"
#include "node/core_lock.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.core_process";
constexpr int kNice = 10;
constexpr timespec kTick{0, 500'000'000};
// Streams are over by then; a client that does not look at its channel would be waited for until the end.
constexpr auto kGrace = std::chrono::milliseconds(500);

// Blocked in every thread; the main loop takes them one by one.
sigset_t end_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

std::string folder_of(const std::string& socket) { return std::filesystem::path(socket).parent_path().string(); }

Result<std::unique_ptr<grpc::Server>> listen(const std::string& socket, const std::vector<grpc::Service*>& services) {
  ::unlink(socket.c_str());  // left by a core that died; we hold the lock, so no live core has it
  grpc::ServerBuilder builder;
  int bound = 0;
  builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials(), &bound);
  for (grpc::Service* service : services) builder.RegisterService(service);
  builder.SetMaxReceiveMessageSize(64 << 20);
  const mode_t mask = ::umask(0077);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ::umask(mask);
  // A folder that goes away at once is the end of the session, which serve() notices.
  if (!server || bound == 0 || (!exists(socket) && exists(folder_of(socket)))) return unavailable("cannot listen on the socket " + socket, kWhere);
  return server;
}

// Listens at the socket; again when the folder that went away with a login session is back (a run that was to keep running
// would be out of reach until its end).
class Door {
 public:
  Door(std::string socket, std::vector<grpc::Service*> services) : socket_(std::move(socket)), services_(std::move(services)) {}
  Status open() {
    close();
    FEDLLM_ASSIGN_OR_RETURN(server_, listen(socket_, services_));
    return {};
  }
  bool stands() const { return server_ && exists(socket_); }
  bool can_stand() const { return exists(folder_of(socket_)); }
  void close() {
    if (!server_) return;
    server_->Shutdown(std::chrono::system_clock::now() + kGrace);
    server_->Wait();
    server_.reset();
  }

 private:
  const std::string socket_;
  const std::vector<grpc::Service*> services_;
  std::unique_ptr<grpc::Server> server_;
};

// Until a signal, the end of the session or idleness.
void serve(const CoreOptions& options, const ControlService& service, const RunManager& runs, const CoreExtension* extension,
           const sigset_t& signals, Door& door) {
  for (;;) {
    const int signal = ::sigtimedwait(&signals, nullptr, &kTick);
    const bool keep = service.keep_running() || runs.keeps_running();
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP && !keep) return;
    const bool busy = !runs.busy_runs().empty() || (extension && extension->busy());
    if (!door.stands() && !(keep && busy)) return;
    if (!door.stands() && door.can_stand()) (void)door.open();  // tried again at the next tick
    if (!busy && service.idle_seconds() > options.idle_s) return;
  }
}

}  // namespace

Status run_core(const CoreOptions& options) {
  FEDLLM_ASSIGN_OR_RETURN(const auto lock, CoreLock::acquire(options.paths, "core"));
  const sigset_t signals = end_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  (void)::setpriority(PRIO_PROCESS, 0, kNice);
  FEDLLM_ASSIGN_OR_RETURN(const auto ledger,
                          ledger::Ledger::open({options.paths.ledger_dir, options.paths.home, false, nullptr}));
  FEDLLM_RETURN_IF_ERROR(ledger->mark_interrupted());
  RunManager runs(*ledger, options.paths, options.open_backend);
  ControlService service({*ledger, runs, options.paths, options.program_version, options.open_backend, options.can_train});
  const std::unique_ptr<CoreExtension> extension = options.extend ? options.extend(*ledger, runs) : nullptr;
  std::vector<grpc::Service*> services = {&service.service()};
  if (extension) services.push_back(&extension->service());
  Door door(options.paths.socket, services);
  FEDLLM_RETURN_IF_ERROR(door.open());
  serve(options, service, runs, extension.get(), signals, door);
  if (extension) extension->close();
  runs.stop_all();  // watchers still hear how their runs end
  service.close();
  door.close();
  ::unlink(options.paths.socket.c_str());
  return {};
}

}  // namespace fedllm::node
