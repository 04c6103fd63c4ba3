// Methods that send cores (Fed-SB 2502.15436, RAVAN 2506.05568): clients and coordinator draw the basis each for itself.
#include <cmath>

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

void check_method(const Subjects& subjects, Rows& rows, std::string_view name, int heads) {
  Problem problem = draw({"linear", Sizes::linear, 4, 8, false, {}, {}, 72}, Frozen::a);
  const adapter::LayoutPtr& layout = problem.global.layout;
  const auto server = subjects.make_cores(layout, heads, kSeed);
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
    const auto client = subjects.make_cores(layout, heads, kSeed);
    if (!client.ok()) return rows.failed(name, "cores", "a client's basis", client.status());
    (*client)->expand(drawn(mean.size(), 80 + k), problem.clients[k].adapter.values);
    const std::vector<float> sent = (*client)->project(problem.clients[k].adapter.values);
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += static_cast<float>(p[k] * sent[i]);
  }
  fed::Combination result{problem.global, std::nullopt, 0};
  (*server)->expand(mean, result.adapter.values);
  rows.at_most(name, "cores: the mean of cores is T", 1e-6, error_of(problem, result));
}

}  // namespace

void check_cores(const Subjects& subjects, Rows& rows) {
  check_method(subjects, rows, "fed-sb", 1);
  check_method(subjects, rows, "ravan", 2);
}

}  // namespace fedllm::conformance
