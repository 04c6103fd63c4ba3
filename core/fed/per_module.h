// PerModule: what every method shares: reading the clients' factors module by module in the global adapter's scale, checking
// them, the mean of saved tensors, and storing the result. A method is one class of this kind in one file, and one line in
// methods.cpp. Private to this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fed/factors.h"
#include "fed/method.h"

namespace fedllm::fed {

// One module of a round. With s the global adapter's scale of it, client k's update is s B_k A_k: where its own scale s_k
// differs, B_k holds s_k / s times its values, so that nothing below depends on how a client splits alpha and B.
struct ModuleRound {
  size_t index = 0;
  std::string name;
  double scale = 1;                  // s
  Factors global;
  std::vector<Factors> clients;
  const std::vector<double>* shares = nullptr;   // p_k, their sum is 1
  const ClientAdapters* who = nullptr;
  int round = 1;
  bool first_step = false;           // Round::first_step
};

struct ModuleResult {
  Factors next;                      // in the global adapter's scale
  std::optional<Factors> merged;     // of scale 1
  double energy = 0, discarded = 0;  // of ||T||^2, any scale; where something may be cut
};

class PerModule : public Method {
 public:
  Result<Combination> combine(const adapter::AdapterState& global, ClientAdapters& clients, const Round& round) final;

 protected:
  using Method::Method;
  // Before the first module, for what needs a look at all of them.
  virtual Status prepare(const adapter::AdapterState&, ClientAdapters&, const std::vector<double>&) { return {}; }
  virtual Result<ModuleResult> combine_module(const ModuleRound& module) = 0;
  // Rank of the result: the global's unless a method says otherwise. Ranks above a client's or below it: whether it may.
  virtual int next_rank(int global_rank) const { return global_rank; }
  virtual bool longer_ranks() const { return facts().mixed_ranks; }
  // The next adapter where it does not come from the modules' results.
  virtual std::optional<adapter::AdapterState> start(const adapter::AdapterState&, const Round&) const { return {}; }
};

// Client k's factors of one module, B in the scale of `global`; names the client where a number is not finite.
Result<Factors> read_factors(const adapter::AdapterLayout& global, ClientAdapters& clients, size_t k, size_t module);
Factors factors_of(const adapter::AdapterState& state, size_t module);
// p_k, and that every client has the modules and saved tensors of `global`, of whatever rank.
Result<std::vector<double>> check_clients(const adapter::AdapterLayout& global, const ClientAdapters& clients);
Status check_module_sizes(const adapter::AdapterLayout& expected, const adapter::AdapterLayout& got);
// Factors of scale 1 (alpha = rank) as an adapter; a module of rank 0 becomes one of zeros.
Result<adapter::AdapterState> at_scale_one(const adapter::AdapterLayout& like, const std::vector<Factors>& modules);
// target += factor * source
void add(std::vector<double>& target, const std::vector<double>& source, double factor);

// sum_k p_k A_k and sum_k p_k B_k of equal ranks.
std::vector<double> mean_a(const ModuleRound& module);
std::vector<double> mean_b(const ModuleRound& module);
enum class Factor { a, b };
// Every client's A (or B) is the global's, bit by bit as float32; else names client and module.
Status expect_frozen(const ModuleRound& module, Factor factor, const spec::MethodFacts& facts);
// `rank` components of `found`, B divided by `factor`; where it has fewer or theirs are 0, A's rows are the global's.
Factors fill_up(const Factors& found, const Factors& global, int rank, double factor);

// Registered in methods.cpp.
using MakeMethod = std::unique_ptr<Method> (*)(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_fedit(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_fedsa(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_frozen_a(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_fed_sb(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_fedsvd(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_alternating(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_flora(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_flexlora(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_fedex(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_fair(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_zero_padding(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_hetlora(const spec::MethodFacts&, const Parameters&);
std::unique_ptr<Method> make_rbla(const spec::MethodFacts&, const Parameters&);

// A parameter of `facts`, its fallback where it is not given.
double value_of(const spec::MethodFacts& facts, const Parameters& parameters, std::string_view name);

}  // namespace fedllm::fed
