// Invariants of every method: against the papers' formulas on whole matrices, and of methods.md's list those that speak about
// values (1 to 8, 10, 11, 19, 20).
#include <algorithm>
#include <cmath>

#include "adapter/peft.h"
#include "conformance/checks.h"
#include "conformance/reference.h"

namespace fedllm::conformance {
namespace {

using fed::Combination;
using fed::Parameters;

constexpr double kRounding = 1e-6;   // relative, of factors stored as float32
constexpr const char* kNames[] = {"fedit",    "ffa-lora",   "rolora",    "lora-a2",      "fedsvd",  "ravan", "fed-sb",    "flora",
                                  "flexlora", "fedex-lora", "lora-fair", "zero-padding", "hetlora", "rbla",  "fedsa-lora", "ditto"};

class OneMethod {
 public:
  OneMethod(const Subjects& subjects, Rows& rows, std::string_view name)
      : subjects_(subjects), rows_(rows), name_(name), facts_(*spec::find_method(name)) {}

  void all_checks() {
    const bool alternates = name_ == "rolora" || name_ == "lora-a2";
    for (int round = 1; round <= (alternates ? 2 : 1); ++round) {
      round_ = round;
      formulas();
      one_client();
      equal_clients();
      order_of_clients();
      other_scales();
      other_factors();
      weights();
      no_leaks();
      gauge();
      frozen_factors();
    }
    if (facts_.personal) privacy();
    if (facts_.adds_to_base) replicas();
    if (name_ == "flexlora") truncation();
    if (name_ == "lora-fair") direction();
    if (name_ == "flora") fresh_start();
    if (name_ == "fedsvd") orthonormal_rows();
    if (alternates) alternation();
  }

 private:
  std::string in_round(std::string check) const {
    return name_ == "rolora" || name_ == "lora-a2" ? check + ", round " + std::to_string(round_) : check;
  }
  Frozen frozen() const { return frozen_in(name_, round_); }
  Problem problem(Recipe recipe) const { return draw(recipe, frozen()); }
  Problem plain(uint64_t seed = 5) const { return problem({"linear", Sizes::linear, 3, 6, false, {}, {}, seed}); }

  Result<Combination> combine(const Problem& problem, const Parameters& parameters = {}, uint64_t seed = 9) const {
    FEDLLM_ASSIGN_OR_RETURN(const std::unique_ptr<fed::Method> method, subjects_.make_method(name_, parameters));
    fed::HeldAdapters clients(problem.clients);
    return method->combine(problem.global, clients, {round_, seed});
  }

  // Runs `measure` on the result, or says that there is none.
  template <class Measure>
  void with(const Problem& problem, const std::string& check, const Parameters& parameters, Measure&& measure) {
    const Result<Combination> result = combine(problem, parameters);
    if (!result.ok()) rows_.failed(name_, check, "a result", result.status());
    else measure(*result);
  }

  void formula(const Recipe& recipe, const Parameters& parameters = {}) {
    const Problem drawn = problem(recipe);
    const std::string check = in_round("as the formula says, " + recipe.name);
    with(drawn, check, parameters, [&](const Combination& result) {
      double worst = 0;
      for (size_t m = 0; m < modules(drawn); ++m)
        worst = std::max(worst, relative(effective(result, m), reference(name_, drawn, m, round_, parameters)));
      rows_.at_most(name_, check, kRounding, worst);
    });
  }

  void formulas() {
    const Parameters whole = name_ == "flexlora" ? Parameters{{"rank", 9}} : Parameters{};
    formula({"linear modules", Sizes::linear, 3, 6, false, {}, {}, 11}, whole);
    formula({"square modules", Sizes::square, 2, 8, false, {}, {}, 12});
    formula({"Conv1D modules", Sizes::conv1d, 2, 5, false, {}, {}, 13});
    formula({"rank-stabilised", Sizes::linear, 4, 8, true, {}, {}, 14});
    if (frozen() != Frozen::b) formula({"mixed alpha", Sizes::linear, 3, 6, false, {}, {6, 24, 1.5}, 15});
    if (facts_.mixed_ranks) {
      formula({"mixed ranks", Sizes::linear, 4, 8, false, {4, 1, 2}, {}, 16});
      formula({"mixed ranks and alpha, rank-stabilised", Sizes::conv1d, 4, 8, true, {2, 4, 1, 3}, {4, 16, 1, 8}, 17});
    }
    if (name_ == "rbla") formula({"a component that nobody has", Sizes::linear, 4, 8, false, {2, 1, 2}, {}, 18});
    if (name_ == "hetlora") formula({"weights per module", Sizes::linear, 4, 8, false, {4, 1, 2}, {}, 19}, {{"per_module", 1}});
    if (name_ == "lora-fair") formula({"lambda 3", Sizes::linear, 3, 6, false, {}, {}, 20}, {{"lambda", 3}});
    if (name_ == "flexlora") {
      formula({"cut to rank 2", Sizes::linear, 4, 8, false, {4, 1, 2}, {}, 21}, {{"rank", 2}});
      formula({"cut to rank 1", Sizes::conv1d, 2, 4, false, {}, {}, 22}, {{"rank", 1}});
    }
  }

  void one_client() {   // invariant 1
    Problem alone = plain(31);
    alone.clients.resize(1);
    const std::string check = in_round("one client: its own update");
    with(alone, check, {}, [&](const Combination& result) {
      if (facts_.personal) return rows_.same(name_, "one client: its own A", values_of_a(alone.clients[0].adapter), values_of_a(result.adapter));
      rows_.at_most(name_, check, kRounding, error_of(alone, result));
    });
  }

  void equal_clients() {   // invariant 2
    Problem same = plain(32);
    for (auto& one : same.clients) one.adapter = same.clients[0].adapter;
    const std::string check = in_round("equal clients: e = 0");
    with(same, check, {}, [&](const Combination& result) {
      if (facts_.personal) return rows_.same(name_, "equal clients: their A", values_of_a(same.clients[0].adapter), values_of_a(result.adapter));
      rows_.at_most(name_, check, kRounding, error_of(same, result));
    });
  }

  void order_of_clients() {   // invariant 3
    const Problem drawn = plain(33);
    compare(in_round("clients in another order"), drawn, reversed(drawn), kRounding);
  }

  void compare(const std::string& check, const Problem& one, const Problem& other, double tolerance) {
    const Result<Combination> first = combine(one), second = combine(other);
    if (!first.ok() || !second.ok()) return rows_.failed(name_, check, "two results", first.ok() ? second.status() : first.status());
    rows_.at_most(name_, check, tolerance, apart(*first, *second));
  }

  void other_scales() {   // invariant 10
    const Problem drawn = plain(34);
    compare(in_round("(alpha, B) -> (2 alpha, B / 2) everywhere"), drawn, with_doubled_alpha(drawn, true), kRounding);
    compare(in_round("(alpha, B) -> (2 alpha, B / 2) of one client"), drawn, with_doubled_alpha(drawn, false), kRounding);
  }

  void other_factors() {   // invariant 7
    if (frozen() != Frozen::neither) return;
    const Problem drawn = plain(35);
    if (facts_.exact) return compare("a client's factors turned: nothing changes", drawn, rotated(drawn), kRounding);
    const Result<Combination> first = combine(drawn), second = combine(rotated(drawn));
    if (!first.ok() || !second.ok()) return rows_.failed(name_, "a client's factors turned", "two results", Status(Code::unknown, "none"));
    rows_.above(name_, "a client's factors turned: its known weakness", 0.01, apart(*first, *second));
  }

  void weights() {
    Problem drawn = plain(36), eightfold = drawn, other = drawn;
    for (auto& one : eightfold.clients) one.weight *= 8;
    for (auto& one : other.clients) one.weight = 1;
    const Result<Combination> first = combine(drawn), second = combine(eightfold), third = combine(other);
    const std::string check = in_round("weights x 8: the same bits");
    if (!first.ok() || !second.ok() || !third.ok()) return rows_.failed(name_, check, "results", Status(Code::unknown, "none"));
    rows_.same(name_, check, bits_of(*first), bits_of(*second));
    if (name_ == "hetlora") rows_.same(name_, "norms weigh, not data sizes", bits_of(*first), bits_of(*third));
    else rows_.above(name_, in_round("data sizes weigh"), 1e-3, apart(*first, *third));
  }

  // One method object sees other rounds' clients first.
  void no_leaks() {
    const std::string check = in_round("no trace of an earlier round: the same bits");
    const Problem before = plain(37), now = plain(38);
    const auto method = subjects_.make_method(name_, {});
    const Result<Combination> alone = combine(now);
    if (!method.ok() || !alone.ok()) return rows_.failed(name_, check, "a result", method.ok() ? alone.status() : method.status());
    fed::HeldAdapters earlier(before.clients), later(now.clients);
    (void)(*method)->combine(before.global, earlier, {round_, 9});
    const Result<Combination> after = (*method)->combine(now.global, later, {round_, 9});
    if (!after.ok()) return rows_.failed(name_, check, "a result", after.status());
    rows_.same(name_, check, bits_of(*alone), bits_of(*after));
  }

  // The aggregation error that is shown every round, against ||T - G|| / ||T|| of whole matrices.
  void gauge() {
    const Problem drawn = plain(39);
    const std::string check = in_round("the error that is shown");
    with(drawn, check, {}, [&](const Combination& result) {
      fed::HeldAdapters clients(drawn.clients);
      const auto shown = subjects_.geometry(drawn.global, clients, result);
      if (!shown.ok()) return rows_.failed(name_, check, "a number", shown.status());
      double error2 = 0, target2 = 0;
      for (size_t m = 0; m < modules(drawn); ++m) {
        Matrix off = effective(result, m);
        const Matrix t = target(drawn, m);
        add(off, t, -1);
        error2 += dot(off, off), target2 += dot(t, t);
      }
      rows_.near(name_, check, std::sqrt(error2 / target2), shown->aggregation_error, kRounding);
    });
  }

  void frozen_factors() {   // invariant 11
    if (frozen() == Frozen::neither || name_ == "fedsvd") return;
    const Problem drawn = plain(40);
    const bool a = frozen() == Frozen::a;
    const std::string check = in_round(a ? "A keeps its bits" : "B keeps its bits");
    with(drawn, check, {}, [&](const Combination& result) {
      rows_.same(name_, check, a ? values_of_a(drawn.global) : values_of_b(drawn.global), a ? values_of_a(result.adapter) : values_of_b(result.adapter));
    });
  }

  void privacy() {   // invariant 8
    const Problem drawn = plain(41);
    Problem other = drawn;
    for (auto& one : other.clients)
      for (size_t m = 0; m < modules(drawn); ++m)
        for (float& x : one.adapter.b(m)) x *= -3;
    const Result<Combination> first = combine(drawn), second = combine(other);
    if (!first.ok() || !second.ok()) return rows_.failed(name_, "clients' B do not count", "two results", Status(Code::unknown, "none"));
    rows_.same(name_, "clients' B do not count: the same bits", bits_of(*first), bits_of(*second));
    rows_.same(name_, "B stays the global's", values_of_b(drawn.global), values_of_b(first->adapter));
    const spec::RoundShape shape = subjects_.round_shape(facts_, 1);
    rows_.same(name_, "only A goes up", "A", factors(shape.up));
    rows_.same(name_, "only A comes down", "A", factors(shape.down));
    rows_.same(name_, "A and B are trained", "A and B", factors(shape.trained));
  }

  // Every machine merges for itself: what it merges and what it starts from must be the same to the bit (invariant 20).
  void replicas() {
    const Problem drawn = plain(42);
    const Result<Combination> first = combine(drawn), second = combine(drawn);
    if (!first.ok() || !second.ok() || !first->merged || !second->merged)
      return rows_.failed(name_, "two replicas merge the same bits", "a merged part", first.ok() ? Status(Code::unknown, "none") : first.status());
    rows_.same(name_, "two replicas merge the same bits", adapter::adapter_sha256(*first->merged), adapter::adapter_sha256(*second->merged));
    rows_.near(name_, "nothing is discarded", 0, first->discarded_energy, 0);
  }

  void truncation() {   // invariant 6
    const Problem drawn = problem({"mixed", Sizes::linear, 4, 8, false, {4, 2, 3}, {8, 2, 6}, 43});
    for (const int rank : {1, 2, 4}) {
      const std::string check = "error^2 = sum of the dropped s_i^2, rank " + std::to_string(rank);
      with(drawn, check, {{"rank", static_cast<double>(rank)}}, [&](const Combination& result) {
        double dropped = 0, energy = 0, error2 = 0;
        for (size_t m = 0; m < modules(drawn); ++m) {
          const std::vector<double> s = cut(target(drawn, m), rank).singular;
          for (size_t i = 0; i < s.size(); ++i) energy += s[i] * s[i], dropped += static_cast<int>(i) >= rank ? s[i] * s[i] : 0;
          Matrix off = effective(result, m);
          add(off, target(drawn, m), -1);
          error2 += dot(off, off);
        }
        rows_.near(name_, check, dropped / energy, error2 / energy, kRounding);
        rows_.near(name_, "discarded energy, rank " + std::to_string(rank), dropped / energy, result.discarded_energy, kRounding);
        rows_.same(name_, "the result's rank, rank " + std::to_string(rank), std::to_string(rank),
                   std::to_string(result.adapter.layout->modules()[0].rank));
      });
    }
    signs();
  }

  // The largest entry of each column of U is positive, and A's rows are orthonormal.
  void signs() {
    const Problem drawn = plain(44);
    with(drawn, "signs of the singular vectors", {}, [&](const Combination& result) {
      int wrong = 0;
      for (size_t m = 0; m < modules(drawn); ++m) {
        const Matrix b = b_of(result.adapter, m);
        for (int i = 0; i < b.columns; ++i) {
          double largest = 0;
          for (int o = 0; o < b.rows; ++o) largest = std::abs(b.at(o, i)) > std::abs(largest) ? b.at(o, i) : largest;
          wrong += largest <= 0;
        }
      }
      rows_.near(name_, "signs of the singular vectors: columns with a negative largest entry", 0, wrong, 0);
      rows_.at_most(name_, "A's rows are orthonormal", kRounding, off_orthonormal(result.adapter));
    });
  }

  static double off_orthonormal(const adapter::AdapterState& state) {
    double worst = 0;
    for (size_t m = 0; m < state.layout->modules().size(); ++m) {
      const Matrix a = a_of(state, m);
      Matrix gram = multiply(a, transposed(a));
      for (int i = 0; i < gram.rows; ++i) gram.at(i, i) -= 1;
      worst = std::max(worst, norm(gram));
    }
    return worst;
  }

  void orthonormal_rows() {
    const Problem drawn = plain(45);
    with(drawn, "A's rows are orthonormal", {}, [&](const Combination& result) {
      rows_.at_most(name_, "A's rows are orthonormal", kRounding, off_orthonormal(result.adapter));
    });
  }

  // cosine = 1 seeks the direction of T; FedIT's mean is where it starts.
  void direction() {
    const Problem drawn = plain(46);
    const auto cosine = [&](const Combination& result) {
      double least = 1;
      for (size_t m = 0; m < modules(drawn); ++m) {
        const Matrix t = target(drawn, m), g = effective(result, m);
        least = std::min(least, dot(t, g) / (norm(t) * norm(g)));
      }
      return least;
    };
    const Result<Combination> with_distance = combine(drawn, {{"lambda", 0}}), held = combine(drawn, {{"lambda", 1e9}});
    const Result<Combination> with_cosine = combine(drawn, {{"lambda", 0}, {"cosine", 1}});
    if (!with_distance.ok() || !held.ok() || !with_cosine.ok())
      return rows_.failed(name_, "cosine: as near in direction as any", "results", Status(Code::unknown, "none"));
    // The closest matrix of Abar's row space is also the one of the smallest angle.
    rows_.near(name_, "cosine: the smallest angle there is", cosine(*with_distance), cosine(*with_cosine), 1e-4);
    double worst = 0;
    for (size_t m = 0; m < modules(drawn); ++m) worst = std::max(worst, relative(effective(*held, m), reference("fedit", drawn, m, 1, {})));
    rows_.at_most(name_, "a large lambda leaves FedIT", kRounding, worst);
  }

  void fresh_start() {
    const Problem drawn = plain(47);
    const Result<Combination> five = combine(drawn, {}, 5), again = combine(drawn, {}, 5), six = combine(drawn, {}, 6);
    if (!five.ok() || !again.ok() || !six.ok()) return rows_.failed(name_, "a fresh start", "results", Status(Code::unknown, "none"));
    rows_.same(name_, "a fresh start from the round's seed: B = 0", std::vector<float>(values_of_b(five->adapter).size()), values_of_b(five->adapter));
    rows_.same(name_, "a fresh start from the round's seed: the same A", values_of_a(five->adapter), values_of_a(again->adapter));
    rows_.same(name_, "another seed, another A", "differs", values_of_a(five->adapter) == values_of_a(six->adapter) ? "the same" : "differs");
    double bound = 0;
    for (size_t m = 0; m < modules(drawn); ++m)
      for (float x : five->adapter.a(m)) bound = std::max(bound, std::abs(x) * std::sqrt(static_cast<double>(drawn.global.layout->modules()[m].in_features)));
    rows_.near(name_, "A ~ U(-1, 1) / sqrt(in): the largest |A| sqrt(in)", 0.9, bound, 0.1);
    rows_.same(name_, "the stack's rank is the sum of ranks", "9", five->merged ? std::to_string(five->merged->layout->modules()[0].rank) : "none");
  }

  void alternation() {   // B first: where B is 0, A has no gradient
    for (int round = 1; round <= 4; ++round) {
      const spec::RoundShape shape = subjects_.round_shape(facts_, round);
      const std::string expected = round % 2 == 1 ? "B" : "A";
      rows_.same(name_, "what is trained in round " + std::to_string(round), expected, factors(shape.trained));
      rows_.same(name_, "what goes up in round " + std::to_string(round), expected, factors(shape.up));
    }
  }

  static std::string factors(spec::LoraFactors f) {
    switch (f) {
      case spec::LoraFactors::a: return "A";
      case spec::LoraFactors::b: return "B";
      case spec::LoraFactors::both: return "A and B";
      case spec::LoraFactors::core: return "cores";
      case spec::LoraFactors::none: break;
    }
    return "nothing";
  }
  static std::vector<float> values_of_a(const adapter::AdapterState& state) {
    std::vector<float> all;
    for (size_t m = 0; m < state.layout->modules().size(); ++m) all.insert(all.end(), state.a(m).begin(), state.a(m).end());
    return all;
  }
  static std::vector<float> values_of_b(const adapter::AdapterState& state) {
    std::vector<float> all;
    for (size_t m = 0; m < state.layout->modules().size(); ++m) all.insert(all.end(), state.b(m).begin(), state.b(m).end());
    return all;
  }
  static std::vector<float> bits_of(const Combination& result) {
    std::vector<float> all = result.adapter.values;
    if (result.merged) all.insert(all.end(), result.merged->values.begin(), result.merged->values.end());
    return all;
  }

  const Subjects& subjects_;
  Rows& rows_;
  const std::string_view name_;
  const spec::MethodFacts& facts_;
  int round_ = 1;
};

}  // namespace

void check_methods(const Subjects& subjects, Rows& rows) {
  for (const std::string_view name : kNames) OneMethod(subjects, rows, name).all_checks();
}

}  // namespace fedllm::conformance
