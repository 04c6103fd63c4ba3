// The plain way to train the same adapter: right-padded [B, T] batches, one LibTorch operation a step of the formula, logits
// of every position, torch's AdamW. Nothing runs on it; tests compare the fused nodes with it, the benchmark measures
// what they gain. Reached through its own symbol.
#include <torch/torch.h>

#include <chrono>

#include "train/base_model.h"
#include "train/batch.h"
#include "train/plain_autograd.h"

namespace fedllm::train {
namespace {

using at::Tensor;

struct PaddedBatch { Tensor ids, targets; };   // [B, T]; targets are -100 where nothing is scored

PaddedBatch pad(const std::vector<data::Example>& examples, std::span<const int> items) {
  size_t longest = 0;
  for (int i : items) longest = std::max(longest, examples[i].ids.size());
  PaddedBatch batch{at::zeros({static_cast<int64_t>(items.size()), static_cast<int64_t>(longest)}, at::kLong), {}};
  batch.targets = at::full_like(batch.ids, -100);
  for (size_t b = 0; b < items.size(); ++b) {
    const data::Example& example = examples[items[b]];
    for (size_t t = 0; t < example.ids.size(); ++t) {
      batch.ids[static_cast<int64_t>(b)][static_cast<int64_t>(t)] = example.ids[t];
      if (t > 0 && static_cast<int>(t) >= example.prompt_length) batch.targets[static_cast<int64_t>(b)][static_cast<int64_t>(t) - 1] = example.ids[t];
    }
  }
  return batch;
}

class PlainLlama {
 public:
  PlainLlama(const LoadedModel& model, const std::vector<LoraFactors>& lora) : model_(model), c_(model.weights().config), lora_(lora) {}

  Tensor loss(const PaddedBatch& batch) const {
    const int64_t length = batch.ids.size(1);
    const Tensor hidden_rows = at::full({length, length}, -std::numeric_limits<float>::infinity()).triu(1);
    Tensor x = at::embedding(weight("model.embed_tokens"), batch.ids);
    for (int layer = 0; layer < c_.layers; ++layer) x = block(x, layer, hidden_rows);
    const Tensor head = weight(c_.tie_word_embeddings ? "model.embed_tokens" : "lm_head");
    const Tensor logits = at::matmul(norm(x, "model.norm"), head.t());
    return torch::nn::functional::cross_entropy(logits.view({-1, c_.vocab_size}), batch.targets.view({-1}), torch::nn::functional::CrossEntropyFuncOptions().ignore_index(-100));
  }

 private:
  Tensor weight(const std::string& name) const { return model_.weights().tensors.at(name + ".weight"); }
  Tensor norm(const Tensor& x, const std::string& name) const { return weight(name) * (x * at::rsqrt(x.pow(2).mean(-1, true) + c_.rms_norm_eps)); }
  Tensor linear(const Tensor& x, int layer, int part) const {
    const size_t index = static_cast<size_t>(layer) * 7 + static_cast<size_t>(part);
    const std::string& name = model_.facts().linears[index].name;
    const auto bias = model_.weights().tensors.find(name + ".bias");
    Tensor y = at::matmul(x, weight(name).t());
    if (bias != model_.weights().tensors.end()) y = y + bias->second;
    const LoraFactors& f = lora_[index];
    return f.a.defined() ? y + at::matmul(at::matmul(x, f.a.t()), f.b.t()) * f.scale : y;
  }
  Tensor heads(const Tensor& x, int count) const { return x.view({x.size(0), x.size(1), count, c_.head_dim}).transpose(1, 2); }
  Tensor rotate(const Tensor& x) const {
    const int64_t half = c_.head_dim / 2, length = x.size(2);
    const auto twice = [&](const Tensor& t) { const Tensor part = t.narrow(0, 0, length); return at::cat({part, part}, 1); };
    const Tensor swapped = at::cat({-x.narrow(3, half, half), x.narrow(3, 0, half)}, 3);
    return x * twice(model_.weights().cosine) + swapped * twice(model_.weights().sine);
  }
  Tensor block(const Tensor& x, int layer, const Tensor& mask) const {
    const std::string at = "model.layers." + std::to_string(layer) + ".";
    const Tensor normed = norm(x, at + "input_layernorm");
    const int group = c_.heads / c_.kv_heads;
    const Tensor q = rotate(heads(linear(normed, layer, 0), c_.heads));
    const Tensor k = rotate(heads(linear(normed, layer, 1), c_.kv_heads)).repeat_interleave(group, 1);
    const Tensor v = heads(linear(normed, layer, 2), c_.kv_heads).repeat_interleave(group, 1);
    const Tensor weights = at::softmax(at::matmul(q, k.transpose(2, 3)) / std::sqrt(static_cast<double>(c_.head_dim)) + mask, -1);
    const Tensor mixed = at::matmul(weights, v).transpose(1, 2).reshape({x.size(0), x.size(1), c_.heads * c_.head_dim});
    const Tensor y = x + linear(mixed, layer, 3);
    const Tensor middle = norm(y, at + "post_attention_layernorm");
    return y + linear(at::silu(linear(middle, layer, 4)) * linear(middle, layer, 5), layer, 6);
  }

  const LoadedModel& model_;
  const ModelConfig& c_;
  const std::vector<LoraFactors>& lora_;
};

std::vector<Tensor> leaves_of(const std::vector<LoraFactors>& factors) {
  std::vector<Tensor> leaves;
  for (const LoraFactors& f : factors)
    if (f.a.defined()) leaves.insert(leaves.end(), {f.a, f.b});
  return leaves;
}

}  // namespace

Result<LocalResult> train_plainly(const BaseModel& base, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const LocalOptions& options) {
  at::set_num_threads(1);
  FEDLLM_ASSIGN_OR_RETURN(const LoadedModel* model, loaded(base));
  LocalResult result{start};
  const Tensor theta = at::from_blob(result.adapter.values.data(), {static_cast<int64_t>(start.values.size())}, at::kFloat);
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<LoraFactors> factors, lora_factors(*model, *start.layout, theta, true));
  const PlainLlama network(*model, factors);
  const std::vector<Tensor> leaves = leaves_of(factors);
  torch::optim::AdamW optimizer(leaves, torch::optim::AdamWOptions(options.learning_rate).weight_decay(options.weight_decay));
  std::vector<int> items(examples.size());
  for (size_t i = 0; i < items.size(); ++i) items[i] = static_cast<int>(i);
  BatchOrder order(std::move(items), options.batch_size, SeedTree(options.seed).child("order"));
  const auto begin = std::chrono::steady_clock::now();
  for (int step = 1; step <= options.steps; ++step) {
    const Tensor loss = network.loss(pad(examples, order.next()));
    optimizer.zero_grad();
    loss.backward();
    if (options.clip_norm > 0) torch::nn::utils::clip_grad_norm_(leaves, options.clip_norm);
    optimizer.step();
    result.last_loss = loss.item<float>();
    result.mean_loss += result.last_loss / options.steps;
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace fedllm::train

extern "C" [[gnu::visibility("default")]] fedllm::train::PlainTrain* fedllm_train_plain_v1() { return fedllm::train::train_plainly; }
