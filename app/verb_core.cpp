// fedllm core
#include "command_line.h"
#include "lab/lab.h"
#include "node/core_process.h"

namespace fedllm::app {
namespace {

class LabInCore final : public node::CoreExtension {
 public:
  explicit LabInCore(const lab::LabTools& tools) : lab_(tools) {}
  grpc::Service& service() override { return lab_.service(); }
  bool busy() const override { return lab_.busy(); }
  void close() override { lab_.close(); }

 private:
  lab::Lab lab_;
};

Status run(const Arguments& arguments) {
  node::CoreOptions options;
  FEDLLM_ASSIGN_OR_RETURN(const int idle_s, arguments.number("--idle-seconds", 600, 0));
  FEDLLM_ASSIGN_OR_RETURN(options.paths, arguments.home());
  options.program_version = FEDLLM_VERSION;
  options.idle_s = idle_s;
  options.can_train = train::backend_present();
  options.extend = [&options](ledger::Ledger& ledger, node::RunManager& runs) -> std::unique_ptr<node::CoreExtension> {
    return std::make_unique<LabInCore>(
        lab::LabTools{ledger, runs, options.open_backend, options.paths, options.program_version});
  };
  return node::run_core(options);
}

const VerbEntry entry({"core",
                       "",
                       "be the background core of a home (started by the studio)",
                       {{"--idle-seconds", "N", "end after this long without runs and visitors (default: 600)"}},
                       run,
                       95,
                       true,
                       "Serves one home over its unix socket. SIGTERM stops and saves every run; a second core for the same\n"
                       "home ends at once."});

}  // namespace
}  // namespace fedllm::app
