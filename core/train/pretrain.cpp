#include "train/pretrain.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>

#include "adapter/safetensors.h"
#include "base/file.h"
#include "train/batch.h"
#include "train/kernels.h"
#include "train/network.h"

namespace fedllm::train {
namespace {

constexpr const char* kWhere = "train.pretrain";
constexpr double kBeta2 = 0.95, kClipNorm = 1, kWarmupFraction = 0.05, kFloor = 0.1;
constexpr int64_t kMostParameters = 1 << 29;   // 8 GiB while training

using Document = std::vector<int64_t>;
struct Corpus { std::vector<Document> train, held_out; };

Result<std::vector<int64_t>> read_ids(const PretrainOptions& options, const ModelConfig& config) {
  FEDLLM_ASSIGN_OR_RETURN(const auto map, MappedFile::open(options.corpus));
  const auto bytes = map->bytes();
  if (bytes.size() % 2 != 0 || bytes.empty()) return data_loss(options.corpus + ": expected 16-bit token ids, got " + std::to_string(bytes.size()) + " bytes", kWhere);
  std::vector<int64_t> ids(bytes.size() / 2);
  for (size_t i = 0; i < ids.size(); ++i) {
    ids[i] = std::to_integer<int64_t>(bytes[2 * i]) | std::to_integer<int64_t>(bytes[2 * i + 1]) << 8;
    if (ids[i] >= config.vocab_size) return invalid_argument(options.corpus + ": token " + std::to_string(i) + " has id " + std::to_string(ids[i]) + ", the model's vocabulary has " + std::to_string(config.vocab_size), kWhere);
  }
  return ids;
}

// Documents end with their EOS; a document longer than `length` + 1 tokens is cut, one token shared between the pieces.
std::vector<Document> cut(const std::vector<int64_t>& ids, int eos, int length) {
  std::vector<Document> documents;
  Document current;
  const auto close = [&] {
    if (current.size() > 1) documents.push_back(current);
    current.clear();
  };
  for (int64_t id : ids) {
    current.push_back(id);
    if (id == eos) { close(); continue; }
    if (static_cast<int>(current.size()) > length) { close(); current.push_back(id); }
  }
  close();
  return documents;
}

Corpus split(std::vector<Document> documents, double fraction, SeedTree seed) {
  seed.rng().shuffle(documents);
  const auto count = std::min<size_t>(static_cast<size_t>(std::ceil(fraction * static_cast<double>(documents.size()))), documents.size() - 1);
  Corpus corpus;
  corpus.held_out.assign(documents.begin(), documents.begin() + static_cast<long>(count));
  corpus.train.assign(documents.begin() + static_cast<long>(count), documents.end());
  return corpus;
}

void add_document(PackedBatch& batch, const Document& document) {
  batch.add_sequence(std::span(document).first(document.size() - 1), static_cast<int>(document.size()) - 1);
  batch.targets.insert(batch.targets.end(), document.begin() + 1, document.end());
}

// Fills batches of about `rows` tokens from an endless seeded reshuffling of the documents.
class DocumentOrder {
 public:
  DocumentOrder(const std::vector<Document>& documents, int64_t rows, SeedTree seed) : documents_(documents), rows_(rows), order_(numbers(documents.size()), 1, seed) {}
  PackedBatch next() {
    PackedBatch batch;
    while (batch.rows() < rows_) add_document(batch, documents_[order_.next()[0]]);
    return batch;
  }

 private:
  static std::vector<int> numbers(size_t n) {
    std::vector<int> items(n);
    std::iota(items.begin(), items.end(), 0);
    return items;
  }
  const std::vector<Document>& documents_;
  int64_t rows_;
  BatchOrder order_;
};

// Weights as views of one flat vector, normal(0, initializer_range) for matrices, 1 for norms, 0 for biases.
struct Trainable {
  Weights weights;
  at::Tensor theta, gradient, m, v;
  struct Leaf { at::Tensor view; int64_t offset; bool decays; };
  std::vector<Leaf> leaves;
};

int64_t count(const TensorSpec& spec) { return std::accumulate(spec.shape.begin(), spec.shape.end(), int64_t{1}, std::multiplies<>()); }

int64_t parameter_count(const ModelConfig& config) {
  int64_t size = 0;
  for (const ModelPlan plan = plan_of(config); const auto& spec : plan.tensors) size += count(spec);
  return size;
}

Trainable initialise(const ModelConfig& config, SeedTree seed) {
  Trainable t;
  t.weights.config = config;
  make_rotation(t.weights);
  const auto specs = plan_of(config).tensors;
  const int64_t size = parameter_count(config);
  t.theta = at::empty({size}, at::kFloat), t.gradient = at::zeros({size}, at::kFloat), t.m = at::zeros({size}, at::kFloat), t.v = at::zeros({size}, at::kFloat);
  int64_t offset = 0;
  for (const auto& spec : specs) {
    const bool matrix = spec.shape.size() == 2, bias = spec.name.ends_with(".bias");
    Rng rng = seed.child(spec.name).rng();
    float* values = t.theta.data_ptr<float>() + offset;
    for (int64_t i = 0; i < count(spec); ++i) values[i] = matrix ? static_cast<float>(rng.normal() * config.initializer_range) : bias ? 0.0f : 1.0f;
    const at::Tensor view = t.theta.narrow(0, offset, count(spec)).view(spec.shape).detach().requires_grad_(true);
    t.weights.tensors[spec.name] = view;
    t.leaves.push_back({view, offset, matrix});
    offset += count(spec);
  }
  return t;
}

at::Tensor loss_of(const Network& network, const PackedBatch& batch) {
  return ops::cross_entropy(network.logits(network.hidden(batch)), batch.targets);
}

double rate_at(int64_t step, const PretrainOptions& options) {
  const double warmup = std::max(1.0, std::ceil(kWarmupFraction * static_cast<double>(options.steps)));
  if (static_cast<double>(step) < warmup) return options.learning_rate * static_cast<double>(step) / warmup;
  const double done = (static_cast<double>(step) - warmup) / std::max(1.0, static_cast<double>(options.steps) - warmup);
  return options.learning_rate * (kFloor + (1 - kFloor) * 0.5 * (1 + std::cos(std::numbers::pi * done)));
}

// One clipped AdamW step; returns the gradient's norm before clipping.
double update(Trainable& t, int64_t step, const PretrainOptions& options) {
  float* gradient = t.gradient.data_ptr<float>();
  for (auto& leaf : t.leaves) {
    at::Tensor& grad = leaf.view.mutable_grad();
    if (grad.defined()) std::memcpy(gradient + leaf.offset, grad.contiguous().data_ptr<float>(), sizeof(float) * leaf.view.numel());
    else std::memset(gradient + leaf.offset, 0, sizeof(float) * leaf.view.numel());
    grad.reset();
  }
  const double norm = std::sqrt(kernels::sum_of_squares(gradient, t.gradient.numel()));
  if (norm > kClipNorm) t.gradient.mul_(kClipNorm / (norm + 1e-6));
  for (const auto& leaf : t.leaves)
    kernels::adamw(t.theta.data_ptr<float>() + leaf.offset, t.m.data_ptr<float>() + leaf.offset, t.v.data_ptr<float>() + leaf.offset, gradient + leaf.offset, leaf.view.numel(),
                   {.learning_rate = rate_at(step, options), .weight_decay = leaf.decays ? options.weight_decay : 0, .beta2 = kBeta2, .step = step});
  return norm;
}

// Mean loss over the held-out documents.
double evaluate(const Network& network, const std::vector<Document>& documents, int64_t rows) {
  at::NoGradGuard no_grad;
  double sum = 0;
  int64_t tokens = 0;
  for (size_t i = 0; i < documents.size();) {
    PackedBatch batch;
    while (i < documents.size() && batch.rows() < rows) add_document(batch, documents[i++]);
    const auto count = static_cast<int64_t>(batch.targets.size());
    sum += loss_of(network, batch).item<float>() * static_cast<double>(count);
    tokens += count;
  }
  return tokens ? sum / static_cast<double>(tokens) : 0;
}

// What the written file will hold, so that the held-out loss is the file's.
void round_to_bf16(Trainable& t) {
  at::NoGradGuard no_grad;
  t.theta.copy_(t.theta.to(at::kBFloat16).to(at::kFloat));
}

Status write(const Trainable& t, const PretrainOptions& options) {
  std::vector<adapter::TensorToWrite> tensors;
  for (const auto& [name, tensor] : t.weights.tensors) {
    const std::span<const float> values(tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel()));
    tensors.push_back(adapter::float_tensor(name, tensor.sizes().vec(), values, adapter::DType::bf16));
  }
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(options.out_dir + "/model.safetensors", adapter::serialize_safetensors(std::move(tensors))));
  return write_file_atomic(options.out_dir + "/config.json", options.config_json);
}

Status not_finite(const char* what, double value, int64_t step, int64_t steps) {
  return {Code::aborted, std::string(what) + " is " + std::to_string(value) + " at step " + std::to_string(step) + " of " + std::to_string(steps), kWhere};
}

// Training holds four floats a parameter.
Status check_size(const ModelConfig& config) {
  const int64_t size = parameter_count(config);
  if (size <= kMostParameters) return {};
  return invalid_argument("config_json: expected at most " + std::to_string(kMostParameters) + " parameters to train from nothing, got " + std::to_string(size), kWhere);
}

Result<Corpus> read_corpus(const PretrainOptions& options, const ModelConfig& config, SeedTree seed) {
  if (options.steps < 1 || options.batch_size < 1 || options.length < 2 || options.length > config.max_positions)
    return invalid_argument("expected at least 1 step, batch size 1 and a length of 2 to " + std::to_string(config.max_positions) + ", got " + std::to_string(options.steps) + ", " + std::to_string(options.batch_size) + ", " + std::to_string(options.length), kWhere);
  if (!(options.held_out_fraction >= 0 && options.held_out_fraction < 1)) return invalid_argument("expected a held-out fraction in [0, 1), got " + std::to_string(options.held_out_fraction), kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<int64_t> ids, read_ids(options, config));
  std::vector<Document> documents = cut(ids, config.eos_token_id, options.length);
  if (documents.empty()) return invalid_argument(options.corpus + " holds no document of at least two tokens", kWhere);
  return split(std::move(documents), options.held_out_fraction, seed);
}

}  // namespace

Result<PretrainResult> pretrain_model(const PretrainOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  FEDLLM_ASSIGN_OR_RETURN(const ModelConfig config, parse_config(options.config_json, "config_json"));
  const SeedTree seed(options.seed);
  FEDLLM_RETURN_IF_ERROR(check_size(config));
  FEDLLM_RETURN_IF_ERROR(network_supports(config));
  FEDLLM_ASSIGN_OR_RETURN(const Corpus corpus, read_corpus(options, config, seed.child("held out")));
  FEDLLM_RETURN_IF_ERROR(make_dirs(options.out_dir));   // before the minutes of training, not after
  Trainable trainable = initialise(config, seed.child("weights"));
  const auto network = make_network(trainable.weights);
  const int64_t rows = int64_t{options.batch_size} * options.length;
  DocumentOrder order(corpus.train, rows, seed.child("order"));
  PretrainResult result;
  result.parameters = trainable.theta.numel();
  double smooth = 0, weight = 0;       // mean of about the last 50 steps
  for (int64_t step = 1; step <= options.steps; ++step) {
    if (options.stop.requested()) return cancelled("pretraining stopped before step " + std::to_string(step) + " of " + std::to_string(options.steps), kWhere);
    const PackedBatch batch = order.next();
    const at::Tensor loss = loss_of(*network, batch);
    const double value = loss.item<float>();
    if (!std::isfinite(value)) return not_finite("the loss", value, step, options.steps);
    loss.backward();
    const double norm = update(trainable, step, options);
    if (!std::isfinite(norm)) return not_finite("the gradient norm", norm, step, options.steps);
    smooth = 0.98 * smooth + value, weight = 0.98 * weight + 1;
    result.tokens += static_cast<int64_t>(batch.targets.size());
    if (options.progress) options.progress(step, options.steps, value);
  }
  round_to_bf16(trainable);
  result.train_loss = smooth / weight;
  result.held_out_loss = evaluate(*network, corpus.held_out, rows);
  if (!std::isfinite(result.held_out_loss)) return not_finite("the held-out loss", result.held_out_loss, options.steps, options.steps);
  FEDLLM_RETURN_IF_ERROR(write(trainable, options));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace fedllm::train
