// Backend: everything that needs LibTorch, behind an interface that names no torch type. It lives in a module
// (libfedllm_train.so) opened on first use, so that verbs which do not train start quickly. Tests inject their own.
// One call = one thread with one intra-op thread; calls on different threads may run at once and share a BaseModel.
// Losses are natural-log cross entropy, mean over response tokens. Errors never throw across this border.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "base/status.h"
#include "base/stop_token.h"
#include "data/example.h"
#include "spec/forecast.h"
#include "spec/scenario.h"

namespace fedllm::train {

// A base model loaded once and shared read-only; weights stay memory-mapped in the file's type where they can.
class BaseModel {
 public:
  virtual ~BaseModel() = default;
  virtual const spec::ModelFacts& facts() const = 0;
  virtual int vocab_size() const = 0;
  virtual int max_positions() const = 0;
  virtual const std::string& sha256() const = 0;    // of the weight file(s)
  // LoRA layout for suffix names ("q_proj") in model order; a name that matches nothing is an error that lists what there is.
  virtual Result<adapter::LayoutPtr> lora_layout(const spec::LoraSpec& lora) const = 0;
};

struct LocalOptions {
  int steps = 0;                       // optimizer steps
  int batch_size = 16;
  double learning_rate = 3e-3, weight_decay = 0, clip_norm = 1, warmup_fraction = 0;
  double dropout = 0;
  double proximal_mu = 0;
  uint64_t seed = 0;                   // batch order and dropout
  StopFlag stop;                       // polled between steps; stopping returns CANCELLED
  // loss of the step (before its update), tokens scored, seconds of the step; step counts from 1.
  std::function<void(int step, double loss, int64_t tokens, double seconds)> on_step;
};

struct LocalResult {
  adapter::AdapterState adapter;
  double mean_loss = 0, last_loss = 0;
  int64_t tokens = 0;
  double seconds = 0;
};

struct Score {
  double loss_sum = 0;                 // nats
  int64_t tokens = 0;
  int64_t exact = 0;                   // records whose every response token (EOS included) is the argmax, teacher-forced
  int64_t records = 0;
  double mean_loss() const { return tokens ? loss_sum / tokens : 0; }
};

struct GenerateOptions {
  int max_new_tokens = 32;
  int32_t eos_id = -1;                 // stop after it; -1: never
  int top = 5;                         // likeliest tokens reported at every new position
  StopFlag stop;
};
struct TokenChoice { int32_t id = 0; double probability = 0; };
struct Generated {
  std::vector<int32_t> ids;                          // new tokens only
  std::vector<std::vector<TokenChoice>> choices;     // per new token, likeliest first
};

// What the golden tests look at.
struct Probe {
  std::vector<float> logits;           // [B, T, V]
  double loss = 0;
  adapter::AdapterState gradients;     // of the LoRA factors, in the adapter's layout; empty layout without an adapter
  double grad_norm = 0;
};
struct ProbeInput {
  int64_t batch = 0, length = 0;
  std::vector<int64_t> input_ids, attention_mask, labels;   // [B, T]; mask may be empty; labels -100 = not scored
};
struct ProbeTrainOptions { int steps = 5; double learning_rate = 1e-2, weight_decay = 0.01, clip_norm = 0; };
struct ProbeTrain { std::vector<double> losses, grad_norms; adapter::AdapterState adapter; };   // steps + 1 losses, steps norms

struct PretrainOptions {
  std::string corpus;                  // token ids, little-endian uint16, documents separated by EOS
  std::string config_json;             // config.json of the model to make
  std::string out_dir;                 // gets config.json and model.safetensors (bf16)
  uint64_t seed = 1;
  int64_t steps = 0;
  int batch_size = 16, length = 128;
  double learning_rate = 1e-3, weight_decay = 0.1;
  double held_out_fraction = 0.02;
  StopFlag stop;
  std::function<void(int64_t step, int64_t steps, double loss)> progress;
};
struct PretrainResult { double held_out_loss = 0, train_loss = 0, seconds = 0; int64_t parameters = 0, tokens = 0; };

class Backend {
 public:
  virtual ~Backend() = default;
  // config.json + model.safetensors (or sharded) of `folder`. A tokenizer vocabulary larger than the model's is refused
  // by `require_vocab` (0: not checked).
  virtual Result<std::shared_ptr<const BaseModel>> load_base(const std::string& folder, int require_vocab) = 0;
  virtual Result<LocalResult> train(const BaseModel& base, const adapter::AdapterState& start,
                                    const std::vector<data::Example>& examples, const LocalOptions& options) = 0;
  // One score per example, in order; adapter may be null (the base itself).
  virtual Result<std::vector<Score>> score(const BaseModel& base, const adapter::AdapterState* adapter,
                                           std::span<const data::Example> examples, const StopFlag& stop) = 0;
  virtual Result<Generated> generate(const BaseModel& base, const adapter::AdapterState* adapter,
                                     std::span<const int32_t> prompt, const GenerateOptions& options) = 0;
  virtual Result<Probe> probe(const BaseModel& base, const adapter::AdapterState* adapter, const ProbeInput& input) = 0;
  virtual Result<ProbeTrain> probe_train(const BaseModel& base, const adapter::AdapterState& start, const ProbeInput& input,
                                         const ProbeTrainOptions& options) = 0;
  virtual Result<PretrainResult> pretrain(const PretrainOptions& options) = 0;
};

// Opens the module once per process ($FEDLLM_TRAIN_MODULE, else ../lib/fedllm/libfedllm_train.so beside the program).
// Missing: FAILED_PRECONDITION with the path looked for.
Result<Backend*> open_backend();
// Is the module's file there? Opens nothing.
bool backend_present();

// The module's one exported symbol.
inline constexpr const char* kBackendSymbol = "fedllm_train_backend_v1";

}  // namespace fedllm::train
