// PlainModel: a checkpoint trained and scored the plain way (PlainNetwork: padded batches, one LibTorch operation a
// step of the formula, logits of every position, torch's AdamW), on any device that LibTorch knows. What tests compare the
// engine with, the benchmark measures it against, and other devices run. Not part of Backend: kPlainSymbol of the opened
// module. Loss in nats, mean over label tokens; adapters are float32 in every precision. Immutable, any thread; errors are
// values but for what LibTorch throws (memory, the device's own).
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "train/backend.h"

namespace fedllm::train {

struct PlainPlace {
  std::string device = "cpu";          // or "cuda", "cuda:1"; products never in TF32
  bool bf16 = false;                   // base weights and products in bfloat16 instead of float32
};
struct PlainWants {
  bool merged = false;                 // the adapter's change added to the weights, instead of beside them
  bool hidden_states = false, base_gradients = false;
  bool logits = true;
};
struct PlainProbe {
  Probe probe;
  std::vector<std::vector<float>> hidden_states;             // layers + 1 of [B, T, hidden], the last one normed
  std::map<std::string, std::vector<float>> base_gradients;  // by the tensors' names
};

class PlainModel {
 public:
  virtual ~PlainModel() = default;
  virtual const std::vector<spec::LinearFacts>& linears() const = 0;
  virtual int vocab_size() const = 0;
  // adapter may be null. Without labels no loss and no gradients.
  virtual Result<PlainProbe> probe(const adapter::AdapterState* adapter, const ProbeInput& input, const PlainWants& wants = {}) const = 0;
  virtual Result<ProbeTrain> probe_train(const adapter::AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options) const = 0;
  // Backend::train by torch's AdamW, without dropout, proximal term and warm-up.
  virtual Result<LocalResult> train(const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options) const = 0;
  // The likeliest tokens one after another, each from a whole pass; the last is one of `stop_ids` where one came up.
  virtual Result<std::vector<int32_t>> greedy(const adapter::AdapterState* adapter, std::span<const int32_t> prompt, int max_new_tokens,
                                              std::span<const int32_t> stop_ids, const StopFlag& stop) const = 0;
};

// The folder on a place; a device that is not there is FAILED_PRECONDITION.
Result<std::shared_ptr<const PlainModel>> open_plain(const std::string& folder, const PlainPlace& place);
using OpenPlain = Result<std::shared_ptr<const PlainModel>>(const std::string& folder, const PlainPlace& place);
inline constexpr const char* kPlainSymbol = "fedllm_train_plain_v2";   // a function that returns OpenPlain*

}  // namespace fedllm::train
