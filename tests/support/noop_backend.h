// NoopBackend: a deterministic Backend without LibTorch, for tests of everything around training. Every local step moves the
// adapter towards a fixed target and shakes it by the bytes of one example, so results depend on seed, data, learning rate
// and start exactly as real training's do, and the loss falls. Model facts come from the folder's own files.
// Hooks let a test slow steps down, spoil them or count them. Thread-safe as Backend asks.
#pragma once

#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/file.h"
#include "base/seed_tree.h"
#include "base/sha256.h"
#include "node/scenario_facts.h"
#include "train/backend.h"
#include "train/lora_layout.h"
#include "train/prompt_check.h"

namespace fedllm::tests {

inline float noop_target(size_t i) { return 0.05f * std::sin(static_cast<float>(i)); }

class NoopBase final : public train::BaseModel {
 public:
  spec::ModelFacts model;
  int vocab = 0, positions = 0;
  std::string hash;

  const spec::ModelFacts& facts() const override { return model; }
  int vocab_size() const override { return vocab; }
  int max_positions() const override { return positions; }
  const std::string& sha256() const override { return hash; }
  Result<adapter::LayoutPtr> lora_layout(const spec::LoraSpec& lora) const override {
    return train::lora_layout(model, lora);
  }
  Result<std::vector<float>> tensor(const std::string& name) const override {
    for (const spec::TensorFacts& one : model.tensors)
      if (one.name == name) return std::vector<float>(adapter::SavedTensor{name, one.shape}.size(), 0.01f);
    return BaseModel::tensor(name);
  }
};

class NoopBackend : public train::Backend {
 public:
  // Called at the end of every step, before on_step; may sleep, spoil the adapter or change the loss.
  std::function<void(const train::LocalOptions& options, int step, adapter::AdapterState& adapter, double& loss)> hook;
  double step_seconds = 0;
  std::vector<int32_t> speech;         // what generate() says
  double token_seconds = 0;            // before each token

  int trained(uint64_t seed) const {
    std::lock_guard lock(mutex_);
    const auto found = trained_.find(seed);
    return found == trained_.end() ? 0 : found->second;
  }
  int loads() const { return loads_; }

  Result<std::shared_ptr<const train::BaseModel>> load_base(const std::string& folder, const train::LoadOptions& options) override {
    ++loads_;
    auto base = std::make_shared<NoopBase>();
    FEDLLM_ASSIGN_OR_RETURN(base->model, node::model_facts(folder));
    FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(folder + "/config.json"));
    const auto config = nlohmann::json::parse(text);
    base->vocab = config.at("vocab_size");
    base->positions = config.at("max_position_embeddings");
    FEDLLM_ASSIGN_OR_RETURN(base->hash, sha256_file(folder + "/model.safetensors"));
    if (options.require_vocab > base->vocab) {
      return failed_precondition(
          "the tokenizer has " + std::to_string(options.require_vocab) + " tokens, the model only " + std::to_string(base->vocab),
          "noop.load_base");
    }
    return std::shared_ptr<const train::BaseModel>(std::move(base));
  }

  // The sum is not looked at: what clients learn does not depend on the base here.
  Result<std::shared_ptr<const train::BaseModel>> with_merged(const std::shared_ptr<const train::BaseModel>& base, const adapter::AdapterState&) override {
    return base;
  }

  Result<train::LocalResult> train(const train::BaseModel&, const adapter::AdapterState& start,
                                   const std::vector<data::Example>& examples, const train::LocalOptions& options) override {
    train::LocalResult result;
    result.adapter = start;
    Rng rng(options.seed);
    for (int step = 1; step <= options.steps; ++step) {
      if (options.stop.requested()) return cancelled("training was stopped", "noop.train");
      const auto began = std::chrono::steady_clock::now();
      const data::Example& example = examples[rng.below(examples.size())];
      double loss = this->step(result.adapter, example, options.learning_rate);
      if (step_seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(step_seconds));
      for (size_t i = 0; i < options.correction.size(); ++i) result.adapter.values[i] -= static_cast<float>(options.learning_rate) * options.correction[i];
      if (hook) hook(options, step, result.adapter, loss);
      for (size_t m = 0; m < start.layout->modules().size(); ++m) {   // what is frozen stays
        if (options.factors == train::Factors::b) std::ranges::copy(start.a(m), result.adapter.a(m).begin());
        if (options.factors == train::Factors::a) std::ranges::copy(start.b(m), result.adapter.b(m).begin());
      }
      for (size_t i = 0; i < options.learns.size(); ++i)
        if (!options.learns[i]) result.adapter.values[i] = start.values[i];
      if (options.cores) options.cores->expand(options.cores->project(result.adapter.values), result.adapter.values);
      for (size_t i = 0; i < options.anchor.size(); ++i) result.adapter.values[i] -= static_cast<float>(options.learning_rate * options.proximal_mu) * (result.adapter.values[i] - options.anchor[i]);
      const int64_t tokens = static_cast<int64_t>(example.ids.size()) - example.prompt_length;
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      if (options.on_step) options.on_step(step, loss, tokens, seconds);
      result.mean_loss += loss / options.steps;
      result.last_loss = loss;
      result.tokens += tokens;
      result.seconds += seconds;
    }
    // Its steps as a gradient.
    for (size_t i = 0; options.gradient_only && i < start.values.size(); ++i) result.adapter.values[i] = start.values[i] - result.adapter.values[i];
    std::lock_guard lock(mutex_);
    ++trained_[options.seed];
    return result;
  }

  Result<std::vector<train::Score>> score(const train::BaseModel&, const adapter::AdapterState* adapter,
                                          std::span<const data::Example> examples, const StopFlag& stop) override {
    if (stop.requested()) return cancelled("scoring was stopped", "noop.score");
    const double distance = adapter ? this->distance(*adapter) : 10;
    std::vector<train::Score> scores;
    for (const data::Example& example : examples) {
      const int64_t tokens = static_cast<int64_t>(example.ids.size()) - example.prompt_length;
      // Easier and harder records, so that exact match moves bit by bit.
      const double hardness =
          1 + 0.5 * std::sin(static_cast<double>(example.ids.size() + static_cast<size_t>(example.ids.back())));
      scores.push_back({distance * hardness * static_cast<double>(tokens), tokens, distance * hardness < 3 ? 1 : 0, 1});
    }
    return scores;
  }

  // Says `speech`, drawn tokens where a temperature is asked for, else the prompt's last two tokens again.
  Result<train::Generated> generate(const train::BaseModel& base, const adapter::AdapterState* adapter,
                                    std::span<const int32_t> prompt, const train::GenerateOptions& options) override {
    FEDLLM_RETURN_IF_ERROR(train::check_prompt(prompt, base.vocab_size(), base.max_positions()));
    train::TokenSampler sampler(options.sampling, prompt);
    const std::vector<float> level(kLetters, 0.0F);
    const size_t again = std::min<size_t>(2, prompt.size());
    const size_t length = !speech.empty() ? speech.size() : options.sampling.temperature > 0 ? kDrawn : again;
    train::Generated made;
    for (size_t i = 0; i <= length; ++i) {
      if (token_seconds > 0) std::this_thread::sleep_for(std::chrono::duration<double>(token_seconds));
      if (options.stop.requested()) return cancelled("generation stopped after " + std::to_string(i) + " tokens", "noop.generate");
      int32_t id = options.eos_id;
      if (i < length) id = !speech.empty() ? speech[i] : options.sampling.temperature > 0 ? sampler.next(level) : prompt[prompt.size() - again + i];
      if (id < 0 || (i < length && static_cast<int>(i) == options.max_new_tokens)) break;
      made.ids.push_back(id);
      made.choices.push_back({{id, adapter ? 0.75 : 0.5}, {id + 1, 0.25}});
      if (options.on_token && !options.on_token(id)) break;
    }
    return made;
  }
  Result<train::Probe> probe(const train::BaseModel&, const adapter::AdapterState*, const train::ProbeInput&) override {
    return missing();
  }
  Result<train::ProbeTrain> probe_train(const train::BaseModel&, const adapter::AdapterState&, const train::ProbeInput&,
                                        const train::ProbeTrainOptions&) override {
    return missing();
  }
  Result<train::PretrainResult> pretrain(const train::PretrainOptions&) override { return missing(); }

 private:
  static constexpr size_t kLetters = 90, kDrawn = 40;
  static Status missing() { return Status(Code::unimplemented, "the no-op backend does not do this", "noop"); }
  static double distance(const adapter::AdapterState& state) {
    double sum = 0, target = 0;
    for (size_t i = 0; i < state.values.size(); ++i) {
      sum += std::abs(state.values[i] - noop_target(i));
      target += std::abs(noop_target(i));
    }
    return sum / target;
  }
  static double step(adapter::AdapterState& state, const data::Example& example, double learning_rate) {
    const double loss = distance(state);
    const float rate = static_cast<float>(learning_rate);
    for (size_t i = 0; i < state.values.size(); ++i) {
      const float shake = 0.002f * static_cast<float>(example.ids[i % example.ids.size()] % 7 - 3);
      state.values[i] += rate * (noop_target(i) - state.values[i] + shake);
    }
    return loss;
  }

  mutable std::mutex mutex_;
  std::map<uint64_t, int> trained_;
  std::atomic<int> loads_{0};
};

}  // namespace fedllm::tests
