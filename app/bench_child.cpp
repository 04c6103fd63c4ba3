#include "bench_child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace fedllm::app {
namespace {

constexpr const char* kWhere = "bench.child";

struct Pipe {
  int read = -1, write = -1;
  bool open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read = ends[0], write = ends[1];
    return true;
  }
};

Result<pid_t> spawn(const std::vector<std::string>& arguments, const Pipe& in, const Pipe& out) {
  std::vector<char*> words;
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write, STDOUT_FILENO);
  pid_t pid = -1;
  const int problem = posix_spawn(&pid, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) return unavailable("cannot start " + arguments[0] + ": " + std::strerror(problem), kWhere);
  return pid;
}

}  // namespace

Result<BenchChild> BenchChild::start(const std::vector<std::string>& arguments) {
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  setenv("MKL_NUM_THREADS", "1", 1);
  setenv("OMP_WAIT_POLICY", "PASSIVE", 1);
  std::signal(SIGPIPE, SIG_IGN);   // a program that ended is an answer that does not come
  Pipe in, out;
  if (!in.open() || !out.open()) return unavailable(std::string("cannot make a pipe: ") + std::strerror(errno), kWhere);
  const auto pid = spawn(arguments, in, out);
  ::close(in.read), ::close(out.write);
  if (!pid.ok()) {
    ::close(in.write), ::close(out.read);
    return pid.status();
  }
  return BenchChild(arguments[0], *pid, in.write, fdopen(out.read, "r"));
}

BenchChild::BenchChild(BenchChild&& other) noexcept : name_(std::move(other.name_)), pid_(other.pid_), in_(other.in_), out_(other.out_) {
  other.pid_ = -1, other.in_ = -1, other.out_ = nullptr;
}

BenchChild::~BenchChild() {
  if (in_ >= 0) ::close(in_);
  if (out_) std::fclose(out_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);   // its input's end makes it leave
}

Status BenchChild::ended() {
  ::close(in_), in_ = -1;   // one that only closed its output leaves now
  int state = 0;
  const bool gone = pid_ > 0 && waitpid(pid_, &state, 0) == pid_;
  pid_ = -1;
  const std::string how = !gone ? "" : WIFEXITED(state) ? " with exit code " + std::to_string(WEXITSTATUS(state)) : " by signal " + std::to_string(WTERMSIG(state));
  return unavailable(name_ + " ended" + how + " instead of answering", kWhere);
}

Result<nlohmann::json> BenchChild::ask(const std::string& line) {
  const std::string text = line + "\n";
  // Where nobody reads any more, its last words may still tell why.
  [[maybe_unused]] const ssize_t written = ::write(in_, text.data(), text.size());
  char* answer = nullptr;
  size_t room = 0;
  const ssize_t length = getline(&answer, &room, out_);
  const std::string got(answer ? answer : "", length > 0 ? static_cast<size_t>(length) : 0);
  std::free(answer);
  if (length <= 0) return ended();
  nlohmann::json parsed = nlohmann::json::parse(got, nullptr, false);
  if (parsed.is_discarded()) return data_loss(name_ + " answered with something that is not JSON: " + got.substr(0, 80), kWhere);
  if (parsed.is_object() && parsed.contains("error")) return unavailable(parsed["error"].is_string() ? parsed["error"].get<std::string>() : parsed["error"].dump(), kWhere);
  return parsed;
}

}  // namespace fedllm::app
