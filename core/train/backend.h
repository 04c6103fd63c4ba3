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
#include <string_view>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/cores.h"
#include "adapter/tail.h"
#include "base/status.h"
#include "base/stop_token.h"
#include "data/example.h"
#include "spec/forecast.h"
#include "spec/scenario.h"
#include "train/token_sampler.h"

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
  // One of facts().tensors, row by row: what a tensor that an adapter keeps whole starts from.
  virtual Result<std::vector<float>> tensor(const std::string& name) const { return not_found("the base model has no tensor " + name, "train.base_model"); }
};
// adapter::initial_state, with the base's values in the tensors that the layout keeps whole.
Result<adapter::AdapterState> start_state(const BaseModel& base, adapter::LayoutPtr layout, uint64_t seed);

// How the base's weights are held: in the file's own type, or converted once (frozen_model.h).
enum class BasePrecision { automatic, f32, bf16, int8 };
// The names of kBasePrecisions (spec/names.h); an unknown one is an error.
Result<BasePrecision> base_precision(std::string_view name);
struct LoadOptions {
  int require_vocab = 0;               // a tokenizer of more tokens than the model's vocabulary is refused; 0: not checked
  BasePrecision precision = BasePrecision::automatic;
  std::string device = "cpu";          // cpu, cuda
};

// Which factors of every LoRA pair learn; the other stays as it is, to the bit (FFA-LoRA 2403.12313, RoLoRA 2409.02346).
enum class Factors { both, a, b };
enum class ClientOptimizer { adamw, sgd };

// Buffers that a call leaves for the next one of the same thread, so that training client after client takes fresh memory
// once. Of one backend; not shared by calls at once.
class TrainBuffers {
 public:
  virtual ~TrainBuffers() = default;
};

struct LocalOptions {
  int steps = 0;                       // optimizer steps
  int batch_size = 16;
  double learning_rate = 3e-3, weight_decay = 0, clip_norm = 1, warmup_fraction = 0;
  double dropout = 0;
  double proximal_mu = 0;
  std::vector<float> anchor;           // what the proximal term draws towards, [the adapter's size]; empty: the start
  Factors factors = Factors::both;
  // [the adapter's size], 0 for numbers that stay as they are although their factor learns (LoRA-A2 2410.22815); empty: none.
  std::vector<uint8_t> learns;
  // No step is taken: the result's adapter is the mean gradient over the steps' batches of what learns, and 0 elsewhere.
  bool gradient_only = false;
  // Not null: cores are trained, and B is what they make of it (Fed-SB 2502.15436); `factors` is b.
  std::shared_ptr<const adapter::Cores> cores;
  bool head_scales = false;            // a trained scalar a head beside its core (RAVAN 2506.05568)
  adapter::TailPenalty tail;           // added to the loss (HetLoRA 2401.06432); on_step tells the loss without it
  ClientOptimizer optimizer = ClientOptimizer::adamw;
  double momentum = 0;                 // sgd: v = momentum v + g; theta -= learning_rate v
  // SCAFFOLD's c - c_k (1910.06378), added to every clipped gradient; [the adapter's size] or empty.
  std::vector<float> correction;
  uint64_t seed = 0;                   // batch order and dropout
  int workers = 1;                     // threads of this call; the result does not depend on it
  // For what enters the lowest adapted layer, so that later epochs compute nothing below it; 0: none. No effect on the result.
  int64_t cache_bytes = int64_t{64} << 20;
  std::shared_ptr<TrainBuffers>* buffers = nullptr;   // taken and left; null: freed at the end of the call
  StopFlag stop;                       // polled between steps; stopping returns CANCELLED
  // loss of the step (before its update), tokens scored, seconds of the step; step counts from 1.
  std::function<void(int step, double loss, int64_t tokens, double seconds)> on_step;
};

// Learning rate of a step counted from 1: linear warm-up, then constant.
double rate_at(int step, const LocalOptions& options);
// Of all steps together: what SCAFFOLD divides a client's change by.
double sum_of_rates(const LocalOptions& options);

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
  int64_t correct = 0;                 // tokens that are the argmax
  double mean_loss() const { return tokens ? loss_sum / tokens : 0; }
};

struct GenerateOptions {
  int max_new_tokens = 32;
  int32_t eos_id = -1;                 // the answer ends behind it (it is in `ids`); -1: never
  std::vector<int32_t> stop_ids;       // and behind any of these
  SamplingOptions sampling;
  int top = 5;                         // likeliest tokens reported at every new position, before any sampling
  StopFlag stop;                       // polled within 200 ms, also during a long prompt; stopping returns CANCELLED
  std::function<bool(int32_t id)> on_token;   // each new token at once; false ends the answer behind it
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
  int64_t tokens = 0, correct = 0;     // labels scored, and those of them that are the argmax
  adapter::AdapterState gradients;     // of the LoRA factors, in the adapter's layout; empty layout without an adapter
  double grad_norm = 0;
};
struct ProbeInput {
  int64_t batch = 0, length = 0;
  // [B, T]. A token's position is its column, padding counted; the mask (may be empty) hides keys; labels -100 = not scored.
  // Logits of masked positions are 0, or what Hugging Face computes there.
  std::vector<int64_t> input_ids, attention_mask, labels;
  bool want_logits = true, want_gradients = true;
};
struct ProbeTrainOptions {
  int steps = 5;
  double learning_rate = 1e-2, weight_decay = 0.01, clip_norm = 0;
  StopFlag stop;                       // polled between steps
  std::function<void(int step, double loss)> on_loss;   // before each step, counted from 0, and after the last
};
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
  // config.json + model.safetensors (or sharded) of `folder`.
  virtual Result<std::shared_ptr<const BaseModel>> load_base(const std::string& folder, const LoadOptions& options) = 0;
  Result<std::shared_ptr<const BaseModel>> load_base(const std::string& folder, int require_vocab) { return load_base(folder, LoadOptions{.require_vocab = require_vocab}); }
  // The base with a low-rank update added to some of its linears, of which it keeps copies (merged_base.h).
  virtual Result<std::shared_ptr<const BaseModel>> with_merged(const std::shared_ptr<const BaseModel>&, const adapter::AdapterState&) {
    return Status(Code::unimplemented, "this backend cannot merge an update into a base", "train.backend");
  }
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
