// fedllm golden: compares what score, train and generate wrote with a golden case (tests/golden/run.sh calls it). Hidden.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "adapter/peft.h"
#include "adapter/safetensors.h"
#include "base/file.h"
#include "model_arguments.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr double kLogits = 2e-5, kLoss = 5e-6, kLosses = 2e-5, kGradient = 1e-5, kLow = 2e-2;
constexpr double kInfinite = 1e30;

// One case and the folder with what our verbs wrote about it.
class Comparison {
 public:
  Comparison(std::string given, std::string ours, double factor, bool low) : case_(std::move(given)), ours_(std::move(ours)), factor_(factor), low_(low) {}

  Status run() {
    FEDLLM_ASSIGN_OR_RETURN(expected_, json_of(case_ + "/expected.json"));
    FEDLLM_ASSIGN_OR_RETURN(const train::ProbeInput input, read_inputs(case_ + "/inputs.json"));
    mask_ = input.attention_mask;
    score("score", expected_, case_ + "/expected.safetensors");
    if (!low_) greedy();
    if (expected_.contains("lora"))
      for (const auto& [kind, facts] : expected_["lora"].items())
        if (facts.is_object() && facts.contains("loss")) lora(kind, facts);
    std::printf("%s: %d of %d checks pass\n", name().c_str(), checks_ - misses_, checks_);
    if (misses_ > 0) return Status(Code::aborted, name() + ": " + std::to_string(misses_) + " of " + std::to_string(checks_) + " checks miss", "golden");
    return {};
  }

 private:
  std::string name() const { return fs::path(case_).filename().string(); }

  static Result<Json> json_of(const std::string& path) {
    FEDLLM_ASSIGN_OR_RETURN(std::string text, read_file(path));
    // Verbs may print progress before their last line.
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) {
      while (!text.empty() && text.back() == '\n') text.pop_back();
      json = Json::parse(text.substr(text.rfind('\n') + 1), nullptr, false);
    }
    if (!json.is_object()) return invalid_argument(path + ": expected a JSON object", "golden");
    return json;
  }

  void check(const std::string& what, double error, double tolerance) {
    ++checks_;
    const bool good = error <= tolerance;
    if (!good) ++misses_;
    std::printf("%s  %-28s %s  %.3g (at most %.3g)\n", good ? "ok  " : "MISS", what.c_str(), name().c_str(), error, tolerance);
  }
  double tolerance(double exact) const { return low_ ? kLow : exact * factor_; }

  static double apart(const Json& got, const Json& expected) {
    const double error = got.is_number() && expected.is_number() ? std::abs(got.get<double>() - expected.get<double>()) : kInfinite;
    return std::isfinite(error) ? error : kInfinite;
  }
  static double apart_lists(const Json& got, const Json& expected) {
    if (!got.is_array() || !expected.is_array() || got.size() != expected.size() || got.empty()) return kInfinite;
    double worst = 0;
    for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, apart(got[i], expected[i]));
    return worst;
  }

  // Largest difference of two tensors where the attention mask is 1.
  double apart_tensors(const std::string& ours, const std::string& theirs, const std::string& tensor, bool masked) const {
    const auto one = values(ours, masked ? "logits" : tensor), other = values(theirs, tensor);
    if (!one.ok() || !other.ok() || one->size() != other->size() || one->empty()) return kInfinite;
    const size_t width = masked && !mask_.empty() ? one->size() / mask_.size() : 0;
    double worst = 0;
    for (size_t i = 0; i < one->size(); ++i) {
      if (width > 0 && mask_[i / width] == 0) continue;
      const double error = std::abs(static_cast<double>((*one)[i]) - (*other)[i]);
      worst = std::isfinite(error) ? std::max(worst, error) : kInfinite;
    }
    return worst;
  }
  static Result<std::vector<float>> values(const std::string& path, const std::string& tensor) {
    FEDLLM_ASSIGN_OR_RETURN(const auto file, adapter::SafetensorsFile::open(path));
    FEDLLM_ASSIGN_OR_RETURN(const auto view, file.find(tensor));
    return adapter::to_float(view);
  }

  // Loss, label tokens and logits of one call of score.
  void score(const std::string& call, const Json& facts, const std::string& tensors) {
    const auto got = json_of(ours_ + "/" + call + ".json");
    check(call + ": loss", got.ok() ? apart((*got)["loss"], facts["loss"]) : kInfinite, tolerance(kLoss));
    if (facts.contains("label_tokens")) check(call + ": label tokens", got.ok() ? apart((*got)["tokens"], facts["label_tokens"]) : kInfinite, 0);
    if (!low_ && fs::exists(tensors)) check(call + ": logits", apart_tensors(ours_ + "/" + call + ".safetensors", tensors, "logits", true), tolerance(kLogits));
  }

  void greedy() {
    if (!expected_.contains("greedy")) return;
    const Json& facts = expected_["greedy"];
    const auto got = json_of(ours_ + "/generate.json");
    Json whole = facts["prompt"];
    if (got.ok())
      for (const Json& id : (*got)["tokens"]) whole.push_back(id);
    check("generate: ids", whole == facts["output"] ? 0 : 1, 0);
  }

  void lora(const std::string& kind, const Json& facts) {
    score("score_" + kind, facts, case_ + "/lora_" + kind + ".safetensors");
    for (const auto& [way, name] : {std::pair("noclip", "noclip"), std::pair("clip", "clip0.25")})
      if (facts.contains(name)) train(kind + "_" + way, facts[name]);
    const std::string after = case_ + "/adapter_" + kind + "_after5";
    if (low_ || !fs::exists(after)) return;
    check("train_" + kind + ": adapter", apart_adapters(ours_ + "/adapter_" + kind, after), tolerance(kLosses));
    const std::string logits = case_ + "/lora_" + kind + "_after5_logits.safetensors";
    if (fs::exists(logits)) check("score_" + kind + "_after: logits", apart_tensors(ours_ + "/after_" + kind + ".safetensors", logits, "logits_unmerged", true), tolerance(kLogits));
  }

  void train(const std::string& call, const Json& facts) {
    const auto got = json_of(ours_ + "/train_" + call + ".json");
    check("train_" + call + ": losses", got.ok() ? apart_lists((*got)["losses"], facts["losses_before_each_step_then_after"]) : kInfinite, tolerance(kLosses));
    if (low_ || !facts.contains("grad_norms_before_clip")) return;
    check("train_" + call + ": gradient norms", got.ok() ? apart_lists((*got)["grad_norms"], facts["grad_norms_before_clip"]) : kInfinite, tolerance(kGradient));
  }

  static double apart_adapters(const std::string& ours, const std::string& theirs) {
    const auto one = adapter::load_peft(ours), other = adapter::load_peft(theirs);
    if (!one.ok() || !other.ok()) return kInfinite;
    const auto arranged = adapter::arrange(*one, other->layout);
    if (!arranged.ok() || other->values.empty()) return kInfinite;
    double worst = 0;
    for (size_t i = 0; i < other->values.size(); ++i) {
      const double error = std::abs(static_cast<double>(arranged->values[i]) - other->values[i]);
      worst = std::isfinite(error) ? std::max(worst, error) : kInfinite;
    }
    return worst;
  }

  std::string case_, ours_;
  double factor_;
  bool low_;
  Json expected_;
  std::vector<int64_t> mask_;
  int checks_ = 0, misses_ = 0;
};

Status run(const Arguments& arguments) {
  const std::string ours = arguments.value("--ours");
  if (ours.empty()) return usage_error("golden needs --ours DIR");
  FEDLLM_ASSIGN_OR_RETURN(const double factor, real(arguments, "--factor", 1, 0));
  const Status status = Comparison(arguments.operands[0], ours, factor, arguments.has("--low")).run();
  std::fflush(stdout);
  return status;
}

const VerbEntry entry({"golden", "CASE", "compare what score, train and generate wrote with a golden case",
                       {{"--ours", "DIR", "what they wrote"},
                        {"--factor", "X", "times the tolerances (default: 1)"},
                        {"--low", "", "losses alone, within 0.02: for bf16 and int8"}},
                       run, 99, true});

}  // namespace
}  // namespace fedllm::app
