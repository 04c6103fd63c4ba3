#include "adapter/peft_config.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/name_pattern.h"
#include "base/text.h"

namespace fedllm::adapter {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kWhere = "adapter.peft";
constexpr int kMaxRank = 1 << 20;

// Keys that say how or by whom an adapter was made, or that are read elsewhere in this file.
constexpr std::string_view kHarmless[] = {
    "peft_type", "task_type", "base_model_name_or_path", "revision", "auto_mapping", "inference_mode", "peft_version", "r",
    "lora_alpha", "lora_dropout", "target_modules", "exclude_modules", "rank_pattern", "alpha_pattern", "use_rslora",
    "fan_in_fan_out", "bias", "modules_to_save", "layers_to_transform", "layers_pattern", "init_lora_weights", "megatron_core",
    "loftq_config", "eva_config", "runtime_config", "qalora_group_size"};
// What leaves the base's weights as they are.
constexpr std::string_view kInitialisations[] = {"gaussian", "eva", "orthogonal"};

std::string shown(const Json& value) { return shortened(value.dump(-1, ' ', false, Json::error_handler_t::replace), 80); }

bool asks_nothing(const Json& value) {
  return value.is_null() || (value.is_boolean() && !value.get<bool>()) || (value.is_number() && value.get<double>() == 0) ||
         (value.is_string() && value.get_ref<const std::string&>().empty()) || ((value.is_object() || value.is_array()) && value.empty());
}

// Reads keys of the right type; the first error stays.
class Reader {
 public:
  Reader(const Json& root, const std::string& where) : root_(root), where_(where) {}
  const Status& status() const { return status_; }

  void fail(Code code, const std::string& message) {
    if (status_.ok()) status_ = Status(code, where_ + ": " + message, kWhere);
  }
  void refuse(const std::string& key) { fail(Code::unimplemented, key + " " + shown(root_[key]) + " is not supported"); }
  const Json* find(const char* key) const {
    const auto found = root_.find(key);
    return found == root_.end() || found->is_null() ? nullptr : &*found;
  }
  void wrong(const char* key, const char* expected, const Json& got) {
    fail(Code::data_loss, std::string("expected ") + expected + " " + key + ", got " + shown(got));
  }
  void text(const char* key, std::string& out) {
    const Json* value = find(key);
    if (value && value->is_string()) out = value->get<std::string>();
    else if (value) wrong(key, "a text", *value);
  }
  void truth(const char* key, bool& out) {
    const Json* value = find(key);
    if (value && value->is_boolean()) out = value->get<bool>();
    else if (value) wrong(key, "true or false for", *value);
  }
  bool number(const char* key, const Json& value, double& out) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
      wrong(key, "a number", value);
      return false;
    }
    out = value.get<double>();
    return true;
  }
  void positive(const char* key, const Json& value, double& out) {
    if (number(key, value, out) && !(out > 0)) wrong(key, "a number above 0 for", value);
  }
  void rank(const char* key, const Json& value, int& out) {
    double rank = 0;
    if (!number(key, value, rank)) return;
    if (rank < 1 || rank > kMaxRank || std::trunc(rank) != rank) wrong(key, "a whole number of 1 or more for", value);
    else out = static_cast<int>(rank);
  }
  template <class F>
  void entries(const char* key, F read) {
    const Json* value = find(key);
    if (value && !value->is_object()) wrong(key, "an object", *value);
    if (!value || !value->is_object()) return;
    for (const auto& [pattern, item] : value->items()) read(pattern, item);
  }
  void names(const char* key, std::vector<std::string>& out) {
    const Json* value = find(key);
    if (value && value->is_string()) out.push_back(value->get<std::string>());
    else if (value && value->is_array() && std::all_of(value->begin(), value->end(), [](const Json& v) { return v.is_string(); }))
      out = value->get<std::vector<std::string>>();
    else if (value) wrong(key, "a list of names", *value);
  }

 private:
  const Json& root_;
  std::string where_;
  Status status_;
};

void check_kind(Reader& reader, const Json& root) {
  const Json* type = reader.find("peft_type");
  if (!type || *type != "LORA")
    reader.fail(Code::unimplemented, "expected peft_type \"LORA\", got " + shown(type ? *type : Json()));
  if (root.contains("bias") && root["bias"] != "none") reader.refuse("bias");
  if (const Json* init = reader.find("init_lora_weights"); init && !init->is_boolean()) {
    const bool known = init->is_string() && std::find(std::begin(kInitialisations), std::end(kInitialisations),
                                                      init->get_ref<const std::string&>()) != std::end(kInitialisations);
    if (!known)
      reader.fail(Code::unimplemented,
                  "init_lora_weights " + shown(*init) + " changes the base model's weights, which is not supported");
  }
}

// A key nobody here knows may change the result; one that asks for nothing cannot.
void refuse_the_rest(Reader& reader, const Json& root) {
  for (const auto& [key, value] : root.items())
    if (std::find(std::begin(kHarmless), std::end(kHarmless), key) == std::end(kHarmless) && !asks_nothing(value)) reader.refuse(key);
}

void read_numbers(Reader& reader, PeftConfig& config) {
  if (const Json* rank = reader.find("r")) reader.rank("r", *rank, config.rank);
  const Json* alpha = reader.find("lora_alpha");
  if (!alpha) reader.fail(Code::data_loss, "expected a number lora_alpha, got null");
  else reader.positive("lora_alpha", *alpha, config.lora_alpha);
  if (const Json* dropout = reader.find("lora_dropout")) reader.number("lora_dropout", *dropout, config.dropout);
  reader.entries("rank_pattern", [&](const std::string& pattern, const Json& value) {
    reader.rank("rank_pattern", value, config.rank_pattern.emplace_back(pattern, 0).second);
  });
  reader.entries("alpha_pattern", [&](const std::string& pattern, const Json& value) {
    reader.positive("alpha_pattern", value, config.alpha_pattern.emplace_back(pattern, 0).second);
  });
}

bool chooses_among(const Reader& reader) {
  const Json* targets = reader.find("target_modules");
  const bool pattern = targets && targets->is_string() && *targets != "all-linear";
  return pattern || reader.find("layers_to_transform") || reader.find("exclude_modules");
}

struct Values { int rank = 0; double alpha = 0; };

// PEFT's ways from a module's name to its rank and alpha.
class Patterns {
 public:
  static Result<Patterns> make(const PeftConfig& config, bool old) {
    Patterns patterns(config, old);
    const auto add = [&](const std::string& key, std::vector<NamePattern>& out) -> Status {
      FEDLLM_ASSIGN_OR_RETURN(NamePattern made, NamePattern::compile(old ? ".*\\." + key + "$" : "(.*\\.)?(" + key + ")$"));
      out.push_back(std::move(made));
      return {};
    };
    for (const auto& [key, value] : config.rank_pattern) FEDLLM_RETURN_IF_ERROR(add(key, patterns.ranks_));
    for (const auto& [key, value] : config.alpha_pattern) FEDLLM_RETURN_IF_ERROR(add(key, patterns.alphas_));
    return patterns;
  }
  Values of(const std::string& name) const {
    std::string rank_key = key_of(config_->rank_pattern, ranks_, name), alpha_key = key_of(config_->alpha_pattern, alphas_, name);
    if (old_ && !rank_key.empty()) alpha_key = rank_key;         // the first that matches decides both
    else if (old_ && !alpha_key.empty()) rank_key = alpha_key;
    return {value_at(config_->rank_pattern, rank_key.empty() ? name : rank_key, config_->rank),
            value_at(config_->alpha_pattern, alpha_key.empty() ? name : alpha_key, config_->lora_alpha)};
  }

 private:
  Patterns(const PeftConfig& config, bool old) : config_(&config), old_(old) {}

  template <class T>
  static std::string key_of(const std::vector<std::pair<std::string, T>>& entries, const std::vector<NamePattern>& patterns,
                            const std::string& name) {
    for (size_t i = 0; i < entries.size(); ++i)
      if (patterns[i].match(name)) return entries[i].first;
    return {};
  }
  template <class T>
  static T value_at(const std::vector<std::pair<std::string, T>>& entries, const std::string& key, T otherwise) {
    for (const auto& [name, value] : entries)
      if (name == key) return value;
    return otherwise;
  }

  const PeftConfig* config_;
  bool old_;
  std::vector<NamePattern> ranks_, alphas_;
};

// The first module whose tensors have another rank than the patterns say.
const ModuleSlot* misfit(const Patterns& patterns, const std::vector<ModuleSlot>& modules) {
  for (const ModuleSlot& slot : modules)
    if (patterns.of(slot.name).rank != slot.rank) return &slot;
  return nullptr;
}

int most_common_rank(const AdapterLayout& layout) {
  std::map<int, int> count;
  for (const ModuleSlot& slot : layout.modules()) ++count[slot.rank];
  return std::max_element(count.begin(), count.end(), [](auto& l, auto& r) { return l.second < r.second; })->first;
}

Json number(double value) {
  if (std::trunc(value) == value && std::abs(value) < 1e15) return static_cast<int64_t>(value);
  return value;
}

std::string last_part(const std::string& name) { return name.substr(name.rfind('.') + 1); }

// GPT-2's linears (Conv1D) hold [in, out]; PEFT marks adapters on them.
bool is_conv1d(const AdapterLayout& layout) {
  return std::all_of(layout.modules().begin(), layout.modules().end(), [](const ModuleSlot& slot) {
    const std::string name = last_part(slot.name);
    return name == "c_attn" || name == "c_proj" || name == "c_fc";
  });
}

// The number between dots, or -1.
int layer_of(const std::string& name) {
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    const size_t end = name.find_first_not_of("0123456789", dot + 1);
    if (end != std::string::npos && end > dot + 1 && end - dot < 8 && name[end] == '.') return std::stoi(name.substr(dot + 1, end - dot - 1));
  }
  return -1;
}

// Do the last parts of the names choose what the layout has, as far as the layout can tell: all of them in every layer from 0?
bool uniform(const AdapterLayout& layout) {
  std::map<std::string, std::set<int>> layers;
  std::map<std::string, size_t> count;
  for (const ModuleSlot& slot : layout.modules()) {
    layers[last_part(slot.name)].insert(layer_of(slot.name));
    ++count[last_part(slot.name)];
  }
  const std::set<int>& first = layers.begin()->second;
  const bool from_zero = *first.begin() <= 0 && *first.rbegin() - *first.begin() + 1 == static_cast<int>(first.size());
  return from_zero && std::all_of(layers.begin(), layers.end(), [&](const auto& entry) {
    return entry.second == first && count[entry.first] % first.size() == 0;
  });
}

Json saved_modules(const AdapterLayout& layout) {
  if (layout.saved().empty()) return nullptr;
  std::set<std::string> names;
  for (const SavedTensor& tensor : layout.saved()) {
    const std::string module = tensor.name.substr(0, std::min(tensor.name.rfind('.'), tensor.name.size()));
    names.insert(layer_of(tensor.name) < 0 ? last_part(module) : module);
  }
  return names;
}

}  // namespace

Result<PeftConfig> parse_peft_config(const std::string& text, const std::string& where) {
  const Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded() || !root.is_object()) return data_loss(where + ": expected a JSON object", kWhere);
  Reader reader(root, where);
  PeftConfig config;
  check_kind(reader, root);
  refuse_the_rest(reader, root);
  read_numbers(reader, config);
  reader.truth("use_rslora", config.use_rslora);
  reader.truth("fan_in_fan_out", config.fan_in_fan_out);
  reader.text("base_model_name_or_path", config.base_model_name);
  reader.text("task_type", config.task_type);
  reader.names("modules_to_save", config.modules_to_save);
  config.old_patterns = !root.contains("peft_version") && !root.contains("corda_config") && !root.contains("trainable_token_indices");
  config.whole_names = chooses_among(reader);
  if (!reader.status().ok()) return reader.status();
  return config;
}

Status apply_patterns(const PeftConfig& config, std::vector<ModuleSlot>& modules, const std::string& where) {
  Result<Patterns> patterns = Patterns::make(config, config.old_patterns);
  if (!patterns.ok()) return patterns.status().with_prefix(where);
  const ModuleSlot* wrong = misfit(*patterns, modules);
  if (wrong) {
    // The file does not say which PEFT wrote it: its tensors do.
    Result<Patterns> others = Patterns::make(config, !config.old_patterns);
    if (others.ok() && !misfit(*others, modules)) patterns = std::move(others), wrong = nullptr;
  }
  if (wrong)
    return data_loss(where + ": expected rank " + std::to_string(patterns->of(wrong->name).rank) + " for " + wrong->name +
                         ", its tensors have rank " + std::to_string(wrong->rank),
                     kWhere);
  for (ModuleSlot& slot : modules) slot.alpha = patterns->of(slot.name).alpha;
  return {};
}

bool saves_module(const PeftConfig& config, const std::string& module) {
  return std::any_of(config.modules_to_save.begin(), config.modules_to_save.end(), [&](const std::string& name) {
    return !name.empty() && (module == name || module.ends_with("." + name));
  });
}

std::string write_peft_config(const AdapterLayout& layout, const PeftMeta& meta) {
  const int rank = most_common_rank(layout);
  const bool whole = meta.whole_names || !uniform(layout);
  std::set<std::string> targets;
  Json ranks = Json::object(), alphas = Json::object();
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    const ModuleSlot& slot = layout.modules()[m];
    targets.insert(whole ? slot.name : last_part(slot.name));
    if (slot.rank != rank) ranks[slot.name] = slot.rank;
    if (slot.alpha > 0) alphas[slot.name] = number(slot.alpha);
  }
  const Json config = {
      {"alpha_pattern", alphas}, {"auto_mapping", nullptr}, {"base_model_name_or_path", meta.base_model_name},
      {"bias", "none"}, {"fan_in_fan_out", is_conv1d(layout)}, {"inference_mode", true}, {"init_lora_weights", true},
      {"layer_replication", nullptr}, {"layers_pattern", nullptr}, {"layers_to_transform", nullptr},
      {"loftq_config", Json::object()}, {"lora_alpha", number(layout.lora_alpha())}, {"lora_dropout", meta.dropout},
      {"megatron_config", nullptr}, {"megatron_core", "megatron.core"}, {"modules_to_save", saved_modules(layout)},
      {"peft_type", "LORA"}, {"r", rank}, {"rank_pattern", ranks}, {"revision", nullptr},
      {"target_modules", targets}, {"task_type", "CAUSAL_LM"}, {"use_dora", false}, {"use_rslora", layout.rank_stabilised()}};
  return config.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace fedllm::adapter
