// Measures in product space (sums of B A) that never form an [out, in] matrix. For D = sum_k p_k b_k a_k:
// ||D||^2 = sum_jk p_j p_k sum((b_j^T b_k) o (a_j a_k^T)), r x r blocks, or row by row where there are many clients.
// T - G = sum_k p_k (B_k - Bbar)(A_k - Abar) exactly, so the aggregation error suffers no cancellation.
#include <algorithm>
#include <cmath>

#include "adapter/adapter.h"
#include "base/text.h"

namespace fedllm::adapter {
namespace {

constexpr const char* kWhere = "adapter.product";

// One client's factors of one module in double: a [r, in], b [out, r].
struct Factors {
  std::vector<double> a, b;
};

struct Shape { int in, out, rank; };

// sum((bj^T bk) o (aj ak^T)) = <bj aj, bk ak>
double product_dot(const Factors& j, const Factors& k, Shape s) {
  std::vector<double> bb(static_cast<size_t>(s.rank) * s.rank, 0.0);
  for (int o = 0; o < s.out; ++o) {
    const double* x = j.b.data() + static_cast<size_t>(o) * s.rank;
    const double* y = k.b.data() + static_cast<size_t>(o) * s.rank;
    for (int p = 0; p < s.rank; ++p)
      for (int q = 0; q < s.rank; ++q) bb[p * s.rank + q] += x[p] * y[q];
  }
  double sum = 0;
  for (int p = 0; p < s.rank; ++p)
    for (int q = 0; q < s.rank; ++q) {
      const double* x = j.a.data() + static_cast<size_t>(p) * s.in;
      const double* y = k.a.data() + static_cast<size_t>(q) * s.in;
      double aa = 0;
      for (int i = 0; i < s.in; ++i) aa += x[i] * y[i];
      sum += bb[p * s.rank + q] * aa;
    }
  return sum;
}

double norm2_by_pairs(const std::vector<Factors>& f, const std::vector<double>& p, Shape s) {
  double sum = 0;
  for (size_t j = 0; j < f.size(); ++j)
    for (size_t k = 0; k <= j; ++k) sum += (j == k ? 1 : 2) * p[j] * p[k] * product_dot(f[j], f[k], s);
  return std::max(0.0, sum);
}

double norm2_by_rows(const std::vector<Factors>& f, const std::vector<double>& p, Shape s) {
  double sum = 0;
  std::vector<double> row(s.in);
  for (int o = 0; o < s.out; ++o) {
    std::fill(row.begin(), row.end(), 0.0);
    for (size_t k = 0; k < f.size(); ++k)
      for (int q = 0; q < s.rank; ++q) {
        const double c = p[k] * f[k].b[static_cast<size_t>(o) * s.rank + q];
        const double* a = f[k].a.data() + static_cast<size_t>(q) * s.in;
        for (int i = 0; i < s.in; ++i) row[i] += c * a[i];
      }
    for (double x : row) sum += x * x;
  }
  return sum;
}

double norm2(const std::vector<Factors>& f, const std::vector<double>& p, Shape s) {
  const double k = static_cast<double>(f.size()), r = s.rank, in = s.in, out = s.out;
  return k * (k + 1) / 2 * r * r * (in + out) <= k * r * in * out ? norm2_by_pairs(f, p, s) : norm2_by_rows(f, p, s);
}

std::vector<Factors> factors_of(std::span<const AdapterState> states, size_t module) {
  std::vector<Factors> f(states.size());
  for (size_t k = 0; k < states.size(); ++k) {
    const auto a = states[k].a(module), b = states[k].b(module);
    f[k] = {{a.begin(), a.end()}, {b.begin(), b.end()}};
  }
  return f;
}

void add(std::vector<double>& target, const std::vector<double>& source, double factor) {
  for (size_t i = 0; i < target.size(); ++i) target[i] += factor * source[i];
}

Factors mean_of(const std::vector<Factors>& f, const std::vector<double>& p) {
  Factors mean{std::vector<double>(f[0].a.size()), std::vector<double>(f[0].b.size())};
  for (size_t k = 0; k < f.size(); ++k) {
    add(mean.a, f[k].a, p[k]);
    add(mean.b, f[k].b, p[k]);
  }
  return mean;
}

bool all_equal(const std::vector<Factors>& f) {
  return std::all_of(f.begin(), f.end(), [&](const Factors& x) { return x.a == f[0].a && x.b == f[0].b; });
}

// Weights that sum to 1.
Result<std::vector<double>> shares(std::span<const AdapterState> states, std::span<const double> weights) {
  if (states.empty()) return invalid_argument("expected at least one adapter, got none", kWhere);
  if (states.size() != weights.size())
    return invalid_argument("expected " + std::to_string(states.size()) + " weights, got " + std::to_string(weights.size()),
                            kWhere);
  double sum = 0;
  for (double w : weights) {
    if (!(w > 0) || !std::isfinite(w)) return invalid_argument("expected weights above 0, got " + format_double(w), kWhere);
    sum += w;
  }
  for (const AdapterState& state : states) FEDLLM_RETURN_IF_ERROR(check_same_layout(states[0], state));
  std::vector<double> p;
  for (double w : weights) p.push_back(w / sum);
  return p;
}

Shape shape_of(const ModuleSlot& slot) { return {slot.in_features, slot.out_features, slot.rank}; }

}  // namespace

Result<double> aggregation_error(std::span<const AdapterState> states, std::span<const double> weights) {
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<double> p, shares(states, weights));
  const AdapterLayout& layout = *states[0].layout;
  double error2 = 0, target2 = 0;
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    std::vector<Factors> f = factors_of(states, m);
    const double scale2 = layout.scale(m) * layout.scale(m);
    const Shape shape = shape_of(layout.modules()[m]);
    target2 += scale2 * norm2(f, p, shape);
    if (all_equal(f)) continue;   // exactly 0: the mean of equal numbers may still be rounded
    const Factors mean = mean_of(f, p);
    for (Factors& x : f) {
      add(x.a, mean.a, -1);
      add(x.b, mean.b, -1);
    }
    error2 += scale2 * norm2(f, p, shape);
  }
  return target2 > 0 ? std::sqrt(error2 / target2) : 0.0;
}

Result<std::vector<double>> product_cosines(std::span<const AdapterState> states, std::span<const double> weights) {
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<double> p, shares(states, weights));
  const AdapterLayout& layout = *states[0].layout;
  std::vector<double> dots(states.size()), norms2(states.size());
  double mean2 = 0;
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    const std::vector<Factors> f = factors_of(states, m);
    const Factors mean = mean_of(f, p);
    const double scale2 = layout.scale(m) * layout.scale(m);
    const Shape shape = shape_of(layout.modules()[m]);
    mean2 += scale2 * product_dot(mean, mean, shape);
    for (size_t k = 0; k < f.size(); ++k) {
      dots[k] += scale2 * product_dot(f[k], mean, shape);
      norms2[k] += scale2 * product_dot(f[k], f[k], shape);
    }
  }
  for (size_t k = 0; k < dots.size(); ++k) {
    const double norm = std::sqrt(std::max(0.0, mean2)) * std::sqrt(std::max(0.0, norms2[k]));
    dots[k] = norm > 0 ? std::clamp(dots[k] / norm, -1.0, 1.0) : 0.0;
  }
  return dots;
}

}  // namespace fedllm::adapter
