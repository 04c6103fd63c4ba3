// fedllm aggregate
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <tuple>

#include "adapter/peft.h"
#include "base/text.h"
#include "command_line.h"
#include "event_line.h"
#include "fed/method.h"
#include "fed/strategy.h"

namespace fedllm::app {
namespace {

namespace fs = std::filesystem;
using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::LayoutPtr;
using adapter::PeftAdapter;
using nlohmann::ordered_json;

constexpr const char* kWhere = "aggregate";
constexpr std::string_view kOptimizers[] = {"fedavgm", "fedadagrad", "fedadam", "fedyogi"};

bool is_optimizer(std::string_view strategy) { return std::ranges::find(kOptimizers, strategy) != std::end(kOptimizers); }
// The method that averages, for what differs from it in training or by a step of the coordinator.
std::string method_of(const std::string& strategy) { return strategy == "fedprox" || is_optimizer(strategy) ? "fedit" : strategy; }

struct Given {
  std::string folder;
  double weight = 0;
  PeftAdapter adapter;
};

struct Job {
  std::string strategy, out;
  fed::Parameters parameters;
  int round = 1;
  std::vector<Given> given;                // in an order of their contents, so that the order of the folders does not matter
  std::optional<PeftAdapter> global;
};

Result<double> number_of(const std::string& text, const std::string& what) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(value)) return value;
  return usage_error(what + ": expected a number, got \"" + text + "\"");
}

Result<std::vector<double>> read_weights(const Arguments& arguments) {
  if (!arguments.has("--weights")) return usage_error("aggregate needs --weights, one number an adapter: 10,30");
  std::vector<double> weights;
  const std::string text = arguments.value("--weights");
  for (size_t from = 0; from <= text.size();) {
    const size_t end = std::min(text.find(',', from), text.size());
    FEDLLM_ASSIGN_OR_RETURN(const double weight, number_of(text.substr(from, end - from), "--weights"));
    if (!(weight > 0)) return invalid_argument("--weights: expected numbers above 0, got " + format_double(weight), kWhere);
    weights.push_back(weight);
    from = end + 1;
  }
  if (weights.size() != arguments.operands.size())
    return invalid_argument("--weights: expected " + std::to_string(arguments.operands.size()) + ", one an adapter, got " +
                                std::to_string(weights.size()), kWhere);
  return weights;
}

Status check_strategy(const std::string& strategy) {
  if (strategy.empty()) return usage_error("aggregate needs --strategy NAME");
  if (strategy == "scaffold")
    return invalid_argument("scaffold corrects every local step by control variates that live as long as a run; of adapters alone there "
                            "is only their mean, which --strategy fedit gives", kWhere);
  if (strategy == "fedprox" || is_optimizer(strategy) || spec::find_method(strategy)) return {};
  std::vector<std::string> names = {"fedit", "fedprox"};
  for (const std::string_view name : kOptimizers) names.emplace_back(name);
  for (const spec::MethodFacts& facts : spec::methods())
    if (facts.name != "fedavg") names.emplace_back(facts.name);
  return usage_error("--strategy expects one of " + join(names, ", ") + ", got \"" + strategy + "\"");
}

Status read_parameters(const Arguments& arguments, Job& job) {
  for (const std::string& text : arguments.values("--param")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return usage_error("--param expects name=value, got \"" + text + "\"");
    const std::string name = text.substr(0, equals);
    FEDLLM_ASSIGN_OR_RETURN(job.parameters[name], number_of(text.substr(equals + 1), "--param " + name));
  }
  const auto round = job.parameters.find("round");
  if (round == job.parameters.end() || (job.strategy != "rolora" && job.strategy != "lora-a2")) return {};
  if (round->second < 1 || round->second > 1e9 || round->second != std::floor(round->second))
    return usage_error("--param round: expected a whole number from 1 up, got " + format_double(round->second));
  job.round = static_cast<int>(round->second);
  job.parameters.erase(round);
  return {};
}

// Settings of a first step; what the optimizer does not use is an error.
Result<spec::StrategySpec> optimizer_settings(const Job& job) {
  spec::StrategySpec settings;
  settings.server_optimizer = job.strategy;
  std::vector<std::pair<std::string, double*>> known = {{"learning_rate", &settings.server_learning_rate}};
  if (job.strategy == "fedavgm") known.push_back({"momentum", &settings.server_momentum});
  else known.push_back({"tau", &settings.server_tau});
  if (job.strategy == "fedadam" || job.strategy == "fedyogi") {
    known.push_back({"beta1", &settings.server_beta1});
    known.push_back({"beta2", &settings.server_beta2});
  }
  std::vector<std::string> names;
  for (const auto& [name, place] : known) names.push_back(name);
  for (const auto& [name, value] : job.parameters) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return usage_error(job.strategy + ": expected parameters among " + join(names, ", ") + ", got \"" + name + "\"");
    const bool part = name == "momentum" || name.starts_with("beta");
    if (part ? value < 0 || value >= 1 : value <= 0)
      return usage_error("--param " + name + ": expected a number " + (part ? "from 0 to below 1" : "above 0") + ", got " + format_double(value));
    *known[static_cast<size_t>(found - names.begin())].second = value;
  }
  return settings;
}

Status open_adapters(const Arguments& arguments, const std::vector<double>& weights, Job& job) {
  using Key = std::tuple<std::string, std::string, double>;
  std::vector<std::pair<Key, Given>> all;
  for (size_t i = 0; i < weights.size(); ++i) {
    FEDLLM_ASSIGN_OR_RETURN(PeftAdapter found, adapter::open_peft(arguments.operands[i]));
    Key key{adapter::adapter_sha256(found.state), adapter::write_peft_config(*found.state.layout, {}), weights[i]};
    all.emplace_back(std::move(key), Given{arguments.operands[i], weights[i], std::move(found)});
  }
  std::ranges::stable_sort(all, {}, &std::pair<Key, Given>::first);
  for (auto& [key, one] : all) job.given.push_back(std::move(one));
  if (arguments.has("--global")) {
    FEDLLM_ASSIGN_OR_RETURN(job.global, adapter::open_peft(arguments.value("--global")));
  }
  return {};
}

Status check_out(const std::string& out) {
  std::error_code error;
  if (out.empty()) return usage_error("aggregate needs --out DIR");
  if (!fs::exists(out, error)) return {};
  if (fs::is_directory(out, error) && fs::is_empty(out, error)) return {};
  return failed_precondition(out + ": expected no such folder or an empty one, got other files, among which the result would lie", kWhere);
}

// `like` with the largest rank of any adapter for every module, and of `like` itself where it counts.
Result<LayoutPtr> with_largest_ranks(const AdapterLayout& like, const Job& job, bool count_own) {
  std::vector<adapter::ModuleSlot> slots = like.modules();
  for (size_t m = 0; m < slots.size(); ++m) {
    int rank = count_own ? slots[m].rank : 0;
    for (const Given& one : job.given) {
      const auto& others = one.adapter.state.layout->modules();
      if (m < others.size()) rank = std::max(rank, others[m].rank);   // other modules are refused by the method, which names them
    }
    slots[m].rank = std::max(1, rank);
  }
  return AdapterLayout::make(std::move(slots), like.lora_alpha(), like.rank_stabilised(), like.saved());
}

// What the adapters are taken to have started from.
Result<AdapterState> start_of(const Job& job) {
  const spec::MethodFacts& facts = *spec::find_method(method_of(job.strategy));
  const AdapterState& first = job.given[0].adapter.state;
  const bool frozen = spec::round_shape(facts, job.round).trained != spec::LoraFactors::both;
  if (!job.global) {
    if (frozen) return first;
    if (!facts.mixed_ranks) return AdapterState::zeros(first.layout);
    FEDLLM_ASSIGN_OR_RETURN(LayoutPtr layout, with_largest_ranks(*first.layout, job, true));
    return AdapterState::zeros(std::move(layout));
  }
  const AdapterState& global = job.global->state;
  if (facts.name == "flora" || facts.name == "flexlora" || frozen) return global;
  FEDLLM_ASSIGN_OR_RETURN(LayoutPtr layout, with_largest_ranks(*global.layout, job, facts.mixed_ranks));
  if (is_optimizer(job.strategy) && !(*layout == *global.layout) && adapter::l2_norm(global) > 0)
    return invalid_argument(job.strategy + " steps on from the global adapter: expected one of the adapters' rank, got another", kWhere);
  return fed::take_leading(global, layout);
}

// FLoRA's stack as an adapter of its own, with the mean of the saved tensors.
Result<fed::Combination> as_stack(fed::Combination result) {
  const AdapterState& stack = *result.merged;
  const AdapterLayout& layout = *stack.layout;
  FEDLLM_ASSIGN_OR_RETURN(LayoutPtr joined, AdapterLayout::make(layout.modules(), layout.lora_alpha(), layout.rank_stabilised(),
                                                                result.adapter.layout->saved()));
  AdapterState whole = AdapterState::zeros(std::move(joined));
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    std::ranges::copy(stack.a(m), whole.a(m).begin());
    std::ranges::copy(stack.b(m), whole.b(m).begin());
  }
  for (size_t t = 0; t < whole.layout->saved().size(); ++t) std::ranges::copy(result.adapter.saved(t), whole.saved(t).begin());
  return fed::Combination{std::move(whole), {}, result.discarded_energy};
}

Result<fed::Combination> combine(const Job& job, const AdapterState& start, fed::ClientAdapters& clients) {
  const bool step = is_optimizer(job.strategy);
  const auto method = fed::make_method(method_of(job.strategy), step ? fed::Parameters{} : job.parameters);
  if (!method.ok()) return usage_error(method.status().message());
  FEDLLM_ASSIGN_OR_RETURN(fed::Combination result, (*method)->combine(start, clients, {job.round, 0}));
  if (job.strategy == "flora" && result.merged) return as_stack(std::move(result));
  if (!step) return result;
  FEDLLM_ASSIGN_OR_RETURN(const spec::StrategySpec settings, optimizer_settings(job));
  FEDLLM_ASSIGN_OR_RETURN(const auto optimizer, fed::make_server_optimizer(settings));
  FEDLLM_ASSIGN_OR_RETURN(const AdapterState delta, adapter::difference(result.adapter, start));
  FEDLLM_ASSIGN_OR_RETURN(result.adapter, optimizer->step(start, delta));
  return result;
}

// All of it, or nothing: a folder beside OUT that takes its name at the end.
Result<std::string> write(const Job& job, const fed::Combination& result) {
  const adapter::PeftConfig& config = job.given[0].adapter.config;
  adapter::PeftMeta meta{config.base_model_name, config.dropout, false};
  for (const Given& one : job.given) meta.whole_names = meta.whole_names || one.adapter.config.whole_names;
  const std::string part = job.out + ".part-" + std::to_string(::getpid());
  Result<std::string> sha256 = adapter::save_peft(result.adapter, meta, part);
  if (sha256.ok() && result.merged)
    if (const auto merged = adapter::save_peft(*result.merged, meta, part + "/merged"); !merged.ok()) sha256 = merged.status();
  std::error_code error;
  if (sha256.ok()) {
    fs::rename(part, job.out, error);
    if (!error) return sha256;
    sha256 = unavailable(job.out + ": cannot be written: " + error.message(), kWhere);
  }
  fs::remove_all(part, error);
  return sha256;
}

int largest_rank(const AdapterLayout& layout) {
  int rank = 0;
  for (const adapter::ModuleSlot& slot : layout.modules()) rank = std::max(rank, slot.rank);
  return rank;
}

Status run(const Arguments& arguments) {
  Job job;
  job.strategy = arguments.value("--strategy");
  job.out = arguments.value("--out");
  while (job.out.size() > 1 && job.out.back() == '/') job.out.pop_back();
  FEDLLM_RETURN_IF_ERROR(check_strategy(job.strategy));
  FEDLLM_RETURN_IF_ERROR(read_parameters(arguments, job));
  if (is_optimizer(job.strategy)) FEDLLM_RETURN_IF_ERROR(optimizer_settings(job).status());
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<double> weights, read_weights(arguments));
  FEDLLM_RETURN_IF_ERROR(check_out(job.out));
  FEDLLM_RETURN_IF_ERROR(open_adapters(arguments, weights, job));
  FEDLLM_ASSIGN_OR_RETURN(const AdapterState start, start_of(job));
  std::vector<fed::HeldAdapters::One> held;
  for (const Given& one : job.given) held.push_back({one.folder, one.weight, one.adapter.state});
  fed::HeldAdapters clients(std::move(held));
  FEDLLM_ASSIGN_OR_RETURN(const fed::Combination result, combine(job, start, clients));
  FEDLLM_ASSIGN_OR_RETURN(const fed::RoundGeometry geometry, fed::geometry(start, clients, result));
  FEDLLM_ASSIGN_OR_RETURN(const std::string sha256, write(job, result));
  const int rank = largest_rank(*result.adapter.layout);
  ordered_json facts = {{"strategy", job.strategy}, {"rank", rank}, {"aggregation_error", geometry.aggregation_error},
                        {"discarded_energy", result.discarded_energy}, {"adapters", job.given.size()}, {"adapter_sha256", sha256}, {"out", job.out}};
  if (result.merged) facts["merged"] = job.out + "/merged";
  print_line(arguments.json() ? to_line(facts)
                              : std::to_string(job.given.size()) + " adapters by " + job.strategy + ", rank " + std::to_string(rank) +
                                    ", aggregation error " + format_double(std::round(geometry.aggregation_error * 1e6) / 1e6) + ": " + job.out +
                                    (result.merged ? " and " + job.out + "/merged" : ""));
  return {};
}

const VerbEntry entry({"aggregate",
                       "ADAPTER_DIR...",
                       "combine adapters that were trained apart, by any federated method",
                       {{"--strategy", "NAME", "fedit, fedadam, ffa-lora, flora, flexlora, fedex-lora, rbla and others; a wrong name lists all"},
                        {"--weights", "10,30", "how much each adapter counts, in the order of the folders: its examples"},
                        {"--global", "DIR", "the adapter that all started from; without it one of zeros, or what all have in common"},
                        {"--param", "k=v", "a parameter of the strategy: rank=8, lambda=0.1, learning_rate=0.5, round=2"},
                        {"--out", "DIR", "the folder to write; it must not exist, or be empty"}},
                       run,
                       65,
                       false,
                       "ADAPTER_DIR... are folders in PEFT's layout, one or more. The result does not depend on their order. Server\n"
                       "optimizers take their first step. What a strategy adds to the base (FedEx-LoRA) is a second adapter in OUT/merged:\n"
                       "the effective update is adapter + merged. FLoRA writes the stack itself."});

}  // namespace
}  // namespace fedllm::app
