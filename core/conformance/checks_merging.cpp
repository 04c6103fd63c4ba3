// What is merged beside the frozen base (invariants 6 and 20), what clients of other ranks start from, and what the Run page
// shows of a round's clients.
#include <algorithm>
#include <cmath>

#include "adapter/peft.h"
#include "conformance/checks.h"
#include "conformance/problems.h"

namespace fedllm::conformance {
namespace {

using adapter::AdapterState;

Problem mixed(uint64_t seed) { return draw({"mixed", Sizes::linear, 4, 8, false, {4, 2, 3}, {8, 2, 12}, seed}, Frozen::neither); }

double apart_of_sum(const AdapterState& got, const AdapterState& one, const AdapterState& other) {
  double worst = 0;
  for (size_t m = 0; m < one.layout->modules().size(); ++m) {
    Matrix sum = update_of(one, m);
    add(sum, update_of(other, m), 1);
    worst = std::max(worst, relative(update_of(got, m), sum));
  }
  return worst;
}

void check_accumulator(const Subjects& subjects, Rows& rows) {
  constexpr std::string_view kName = "accumulator";
  const Problem problem = mixed(61);
  const AdapterState &one = problem.clients[0].adapter, &other = problem.clients[2].adapter;
  const auto sum = subjects.accumulate(&one, other, 0), again = subjects.accumulate(&one, other, 0), first = subjects.accumulate(nullptr, other, 0);
  if (!sum.ok() || !again.ok() || !first.ok()) return rows.failed(kName, "a sum", "a result", Status(Code::unknown, "none"));
  rows.at_most(kName, "s B A = s1 B1 A1 + s2 B2 A2, mixed alpha", 1e-6, apart_of_sum(sum->merged, one, other));
  rows.near(kName, "without a bound nothing is discarded", 0, sum->discarded_energy, 1e-12);
  rows.at_most(kName, "the first sum is what is added", 1e-6, relative(update_of(first->merged, 0), update_of(other, 0)));
  rows.same(kName, "two replicas hold the same bits", adapter::adapter_sha256(sum->merged), adapter::adapter_sha256(again->merged));
  for (const int rank : {1, 3, 6}) {
    const auto bounded = subjects.accumulate(&one, other, rank);
    const std::string at = ", rank " + std::to_string(rank);
    if (!bounded.ok()) {
      rows.failed(kName, "recompressed" + at, "a result", bounded.status());
      continue;
    }
    double worst = 0, dropped = 0, energy = 0;
    for (size_t m = 0; m < modules(problem); ++m) {
      Matrix dense = update_of(one, m);
      add(dense, update_of(other, m), 1);
      const Cut best = cut(dense, rank);
      worst = std::max(worst, relative(update_of(bounded->merged, m), best.best));
      for (size_t i = 0; i < best.singular.size(); ++i) {
        energy += best.singular[i] * best.singular[i];
        if (static_cast<int>(i) >= rank) dropped += best.singular[i] * best.singular[i];
      }
    }
    rows.at_most(kName, "the best of its rank" + at, 1e-6, worst);
    rows.near(kName, "discarded energy" + at, dropped / energy, bounded->discarded_energy, 1e-6);
    rows.same(kName, "its rank" + at, std::to_string(rank), std::to_string(bounded->merged.layout->modules()[0].rank));
  }
  const Problem square = draw({"square", Sizes::square, 2, 4, false, {}, {}, 62}, Frozen::neither);
  rows.refused(kName, "refuses other modules", subjects.accumulate(&one, square.global, 0).status(), "expected");
}

// Truncation for clients of smaller ranks: the leading components, and B in the client's own scale.
void check_start(const Subjects& subjects, Rows& rows) {
  constexpr std::string_view kName = "mixed-rank-start";
  const Problem problem = mixed(63);
  for (const auto& client : problem.clients) {
    const std::string at = ", rank " + std::to_string(client.adapter.layout->modules()[0].rank) + " alpha " +
                           std::to_string(static_cast<int>(client.adapter.layout->lora_alpha()));
    const auto start = subjects.take_leading(problem.global, client.adapter.layout);
    if (!start.ok()) {
      rows.failed(kName, "a start" + at, "a result", start.status());
      continue;
    }
    double worst = 0;
    for (size_t m = 0; m < modules(problem); ++m) {
      const Matrix a = a_of(problem.global, m), b = b_of(problem.global, m);
      Matrix expected = zeros(b.rows, a.columns);
      for (int i = 0; i < client.adapter.layout->modules()[m].rank; ++i)
        for (int o = 0; o < b.rows; ++o)
          for (int x = 0; x < a.columns; ++x) expected.at(o, x) += problem.global.layout->scale(m) * b.at(o, i) * a.at(i, x);
      worst = std::max(worst, relative(update_of(*start, m), expected));
    }
    rows.at_most(kName, "the leading components' product" + at, 1e-6, worst);
    rows.same(kName, "in the client's own layout" + at, "the same", start->layout && *start->layout == *client.adapter.layout ? "the same" : "another");
  }
}

void check_geometry(const Subjects& subjects, Rows& rows) {
  constexpr std::string_view kName = "geometry";
  const Problem problem = draw({"linear", Sizes::linear, 3, 6, false, {}, {}, 64}, Frozen::neither);
  const auto method = subjects.make_method("fedit", {});
  if (!method.ok()) return rows.failed(kName, "a round", "a method", method.status());
  fed::HeldAdapters clients(problem.clients);
  const auto result = (*method)->combine(problem.global, clients, {});
  if (!result.ok()) return rows.failed(kName, "a round", "a result", result.status());
  const auto shown = subjects.geometry(problem.global, clients, *result);
  if (!shown.ok() || shown->clients.size() != problem.clients.size() || shown->module_error.size() != modules(problem))
    return rows.failed(kName, "a round", "a number per client and module", shown.status());
  for (size_t m = 0; m < modules(problem); ++m)
    rows.near(kName, "error of module " + std::to_string(m), relative(effective(*result, m), target(problem, m)), shown->module_error[m], 1e-6);
  const std::vector<double> p = shares(problem.clients);
  std::vector<std::vector<Matrix>> changes(p.size());
  std::vector<Matrix> mean;
  for (size_t m = 0; m < modules(problem); ++m) {
    for (size_t k = 0; k < p.size(); ++k) {
      changes[k].push_back(update_of(problem.clients[k].adapter, m));
      add(changes[k][m], update_of(problem.global, m), -1);
      if (k == 0) mean.push_back(zeros(changes[k][m].rows, changes[k][m].columns));
      add(mean[m], changes[k][m], p[k]);
    }
  }
  const auto inner = [](const std::vector<Matrix>& x, const std::vector<Matrix>& y) {
    double sum = 0;
    for (size_t m = 0; m < x.size(); ++m) sum += dot(x[m], y[m]);
    return sum;
  };
  const double size = std::sqrt(inner(mean, mean));
  for (size_t k = 0; k < p.size(); ++k) {
    const double own = std::sqrt(inner(changes[k], changes[k]));
    const std::string at = " of client " + std::to_string(k);
    rows.near(kName, "update norm" + at, own, shown->clients[k].update_norm, 1e-5 * own);
    rows.near(kName, "cosine to the mean" + at, inner(changes[k], mean) / (own * size), shown->clients[k].cosine, 1e-6);
    rows.near(kName, "drift" + at, std::sqrt(own * own - 2 * inner(changes[k], mean) + size * size), shown->clients[k].drift, 1e-5 * own);
  }
}

}  // namespace

void check_merging(const Subjects& subjects, Rows& rows) {
  check_accumulator(subjects, rows);
  check_start(subjects, rows);
  check_geometry(subjects, rows);
}

}  // namespace fedllm::conformance
