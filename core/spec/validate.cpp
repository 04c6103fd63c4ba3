#include "spec/validate.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "base/text.h"
#include "spec/lora_selection.h"
#include "spec/method_facts.h"
#include "spec/names.h"

namespace fedllm::spec {
namespace {

constexpr int kMaxRounds = 100000;
constexpr int kMaxRank = 4096;

struct Range {
  double low, high;
  bool low_open = false, high_open = false;
  bool holds(double x) const {
    return std::isfinite(x) && (low_open ? x > low : x >= low) && (high_open ? x < high : x <= high);
  }
  std::string words() const {
    if (std::isinf(high)) return low_open ? "more than " + format_double(low) : format_double(low) + " or more";
    if (!low_open && !high_open) return "from " + format_double(low) + " to " + format_double(high);
    return (low_open ? "more than " : "at least ") + format_double(low) + (high_open ? " and less than " : " and at most ") +
           format_double(high);
  }
};

constexpr double kNoLimit = INFINITY;
constexpr Range kPositive{0, kNoLimit, true};
constexpr Range kNotNegative{0, kNoLimit};
constexpr Range kShare{0, 1, true};            // (0, 1]
constexpr Range kBelowOne{0, 1, false, true};  // [0, 1)

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

const std::vector<std::string_view>& method_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const MethodFacts& method : methods()) all.push_back(method.name);
    return all;
  }();
  return names;
}

// Collects problems; the helpers keep every message in the form "expected …, got …".
class Checker {
 public:
  Checker(const Scenario& s, Setting setting) : s_(s), setting_(setting) {}

  std::vector<Problem> run() {
    general();
    dataset();
    if (setting_ == Setting::simulation) partition();
    lora();
    training();
    strategy();
    cohort();
    overrides();
    network();
    evaluation();
    return std::move(problems_);
  }

 private:
  void error(std::string path, std::string kind, std::string message) {
    add(Problem::Severity::error, std::move(path), std::move(kind), std::move(message));
  }
  void warning(std::string path, std::string kind, std::string message) {
    add(Problem::Severity::warning, std::move(path), std::move(kind), std::move(message));
  }

  // The code is the path without indices, plus the kind: "clients.speed.range".
  void add(Problem::Severity severity, std::string path, std::string kind, std::string message) {
    std::string code;
    for (size_t start = 0; start <= path.size();) {
      const size_t dot = std::min(path.find('.', start), path.size());
      const std::string part = path.substr(start, dot - start);
      if (part.empty() || !std::all_of(part.begin(), part.end(), [](char c) { return (c >= '0' && c <= '9') || c == '-'; }))
        code += part + ".";
      start = dot + 1;
    }
    problems_.push_back({severity, std::move(path), std::move(message), code + kind});
  }

  bool number(const std::string& path, double value, Range range) {
    if (range.holds(value)) return true;
    error(path, "range", "expected a number " + range.words() + ", got " + format_double(value));
    return false;
  }
  bool whole(const std::string& path, int value, int low, int high) {
    if (value >= low && value <= high) return true;
    error(
        path, "range",
        "expected a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ", got " + std::to_string(value));
    return false;
  }
  bool choice(const std::string& path, const std::string& value, std::span<const std::string_view> known,
              const std::string& hint = {}) {
    if (std::find(known.begin(), known.end(), value) != known.end()) return true;
    const std::string near = nearest_key(value, known);
    std::string message = "expected one of " + join({known.begin(), known.end()}, ", ") + ", got " + quoted(value);
    if (!hint.empty()) message += "; " + hint;
    else if (!near.empty()) message += "; did you mean " + quoted(near) + "?";
    error(path, "unknown", std::move(message));
    return false;
  }
  // No empty entries; a repeated one is `severity`.
  void entries(const std::string& path, const std::vector<std::string>& values, bool repeated_is_error) {
    std::set<std::string> seen;
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string at = path + "." + std::to_string(i);
      if (values[i].empty()) error(at, "empty", "expected a name, got nothing");
      else if (!seen.insert(values[i]).second)
        add(repeated_is_error ? Problem::Severity::error : Problem::Severity::warning, at, "repeated",
            quoted(values[i]) + " is given twice");
    }
  }

  void general() {
    if (s_.name.empty()) warning("name", "empty", "the scenario has no name");
    if (invalid_utf8_at(s_.name) != std::string::npos) error("name", "utf8", "expected UTF-8 text, got other bytes");
    if (s_.base_model.empty()) error("base_model", "missing", "expected a folder or builtin:NAME, got nothing");
    choice("base_precision", s_.base_precision, kBasePrecisions);
    whole("rounds", s_.rounds, 1, kMaxRounds);
    choice("codec", s_.codec, kCodecs);
    if (s_.codec_density) number("codec_density", *s_.codec_density, kShare);
    if (s_.codec_density && s_.codec != "top-k" && s_.codec != "random-mask")
      warning("codec_density", "unused", "the density has no effect with codec " + s_.codec + ", only with top-k and random-mask");
    if (s_.downlink_codec) choice("downlink_codec", *s_.downlink_codec, kDownlinkCodecs);
    if (s_.downlink_density) number("downlink_density", *s_.downlink_density, kShare);
    if (s_.downlink_density && s_.downlink_codec.value_or("") != "top-k")
      warning("downlink_density", "unused", "the density has no effect with codec " + downlink_codec(s_) + ", only with top-k");
  }

  void dataset() {
    const DatasetSpec& d = s_.dataset;
    if (d.files.empty() && setting_ == Setting::simulation) error("dataset.files", "missing", "expected at least one file, got none");
    entries("dataset.files", d.files, false);
    entries("dataset.test_files", d.test_files, false);
    choice("dataset.format", d.format, kDatasetFormats);
    choice("dataset.bad_lines", d.bad_lines, kBadLineChoices);
    text_template(d.text_template);
    if (number("dataset.test_fraction", d.test_fraction, kBelowOne) && d.test_fraction == 0 && d.test_files.empty())
      warning("dataset.test_fraction", "none", "no records are held out, so the run has no held-out loss and no exact match");
    for (const std::string& file : d.test_files)
      if (std::find(d.files.begin(), d.files.end(), file) != d.files.end())
        error("dataset.test_files", "overlap",
              quoted(file) + " is also a training file, so the held-out records would be trained on");
  }

  void text_template(const TemplateSpec& t) {
    if (!choice("dataset.template", t.name, kTemplateNames)) return;
    if (!t.system.empty() && !is_chat_format(t.name))
      error("dataset.template.system", "unused", "expected a prompt format, such as chatml, for a system text, got the template " + quoted(t.name));
    if (t.name != "custom") return;
    if (t.response.empty())
      error("dataset.template.response", "missing",
            "expected the text that the model learns to answer, such as {output}, got nothing");
    else if (t.response.find('{') == std::string::npos)
      warning("dataset.template.response", "constant", "the response has no {field}, so every record teaches the same text");
  }

  void partition() {
    const PartitionSpec& p = s_.partition;
    const bool known = choice("partition.method", p.method, kPartitionMethods);
    if (p.clients) whole("partition.clients", *p.clients, 1, kMaxClients);
    if (known && data_decides_clients(p.method)) {
      if (p.clients)
        warning("partition.clients", "unused",
                "the data decide the number of clients with " + p.method + ", so " + std::to_string(*p.clients) + " is not used");
      if (p.method == "by_column" && p.column.empty())
        error("partition.column", "missing", "by_column expects the field whose values are the clients, got nothing");
      if (p.method == "by_file" && s_.dataset.files.size() == 1)
        warning("partition.method", "one_file", "by_file with one file gives one client");
    } else if (known && !p.clients) {
      error("partition.clients", "missing", p.method + " expects a number of clients, got none");
    }
    if (p.clients == 1) warning("partition.clients", "one", "with one client there is nothing to average");
    number("partition.alpha", p.alpha, kPositive);
    whole("partition.min_records", p.min_records, 0, 1000000000);
    labels();
  }

  void labels() {
    const PartitionSpec& p = s_.partition;
    if (p.method == "dirichlet" && s_.dataset.label.empty())
      error("dataset.label", "missing", "dirichlet expects the field that holds the label, got nothing");
    if (!p.labels_per_client) return;
    whole("partition.labels_per_client", *p.labels_per_client, 1, 1000000);
    if (p.method != "iid")
      warning("partition.labels_per_client", "unused", "labels_per_client applies to iid, so it is not used with " + p.method);
    else if (s_.dataset.label.empty())
      error("dataset.label", "missing", "labels_per_client expects the field that holds the label, got nothing");
  }

  void lora() {
    whole("lora.rank", s_.lora.rank, 1, kMaxRank);
    number("lora.alpha", s_.lora.alpha, kPositive);
    number("lora.dropout", s_.lora.dropout, kBelowOne);
    if (s_.lora.target_modules.empty() && s_.lora.target_pattern.empty())
      error("lora.target_modules", "missing", "expected at least one module name such as q_proj, got none");
    entries("lora.target_modules", s_.lora.target_modules, true);
    entries("lora.exclude_modules", s_.lora.exclude_modules, false);
    whole_modules();
    lora_layers();
    lora_patterns();
  }

  // The engine trains LoRA factors; tensors kept whole go through LibTorch, with the base as float32.
  void whole_modules() {
    entries("lora.modules_to_save", s_.lora.modules_to_save, false);
    if (s_.lora.modules_to_save.empty()) return;
    if (s_.lora.dropout > 0)
      error("lora.dropout", "whole", "modules kept whole are trained without LoRA dropout: expected 0, got " + format_double(s_.lora.dropout));
    if (s_.base_precision == "int8")
      error("base_precision", "whole", "modules kept whole are not trained on a base held as int8: expected auto, f32 or bf16");
  }

  void lora_layers() {
    const LoraSpec& l = s_.lora;
    const std::string layers = "lora.layers_to_transform";
    for (size_t i = 0; i < l.layers_to_transform.size(); ++i)
      whole(layers + "." + std::to_string(i), l.layers_to_transform[i], 0, 100000);
    if (!l.layers_to_transform.empty() && !l.target_pattern.empty())
      error("lora.layers_to_transform", "unused",
            "layers_to_transform chooses among modules given as a list; say the layers in the pattern of target_modules");
    if (!l.layers_pattern.empty() && l.layers_to_transform.empty())
      error("lora.layers_pattern", "unused", "expected layers_to_transform beside layers_pattern, got none");
  }

  void lora_patterns() {
    std::string key;
    if (const Status status = check_patterns(s_.lora, key); !status.ok()) error("lora." + key, "pattern", status.message());
    for (const auto& [pattern, rank] : s_.lora.rank_pattern) whole("lora.rank_pattern", rank, 1, kMaxRank);
    for (const auto& [pattern, alpha] : s_.lora.alpha_pattern) number("lora.alpha_pattern", alpha, kPositive);
  }

  void training() {
    const TrainingSpec& t = s_.training;
    if (t.local_steps && t.local_epochs) error("training.local_steps", "both", "expected local_steps or local_epochs, got both");
    if (!t.local_steps && !t.local_epochs)
      error("training.local_steps", "missing", "expected local_steps or local_epochs, got neither");
    if (t.local_steps) whole("training.local_steps", *t.local_steps, 1, 1000000);
    if (t.local_epochs) whole("training.local_epochs", *t.local_epochs, 1, 10000);
    whole("training.batch_size", t.batch_size, 1, 65536);
    if (number("training.learning_rate", t.learning_rate, kPositive) && t.learning_rate > 0.1)
      warning("training.learning_rate", "large",
              "a learning rate of " + format_double(t.learning_rate) + " usually diverges; 0.0001 to 0.01 is common for LoRA");
    whole("training.max_length", t.max_length, 2, 1 << 20);
    number("training.weight_decay", t.weight_decay, kNotNegative);
    number("training.clip_norm", t.clip_norm, kNotNegative);
    choice("training.optimizer", t.optimizer, kClientOptimizers);
    if (number("training.momentum", t.momentum, kBelowOne) && t.momentum > 0 && t.optimizer != "sgd")
      warning("training.momentum", "unused", "momentum belongs to sgd, so it is not used with " + t.optimizer);
    number("training.warmup_fraction", t.warmup_fraction, {0, 1});
  }

  void strategy() {
    const StrategySpec& g = s_.strategy;
    std::string hint;
    if (g.aggregator == "fedprox") hint = "for FedProx keep fedavg and set strategy.proximal_mu";
    if (g.aggregator == "scaffold") hint = "for SCAFFOLD keep fedavg and set strategy.control_variates";
    for (const std::string_view optimizer : kServerOptimizers)
      if (g.aggregator == optimizer) hint = "for it keep fedavg and set strategy.server_optimizer to " + g.aggregator;
    if (!find_method(g.aggregator)) choice("strategy.aggregator", g.aggregator, method_names(), hint);
    choice("strategy.server_optimizer", g.server_optimizer, kServerOptimizers);
    number("strategy.server_learning_rate", g.server_learning_rate, kPositive);
    number("strategy.server_momentum", g.server_momentum, kBelowOne);
    number("strategy.server_beta1", g.server_beta1, kBelowOne);
    number("strategy.server_beta2", g.server_beta2, kBelowOne);
    number("strategy.server_tau", g.server_tau, kPositive);
    number("strategy.proximal_mu", g.proximal_mu, kNotNegative);
    if (const MethodFacts* method = find_method(g.aggregator)) this->method(*method);
  }

  bool networked() const { return setting_ != Setting::simulation; }

  // What the method needs of the rest.
  void method(const MethodFacts& method) {
    const StrategySpec& g = s_.strategy;
    const std::string title(method.title);
    if (is_script(g.aggregator) && g.aggregator.size() == kScriptPrefix.size())
      error("strategy.aggregator", "script", "expected the path of a program behind exec:, got nothing");
    if (setting_ == Setting::network && is_script(g.aggregator))
      error("strategy.aggregator", "network-script", "a program of one's own runs in simulations; in a room it would run on the host's machine, which allows it with --allow-program");
    parameters(method);
    if (g.server_optimizer != "none" && !method.server_optimizer)
      error("strategy.server_optimizer", "method", title + " sets the next adapter itself: expected none, got " + quoted(g.server_optimizer));
    if (g.control_variates) control_variates(method);
    if (round_shape(method, 2).up == LoraFactors::core) cores(method);
    if (round_shape(method, 1).first_step && s_.rounds == 1)
      error("rounds", "method", title + " finds the basis of its cores in the first round and trains from the second on: expected at least 2 rounds, got 1");
    if (method.adds_to_base && !s_.lora.modules_to_save.empty())
      error("lora.modules_to_save", "method", title + " merges what the clients learn beside the base, which is not done for whole tensors: expected none");
    const std::string down = s_.downlink_codec.value_or(s_.codec);
    if (down == "top-k" && s_.downlink_codec && (method.name != "fedavg" || g.control_variates))
      error("downlink_codec", "sparse", "a version's largest values alone are a start for FedIT, whose coordinator keeps the others; expected f32, f16, bf16, int8 or int4 with " + title);
    if (const RoundShape last = round_shape(method, 2); last.trained != last.down && last.trained != LoraFactors::both && (down == "int8" || down == "int4"))
      error("downlink_codec", "method", title + " leaves one factor with the clients from round to round, which rounding at random would tear apart: expected f32, f16 or bf16, got " + quoted(down));
  }

  // One small core a module, in a basis that everybody has.
  void cores(const MethodFacts& method) {
    const std::string title(method.title);
    if (!s_.lora.modules_to_save.empty())
      error("lora.modules_to_save", "cores", title + " trains cores of LoRA modules alone: expected none");
    const int heads = core_heads(method, s_.strategy.parameters);
    std::vector<int> ranks{s_.lora.rank};
    for (const auto& [pattern, rank] : s_.lora.rank_pattern) ranks.push_back(rank);
    for (const int rank : ranks)
      if (heads > 0 && rank > 0 && rank % heads != 0)
        error("strategy.parameters", "heads",
              title + ": expected a rank that " + std::to_string(heads) + " heads divide, got " + std::to_string(rank));
  }

  void parameters(const MethodFacts& method) {
    const auto& all = method.parameters;
    for (const auto& [name, value] : s_.strategy.parameters) {
      const auto found = std::find_if(all.begin(), all.end(), [&](const MethodParameter& one) { return one.name == name; });
      if (found != all.end()) {
        const Range range{found->low, found->high};
        if (!range.holds(value) || (found->whole && value != std::floor(value)))
          error("strategy.parameters", "range",
                "parameter " + name + ": expected a " + (found->whole ? "whole " : "") + "number " + range.words() + ", got " + format_double(value));
        continue;
      }
      std::vector<std::string> names;
      for (const MethodParameter& one : all) names.emplace_back(one.name);
      error("strategy.parameters", "unknown",
            std::string(method.title) + " has no parameter " + quoted(name) + (names.empty() ? "; it has none" : "; it has " + join(names, ", ")));
    }
  }

  void control_variates(const MethodFacts& method) {
    if (method.name != "fedavg")
      error("strategy.control_variates", "method", "control variates are done for fedavg, got " + quoted(s_.strategy.aggregator));
    if (s_.training.optimizer != "sgd" || s_.training.momentum > 0)
      warning("strategy.control_variates", "heuristic",
              "SCAFFOLD's control variates are gradients where clients train with sgd without momentum; otherwise this is a heuristic");
  }

  void cohort() {
    const CohortSpec& c = s_.cohort;
    if (c.size && c.fraction) error("cohort.size", "both", "expected size or fraction, got both");
    if (c.fraction) number("cohort.fraction", *c.fraction, kShare);
    if (!c.size || !whole("cohort.size", *c.size, 1, kMaxClients)) return;
    if (known_clients() > 0 && *c.size > known_clients())
      error("cohort.size", "too_many",
            "expected at most " + std::to_string(known_clients()) + " (the clients there are), got " + std::to_string(*c.size));
  }

  // 0 where only the data know.
  int known_clients() const {
    if (networked()) return 0;
    if (s_.partition.method == "by_file") return static_cast<int>(s_.dataset.files.size());
    return data_decides_clients(s_.partition.method) ? 0 : s_.partition.clients.value_or(0);
  }

  void overrides() {
    std::set<int> seen;
    std::set<std::string> names;
    for (const ClientOverride& c : s_.clients) {
      const std::string at = "clients." + std::to_string(c.client);
      if (c.client < 0 || c.client >= kMaxClients || (known_clients() > 0 && c.client >= known_clients()))
        error(at, "unknown_client",
              "expected a client from 0 to " + std::to_string((known_clients() > 0 ? known_clients() : kMaxClients) - 1) +
                  ", got " + std::to_string(c.client));
      if (!seen.insert(c.client).second) error(at, "repeated", "client " + std::to_string(c.client) + " is given twice");
      if (c.name && !c.name->empty() && !names.insert(*c.name).second)
        warning(at + ".name", "repeated", "two clients are called " + quoted(*c.name));
      override_values(at, c);
    }
  }

  void override_values(const std::string& at, const ClientOverride& c) {
    if (c.local_steps) whole(at + ".local_steps", *c.local_steps, 1, 1000000);
    if (c.learning_rate) number(at + ".learning_rate", *c.learning_rate, kPositive);
    if (c.rank) client_rank(at + ".rank", *c.rank);
    if (c.speed) number(at + ".speed", *c.speed, kPositive);
    if (c.uplink_mbit_s) number(at + ".uplink_mbit_s", *c.uplink_mbit_s, kPositive);
    if (c.downlink_mbit_s) number(at + ".downlink_mbit_s", *c.downlink_mbit_s, kPositive);
    if (c.latency_ms) number(at + ".latency_ms", *c.latency_ms, kNotNegative);
    for (const auto& [axis, value] : {std::pair(".x", c.x), std::pair(".y", c.y)})
      if (value && !std::isfinite(*value)) error(at + axis, "range", "expected a number, got " + format_double(*value));
  }

  void client_rank(const std::string& path, int rank) {
    if (!whole(path, rank, 1, s_.lora.rank)) return;
    if (networked()) error(path, "network", "ranks of their own run in simulations; a room's members all have lora.rank");
    const MethodFacts* method = find_method(s_.strategy.aggregator);
    if (method && !method->mixed_ranks && rank != s_.lora.rank)
      error(path, "method", std::string(method->title) + " needs the same rank of every client; flora, flexlora, rbla, hetlora and zero-padding mix them");
  }

  void network() {
    const NetworkSpec& n = s_.network;
    number("network.uplink_mbit_s", n.uplink_mbit_s, kPositive);
    number("network.downlink_mbit_s", n.downlink_mbit_s, kPositive);
    number("network.latency_ms", n.latency_ms, kNotNegative);
    if (number("network.quorum", n.quorum, kShare) && n.quorum < 1)
      warning("network.quorum", "timing",
              "a round closes when " + format_double(n.quorum) + " of its cohort have answered, so results depend on timing");
    if (number("network.deadline_s", n.deadline_s, kNotNegative) && n.deadline_s > 0)
      warning("network.deadline_s", "timing",
              "clients that need more than " + format_double(n.deadline_s) + " s are left out, so results depend on timing");
  }

  void evaluation() {
    whole("evaluation.max_records", s_.evaluation.max_records, 1, 1000000000);
    entries("evaluation.control_files", s_.evaluation.control_files, false);
    const EvaluationSpec& e = s_.evaluation;
    for (const std::string& metric : e.metrics)
      if (!metric.empty()) choice("evaluation.metrics", metric, kEvaluationMetrics);
    entries("evaluation.metrics", e.metrics, false);
    if (e.references && networked())
      error("evaluation.references", "network", "reference lines are trained where all data are, in simulations: expected false");
    whole("evaluation.answer_records", e.answer_records, 1, 100000);
    whole("evaluation.max_new_tokens", e.max_new_tokens, 1, 4096);
    if (s_.dataset.label.empty())
      for (const char* metric : {"label_accuracy", "label_accuracy_norm"})
        if (std::find(e.metrics.begin(), e.metrics.end(), metric) != e.metrics.end())
          error("evaluation.metrics", "no-label", std::string(metric) + " expects the field that holds the label, got nothing");
  }

  const Scenario& s_;
  const Setting setting_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> validate(const Scenario& scenario, Setting setting) { return Checker(scenario, setting).run(); }

bool has_errors(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& p) { return p.severity == Problem::Severity::error; });
}

}  // namespace fedllm::spec
