// StepWatch: a Backend that passes everything on to another and notes when each local step ended, so that a benchmark can
// say what happened after a pause. benchmark_backend() is the LibTorch module where it can be opened, else null.
#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include "train/backend.h"

namespace fedllm::tests {

inline double steady_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

class StepWatch final : public train::Backend {
 public:
  struct Step {
    uint64_t client_seed;
    double ended_s, seconds;
  };

  explicit StepWatch(train::Backend& real) : real_(real) {}
  std::vector<Step> steps() const {
    std::lock_guard lock(mutex_);
    return steps_;
  }

  Result<std::shared_ptr<const train::BaseModel>> load_base(const std::string& folder, const train::LoadOptions& options) override {
    return real_.load_base(folder, options);
  }
  Result<train::LocalResult> train(const train::BaseModel& base, const adapter::AdapterState& start,
                                   const std::vector<data::Example>& examples, const train::LocalOptions& options) override {
    train::LocalOptions watched = options;
    watched.on_step = [&](int step, double loss, int64_t tokens, double seconds) {
      {
        std::lock_guard lock(mutex_);
        steps_.push_back({options.seed, steady_s(), seconds});
      }
      if (options.on_step) options.on_step(step, loss, tokens, seconds);
    };
    return real_.train(base, start, examples, watched);
  }
  Result<std::vector<train::Score>> score(const train::BaseModel& base, const adapter::AdapterState* adapter,
                                          std::span<const data::Example> examples, const StopFlag& stop) override {
    return real_.score(base, adapter, examples, stop);
  }
  Result<train::Generated> generate(const train::BaseModel& base, const adapter::AdapterState* adapter,
                                    std::span<const int32_t> prompt, const train::GenerateOptions& options) override {
    return real_.generate(base, adapter, prompt, options);
  }
  Result<train::Probe> probe(const train::BaseModel& base, const adapter::AdapterState* adapter,
                             const train::ProbeInput& input) override {
    return real_.probe(base, adapter, input);
  }
  Result<train::ProbeTrain> probe_train(const train::BaseModel& base, const adapter::AdapterState& start,
                                        const train::ProbeInput& input, const train::ProbeTrainOptions& options) override {
    return real_.probe_train(base, start, input, options);
  }
  Result<train::PretrainResult> pretrain(const train::PretrainOptions& options) override { return real_.pretrain(options); }

 private:
  train::Backend& real_;
  mutable std::mutex mutex_;
  std::vector<Step> steps_;
};

inline train::Backend* benchmark_backend() {
  auto opened = train::open_backend();
  return opened.ok() ? *opened : nullptr;
}

}  // namespace fedllm::tests
