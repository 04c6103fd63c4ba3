// Methods that send cores: clients and coordinator draw the basis each for itself (RAVAN 2506.05568), or stand on what the first
// step laid (Fed-SB 2502.15436, as LoRA-SB 2411.19557), which is checked against whole gradients.
#include <cmath>
#include <functional>

#include "base/seed_tree.h"
#include "conformance/checks.h"
#include "conformance/problems.h"

namespace fedllm::conformance {
namespace {

constexpr uint64_t kSeed = 71;

std::vector<float> drawn(size_t count, uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(count);
  for (float& x : values) x = static_cast<float>(rng.uniform() - 0.5);
  return values;
}

double norm(std::span<const float> values) {
  double sum = 0;
  for (const float x : values) sum += static_cast<double>(x) * x;
  return std::sqrt(sum);
}

using MakeCores = std::function<Result<std::shared_ptr<const adapter::Cores>>(const adapter::LayoutPtr&)>;

void check_method(const MakeCores& make_cores, Rows& rows, std::string_view name, int heads) {
  Problem problem = draw({"linear", Sizes::linear, 4, 8, false, {}, {}, 72}, Frozen::a);
  const adapter::LayoutPtr& layout = problem.global.layout;
  const auto server = make_cores(layout);
  if (!server.ok()) return rows.failed(name, "cores", "a basis", server.status());
  size_t numbers = 0;
  for (const adapter::ModuleSlot& slot : layout->modules()) numbers += static_cast<size_t>(slot.rank * slot.rank / heads);
  rows.same(name, "cores: rank^2 / heads numbers a module", std::to_string(numbers), std::to_string((*server)->size()));

  adapter::AdapterState expanded = adapter::AdapterState::zeros(layout);
  const std::vector<float> core = drawn((*server)->size(), 73);
  (*server)->expand(core, expanded.values);
  rows.near(name, "cores: ||B0 H|| = ||H||", norm(core), adapter::l2_norm(expanded), 1e-6 * norm(core));

  const std::vector<double> p = shares(problem.clients);
  std::vector<float> mean((*server)->size());
  for (size_t k = 0; k < p.size(); ++k) {
    const auto client = make_cores(layout);
    if (!client.ok()) return rows.failed(name, "cores", "a client's basis", client.status());
    (*client)->expand(drawn(mean.size(), 80 + k), problem.clients[k].adapter.values);
    const std::vector<float> sent = (*client)->project(problem.clients[k].adapter.values);
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += static_cast<float>(p[k] * sent[i]);
  }
  fed::Combination result{problem.global, std::nullopt, 0};
  (*server)->expand(mean, result.adapter.values);
  rows.at_most(name, "cores: the mean of cores is T", 1e-6, error_of(problem, result));
}

// Gradients of whole weights, [out, in], with singular values 1, 1/2, 1/4, ... where `falling`, else of the layout's rank.
std::vector<Matrix> gradients(const adapter::AdapterLayout& layout, bool falling, uint64_t seed) {
  std::vector<Matrix> all;
  for (const adapter::ModuleSlot& slot : layout.modules()) {
    Matrix sum = zeros(slot.out_features, slot.in_features);
    const int rank = falling ? std::min(slot.in_features, slot.out_features) : slot.rank;
    for (int i = 0; i < rank; ++i) {
      Matrix column = zeros(slot.out_features, 1), row = zeros(1, slot.in_features);
      const std::vector<float> left = drawn(column.values.size(), ++seed), right = drawn(row.values.size(), ++seed);
      column.values.assign(left.begin(), left.end()), row.values.assign(right.begin(), right.end());
      add(sum, multiply(column, row), falling ? std::pow(0.5, i) : 1);
    }
    all.push_back(std::move(sum));
  }
  return all;
}

// What LoRA training would see of them where `place` is.
adapter::AdapterState seen(const std::vector<Matrix>& gradients, const adapter::AdapterState& place) {
  adapter::AdapterState gradient = adapter::AdapterState::zeros(place.layout);
  for (size_t m = 0; m < gradients.size(); ++m) {
    const double s = place.layout->scale(m);
    const Matrix of_b = multiply(gradients[m], transposed(a_of(place, m))), of_a = multiply(transposed(b_of(place, m)), gradients[m]);
    for (size_t i = 0; i < of_b.values.size(); ++i) gradient.b(m)[i] = static_cast<float>(s * of_b.values[i]);
    for (size_t i = 0; i < of_a.values.size(); ++i) gradient.a(m)[i] = static_cast<float>(s * of_a.values[i]);
  }
  return gradient;
}

adapter::AdapterState first_step(const Subjects& subjects, const adapter::LayoutPtr& layout, const std::vector<Matrix>& gradients, double rate, double clip_norm, uint64_t seed) {
  fed::GradientSketch sketch(layout, seed);
  while (!sketch.done()) sketch.take(seen(gradients, sketch.place()));
  return subjects.first_step(sketch, rate, clip_norm);
}

double off_orthonormal(const Matrix& columns) {
  Matrix products = multiply(transposed(columns), columns);
  for (int i = 0; i < products.rows; ++i) products.at(i, i) -= 1;
  return norm(products);
}

void check_client_step(const Subjects& subjects, Rows& rows, const adapter::LayoutPtr& layout) {
  constexpr double kRate = 0.25;
  const auto apart = [&](const std::vector<Matrix>& g, const adapter::AdapterState& step, bool best) {
    double worst = 0;
    for (size_t m = 0; m < g.size(); ++m) worst = std::max(worst, relative(update_of(step, m), scaled(best ? cut(g[m], layout->modules()[m].rank).best : g[m], -kRate)));
    return worst;
  };
  const std::vector<Matrix> low = gradients(*layout, false, 90), falling = gradients(*layout, true, 91);
  rows.at_most("fed-sb", "first step: s B A = -rate G where G has the adapter's rank", 1e-5, apart(low, first_step(subjects, layout, low, kRate, 0, 92), false));
  rows.at_most("fed-sb", "first step: the best approximation of G of the adapter's rank", 0.05, apart(falling, first_step(subjects, layout, falling, kRate, 0, 93), true));
  const adapter::AdapterState held = first_step(subjects, layout, low, kRate, 0.5, 94);
  double square = 0;
  for (size_t m = 0; m < low.size(); ++m) square += dot(update_of(held, m), update_of(held, m));
  rows.near("fed-sb", "first step: its norm is rate * clip_norm", kRate * 0.5, std::sqrt(square), 1e-6);
}

// Returns the basis.
std::optional<adapter::AdapterState> check_server_step(const Subjects& subjects, Rows& rows, const adapter::LayoutPtr& layout) {
  Problem problem{"first step", adapter::AdapterState::zeros(layout), {}};
  for (uint64_t k = 0; k < 3; ++k)
    problem.clients.push_back({"client " + std::to_string(k), 1.0 + static_cast<double>(k), first_step(subjects, layout, gradients(*layout, true, 100 + k), 0.1, 1, k)});
  const auto method = subjects.make_method("fed-sb", {});
  if (!method.ok()) return rows.failed("fed-sb", "first step", "a method", method.status()), std::nullopt;
  fed::HeldAdapters clients(problem.clients);
  Result<fed::Combination> result = (*method)->combine(problem.global, clients, {1, kSeed, true});
  if (!result.ok()) return rows.failed("fed-sb", "first step", "a result", result.status()), std::nullopt;
  if (!result->merged) return rows.failed("fed-sb", "first step", "a basis", Status(Code::unknown, "none")), std::nullopt;
  double worst = 0, rows_off = 0, columns_off = 0, other_a = 0, outside = 0;
  for (size_t m = 0; m < modules(problem); ++m) {
    worst = std::max(worst, relative(update_of(result->adapter, m), cut(target(problem, m), layout->modules()[m].rank).best));
    const Matrix u = b_of(*result->merged, m), v = transposed(a_of(*result->merged, m)), b = b_of(result->adapter, m);
    columns_off = std::max(columns_off, off_orthonormal(u)), rows_off = std::max(rows_off, off_orthonormal(v));
    other_a = std::max(other_a, relative(a_of(result->adapter, m), a_of(*result->merged, m)));
    outside = std::max(outside, relative(multiply(u, multiply(transposed(u), b)), b));
  }
  rows.at_most("fed-sb", "first step: the mean's best approximation of the adapter's rank", 1e-6, worst);
  rows.at_most("fed-sb", "first step: the basis' columns are orthonormal", 1e-6, columns_off);
  rows.at_most("fed-sb", "first step: A's rows are orthonormal", 1e-6, rows_off);
  rows.at_most("fed-sb", "first step: A is the basis' A", 0, other_a);
  rows.at_most("fed-sb", "first step: B lies in the basis' span", 1e-6, outside);
  return std::move(result->merged);
}

}  // namespace

void check_cores(const Subjects& subjects, Rows& rows) {
  const adapter::LayoutPtr layout = draw({"linear", Sizes::linear, 4, 8, false, {}, {}, 72}, Frozen::a).global.layout;
  check_client_step(subjects, rows, layout);
  if (const auto basis = check_server_step(subjects, rows, layout))
    check_method([&](const adapter::LayoutPtr& of) { return subjects.cores_on(of, *basis); }, rows, "fed-sb", 1);
  check_method([&](const adapter::LayoutPtr& of) { return subjects.make_cores(of, 2, kSeed); }, rows, "ravan", 2);
}

}  // namespace fedllm::conformance
