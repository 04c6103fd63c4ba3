// The federated methods a scenario may name as strategy.aggregator, and what each implies: whether its aggregation is exact,
// what travels, who sees what, what a client keeps. One table for validation, the forecast, the round loop, the command line
// and the studio's picker; the formulas are in core/fed. Sources are papers' arXiv numbers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fedllm::spec {

// Families as a person chooses among them.
enum class MethodFamily { average_factors, exact, product, mixed_ranks, personal };
std::string_view family_name(MethodFamily family);   // "average factors"

// Which factors of every LoRA pair: of what is trained and of what travels.
// core: B, as a small core of a basis that everybody knows or was sent (adapter/cores.h).
enum class LoraFactors { none, a, b, both, core };

struct MethodParameter {
  std::string_view name;         // strategy.parameters.<name>
  double fallback = 0, low = 0, high = 0;   // [low, high]
  bool whole = false;            // a whole number; with high = 1 a switch
  std::string_view explanation;  // first paragraph: a tooltip; all of it: What's This
};

struct MethodFacts {
  std::string_view name;         // "ffa-lora"
  std::string_view title;        // "FFA-LoRA"
  std::string_view source;       // "2403.12313"
  MethodFamily family = MethodFamily::average_factors;
  bool exact = false;            // the new effective weight is the mean of the clients' (up to rounding), before any truncation
  bool sum_only = false;         // the server needs nothing but a weighted sum: secure aggregation and central DP fit
  bool mixed_ranks = false;      // clients may have ranks of their own
  bool adds_to_base = false;     // part of the result goes into the merged accumulator beside the frozen base
  bool shows_adapters = false;   // every client receives what the others sent, not only its combination
  bool personal = false;         // a factor never leaves its client; there is no one global adapter
  bool own_adapter = false;      // beside the global adapter every client trains one that it keeps
  bool server_optimizer = false; // its change of the adapter may pass through a server optimizer
  std::span<const MethodParameter> parameters;
};

// In the order in which they are offered; the first is the default.
std::span<const MethodFacts> methods();
// A person's own program, "exec:PATH" (node/script_method.h), is a method too.
inline constexpr std::string_view kScriptPrefix = "exec:";
constexpr bool is_script(std::string_view aggregator) { return aggregator.starts_with(kScriptPrefix); }
// Null where there is none of this name; "fedit" is "fedavg".
const MethodFacts* find_method(std::string_view name);
// The given value of a method's parameter, else its fallback; 0 where the method has no such parameter.
double parameter_value(const MethodFacts& method, const std::map<std::string, double>& given, std::string_view name);
// Into how many cores the rank of a module is split where cores travel (LoraFactors::core).
int core_heads(const MethodFacts& method, const std::map<std::string, double>& given);
// Part of the trained factor's numbers that clients choose and send, 1 where they send all of it.
double sent_share(const MethodFacts& method, const std::map<std::string, double>& given);
// How many of so many.
int64_t chosen_numbers(int64_t numbers, double share);

// What one round of a method trains and sends. Factors that do not travel are known on both sides: they are the start's
// (from the scenario's seed) or have not changed.
struct RoundShape {
  LoraFactors trained = LoraFactors::both;
  LoraFactors up = LoraFactors::both;
  LoraFactors down = LoraFactors::both;    // to a client that took part in the round before
  bool fresh_start = false;                // A is drawn anew from the round's seed and B is 0: nothing of the adapter comes down
  // Nobody trains: clients send the leading part of their first gradient, and what the mean of it gives is the basis of the
  // cores of all later rounds (Fed-SB, as LoRA-SB 2411.19557 starts). Version 0 is an adapter of zeros.
  bool first_step = false;
};
// `round` counts from 1.
RoundShape round_shape(const MethodFacts& method, int round);

}  // namespace fedllm::spec
