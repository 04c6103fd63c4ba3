#include "node/script_method.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "adapter/peft.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/home.h"
#include "base/sha256.h"
#include "base/text.h"
#include "node/adapter_order.h"

namespace fedllm::node {
namespace {

namespace fs = std::filesystem;
constexpr const char* kWhere = "node.script";
constexpr size_t kMostSaid = 1 << 16;   // of what it writes to standard error
constexpr size_t kLongestReason = 400;

// Closes and removes whatever happens.
class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\r')) text.pop_back();
  const size_t line = text.rfind('\n');
  return shortened(line == std::string::npos ? text : text.substr(line + 1), kLongestReason);
}

// One run of the program in a group of its own, so that what it started ends with it.
class Child {
 public:
  ~Child() {
    if (pid_ > 0) end();
    if (out_ >= 0) close(out_);
  }
  Status start(const std::string& program, const std::string& folder) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return internal_error("no pipe for the script could be made", kWhere);
    pid_ = fork();
    if (pid_ == 0) become(program, folder, ends[1]);
    close(ends[1]);
    out_ = ends[0];
    if (pid_ < 0) return internal_error("the script could not be started", kWhere);
    setpgid(pid_, pid_);
    return {};
  }
  // Its exit code, or why it was ended.
  Result<int> wait(double limit_s, const StopFlag& stop, std::string& said) {
    const SystemClock clock;
    const double began_s = clock.seconds();
    for (;;) {
      read_some(said);
      int status = 0;
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        kill(-pid_, SIGKILL);
        pid_ = -1;
        read_some(said);
        if (WIFSIGNALED(status)) return Status(Code::aborted, "it was ended by signal " + std::to_string(WTERMSIG(status)), kWhere);
        return WEXITSTATUS(status);
      }
      if (stop.requested()) return cancelled("the run was stopped", kWhere);
      if (clock.seconds() - began_s > limit_s)
        return Status(Code::deadline_exceeded, "it ran longer than " + format_double(limit_s) + " s (strategy.parameters.time_limit_s)", kWhere);
    }
  }

 private:
  [[noreturn]] static void become(const std::string& program, const std::string& folder, int said) {
    setpgid(0, 0);
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO), dup2(nothing, STDOUT_FILENO), dup2(said, STDERR_FILENO);
    if (chdir(folder.c_str()) != 0) _exit(127);
    execl(program.c_str(), program.c_str(), folder.c_str(), static_cast<char*>(nullptr));
    const std::string_view sorry = "it cannot be executed: is its first line #! and a program that is here?\n";
    (void)!write(STDERR_FILENO, sorry.data(), sorry.size());
    _exit(127);
  }
  void read_some(std::string& said) {
    pollfd waiting{out_, POLLIN, 0};
    char piece[4096];
    for (int timeout_ms = 20; poll(&waiting, 1, timeout_ms) > 0; timeout_ms = 0) {
      const ssize_t got = read(out_, piece, sizeof piece);
      if (got <= 0) {
        usleep(2000);   // it closed its end and goes on
        return;
      }
      if (said.size() < kMostSaid) said.append(piece, static_cast<size_t>(got));
    }
  }
  void end() {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid_ = -1;
  int out_ = -1;
};

class ScriptMethod final : public fed::Method {
 public:
  ScriptMethod(const spec::MethodFacts& facts, ScriptTools tools) : Method(facts), tools_(std::move(tools)) {}

  Result<fed::Combination> combine(const adapter::AdapterState& global, fed::ClientAdapters& clients, const fed::Round& round) override {
    const Folder folder(tools_.work_dir + "/script-round-" + std::to_string(round.number));
    std::error_code ignored;
    fs::remove_all(folder.path(), ignored);   // of a killed session
    FEDLLM_RETURN_IF_ERROR(make_dirs(folder.path()));
    FEDLLM_RETURN_IF_ERROR(lay_out(global, clients, round, folder.path()));
    Child child;
    FEDLLM_RETURN_IF_ERROR(child.start(tools_.script.path, folder.path()));
    std::string said;
    const auto code = child.wait(tools_.time_limit_s, tools_.stop, said);
    if (!code.ok()) return code.status().code() == Code::cancelled ? code.status() : failure(round, code.status().message());
    if (*code != 0) return failure(round, said.empty() ? "it ended with code " + std::to_string(*code) : last_line(said));
    return read(global, round, folder.path() + "/result");
  }

 private:
  Status failure(const fed::Round& round, const std::string& why) const {
    return failed_precondition("strategy.aggregator: round " + std::to_string(round.number) + ": " + fs::path(tools_.script.path).filename().string() + ": " + why, kWhere);
  }

  Status lay_out(const adapter::AdapterState& global, fed::ClientAdapters& clients, const fed::Round& round, const std::string& folder) const {
    FEDLLM_RETURN_IF_ERROR(adapter::save_peft(global, tools_.meta, folder + "/global").status());
    nlohmann::ordered_json manifest = {{"format", 1}, {"round", round.number}, {"base_model", tools_.meta.base_model_name}, {"global", "global"}, {"result", "result"}};
    manifest["clients"] = nlohmann::ordered_json::array();
    for (size_t k = 0; k < clients.size(); ++k) {
      adapter::AdapterState one = adapter::AdapterState::zeros(clients.layout(k));
      FEDLLM_RETURN_IF_ERROR(clients.read(k, 0, one.values));
      const std::string name = "client-" + std::to_string(k);
      FEDLLM_RETURN_IF_ERROR(adapter::save_peft(one, tools_.meta, folder + "/" + name).status());
      int rank = 0;
      for (const adapter::ModuleSlot& slot : one.layout->modules()) rank = std::max(rank, slot.rank);
      manifest["clients"].push_back({{"folder", name}, {"client", clients.who(k)}, {"weight", clients.weight(k)}, {"rank", rank}, {"alpha", one.layout->lora_alpha()}});
    }
    return write_file_atomic(folder + "/manifest.json", manifest.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  }

  Result<fed::Combination> read(const adapter::AdapterState& global, const fed::Round& round, const std::string& folder) const {
    const auto found = adapter::load_peft(folder);
    if (!found.ok()) return failure(round, "its result cannot be read: " + found.status().message());
    auto state = in_layout(*found, global.layout);
    if (!state.ok()) return failure(round, "its result does not fit: " + state.status().message());
    if (!adapter::all_finite(*state)) return failure(round, "its result holds numbers that are not finite");
    for (size_t m = 0; m < global.layout->modules().size(); ++m) {
      const std::string& name = global.layout->modules()[m].name;
      for (size_t other = 0; other < found->layout->modules().size(); ++other)
        if (found->layout->modules()[other].name == name && found->layout->scale(other) != global.layout->scale(m))
          return failure(round, "its result does not fit: " + name + ": expected a scale (alpha / rank) of " + format_double(global.layout->scale(m)) + ", got " +
                                    format_double(found->layout->scale(other)));
    }
    return fed::Combination{std::move(state).value(), std::nullopt, 0};
  }

  ScriptTools tools_;
};

}  // namespace

Result<Script> find_script(std::string_view aggregator, const std::string& base_dir) {
  const std::string given(aggregator.substr(spec::kScriptPrefix.size()));
  const std::string path = fs::absolute(resolve_path(given, "scripts", base_dir)).lexically_normal().string();
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return not_found("strategy.aggregator: expected a program at " + given + ", there is none (looked at " + path + ")", kWhere);
  if (access(path.c_str(), X_OK) != 0) return failed_precondition("strategy.aggregator: " + given + " is not executable; chmod +x makes it so", kWhere);
  FEDLLM_ASSIGN_OR_RETURN(std::string sha256, sha256_file(path));
  return Script{path, std::move(sha256)};
}

std::unique_ptr<fed::Method> make_script_method(const spec::MethodFacts& facts, ScriptTools tools) {
  return std::make_unique<ScriptMethod>(facts, std::move(tools));
}

}  // namespace fedllm::node
