#include "train/gradient_step.h"

#include <algorithm>
#include <numeric>

namespace fedllm::train {
namespace {

// Shorter units make the products of their sums slow; more of them take memory.
constexpr int64_t kUnitRows = 48;
constexpr int kMostUnits = 8;

// Appends sequences [from, to) of `batch`.
void append(PackedBatch& part, const PackedBatch& batch, int from, int to) {
  const int32_t row = part.starts.back() - batch.starts[from], out = part.out_starts.back() - batch.out_starts[from];
  part.tokens.insert(part.tokens.end(), batch.tokens.begin() + batch.starts[from], batch.tokens.begin() + batch.starts[to]);
  part.positions.insert(part.positions.end(), batch.positions.begin() + batch.starts[from], batch.positions.begin() + batch.starts[to]);
  part.targets.insert(part.targets.end(), batch.targets.begin() + batch.out_starts[from], batch.targets.begin() + batch.out_starts[to]);
  for (int s = from + 1; s <= to; ++s) part.starts.push_back(batch.starts[s] + row), part.out_starts.push_back(batch.out_starts[s] + out);
}

// Sequences at which units begin, and the end: each has at least kUnitRows rows or an eighth of the batch.
std::vector<int> unit_starts(const PackedBatch& batch) {
  const int64_t least = std::max(kUnitRows, (batch.rows() + kMostUnits - 1) / kMostUnits);
  std::vector<int> starts{0};
  for (int s = 0; s + 1 < batch.sequences(); ++s)
    if (batch.starts[s + 1] - batch.starts[starts.back()] >= least) starts.push_back(s + 1);
  starts.push_back(batch.sequences());
  return starts;
}

int longest(const PackedBatch& batch) {
  int length = batch.length;
  for (int s = 0; s < batch.sequences(); ++s) length = std::max(length, batch.starts[s + 1] - batch.starts[s]);
  return length;
}

}  // namespace

GradientStep::GradientStep(const Transformer& network, const LoraSet& lora, size_t parameters, int workers, Factors factors, std::vector<Arena>* arenas)
    : network_(network), lora_(lora), parameters_(parameters), factors_(factors), kept_(arenas), shares_(std::clamp(workers, 1, kMostUnits)) {
  const auto weights = [](const FrozenLinear& w) { return static_cast<double>(w.in()) * static_cast<double>(w.out()); };
  for (const FrozenLayer& layer : network.model().layers)
    for (const FrozenLinear* w : {&layer.qkv, &layer.attention_out, &layer.mlp_in, &layer.mlp_out}) row_weights_ += weights(*w);
  head_weights_ = weights(network.model().head);
  for (Share& share : shares_) {
    if (!kept_ || kept_->empty()) break;
    share.arena = std::move(kept_->back());
    kept_->pop_back();
  }
  for (int w = 1; w < static_cast<int>(shares_.size()); ++w) helpers_.emplace_back([this, w] { help(w); });
}

GradientStep::~GradientStep() {
  {
    std::lock_guard lock(mutex_);
    quit_ = true;
  }
  begin_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
  if (!kept_) return;
  for (auto share = shares_.rbegin(); share != shares_.rend(); ++share) kept_->push_back(std::move(share->arena));
}

// The heaviest units first, each to the share that has least to do: which share has which changes no bit of the result.
void GradientStep::divide(const PackedBatch& batch) {
  const std::vector<int> starts = unit_starts(batch);
  const size_t units = starts.size() - 1;
  while (gradients_.size() < units) gradients_.emplace_back(parameters_);
  losses_.assign(units, 0);
  std::vector<double> work(units);
  std::vector<size_t> order(units);
  for (size_t unit = 0; unit < units; ++unit) {
    const auto targets = std::span(batch.targets).subspan(batch.out_starts[starts[unit]], batch.out_starts[starts[unit + 1]] - batch.out_starts[starts[unit]]);
    work[unit] = row_weights_ * (batch.starts[starts[unit + 1]] - batch.starts[starts[unit]]) + head_weights_ * static_cast<double>(scored_count(targets));
    order[unit] = unit;
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return work[a] > work[b]; });
  for (Share& share : shares_) share.numbers.clear(), share.work = 0;
  for (size_t unit : order) {
    Share& share = *std::min_element(shares_.begin(), shares_.end(), [](const Share& a, const Share& b) { return a.work < b.work; });
    share.numbers.push_back(unit), share.work += work[unit];
  }
  for (Share& share : shares_) fill(share, batch, starts);
}

void GradientStep::fill(Share& share, const PackedBatch& batch, const std::vector<int>& starts) {
  std::sort(share.numbers.begin(), share.numbers.end());
  share.units.clear(), share.sequences.clear();
  share.batch = {};
  share.batch.length = longest(batch);
  for (size_t unit : share.numbers) {
    append(share.batch, batch, starts[unit], starts[unit + 1]);
    share.units.push_back({starts[unit + 1] - starts[unit], gradients_[unit].data()});
    for (int s = starts[unit]; s < starts[unit + 1]; ++s) share.sequences.push_back(s);
  }
}

void GradientStep::look_up(Share& share, LowerCache& cache, std::span<const int> examples) {
  share.lower.clear(), share.lower_known = false;
  if (!cache.on() || share.units.empty()) return;
  std::vector<int> own;
  for (const int s : share.sequences) own.push_back(examples[s]);
  share.lower_known = cache.known(own);
  share.lower = cache.places(own);
}

void GradientStep::work(Share& share) {
  if (share.units.empty()) return;
  for (const GradientUnit& unit : share.units) std::fill_n(unit.gradient, parameters_, 0.0f);
  share.arena.reset();
  const Pass pass{&lora_, dropout_, dropout_seed_, share.sequences, nullptr, share.lower, share.lower_known, factors_};
  const float* hidden = network_.forward(share.batch, pass, share.arena, &share.tape);
  float* d_hidden = share.arena.take(share.batch.out_rows() * network_.config().hidden_size);
  const auto losses = loss_and_gradient(network_.model().head, hidden, share.batch.targets, factor_, d_hidden, share.arena);
  auto from = losses.begin();
  for (size_t i = 0, s = 0; i < share.units.size(); ++i) {
    s += share.units[i].sequences;
    const auto to = losses.begin() + share.batch.out_starts[s];
    losses_[share.numbers[i]] = std::accumulate(from, to, 0.0);
    from = to;
  }
  network_.backward(share.batch, pass, share.arena, share.tape, d_hidden, share.units);
}

void GradientStep::attempt(int worker) {
  try {
    work(shares_[static_cast<size_t>(worker)]);
  } catch (...) {
    std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
  }
}

void GradientStep::help(int worker) {
  uint64_t seen = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      begin_.wait(lock, [&] { return quit_ || turn_ != seen; });
      if (quit_) return;
      seen = turn_;
    }
    attempt(worker);
    {
      std::lock_guard lock(mutex_);
      --busy_;
    }
    end_.notify_one();
  }
}

GradientStep::Outcome GradientStep::run(const PackedBatch& batch, double dropout, SeedTree dropout_seed, std::vector<float>& gradient, LowerCache* cache, std::span<const int> examples) {
  LowerCache none;
  if (!cache) cache = &none;
  const int64_t tokens = scored_count(batch.targets);
  dropout_ = dropout, dropout_seed_ = dropout_seed;
  factor_ = tokens > 0 ? 1.0 / static_cast<double>(tokens) : 0;
  divide(batch);
  for (Share& share : shares_) look_up(share, *cache, examples);
  {
    std::lock_guard lock(mutex_);
    failure_ = nullptr, busy_ = static_cast<int>(helpers_.size()), ++turn_;
  }
  begin_.notify_all();
  attempt(0);
  {
    std::unique_lock lock(mutex_);
    end_.wait(lock, [&] { return busy_ == 0; });
    if (failure_) std::rethrow_exception(failure_);
  }
  if (cache->on()) cache->filled(examples);
  Outcome outcome{0, tokens};
  gradient = gradients_.front();
  for (size_t unit = 1; unit < losses_.size(); ++unit) kernels::add(gradient.data(), gradients_[unit].data(), static_cast<int64_t>(parameters_));
  for (double loss : losses_) outcome.mean_loss += loss;
  outcome.mean_loss *= factor_;
  return outcome;
}

}  // namespace fedllm::train
