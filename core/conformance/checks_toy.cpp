// The golden toy of methods.md, section 7, whose numbers can be worked out on paper.
#include <cmath>

#include "conformance/checks.h"
#include "conformance/problems.h"
#include "conformance/reference.h"

namespace fedllm::conformance {
namespace {

using fed::Combination;
using fed::Parameters;

class Toy {
 public:
  Toy(const Subjects& subjects, Rows& rows) : subjects_(subjects), rows_(rows) {}

  void error(std::string_view method, const std::string& check, const Parameters& parameters, double expected) const {
    with(method, check, parameters, toy(frozen_in(method, 1)),
         [&](const Problem& problem, const Combination& result) { rows_.near(method, check, expected, error_of(problem, result), 5e-6); });
  }

  // One matrix, entry by entry.
  void matrix(std::string_view method, const std::string& check, const Parameters& parameters, const Matrix& expected,
              const std::function<Matrix(const Combination&)>& of) const {
    with(method, check, parameters, toy(frozen_in(method, 1)),
         [&](const Problem&, const Combination& result) { rows_.at_most(method, check, 1e-6, relative(of(result), expected)); });
  }

 private:
  template <class Measure>
  void with(std::string_view method, const std::string& check, const Parameters& parameters, const Problem& problem, Measure&& measure) const {
    const auto made = subjects_.make_method(method, parameters);
    if (!made.ok()) return rows_.failed(method, check, "a method", made.status());
    fed::HeldAdapters clients(problem.clients);
    const Result<Combination> result = (*made)->combine(problem.global, clients, {});
    if (!result.ok()) return rows_.failed(method, check, "a result", result.status());
    measure(problem, *result);
  }

  const Subjects& subjects_;
  Rows& rows_;
};

}  // namespace

void check_toy(const Subjects& subjects, Rows& rows) {
  const Toy toy(subjects, rows);
  const auto whole = [](const Combination& result) { return effective(result, 0); };
  const auto merged = [](const Combination& result) { return result.merged ? update_of(*result.merged, 0) : zeros(2, 2); };
  const auto b = [](const Combination& result) { return b_of(result.adapter, 0); };
  const auto a = [](const Combination& result) { return a_of(result.adapter, 0); };
  const Matrix t{2, 2, {4.0 / 3, 0, 0, 1.0 / 3}}, mean{2, 2, {8.0 / 9, 4.0 / 9, 2.0 / 9, 1.0 / 9}};
  toy.error("fedit", "golden toy: e", {}, 0.51131);
  toy.matrix("fedit", "golden toy: Bbar Abar = [[8, 4], [2, 1]] / 9", {}, mean, whole);
  toy.matrix("fedit", "golden toy: Bbar = (4, 1) / 3", {}, {2, 1, {4.0 / 3, 1.0 / 3}}, b);
  toy.error("fedex-lora", "golden toy: e", {}, 0);
  toy.matrix("fedex-lora", "golden toy: the effective weight is T", {}, t, whole);
  toy.matrix("fedex-lora", "golden toy: residual [[4, -4], [-2, 2]] / 9", {}, {2, 2, {4.0 / 9, -4.0 / 9, -2.0 / 9, 2.0 / 9}}, merged);
  toy.error("flora", "golden toy: e", {}, 0);
  toy.matrix("flora", "golden toy: the stack is T", {}, t, merged);
  toy.error("flexlora", "golden toy: e at rank 1", {{"rank", 1}}, 0.24254);
  toy.matrix("flexlora", "golden toy: rank 1 is diag(4/3, 0)", {{"rank", 1}}, {2, 2, {4.0 / 3, 0, 0, 0}}, whole);
  toy.matrix("flexlora", "golden toy: A = V^T = (1, 0), U positive", {{"rank", 1}}, {1, 2, {1, 0}}, a);
  toy.error("flexlora", "golden toy: e at rank 2", {{"rank", 2}}, 0);
  toy.error("lora-fair", "golden toy: e, lambda 0", {{"lambda", 0}}, 0.48507);
  toy.matrix("lora-fair", "golden toy: Bbar + dB = (4/3 + 4/15, 1/3 - 2/15)", {{"lambda", 0}}, {2, 1, {4.0 / 3 + 4.0 / 15, 1.0 / 3 - 2.0 / 15}}, b);
  toy.matrix("hetlora", "golden toy: weights (2, 1) / 3, so Bbar = (4, 1) / 3", {}, {2, 1, {4.0 / 3, 1.0 / 3}}, b);
  toy.error("zero-padding", "golden toy: e", {}, 0.51131);
  toy.error("rbla", "golden toy: e", {}, 0.51131);
  toy.matrix("fedsa-lora", "golden toy: Abar = (2, 1) / 3", {}, {1, 2, {2.0 / 3, 1.0 / 3}}, a);
  for (const std::string_view exact : {"ffa-lora", "rolora", "lora-a2", "fedsvd", "ravan", "fed-sb"}) {
    toy.error(exact, "golden toy with A = (1, 1): e", {}, 0);
    toy.matrix(exact, "golden toy with A = (1, 1): [[4, 4], [1, 1]] / 3", {}, {2, 2, {4.0 / 3, 4.0 / 3, 1.0 / 3, 1.0 / 3}}, whole);
  }
}

}  // namespace fedllm::conformance
