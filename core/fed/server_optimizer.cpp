#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/crc32.h"
#include "base/text.h"
#include "fed/strategy.h"
#include "spec/names.h"

namespace fedllm::fed {
namespace {

static_assert(std::endian::native == std::endian::little, "saved state is little-endian");

constexpr const char* kWhere = "fed.server_optimizer";
constexpr size_t kHeader = 16, kOverhead = kHeader + 4;

// FORMAT.md's kinds.
struct Kind { char number; std::string_view name; };
constexpr Kind kFedAvgM{1, "fedavgm"}, kFedAdagrad{2, "fedadagrad"}, kFedAdam{3, "fedadam"}, kFedYogi{4, "fedyogi"};

std::string start_of(Kind kind) { return std::string("FLSO\x01", 5) + kind.number + std::string(2, '\0'); }

std::string save_values(Kind kind, const std::vector<double>& values) {
  std::string bytes(kOverhead + 8 * values.size(), '\0');
  start_of(kind).copy(bytes.data(), 8);
  const uint64_t count = values.size();
  std::memcpy(bytes.data() + 8, &count, 8);
  std::memcpy(bytes.data() + kHeader, values.data(), 8 * values.size());
  const uint32_t crc = crc32(std::string_view(bytes).substr(0, bytes.size() - 4));
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, 4);
  return bytes;
}

Result<std::vector<double>> load_values(Kind kind, std::string_view bytes) {
  if (bytes.size() < kOverhead || (bytes.size() - kOverhead) % 8 != 0)
    return data_loss(
        "server optimizer state: expected 20 bytes and 8 more a value, got " + std::to_string(bytes.size()) + " bytes", kWhere);
  if (!bytes.starts_with(start_of(kind)))
    return data_loss("server optimizer state: expected FLSO version 1 of " + std::string(kind.name) + " at its start, got other bytes",
                     kWhere);
  uint64_t count = 0;
  std::memcpy(&count, bytes.data() + 8, 8);
  const uint64_t held = (bytes.size() - kOverhead) / 8;
  if (count != held)
    return data_loss("server optimizer state: expected " + std::to_string(count) + " values, got " + std::to_string(held),
                     kWhere);
  uint32_t crc = 0;
  std::memcpy(&crc, bytes.data() + bytes.size() - 4, 4);
  if (crc != crc32(bytes.substr(0, bytes.size() - 4)))
    return data_loss("server optimizer state: the checksum does not match", kWhere);
  std::vector<double> values(count);
  std::memcpy(values.data(), bytes.data() + kHeader, 8 * values.size());
  return values;
}

class Plain final : public ServerOptimizer {
 public:
  explicit Plain(double learning_rate) : learning_rate_(learning_rate) {}
  std::string_view name() const override { return "none"; }

  Result<adapter::AdapterState> step(const adapter::AdapterState& global, adapter::AdapterState delta) override {
    FEDLLM_RETURN_IF_ERROR(adapter::check_same_layout(global, delta));
    delta.layout = global.layout;
    for (size_t i = 0; i < delta.values.size(); ++i) delta.values[i] = static_cast<float>(global.values[i] + learning_rate_ * delta.values[i]);
    return delta;
  }
  std::string save_state() const override { return {}; }
  Status load_state(std::string_view bytes) override {
    return bytes.empty()
               ? Status()
               : data_loss("server optimizer none: expected no state, got " + std::to_string(bytes.size()) + " bytes", kWhere);
  }

 private:
  double learning_rate_;
};

class FedAvgM final : public ServerOptimizer {
 public:
  FedAvgM(double learning_rate, double momentum) : learning_rate_(learning_rate), momentum_(momentum) {}
  std::string_view name() const override { return "fedavgm"; }

  Result<adapter::AdapterState> step(const adapter::AdapterState& global, adapter::AdapterState delta) override {
    FEDLLM_RETURN_IF_ERROR(adapter::check_same_layout(global, delta));
    delta.layout = global.layout;
    if (velocity_.empty()) velocity_.assign(delta.values.size(), 0.0);
    if (velocity_.size() != delta.values.size())
      return failed_precondition("fedavgm: expected a momentum of " + std::to_string(delta.values.size()) + " values, got " +
                                     std::to_string(velocity_.size()),
                                 kWhere);
    for (size_t i = 0; i < velocity_.size(); ++i) {
      velocity_[i] = momentum_ * velocity_[i] + delta.values[i];
      delta.values[i] = static_cast<float>(global.values[i] + learning_rate_ * velocity_[i]);
    }
    return delta;
  }
  std::string save_state() const override { return velocity_.empty() ? std::string() : save_values(kFedAvgM, velocity_); }
  Status load_state(std::string_view bytes) override {
    std::vector<double> values;
    if (!bytes.empty()) {
      FEDLLM_ASSIGN_OR_RETURN(values, load_values(kFedAvgM, bytes));
    }
    velocity_ = std::move(values);
    return {};
  }

 private:
  double learning_rate_, momentum_;
  std::vector<double> velocity_;   // double, so that a resumed run goes on bit by bit
};

// Reddi et al. 2003.00295, algorithm 2. FedAdagrad: v += Delta^2, theta += eta Delta / (sqrt v + tau), its beta1 being 0.
// FedAdam and FedYogi: m = beta1 m + (1 - beta1) Delta, v as named, theta += eta m / (sqrt v + tau), no bias correction.
// m_0 = 0, v_0 = tau^2.
class Adaptive final : public ServerOptimizer {
 public:
  Adaptive(Kind kind, const spec::StrategySpec& strategy)
      : kind_(kind), learning_rate_(strategy.server_learning_rate), beta1_(kind.number == kFedAdagrad.number ? 0 : strategy.server_beta1),
        beta2_(strategy.server_beta2), tau_(strategy.server_tau) {}
  std::string_view name() const override { return kind_.name; }

  Result<adapter::AdapterState> step(const adapter::AdapterState& global, adapter::AdapterState delta) override {
    FEDLLM_RETURN_IF_ERROR(adapter::check_same_layout(global, delta));
    delta.layout = global.layout;
    const size_t count = delta.values.size();
    if (moments_.empty()) {
      moments_.assign(2 * count, 0.0);
      std::fill(moments_.begin() + static_cast<std::ptrdiff_t>(count), moments_.end(), tau_ * tau_);
    }
    if (moments_.size() != 2 * count)
      return failed_precondition(std::string(kind_.name) + ": expected moments of " + std::to_string(count) + " values, got " +
                                     std::to_string(moments_.size() / 2),
                                 kWhere);
    for (size_t i = 0; i < count; ++i) {
      const double change = delta.values[i];
      double &m = moments_[i], &v = moments_[count + i];
      m = beta1_ * m + (1 - beta1_) * change;
      v = second_moment(v, change * change);
      delta.values[i] = static_cast<float>(global.values[i] + learning_rate_ * m / (std::sqrt(v) + tau_));
    }
    return delta;
  }
  std::string save_state() const override { return moments_.empty() ? std::string() : save_values(kind_, moments_); }
  Status load_state(std::string_view bytes) override {
    std::vector<double> values;
    if (!bytes.empty()) {
      FEDLLM_ASSIGN_OR_RETURN(values, load_values(kind_, bytes));
      if (values.size() % 2 != 0)
        return data_loss("server optimizer state: expected two moments of one size, got " + std::to_string(values.size()) + " values",
                         kWhere);
    }
    moments_ = std::move(values);
    return {};
  }

 private:
  double second_moment(double v, double square) const {
    if (kind_.number == kFedAdagrad.number) return v + square;
    if (kind_.number == kFedAdam.number) return beta2_ * v + (1 - beta2_) * square;
    return v - (1 - beta2_) * square * (v > square ? 1 : v < square ? -1 : 0);
  }

  Kind kind_;
  double learning_rate_, beta1_, beta2_, tau_;
  std::vector<double> moments_;   // m, then v
};

}  // namespace

Result<std::unique_ptr<ServerOptimizer>> make_server_optimizer(const spec::StrategySpec& strategy) {
  if (strategy.server_optimizer == "none")
    return std::unique_ptr<ServerOptimizer>(std::make_unique<Plain>(strategy.server_learning_rate));
  if (strategy.server_optimizer == "fedavgm")
    return std::unique_ptr<ServerOptimizer>(std::make_unique<FedAvgM>(strategy.server_learning_rate, strategy.server_momentum));
  for (const Kind kind : {kFedAdagrad, kFedAdam, kFedYogi})
    if (strategy.server_optimizer == kind.name) return std::unique_ptr<ServerOptimizer>(std::make_unique<Adaptive>(kind, strategy));
  return invalid_argument("strategy.server_optimizer: expected one of " +
                              join({std::begin(spec::kServerOptimizers), std::end(spec::kServerOptimizers)}, ", ") + ", got \"" +
                              strategy.server_optimizer + "\"",
                          "fed.strategy");
}

}  // namespace fedllm::fed
