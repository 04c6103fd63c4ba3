#include "spec/method_facts.h"

#include <algorithm>
#include <cmath>

namespace fedllm::spec {
namespace {

using enum MethodFamily;

constexpr double kUnbounded = 1e9;

constexpr MethodParameter kMergedRank[] = {
    {"merged_rank", 0, 0, 4096, true,
     "Rank to which the accumulator beside the base is recompressed after every round; 0 keeps it without loss.\n\nA smaller rank "
     "costs less memory and fewer bytes for a client that comes late; the energy that is dropped is reported every round."}};
constexpr MethodParameter kFlexLora[] = {
    {"rank", 0, 0, 4096, true,
     "Rank to which the mean of the products is cut; 0 is the scenario's rank.\n\nThe energy of the singular values behind it is "
     "dropped and reported."}};
constexpr MethodParameter kFair[] = {
    {"lambda", 0.01, 0, kUnbounded, false,
     "How strongly the correction of B is held small, beside the distance between the product and the mean of the clients' "
     "products.\n\n0 takes the closest correction there is; a large value takes none and leaves FedIT."},
    {"cosine", 0, 0, 1, true,
     "1 corrects the direction only (cosine similarity, found step by step), 0 the distance (closed form).\n\nThe paper names both; "
     "the closed form is exact for the distance."}};
constexpr MethodParameter kHet[] = {
    {"per_module", 0, 0, 1, true,
     "1 weighs every module by its own norms, 0 all modules of a client alike.\n\nThe paper does not settle which."},
    {"decay", 0.99, 0.01, 1, false,
     "A client whose components behind this part of its rank lost weight while it trained is pruned to this part of its rank.\n\n"
     "1 never prunes. In a room nobody is pruned."},
    {"lambda", 0.001, 0, 1000, false,
     "Weight of the penalty that makes a client's last components small, so that it can be pruned.\n\n0 leaves the loss alone."},
    {"min_rank", 1, 1, 4096, true, "No client is pruned below this rank."}};

constexpr MethodParameter kScript[] = {
    {"time_limit_s", 60, 1, 86400, false,
     "Seconds that the program may take for one round.\n\nThen it is ended, with everything it started, and the run fails with that reason."}};

constexpr MethodParameter kA2[] = {
    {"share", 0.5, 0.001, 1, false,
     "Part of the trained factor's numbers that a client trains and sends in a round: its most important components of all "
     "modules.\n\nA component counts by what it would add to the change of the product: the length of its row or column in the "
     "client's gradient times the length of the one it is multiplied with. The others stay as they are."},
    {"batches", 4, 1, 1e6, true,
     "Batches from whose mean gradient a client chooses its components, before it trains.\n\nThey cost about as much time as local "
     "steps; the paper chooses by the change that an epoch makes."}};
constexpr MethodParameter kRavan[] = {
    {"heads", 4, 1, 4096, true,
     "Into how many heads the rank is split, each with a core of its own; it must divide the LoRA rank.\n\nA module sends "
     "rank^2 / heads numbers: with twice the rank and four times the heads as many bytes buy twice the rank."}};
constexpr MethodParameter kDitto[] = {
    {"lambda", 0.1, 0, kUnbounded, false,
     "How strongly a client's own adapter is drawn towards the global one while it trains.\n\n0 trains it alone; a large value "
     "leaves the global adapter."}};

constexpr MethodFacts kScriptFacts = {
    "exec", "A program of your own", "", average_factors, false, false, true, false, false, false, false, true, kScript};

// exact, sum_only, mixed_ranks, adds_to_base, shows_adapters, personal, own_adapter, server_optimizer
constexpr MethodFacts kMethods[] = {
    {"fedavg", "FedIT", "2305.05644", average_factors, false, true, false, false, false, false, false, true, {}},
    {"ffa-lora", "FFA-LoRA", "2403.12313", exact, true, true, false, false, false, false, false, true, {}},
    {"rolora", "RoLoRA", "2409.02346", exact, true, true, false, false, false, false, false, false, {}},
    {"lora-a2", "LoRA-A2", "2410.22815", exact, true, false, false, false, false, false, false, false, kA2},
    {"fedsvd", "FedSVD", "2505.12805", exact, true, true, false, false, false, false, false, false, {}},
    {"ravan", "RAVAN", "2506.05568", exact, true, true, false, false, false, false, false, true, kRavan},
    {"fed-sb", "Fed-SB", "2502.15436", exact, true, false, false, false, false, false, false, false, {}},
    {"flora", "FLoRA", "2409.05976", product, true, false, true, true, true, false, false, false, kMergedRank},
    {"flexlora", "FlexLoRA", "2402.11505", product, true, false, true, false, false, false, false, false, kFlexLora},
    {"fedex-lora", "FedEx-LoRA", "2410.09432", product, true, false, false, true, false, false, false, false, kMergedRank},
    {"lora-fair", "LoRA-FAIR", "2411.14961", product, false, false, false, false, false, false, false, false, kFair},
    {"zero-padding", "Zero padding", "2401.06432", mixed_ranks, false, true, true, false, false, false, false, false, {}},
    {"hetlora", "HetLoRA", "2401.06432", mixed_ranks, false, false, true, false, false, false, false, false, kHet},
    {"rbla", "RBLA", "2408.08699", mixed_ranks, false, true, true, false, false, false, false, false, {}},
    {"fedsa-lora", "FedSA-LoRA", "2410.01463", personal, false, true, false, false, false, true, false, true, {}},
    {"ditto", "Local and global LoRA (Ditto)", "2012.04221", personal, false, true, false, false, false, false, true, true, kDitto},
};

RoundShape only(LoraFactors factor) { return {.trained = factor, .up = factor, .down = factor}; }

}  // namespace

std::string_view family_name(MethodFamily family) {
  switch (family) {
    case average_factors: return "average factors";
    case exact: return "exact by freezing or alternating";
    case product: return "aggregate the product";
    case mixed_ranks: return "mixed ranks";
    case personal: return "personal";
  }
  return "";
}

std::span<const MethodFacts> methods() { return kMethods; }

const MethodFacts* find_method(std::string_view name) {
  if (name == "fedit") name = "fedavg";
  if (is_script(name)) return &kScriptFacts;
  for (const MethodFacts& method : kMethods)
    if (method.name == name) return &method;
  return nullptr;
}

double parameter_value(const MethodFacts& method, const std::map<std::string, double>& given, std::string_view name) {
  if (const auto found = given.find(std::string(name)); found != given.end()) return found->second;
  for (const MethodParameter& parameter : method.parameters)
    if (parameter.name == name) return parameter.fallback;
  return 0;
}

int core_heads(const MethodFacts& method, const std::map<std::string, double>& given) {
  return std::max(1, static_cast<int>(parameter_value(method, given, "heads")));
}

double sent_share(const MethodFacts& method, const std::map<std::string, double>& given) {
  return method.name == "lora-a2" ? parameter_value(method, given, "share") : 1;
}

int64_t chosen_numbers(int64_t numbers, double share) {
  return std::max<int64_t>(1, static_cast<int64_t>(std::floor(share * static_cast<double>(numbers))));
}

RoundShape round_shape(const MethodFacts& method, int round) {
  if (method.name == "ffa-lora") return only(LoraFactors::b);
  if (method.name == "ravan") return only(LoraFactors::core);
  if (method.name == "fed-sb" && round == 1) return {.trained = LoraFactors::both, .up = LoraFactors::both, .down = LoraFactors::none, .first_step = true};
  if (method.name == "fed-sb") return only(LoraFactors::core);
  if (method.name == "rolora" || method.name == "lora-a2") {
    // B first: where B is 0, A has no gradient.
    const LoraFactors trained = round % 2 == 1 ? LoraFactors::b : LoraFactors::a;
    return {trained, trained, round % 2 == 1 && round > 1 ? LoraFactors::a : LoraFactors::b};
  }
  if (method.name == "fedsvd") return {LoraFactors::b, LoraFactors::b, LoraFactors::both};
  if (method.name == "flora") return {.trained = LoraFactors::both, .up = LoraFactors::both, .down = LoraFactors::none, .fresh_start = true};
  if (method.name == "fedsa-lora") return {LoraFactors::both, LoraFactors::a, LoraFactors::a};
  return {};
}

}  // namespace fedllm::spec
