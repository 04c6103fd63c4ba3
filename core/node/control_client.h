// ControlClient: the control service from the command line's side; every call blocks. connect() gives up after `timeout_s`
// with UNAVAILABLE when nobody answers, or FAILED_PRECONDITION when a core of another version does. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/home.h"
#include "base/status.h"
#include "wire/control.pb.h"

namespace fedllm::node {

class ControlClient {
 public:
  static Result<std::unique_ptr<ControlClient>> connect(const HomePaths& paths, const std::string& program_version,
                                                        double timeout_s);
  ~ControlClient();
  const wire::HelloReply& hello() const;
  Result<wire::RunInfo> start_run(const wire::StartRunRequest& request);
  Result<wire::RunInfo> get_run(const std::string& run);
  Result<wire::RunInfo> resume(const std::string& run);
  Result<wire::RunInfo> stop(const std::string& run, bool abandon);
  // Calls `batch` with history, then live, until it returns false (then ok) or the stream breaks (then why).
  Status watch(const std::string& run, uint64_t from_seq, const std::function<bool(const wire::EventBatch&)>& batch);

 private:
  class Impl;
  explicit ControlClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::node
