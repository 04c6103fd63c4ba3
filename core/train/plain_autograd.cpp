#include "train/plain_autograd.h"

#include <torch/torch.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstring>
#include <limits>

#include "train/batch.h"
#include "train/checkpoint.h"
#include "train/plain_network.h"

namespace fedllm::train {
namespace {

using adapter::AdapterState;
using at::Tensor;

constexpr const char* kWhere = "train.plain";
constexpr int64_t kUnscored = -100;

struct PaddedBatch { Tensor ids, mask, labels; };   // [B, T]; the label of a position is its own token

std::vector<float> values_of(const Tensor& tensor) {
  const Tensor flat = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

// The adapter under training: leaves that are copies of the state's values.
struct Leaves {
  std::vector<PlainLora> lora;                      // by linear index
  std::map<std::string, Tensor> saved;              // whole tensors in the base's place
  std::vector<std::pair<Tensor, size_t>> all;       // with the offset in the state's values
  std::vector<Tensor> tensors() const {
    std::vector<Tensor> out;
    for (const auto& [tensor, offset] : all) out.push_back(tensor);
    return out;
  }
  void copy_to(std::vector<float>& values, bool gradients) const {
    for (const auto& [tensor, offset] : all)
      if (const Tensor from = gradients ? tensor.grad() : tensor; from.defined()) {
        const std::vector<float> copy = values_of(from);
        std::copy(copy.begin(), copy.end(), values.begin() + static_cast<long>(offset));
      }
  }
};

Tensor to_tensor(const adapter::TensorView& view) {
  const auto type = view.dtype == adapter::DType::f32 ? at::kFloat : view.dtype == adapter::DType::f16 ? at::kHalf : at::kBFloat16;
  const Tensor tensor = at::empty(view.shape, type);
  std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor;
}

Tensor loss_of(const Tensor& logits, const Tensor& labels) {
  const int64_t length = labels.size(1);
  const Tensor rows = logits.narrow(1, 0, length - 1).reshape({-1, logits.size(2)}), targets = labels.narrow(1, 1, length - 1).reshape({-1});
  return torch::nn::functional::cross_entropy(rows.to(at::kFloat), targets.to(rows.device()), torch::nn::functional::CrossEntropyFuncOptions().ignore_index(kUnscored));
}

// Is there a label that follows something?
bool scored(const Tensor& labels) { return labels.size(1) > 1 && labels.narrow(1, 1, labels.size(1) - 1).ne(kUnscored).any().item<bool>(); }

PaddedBatch pad(const std::vector<data::Example>& examples, std::span<const int> items) {
  size_t longest = 0;
  for (int i : items) longest = std::max(longest, examples[i].ids.size());
  const std::vector<int64_t> shape{static_cast<int64_t>(items.size()), static_cast<int64_t>(longest)};
  PaddedBatch batch{at::zeros(shape, at::kLong), at::zeros(shape, at::kLong), at::full(shape, kUnscored, at::kLong)};
  for (size_t b = 0; b < items.size(); ++b) {
    const data::Example& example = examples[items[b]];
    const size_t row = b * longest;
    std::copy(example.ids.begin(), example.ids.end(), batch.ids.data_ptr<int64_t>() + row);
    std::fill_n(batch.mask.data_ptr<int64_t>() + row, example.ids.size(), 1);
    data::each_scored(example, [&](int32_t begin, int32_t end) { std::copy(example.ids.begin() + begin, example.ids.begin() + end, batch.labels.data_ptr<int64_t>() + row + begin); });
  }
  return batch;
}

class Plain final : public PlainModel {
 public:
  Status open(const std::string& folder, const PlainPlace& place) {
    device_ = at::Device(place.device), type_ = place.bf16 ? at::kBFloat16 : at::kFloat;
    FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(folder + "/config.json"));
    FEDLLM_ASSIGN_OR_RETURN(config_, parse_config(text, folder + "/config.json"));
    plan_ = plan_of(config_), linears_ = linear_facts(plan_);
    FEDLLM_ASSIGN_OR_RETURN(const auto checkpoint, Checkpoint::open(folder, config_, plan_));
    for (const TensorSpec& spec : plan_.tensors) weights_[spec.name] = to_tensor(checkpoint->tensor(spec.name)).to(device_, type_);
    return {};
  }
  const std::vector<spec::LinearFacts>& linears() const override { return linears_; }
  int vocab_size() const override { return config_.vocab_size; }

  Result<PlainProbe> probe(const AdapterState* adapter, const ProbeInput& input, const PlainWants& wants) const override {
    FEDLLM_ASSIGN_OR_RETURN(const PaddedBatch batch, read(input));
    Leaves leaves;
    if (adapter) { FEDLLM_ASSIGN_OR_RETURN(leaves, make_leaves(*adapter)); }
    std::map<std::string, Tensor> weights = weights_;
    if (wants.base_gradients)
      for (auto& [name, weight] : weights) weight = weight.detach().clone().requires_grad_(true);
    const PlainNetwork network = make_network(weights, leaves, wants.merged);
    std::vector<Tensor> hidden_states;
    const PlainPass pass{adapter && !wants.merged ? &leaves.lora : nullptr, 0, wants.hidden_states ? &hidden_states : nullptr};
    const Tensor logits = network.logits(network.hidden(batch.ids, batch.mask, pass), pass);
    PlainProbe result;
    if (wants.logits) result.probe.logits = values_of(logits);
    for (const Tensor& states : hidden_states) result.hidden_states.push_back(values_of(states));
    if (!scored(batch.labels)) return result;
    const Tensor loss = loss_of(logits, batch.labels);
    result.probe.loss = loss.item<float>();
    if (!loss.requires_grad()) return result;
    loss.backward();
    if (adapter) {
      result.probe.gradients = AdapterState::zeros(adapter->layout);
      leaves.copy_to(result.probe.gradients.values, true);
      result.probe.grad_norm = adapter::l2_norm(result.probe.gradients);
    }
    if (wants.base_gradients)
      for (const auto& [name, weight] : weights)
        if (weight.grad().defined()) result.base_gradients[name] = values_of(weight.grad());
    return result;
  }

  Result<ProbeTrain> probe_train(const AdapterState& start, const ProbeInput& input, const ProbeTrainOptions& options) const override {
    FEDLLM_ASSIGN_OR_RETURN(const PaddedBatch batch, read(input));
    if (!scored(batch.labels)) return invalid_argument("probe_train: no label to learn from", kWhere);
    ProbeTrain result;
    const auto tell = [&](double loss) {
      result.losses.push_back(loss);
      if (options.on_loss) options.on_loss(static_cast<int>(result.losses.size()) - 1, loss);
    };
    const auto on_step = [&](double loss, double norm) { tell(loss), result.grad_norms.push_back(norm); };
    FEDLLM_ASSIGN_OR_RETURN(result.adapter, descend(start, options, [&] { return batch; }, on_step));
    FEDLLM_ASSIGN_OR_RETURN(const PlainProbe after, probe(&result.adapter, input, {.logits = false}));
    tell(after.probe.loss);
    return result;
  }

  Result<std::vector<int32_t>> greedy(const AdapterState* adapter, std::span<const int32_t> prompt, int max_new_tokens, std::span<const int32_t> stop_ids, const StopFlag& stop) const override {
    if (prompt.empty() || max_new_tokens < 0 || static_cast<int64_t>(prompt.size()) + max_new_tokens > config_.max_positions)
      return invalid_argument("generate: expected a prompt that leaves room for " + std::to_string(max_new_tokens) + " new tokens in " + std::to_string(config_.max_positions) + " positions, got " + std::to_string(prompt.size()) + " tokens", kWhere);
    for (int32_t id : prompt)
      if (id < 0 || id >= config_.vocab_size) return invalid_argument("generate: token id " + std::to_string(id) + " is outside the vocabulary", kWhere);
    Leaves leaves;
    if (adapter) { FEDLLM_ASSIGN_OR_RETURN(leaves, make_leaves(*adapter)); }
    const at::NoGradGuard no_grad;
    const PlainNetwork network = make_network(weights_, leaves, false);
    std::vector<int64_t> ids(prompt.begin(), prompt.end());
    std::vector<int32_t> made;
    while (static_cast<int>(made.size()) < max_new_tokens && (made.empty() || std::find(stop_ids.begin(), stop_ids.end(), made.back()) == stop_ids.end())) {
      if (stop.requested()) return cancelled("generation stopped", kWhere);
      const PlainPass pass{adapter ? &leaves.lora : nullptr};
      const Tensor hidden = network.hidden(at::tensor(ids, at::kLong).unsqueeze(0), {}, pass);
      ids.push_back(network.logits(hidden.narrow(1, hidden.size(1) - 1, 1), pass).argmax().item<int64_t>());
      made.push_back(static_cast<int32_t>(ids.back()));
    }
    return made;
  }

  Result<LocalResult> train(const AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options) const override {
    FEDLLM_RETURN_IF_ERROR(check_examples(examples, config_.vocab_size, config_.max_positions));
    std::vector<int> items(examples.size());
    for (size_t i = 0; i < items.size(); ++i) items[i] = static_cast<int>(i);
    BatchOrder order(std::move(items), options.batch_size, SeedTree(options.seed).child("order"));
    LocalResult result;
    const auto begin = std::chrono::steady_clock::now();
    const ProbeTrainOptions steps{options.steps, options.learning_rate, options.weight_decay, options.clip_norm, options.stop, {}};
    const auto on_step = [&](double loss, double) { result.last_loss = loss, result.mean_loss += loss / options.steps; };
    FEDLLM_ASSIGN_OR_RETURN(result.adapter, descend(start, steps, [&] { return pad(examples, order.next()); }, on_step));
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
  }

 private:
  template <class Next, class OnStep>
  Result<AdapterState> descend(const AdapterState& start, const ProbeTrainOptions& options, Next&& next, OnStep&& on_step) const {
    FEDLLM_ASSIGN_OR_RETURN(const Leaves leaves, make_leaves(start));
    const std::vector<Tensor> tensors = leaves.tensors();
    const PlainNetwork network = make_network(weights_, leaves, false);
    torch::optim::AdamW optimizer(tensors, torch::optim::AdamWOptions(options.learning_rate).weight_decay(options.weight_decay));
    const double limit = options.clip_norm > 0 ? options.clip_norm : std::numeric_limits<double>::infinity();
    for (int step = 0; step < options.steps; ++step) {
      if (options.stop.requested()) return cancelled("training stopped before step " + std::to_string(step + 1) + " of " + std::to_string(options.steps), kWhere);
      const PaddedBatch batch = next();
      const Tensor loss = loss_of(network.logits(network.hidden(batch.ids, batch.mask, {&leaves.lora}), {&leaves.lora}), batch.labels);
      optimizer.zero_grad();
      loss.backward();
      const double norm = torch::nn::utils::clip_grad_norm_(tensors, limit);
      optimizer.step();
      on_step(loss.template item<float>(), norm);
    }
    AdapterState result = start;
    leaves.copy_to(result.values, false);
    return result;
  }

  PlainNetwork make_network(const std::map<std::string, Tensor>& weights, const Leaves& leaves, bool merged) const {
    ModelPlan plan = plan_;
    for (const auto& [name, tensor] : leaves.saved)
      if (!weights.contains(name)) plan.head = name;   // an untied copy of a tied head
    std::map<std::string, Tensor> sources = weights;
    for (const auto& [name, tensor] : leaves.saved) sources[name] = tensor;
    const auto adapted = [&](const LinearPlan& linear) { return merged && !leaves.lora.empty() && leaves.lora[static_cast<size_t>(linear.index)].a.defined(); };
    const auto change = [&](const LinearPlan& linear) {
      const PlainLora& lora = leaves.lora[static_cast<size_t>(linear.index)];
      return (at::matmul(lora.b, lora.a) * lora.scale).to(type_);
    };
    for (const LinearPlan& linear : plan_.linears)
      if (adapted(linear)) sources[linear.name + ".weight"] = sources[linear.name + ".weight"] + (linear.transposed ? change(linear).t() : change(linear));
    if (adapted(plan_.head_linear)) {   // a tied head parts from the embedding
      const std::string own = plan_.head_linear.name + ".weight";
      sources[own] = sources[plan.head] + change(plan_.head_linear);
      plan.head = own;
    }
    return PlainNetwork(config_, plan, [&](const std::string& name) { return sources.at(name); }, device_, type_);
  }

  Result<Leaves> make_leaves(const AdapterState& state) const {
    if (!state.layout || state.values.size() != state.layout->size()) return invalid_argument("the adapter has no layout or not as many values as it says", kWhere);
    Leaves leaves;
    leaves.lora.resize(linears_.size());
    const auto leaf = [&](size_t offset, std::vector<int64_t> shape) {
      const Tensor view = at::from_blob(const_cast<float*>(state.values.data()) + offset, shape, at::kFloat);
      leaves.all.push_back({view.clone().to(device_).requires_grad_(true), offset});
      return leaves.all.back().first;
    };
    for (size_t m = 0; m < state.layout->modules().size(); ++m) {
      const adapter::ModuleSlot& slot = state.layout->modules()[m];
      const auto it = std::find_if(linears_.begin(), linears_.end(), [&](const auto& l) { return l.name == slot.name; });
      if (it == linears_.end() || it->in_features != slot.in_features || it->out_features != slot.out_features)
        return invalid_argument("the adapter has module " + slot.name + ", which the base model lacks or has in another shape", kWhere);
      PlainLora& lora = leaves.lora[static_cast<size_t>(it - linears_.begin())];
      lora.a = leaf(slot.a_offset, {slot.rank, slot.in_features}), lora.b = leaf(slot.b_offset, {slot.out_features, slot.rank});
      lora.scale = state.layout->scale(m);
    }
    for (const adapter::SavedTensor& saved : state.layout->saved()) {
      const auto facts = tensor_facts(config_, plan_);
      const auto same = [&](const auto& fact) { return fact.name == saved.name && fact.shape == saved.shape; };
      if (std::none_of(facts.begin(), facts.end(), same)) return invalid_argument("the adapter holds tensor " + saved.name + ", which the base model lacks or has in another shape", kWhere);
      leaves.saved[saved.name] = leaf(saved.offset, saved.shape);
    }
    return leaves;
  }

  Result<PaddedBatch> read(const ProbeInput& input) const {
    const auto cells = static_cast<size_t>(input.batch * input.length);
    if (input.batch < 1 || input.length < 1 || input.length > config_.max_positions || input.input_ids.size() != cells ||
        (!input.attention_mask.empty() && input.attention_mask.size() != cells) || (!input.labels.empty() && input.labels.size() != cells))
      return invalid_argument("probe: expected at most " + std::to_string(config_.max_positions) + " positions and as many ids, mask and labels as the shape says", kWhere);
    for (int64_t id : input.input_ids)
      if (id < 0 || id >= config_.vocab_size) return invalid_argument("probe: token id " + std::to_string(id) + " is outside the vocabulary", kWhere);
    for (int64_t label : input.labels)
      if (label >= config_.vocab_size || (label < 0 && label != kUnscored)) return invalid_argument("probe: label " + std::to_string(label) + " is outside the vocabulary", kWhere);
    const auto tensor = [&](const std::vector<int64_t>& values) { return at::tensor(values, at::kLong).view({input.batch, input.length}); };
    PaddedBatch batch{tensor(input.input_ids), {}, at::full({input.batch, input.length}, kUnscored, at::kLong)};
    if (!input.attention_mask.empty()) batch.mask = tensor(input.attention_mask);
    if (!input.labels.empty()) batch.labels = tensor(input.labels);
    return batch;
  }

  at::Device device_ = at::kCPU;
  at::ScalarType type_ = at::kFloat;
  ModelConfig config_;
  ModelPlan plan_;
  std::vector<spec::LinearFacts> linears_;
  std::map<std::string, Tensor> weights_;
};

Status check_place(const PlainPlace& place) {
  const bool cuda = place.device == "cuda" || (place.device.starts_with("cuda:") && place.device.size() == 6 && std::isdigit(static_cast<unsigned char>(place.device[5])));
  if (place.device != "cpu" && !cuda) return invalid_argument("device: expected \"cpu\", \"cuda\" or \"cuda:0\", got \"" + place.device + "\"", kWhere);
  const size_t devices = cuda ? torch::cuda::device_count() : 0;
  if (cuda && devices == 0) return failed_precondition("device \"" + place.device + "\": this LibTorch sees no CUDA device", kWhere);
  if (cuda && place.device.size() == 6 && static_cast<size_t>(place.device[5] - '0') >= devices) return failed_precondition("device \"" + place.device + "\": there are " + std::to_string(devices), kWhere);
  at::globalContext().setAllowTF32CuBLAS(false);
  return {};
}

}  // namespace

Result<std::shared_ptr<const PlainModel>> open_plain(const std::string& folder, const PlainPlace& place) {
  at::set_num_threads(1);
  FEDLLM_RETURN_IF_ERROR(check_place(place));
  auto model = std::make_shared<Plain>();
  FEDLLM_RETURN_IF_ERROR(model->open(folder, place));
  return std::shared_ptr<const PlainModel>(std::move(model));
}

}  // namespace fedllm::train

extern "C" [[gnu::visibility("default")]] fedllm::train::OpenPlain* fedllm_train_plain_v2() { return fedllm::train::open_plain; }
