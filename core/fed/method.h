// Method: how the adapters with which a round's clients end become the next global one. Pure functions of values: no clock,
// disk, thread or torch. Everything is summed in double, in the order of the clients, and stored as float32; whatever needs a
// decomposition is computed in rank space (QR and SVD of small cores), never on an [out, in] matrix.
// Notation (methods.md, 2.0): T = sum_k p_k s_k B_k A_k over clients k with shares p_k = weight_k / sum of weights and scales
// s_k = alpha / r_k; the result stands for G = s B A + merged.
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/adapter.h"
#include "base/status.h"
#include "spec/method_facts.h"

namespace fedllm::fed {

// The adapters (whole, not their changes) with which a round's clients end. One at a time needs to be in memory. One thread.
class ClientAdapters {
 public:
  virtual ~ClientAdapters() = default;
  virtual size_t size() const = 0;
  virtual std::string who(size_t k) const = 0;       // for sentences: "client 3"
  virtual double weight(size_t k) const = 0;         // above 0, any scale
  // The modules of the global adapter with their sizes; ranks and alpha may be the client's own.
  virtual const adapter::LayoutPtr& layout(size_t k) const = 0;
  // Values of adapter k from place `from` of its layout on.
  virtual Status read(size_t k, size_t from, std::span<float> values) = 0;
};

struct Round {
  int number = 1;         // from 1: alternating methods train B in odd rounds
  uint64_t seed = 0;      // of what a method draws anew (FLoRA's next start)
  bool first_step = false;   // spec::RoundShape::first_step: the adapters are steps down a first gradient
};

struct Combination {
  adapter::AdapterState adapter;                  // the next global one, in the global layout unless the method says otherwise
  // Joins the accumulator beside the base; its own layout and ranks. Of a first step: no update, but the basis of cores, B
  // orthonormal columns (0 where T has none), A the rows that stay.
  std::optional<adapter::AdapterState> merged;
  double discarded_energy = 0;                    // part of ||T||^2 that truncation dropped, [0, 1]
};

using Parameters = std::map<std::string, double, std::less<>>;

class Method {
 public:
  virtual ~Method() = default;
  const spec::MethodFacts& facts() const { return *facts_; }
  // global: what the clients started from. Errors name the client and what was expected: other modules or sizes, ranks that
  // differ where the method cannot mix them, frozen factors that are not the global ones, numbers that are not finite.
  virtual Result<Combination> combine(const adapter::AdapterState& global, ClientAdapters& clients, const Round& round) = 0;

 protected:
  explicit Method(const spec::MethodFacts& facts) : facts_(&facts) {}

 private:
  const spec::MethodFacts* facts_;
};

// An unknown name or parameter, or one out of its bounds, is INVALID_ARGUMENT that lists what there is.
Result<std::unique_ptr<Method>> make_method(std::string_view name, const Parameters& parameters = {});

// Adapters in memory.
class HeldAdapters final : public ClientAdapters {
 public:
  struct One { std::string who; double weight = 1; adapter::AdapterState adapter; };
  explicit HeldAdapters(std::vector<One> all) : all_(std::move(all)) {}
  size_t size() const override { return all_.size(); }
  std::string who(size_t k) const override { return all_[k].who; }
  double weight(size_t k) const override { return all_[k].weight; }
  const adapter::LayoutPtr& layout(size_t k) const override { return all_[k].adapter.layout; }
  Status read(size_t k, size_t from, std::span<float> values) override;

 private:
  std::vector<One> all_;
};

// What a client of another rank starts from: the leading rank-1 components of every module, B scaled so that the product
// stays what it was under the client's own scale. Components that the global adapter does not have are 0.
Result<adapter::AdapterState> take_leading(const adapter::AdapterState& global, const adapter::LayoutPtr& layout);

// One low-rank update that stands for both, s B A = s1 B1 A1 + s2 B2 A2: stacked, and where that exceeds max_rank
// recompressed by QR and SVD. Scale 1 (alpha = rank). discarded: part of the sum's energy that was dropped.
struct Accumulated { adapter::AdapterState merged; double discarded_energy = 0; };
Result<Accumulated> accumulate(const adapter::AdapterState* merged, const adapter::AdapterState& more, int max_rank);
// An adapter with what lies beside the base, as one adapter of the plain base, without loss.
Result<adapter::AdapterState> beside(const adapter::AdapterState& adapter, const adapter::AdapterState& merged);

// How a round's adapters lie to each other and to its result, in product space.
struct ClientGeometry {
  double update_norm = 0;   // ||U_k||_F, U_k = s_k B_k A_k - what it started from
  double cosine = 0;        // of U_k to Ubar = sum p_k U_k; 0 where one of them is 0
  double drift = 0;         // ||U_k - Ubar||_F
};
struct RoundGeometry {
  std::vector<double> module_error;   // ||T - G||_F / ||T||_F per module of the global layout; 0 where T = 0
  double aggregation_error = 0;       // the same over all modules together
  std::vector<ClientGeometry> clients;
};
// `started_from`: what each client started from is take_leading() of it. merged counts in G.
Result<RoundGeometry> geometry(const adapter::AdapterState& started_from, ClientAdapters& clients, const Combination& result);

}  // namespace fedllm::fed
