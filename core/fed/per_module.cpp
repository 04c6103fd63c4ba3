#include "fed/per_module.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/text.h"

namespace fedllm::fed {
namespace {

using adapter::AdapterLayout;
using adapter::AdapterState;
using adapter::LayoutPtr;

constexpr const char* kWhere = "fed.method";

Status check_ranks(const AdapterLayout& global, const ClientAdapters& clients, const spec::MethodFacts& facts, bool longer) {
  for (size_t k = 0; k < clients.size(); ++k)
    for (size_t m = 0; m < global.modules().size(); ++m) {
      const int expected = global.modules()[m].rank, rank = clients.layout(k)->modules()[m].rank;
      const std::string got = clients.who(k) + ": " + global.modules()[m].name + " has rank " + std::to_string(rank);
      if (rank != expected && !facts.mixed_ranks)
        return invalid_argument(got + ", the global adapter " + std::to_string(expected) + "; " + std::string(facts.title) +
                                    " cannot combine mixed ranks, FlexLoRA, FLoRA, RBLA and zero padding can",
                                kWhere);
      if (rank > expected && !longer)
        return invalid_argument(got + ", expected at most the global adapter's " + std::to_string(expected), kWhere);
    }
  return {};
}

void store(const Factors& next, double factor, AdapterState& state, size_t module) {
  std::ranges::transform(next.a, state.a(module).begin(), [](double x) { return static_cast<float>(x); });
  std::ranges::transform(next.b, state.b(module).begin(), [factor](double x) { return static_cast<float>(factor * x); });
}

Result<LayoutPtr> with_ranks(const LayoutPtr& layout, const std::function<int(int)>& rank) {
  std::vector<adapter::ModuleSlot> modules = layout->modules();
  bool same = true;
  for (adapter::ModuleSlot& slot : modules) {
    const int next = rank(slot.rank);
    same = same && next == slot.rank;
    slot.rank = next;
  }
  if (same) return layout;
  return AdapterLayout::make(std::move(modules), layout->lora_alpha(), layout->rank_stabilised(), layout->saved());
}

Status average_saved(ClientAdapters& clients, const std::vector<double>& shares, const AdapterLayout& global, AdapterState& next) {
  for (size_t t = 0; t < global.saved().size(); ++t) {
    std::vector<double> sums(global.saved()[t].size());
    std::vector<float> values(sums.size());
    for (size_t k = 0; k < clients.size(); ++k) {
      FEDLLM_RETURN_IF_ERROR(clients.read(k, clients.layout(k)->saved()[t].offset, values));
      for (size_t i = 0; i < sums.size(); ++i) {
        if (!std::isfinite(values[i]))
          return invalid_argument(clients.who(k) + ": " + global.saved()[t].name + " holds a number that is not finite", kWhere);
        sums[i] += shares[k] * values[i];
      }
    }
    std::ranges::transform(sums, next.saved(t).begin(), [](double x) { return static_cast<float>(x); });
  }
  return {};
}

}  // namespace

Status check_module_sizes(const AdapterLayout& expected, const AdapterLayout& got) {
  if (expected.modules().size() != got.modules().size())
    return invalid_argument("expected an adapter of " + std::to_string(expected.modules().size()) + " LoRA modules, got " +
                                std::to_string(got.modules().size()),
                            kWhere);
  for (size_t m = 0; m < expected.modules().size(); ++m) {
    const adapter::ModuleSlot &one = expected.modules()[m], &other = got.modules()[m];
    const auto describe = [](const adapter::ModuleSlot& slot) {
      return slot.name + " (in " + std::to_string(slot.in_features) + ", out " + std::to_string(slot.out_features) + ")";
    };
    if (describe(one) != describe(other))
      return invalid_argument("expected " + describe(one) + ", got " + describe(other), kWhere);
  }
  if (expected.saved().size() != got.saved().size())
    return invalid_argument("expected " + std::to_string(expected.saved().size()) + " saved tensors, got " +
                                std::to_string(got.saved().size()),
                            kWhere);
  for (size_t t = 0; t < expected.saved().size(); ++t)
    if (expected.saved()[t].name != got.saved()[t].name || expected.saved()[t].shape != got.saved()[t].shape)
      return invalid_argument("expected the saved tensor " + expected.saved()[t].name + " in its shape, got " +
                                  got.saved()[t].name,
                              kWhere);
  return {};
}

Result<std::vector<double>> check_clients(const AdapterLayout& global, const ClientAdapters& clients) {
  if (clients.size() == 0) return invalid_argument("expected at least one client's adapter, got none", kWhere);
  double sum = 0;
  for (size_t k = 0; k < clients.size(); ++k) {
    const double weight = clients.weight(k);
    if (!(weight > 0) || !std::isfinite(weight))
      return invalid_argument(clients.who(k) + ": expected a weight above 0, got " + format_double(weight), kWhere);
    if (Status same = check_module_sizes(global, *clients.layout(k)); !same.ok()) return same.with_prefix(clients.who(k));
    sum += weight;
  }
  std::vector<double> shares;
  for (size_t k = 0; k < clients.size(); ++k) shares.push_back(clients.weight(k) / sum);
  return shares;
}

Factors factors_of(const AdapterState& state, size_t module) {
  const adapter::ModuleSlot& slot = state.layout->modules()[module];
  const auto a = state.a(module), b = state.b(module);
  return {slot.rank, slot.in_features, slot.out_features, {a.begin(), a.end()}, {b.begin(), b.end()}};
}

Result<Factors> read_factors(const AdapterLayout& global, ClientAdapters& clients, size_t k, size_t module) {
  const AdapterLayout& layout = *clients.layout(k);
  const adapter::ModuleSlot& slot = layout.modules()[module];
  std::vector<float> values(slot.a_size() + slot.b_size());   // B lies behind A
  FEDLLM_RETURN_IF_ERROR(clients.read(k, slot.a_offset, values));
  if (!std::ranges::all_of(values, [](float x) { return std::isfinite(x); }))
    return invalid_argument(clients.who(k) + ": " + slot.name + " holds a number that is not finite", kWhere);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(slot.a_size());
  Factors f{slot.rank, slot.in_features, slot.out_features, {values.begin(), middle}, {middle, values.end()}};
  const double factor = layout.scale(module) / global.scale(module);
  if (factor != 1)
    for (double& x : f.b) x *= factor;
  return f;
}

Result<AdapterState> at_scale_one(const AdapterLayout& like, const std::vector<Factors>& modules) {
  std::vector<adapter::ModuleSlot> slots;
  for (size_t m = 0; m < modules.size(); ++m) {
    const adapter::ModuleSlot& slot = like.modules()[m];
    const int rank = std::max(1, modules[m].rank);
    slots.push_back({slot.name, slot.in_features, slot.out_features, rank, 0, 0, static_cast<double>(rank)});
  }
  const double alpha = slots[0].rank;
  FEDLLM_ASSIGN_OR_RETURN(LayoutPtr layout, AdapterLayout::make(std::move(slots), alpha));
  AdapterState state = AdapterState::zeros(std::move(layout));
  for (size_t m = 0; m < modules.size(); ++m)
    if (modules[m].rank > 0) store(modules[m], 1, state, m);
  return state;
}

void add(std::vector<double>& target, const std::vector<double>& source, double factor) {
  for (size_t i = 0; i < target.size(); ++i) target[i] += factor * source[i];
}

std::vector<double> mean_a(const ModuleRound& module) {
  std::vector<double> mean(module.global.a.size());
  for (size_t k = 0; k < module.clients.size(); ++k) add(mean, module.clients[k].a, (*module.shares)[k]);
  return mean;
}

std::vector<double> mean_b(const ModuleRound& module) {
  std::vector<double> mean(module.global.b.size());
  for (size_t k = 0; k < module.clients.size(); ++k) add(mean, module.clients[k].b, (*module.shares)[k]);
  return mean;
}

Status expect_frozen(const ModuleRound& module, Factor factor, const spec::MethodFacts& facts) {
  const auto of = [factor](const Factors& f) -> const std::vector<double>& { return factor == Factor::a ? f.a : f.b; };
  for (size_t k = 0; k < module.clients.size(); ++k)
    if (!std::ranges::equal(of(module.clients[k]), of(module.global),
                            [](double x, double y) { return static_cast<float>(x) == static_cast<float>(y); }))
      return invalid_argument(module.who->who(k) + ": expected the global adapter's " + (factor == Factor::a ? "A" : "B") + " of " +
                                  module.name + ", which " + std::string(facts.title) + " freezes in round " +
                                  std::to_string(module.round) + ", got another",
                              kWhere);
  return {};
}

Factors fill_up(const Factors& found, const Factors& global, int rank, double factor) {
  Factors next = Factors::zeros(rank, global.in, global.out);
  for (int i = 0; i < rank; ++i) {
    double energy = 0;
    for (int o = 0; i < found.rank && o < found.out; ++o) {
      const double x = found.b[static_cast<size_t>(o) * found.rank + i];
      energy += x * x;
      next.b[static_cast<size_t>(o) * rank + i] = x / factor;
    }
    const Factors* from = energy > 0 || i >= global.rank ? &found : &global;
    if (i < from->rank) std::copy_n(from->a.begin() + static_cast<std::ptrdiff_t>(i) * next.in, next.in,
                                    next.a.begin() + static_cast<std::ptrdiff_t>(i) * next.in);
  }
  return next;
}

Result<Combination> PerModule::combine(const AdapterState& global, ClientAdapters& clients, const Round& round) {
  const AdapterLayout& layout = *global.layout;
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<double> shares, check_clients(layout, clients));
  FEDLLM_RETURN_IF_ERROR(check_ranks(layout, clients, facts(), longer_ranks()));
  FEDLLM_RETURN_IF_ERROR(prepare(global, clients, shares));
  FEDLLM_ASSIGN_OR_RETURN(const LayoutPtr next, with_ranks(global.layout, [this](int rank) { return next_rank(rank); }));
  Combination result{AdapterState::zeros(next), {}, 0};
  std::vector<Factors> merged;
  bool anything_merged = false;
  double energy = 0, discarded = 0;
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    ModuleRound module{m, layout.modules()[m].name, layout.scale(m), factors_of(global, m), {}, &shares, &clients, round.number, round.first_step};
    for (size_t k = 0; k < clients.size(); ++k) {
      FEDLLM_ASSIGN_OR_RETURN(Factors f, read_factors(layout, clients, k, m));
      module.clients.push_back(std::move(f));
    }
    FEDLLM_ASSIGN_OR_RETURN(ModuleResult one, combine_module(module));
    store(one.next, layout.scale(m) / next->scale(m), result.adapter, m);
    energy += module.scale * module.scale * one.energy;
    discarded += module.scale * module.scale * one.discarded;
    anything_merged = anything_merged || (one.merged && one.merged->rank > 0);
    merged.push_back(one.merged ? std::move(*one.merged) : Factors::zeros(0, module.global.in, module.global.out));
  }
  if (std::optional<AdapterState> fresh = start(global, round)) result.adapter = std::move(*fresh);
  FEDLLM_RETURN_IF_ERROR(average_saved(clients, shares, layout, result.adapter));
  if (anything_merged) {
    FEDLLM_ASSIGN_OR_RETURN(result.merged, at_scale_one(layout, merged));
  }
  if (energy > 0) result.discarded_energy = std::min(1.0, discarded / energy);
  if (!adapter::all_finite(result.adapter) || (result.merged && !adapter::all_finite(*result.merged)))
    return invalid_argument("the combined adapter holds a number beyond float32", kWhere);
  return result;
}

}  // namespace fedllm::fed
