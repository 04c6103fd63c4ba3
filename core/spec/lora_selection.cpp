#include "spec/lora_selection.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/name_pattern.h"
#include "base/text.h"

namespace fedllm::spec {
namespace {

constexpr const char* kWhere = "spec.lora";

template <class T>
struct Rule {
  NamePattern pattern;
  T value;
};

// As PEFT builds it from a key of rank_pattern or alpha_pattern.
Result<NamePattern> ending(const std::string& key) { return NamePattern::compile("(.*\\.)?(" + key + ")$"); }

template <class T>
Result<std::vector<Rule<T>>> rules_of(const std::vector<std::pair<std::string, T>>& entries, const char* key) {
  std::vector<Rule<T>> rules;
  for (const auto& [pattern, value] : entries) {
    Result<NamePattern> compiled = ending(pattern);
    if (!compiled.ok()) return compiled.status().with_prefix(key);
    rules.push_back({std::move(*compiled), value});
  }
  return rules;
}

template <class T>
T value_for(const std::vector<Rule<T>>& rules, const std::string& name, T otherwise) {
  for (const Rule<T>& rule : rules)
    if (rule.pattern.match(name)) return rule.value;
  return otherwise;
}

Result<std::optional<NamePattern>> optional_pattern(const std::string& text, const char* key) {
  if (text.empty()) return std::optional<NamePattern>();
  Result<NamePattern> compiled = NamePattern::compile(text);
  if (!compiled.ok()) return compiled.status().with_prefix(key);
  return std::optional<NamePattern>(std::move(*compiled));
}

bool is_all_linear(std::string_view text) {
  return std::equal(text.begin(), text.end(), kAllLinear, kAllLinear + std::string_view(kAllLinear).size(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

class LayerFilter {
 public:
  static Result<LayerFilter> make(const LoraSpec& lora) {
    LayerFilter filter;
    filter.layers_ = lora.layers_to_transform;
    for (const std::string& pattern : lora.layers_pattern) {
      Result<NamePattern> compiled = NamePattern::compile(".*\\." + pattern);
      if (!compiled.ok()) return compiled.status().with_prefix("layers_pattern");
      filter.lists_.push_back(std::move(*compiled));
    }
    return filter;
  }
  bool keeps(const std::string& name) const {
    if (layers_.empty()) return true;
    const std::optional<int> layer = layer_of(name);
    return layer && std::find(layers_.begin(), layers_.end(), *layer) != layers_.end();
  }

 private:
  // The last number between two dots whose list has an allowed name.
  std::optional<int> layer_of(const std::string& name) const {
    for (size_t end = name.rfind('.'); end != std::string::npos && end > 0; end = name.rfind('.', end - 1)) {
      const size_t dot = name.rfind('.', end - 1);
      if (dot == std::string::npos) break;
      int number = 0;
      const auto [stop, error] = std::from_chars(name.data() + dot + 1, name.data() + end, number);
      if (error == std::errc() && stop == name.data() + end && is_list(name.substr(0, dot))) return number;
    }
    return std::nullopt;
  }
  bool is_list(const std::string& before) const {
    if (lists_.empty()) return before.find('.') != std::string::npos;
    return std::any_of(lists_.begin(), lists_.end(), [&](const NamePattern& list) { return list.full_match(before); });
  }

  std::vector<int> layers_;
  std::vector<NamePattern> lists_;
};

// Which names are chosen; remembers the targets that chose one.
class Chooser {
 public:
  static Result<Chooser> make(const LoraSpec& lora) {
    FEDLLM_ASSIGN_OR_RETURN(auto target, optional_pattern(lora.target_pattern, "target_modules"));
    FEDLLM_ASSIGN_OR_RETURN(auto exclude, optional_pattern(lora.exclude_pattern, "exclude_modules"));
    FEDLLM_ASSIGN_OR_RETURN(LayerFilter layers, LayerFilter::make(lora));
    return Chooser(lora, std::move(target), std::move(exclude), std::move(layers));
  }
  bool chooses(const LinearFacts& linear) {
    const std::string& name = linear.name;
    bool chosen = false, by_name = false;
    if (target_ && is_all_linear(lora_->target_pattern)) chosen = !linear.head;
    else if (target_) by_name = chosen = target_->full_match(name);
    for (size_t t = 0; t < lora_->target_modules.size(); ++t) {
      const std::string& target = lora_->target_modules[t];
      if (is_all_linear(target) ? linear.head : !targets_module(target, name)) continue;
      chosen = used_[t] = true;
      by_name = by_name || name == target;
    }
    return chosen && !excluded(name) && (by_name || layers_.keeps(name));
  }
  // The first target that no module answers to.
  const std::string* unused() const {
    for (size_t t = 0; t < used_.size(); ++t)
      if (!used_[t]) return &lora_->target_modules[t];
    return nullptr;
  }

 private:
  Chooser(const LoraSpec& lora, std::optional<NamePattern> target, std::optional<NamePattern> exclude, LayerFilter layers)
      : lora_(&lora), target_(std::move(target)), exclude_(std::move(exclude)), layers_(std::move(layers)),
        used_(lora.target_modules.size()) {}

  bool excluded(const std::string& name) const {
    const auto is = [&](const std::string& other) { return targets_module(other, name); };
    return (exclude_ && exclude_->full_match(name)) || std::any_of(lora_->exclude_modules.begin(), lora_->exclude_modules.end(), is) ||
           std::any_of(lora_->modules_to_save.begin(), lora_->modules_to_save.end(), is);
  }

  const LoraSpec* lora_;
  std::optional<NamePattern> target_, exclude_;
  LayerFilter layers_;
  std::vector<bool> used_;
};

std::string wanted(const LoraSpec& lora) {
  return lora.target_pattern.empty() ? "[" + join(lora.target_modules, ", ") + "]" : "\"" + lora.target_pattern + "\"";
}

// "model.layers.0.mlp" of "model.layers.0.mlp.bias"
std::string module_of(const std::string& tensor) { return tensor.substr(0, std::max<size_t>(tensor.rfind('.'), 0)); }

}  // namespace

std::string linear_names(const std::vector<LinearFacts>& linears) {
  std::vector<std::string> names;
  for (const LinearFacts& linear : linears) {
    if (linear.head) continue;
    const std::string name = linear.name.substr(linear.name.rfind('.') + 1);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return join(names, ", ");
}

Result<std::vector<ChosenModule>> choose_modules(const std::vector<LinearFacts>& linears, const LoraSpec& lora) {
  FEDLLM_ASSIGN_OR_RETURN(Chooser chooser, Chooser::make(lora));
  FEDLLM_ASSIGN_OR_RETURN(const auto ranks, rules_of(lora.rank_pattern, "rank_pattern"));
  FEDLLM_ASSIGN_OR_RETURN(const auto alphas, rules_of(lora.alpha_pattern, "alpha_pattern"));
  std::vector<ChosenModule> chosen;
  for (size_t i = 0; i < linears.size(); ++i)
    if (chooser.chooses(linears[i]))
      chosen.push_back({i, value_for(ranks, linears[i].name, lora.rank), value_for(alphas, linears[i].name, lora.alpha)});
  const auto is_head = [&](const ChosenModule& module) { return linears[module.linear].head; };
  if (lora.dropout > 0 && std::any_of(chosen.begin(), chosen.end(), is_head))
    return invalid_argument("LoRA on the head is trained without dropout: expected lora.dropout 0, got " + format_double(lora.dropout), kWhere);
  if (const std::string* target = chooser.unused())
    return invalid_argument("the base model has no module \"" + *target + "\"; it has " + linear_names(linears), kWhere);
  if (chosen.empty() && lora.target_modules.empty() && lora.target_pattern.empty())
    return invalid_argument("no LoRA target module is chosen; there are " + linear_names(linears), kWhere);
  if (chosen.empty())
    return invalid_argument("no LoRA target module is left of target_modules " + wanted(lora) +
                                "; the base model has " + linear_names(linears),
                            kWhere);
  return chosen;
}

Result<std::vector<TensorFacts>> tensors_to_save(const std::vector<TensorFacts>& tensors, const LoraSpec& lora) {
  std::vector<TensorFacts> chosen;
  std::vector<bool> used(lora.modules_to_save.size());
  for (const TensorFacts& tensor : tensors) {
    bool wanted = false;
    for (size_t m = 0; m < used.size(); ++m)
      if (targets_module(lora.modules_to_save[m], module_of(tensor.name))) wanted = used[m] = true;
    if (wanted) chosen.push_back(tensor);
  }
  for (size_t m = 0; m < used.size(); ++m)
    if (!used[m])
      return invalid_argument("modules_to_save: the base model has no module \"" + lora.modules_to_save[m] + "\"", kWhere);
  return chosen;
}

Status check_patterns(const LoraSpec& lora, std::string& key) {
  const auto check = [&](const char* name, const std::string& pattern) {
    key = name;
    return NamePattern::compile(pattern).status();
  };
  FEDLLM_RETURN_IF_ERROR(check("target_modules", lora.target_pattern));
  FEDLLM_RETURN_IF_ERROR(check("exclude_modules", lora.exclude_pattern));
  for (const std::string& pattern : lora.layers_pattern) FEDLLM_RETURN_IF_ERROR(check("layers_pattern", ".*\\." + pattern));
  for (const auto& [pattern, value] : lora.rank_pattern) FEDLLM_RETURN_IF_ERROR(check("rank_pattern", "(" + pattern + ")"));
  for (const auto& [pattern, value] : lora.alpha_pattern) FEDLLM_RETURN_IF_ERROR(check("alpha_pattern", "(" + pattern + ")"));
  return {};
}

}  // namespace fedllm::spec
