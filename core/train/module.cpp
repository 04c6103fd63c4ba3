// The module's door: the one exported function and the one place where exceptions become Status.
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include <new>

#include "train/backend.h"
#include "train/evaluator.h"
#include "train/local_trainer.h"
#include "train/merged_base.h"
#include "train/plain_backend.h"
#include "train/pretrain.h"
#include "train/probe.h"
#include "train/subnormals.h"

extern "C" [[gnu::weak]] void openblas_set_num_threads(int);   // absent where LibTorch runs on another BLAS

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.backend";

// One intra-op thread: OpenMP's setting belongs to each calling thread, OpenBLAS's to the process.
void prepare_thread() {
  thread_local const bool ready = [] {
    at::set_num_threads(1);
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    return true;
  }();
  (void)ready;
}

// LibTorch reports a failed allocation as one error among others, and some of its messages have several lines.
Status torch_error(const char* what, std::string message) {
  if (message.find("can't allocate memory") != std::string::npos) return Status(Code::resource_exhausted, std::string(what) + ": out of memory", kWhere);
  return internal_error(std::string(what) + ": " + message.substr(0, message.find('\n')), kWhere);
}

template <class Work>
auto guarded(const char* what, Work&& work) -> decltype(work()) {
  try {
    prepare_thread();
    const FlushSubnormals flush;
    return work();
  } catch (const std::bad_alloc&) {
    return Status(Code::resource_exhausted, std::string(what) + ": out of memory", kWhere);
  } catch (const c10::Error& error) {
    return torch_error(what, error.what_without_backtrace());
  } catch (const std::exception& error) {
    return internal_error(std::string(what) + ": " + error.what(), kWhere);
  } catch (...) {
    return internal_error(std::string(what) + ": unknown exception", kWhere);
  }
}

class TorchBackend final : public Backend {
 public:
  Result<std::shared_ptr<const BaseModel>> load_base(const std::string& folder, const LoadOptions& options) override {
    return guarded("load_base", [&]() -> Result<std::shared_ptr<const BaseModel>> {
      FEDLLM_ASSIGN_OR_RETURN(std::shared_ptr<const LoadedModel> model, LoadedModel::load(folder, options));
      return std::shared_ptr<const BaseModel>(std::move(model));
    });
  }
  Result<std::shared_ptr<const BaseModel>> with_merged(const std::shared_ptr<const BaseModel>& base, const adapter::AdapterState& merged) override {
    return guarded("with_merged", [&]() -> Result<std::shared_ptr<const BaseModel>> {
      const auto model = std::dynamic_pointer_cast<const LoadedModel>(base);
      if (!model) return loaded(*base).status();
      FEDLLM_ASSIGN_OR_RETURN(std::shared_ptr<const LoadedModel> made, train::with_merged(model, merged));
      return std::shared_ptr<const BaseModel>(std::move(made));
    });
  }
  Result<LocalResult> train(const BaseModel& base, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options) override {
    return with<LocalResult>("train", base, [&](const LoadedModel& model) { return runs_plainly(model, &start) ? train_plainly(model, start, examples, options) : train_locally(model, start, examples, options); });
  }
  Result<std::vector<Score>> score(const BaseModel& base, const adapter::AdapterState* adapter, std::span<const data::Example> examples, const StopFlag& stop) override {
    return with<std::vector<Score>>("score", base, [&](const LoadedModel& model) { return runs_plainly(model, adapter) ? score_plainly(model, adapter, examples, stop) : score_examples(model, adapter, examples, stop); });
  }
  Result<Generated> generate(const BaseModel& base, const adapter::AdapterState* adapter, std::span<const int32_t> prompt, const GenerateOptions& options) override {
    return with<Generated>("generate", base, [&](const LoadedModel& model) { return runs_plainly(model, adapter) ? generate_plainly(model, adapter, prompt, options) : generate_tokens(model, adapter, prompt, options); });
  }
  Result<Probe> probe(const BaseModel& base, const adapter::AdapterState* adapter, const ProbeInput& input) override {
    return with<Probe>("probe", base, [&](const LoadedModel& model) { return runs_plainly(model, adapter) || needs_padding(model, input) ? probe_plainly(model, adapter, input) : run_probe(model, adapter, input); });
  }
  Result<ProbeTrain> probe_train(const BaseModel& base, const adapter::AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options) override {
    return with<ProbeTrain>("probe_train", base, [&](const LoadedModel& model) { return runs_plainly(model, &start) || needs_padding(model, input) ? probe_train_plainly(model, start, input, options) : run_probe_train(model, start, input, options); });
  }
  Result<PretrainResult> pretrain(const PretrainOptions& options) override {
    return guarded("pretrain", [&] { return pretrain_model(options); });
  }

 private:
  template <class T, class Work>
  Result<T> with(const char* what, const BaseModel& base, Work&& work) {
    return guarded(what, [&]() -> Result<T> {
      FEDLLM_ASSIGN_OR_RETURN(const LoadedModel* model, loaded(base));
      return work(*model);
    });
  }
};

}  // namespace
}  // namespace fedllm::train

extern "C" [[gnu::visibility("default")]] fedllm::train::Backend* fedllm_train_backend_v1() {
  static fedllm::train::TorchBackend backend;
  return &backend;
}
