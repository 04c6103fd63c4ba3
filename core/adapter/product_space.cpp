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

// Several sums side by side: one alone waits for each addition before the next.
double dot(const double* x, const double* y, int n) {
  constexpr int kLanes = 8;
  double sums[kLanes] = {};
  int i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) sums[lane] += x[i + lane] * y[i + lane];
  double rest = 0;
  for (; i < n; ++i) rest += x[i] * y[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7])) + rest;
}

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
    for (int q = 0; q < s.rank; ++q)
      sum += bb[p * s.rank + q] *
             dot(j.a.data() + static_cast<size_t>(p) * s.in, k.a.data() + static_cast<size_t>(q) * s.in, s.in);
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

Result<std::vector<Factors>> factors_of(size_t count, const ModuleSlot& slot, const ReadValues& read) {
  std::vector<Factors> f(count);
  std::vector<float> a(slot.a_size()), b(slot.b_size());
  for (size_t k = 0; k < count; ++k) {
    FEDLLM_RETURN_IF_ERROR(read(k, slot.a_offset, a));
    FEDLLM_RETURN_IF_ERROR(read(k, slot.b_offset, b));
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
Result<std::vector<double>> shares(std::span<const double> weights) {
  if (weights.empty()) return invalid_argument("expected at least one adapter, got none", kWhere);
  double sum = 0;
  for (double w : weights) {
    if (!(w > 0) || !std::isfinite(w)) return invalid_argument("expected weights above 0, got " + format_double(w), kWhere);
    sum += w;
  }
  std::vector<double> p;
  for (double w : weights) p.push_back(w / sum);
  return p;
}

Shape shape_of(const ModuleSlot& slot) { return {slot.in_features, slot.out_features, slot.rank}; }

// Sums over the modules, of which one at a time is in memory.
class Sums {
 public:
  explicit Sums(const std::vector<double>& p) : p_(p), dots_(p.size()), norms2_(p.size()) {}

  void add_module(std::vector<Factors> f, Shape shape, double scale) {
    const Factors mean = mean_of(f, p_);
    const double scale2 = scale * scale;
    add_agreement(f, mean, shape, scale2);
    target2_ += scale2 * norm2(f, p_, shape);
    if (all_equal(f)) return;  // exactly 0: the mean of equal numbers may still be rounded
    for (Factors& x : f) {
      add(x.a, mean.a, -1);
      add(x.b, mean.b, -1);
    }
    error2_ += scale2 * norm2(f, p_, shape);
  }
  Agreement result() const {
    Agreement agreement{target2_ > 0 ? std::sqrt(error2_ / target2_) : 0.0, {}};
    for (size_t k = 0; k < dots_.size(); ++k) {
      const double norm = std::sqrt(std::max(0.0, mean2_)) * std::sqrt(std::max(0.0, norms2_[k]));
      agreement.cosines.push_back(norm > 0 ? std::clamp(dots_[k] / norm, -1.0, 1.0) : 0.0);
    }
    return agreement;
  }

 private:
  void add_agreement(const std::vector<Factors>& f, const Factors& mean, Shape shape, double scale2) {
    mean2_ += scale2 * product_dot(mean, mean, shape);
    for (size_t k = 0; k < f.size(); ++k) {
      dots_[k] += scale2 * product_dot(f[k], mean, shape);
      norms2_[k] += scale2 * product_dot(f[k], f[k], shape);
    }
  }

  const std::vector<double>& p_;
  double error2_ = 0, target2_ = 0, mean2_ = 0;
  std::vector<double> dots_, norms2_;
};

Result<Agreement> agreement_of(std::span<const AdapterState> states, std::span<const double> weights) {
  if (states.empty()) return invalid_argument("expected at least one adapter, got none", kWhere);
  if (states.size() != weights.size())
    return invalid_argument("expected " + std::to_string(states.size()) + " weights, got " + std::to_string(weights.size()),
                            kWhere);
  for (const AdapterState& state : states) FEDLLM_RETURN_IF_ERROR(check_same_layout(states[0], state));
  return agreement(*states[0].layout, weights, [&](size_t state, size_t from, std::span<float> values) {
    std::copy_n(states[state].values.begin() + static_cast<std::ptrdiff_t>(from), values.size(), values.begin());
    return Status();
  });
}

}  // namespace

Result<Agreement> agreement(const AdapterLayout& layout, std::span<const double> weights, const ReadValues& read) {
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<double> p, shares(weights));
  Sums sums(p);
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    const ModuleSlot& slot = layout.modules()[m];
    FEDLLM_ASSIGN_OR_RETURN(std::vector<Factors> f, factors_of(weights.size(), slot, read));
    sums.add_module(std::move(f), shape_of(slot), layout.scale(m));
  }
  return sums.result();
}

Result<double> aggregation_error(std::span<const AdapterState> states, std::span<const double> weights) {
  FEDLLM_ASSIGN_OR_RETURN(const Agreement measured, agreement_of(states, weights));
  return measured.aggregation_error;
}

Result<std::vector<double>> product_cosines(std::span<const AdapterState> states, std::span<const double> weights) {
  FEDLLM_ASSIGN_OR_RETURN(Agreement measured, agreement_of(states, weights));
  return std::move(measured.cosines);
}

}  // namespace fedllm::adapter
