// T - G is written as sum p_k (B_k - B)(A_k - A) + (Bbar - B) A + B (Abar - A) - merged, B and A the result's, so that equal
// adapters give exactly 0. U_k = D_k E_k + D_k A0 + B0 E_k with D_k = B_k - B0, E_k = A_k - A0 what training changed; all inner
// products of the U_k come from the Gram matrices of [D_1 .. D_K B0] and [E_1; ..; E_K; A0]. Components that a client does not
// have are 0 everywhere. A drift below about 1e-8 of the norms is rounding.
#include <algorithm>
#include <array>
#include <cmath>

#include "fed/per_module.h"

namespace fedllm::fed {
namespace {

Factors padded(const Factors& f, int rank) {
  if (f.rank == rank) return f;
  Factors wide = Factors::zeros(rank, f.in, f.out);
  std::ranges::copy(f.a, wide.a.begin());
  for (int o = 0; o < f.out; ++o)
    std::copy_n(f.b.begin() + static_cast<std::ptrdiff_t>(o) * f.rank, f.rank, wide.b.begin() + static_cast<std::ptrdiff_t>(o) * rank);
  return wide;
}

// ||T - G||^2; all in the scale of what the clients started from.
double squared_error(const std::vector<Factors>& clients, const std::vector<double>& p, const Factors& result, const Factors* merged) {
  int rank = result.rank;
  for (const Factors& f : clients) rank = std::max(rank, f.rank);
  const Factors g = padded(result, rank);
  std::vector<Factors> terms;
  Factors apart = Factors::zeros(rank, g.in, g.out);   // of the means
  for (size_t k = 0; k < clients.size(); ++k) {
    terms.push_back(padded(clients[k], rank));
    add(terms[k].a, g.a, -1);
    add(terms[k].b, g.b, -1);
    add(apart.a, terms[k].a, p[k]);
    add(apart.b, terms[k].b, p[k]);
  }
  std::vector<double> weights = p;
  terms.push_back({rank, g.in, g.out, g.a, std::move(apart.b)});
  terms.push_back({rank, g.in, g.out, std::move(apart.a), g.b});
  weights.insert(weights.end(), 2, 1.0);
  if (merged) terms.push_back(*merged), weights.push_back(-1);
  return squared_norm(stack(terms, weights));
}

// Where the factors of one term lie in the stack of all.
struct Term { size_t b, a; };

class Products {
 public:
  explicit Products(size_t clients) : clients_(clients), values_(clients * clients) {}

  void add_module(const std::vector<Factors>& changes, const Factors& start, double scale) {
    std::vector<Factors> all = changes;
    int rank = start.rank;
    for (const Factors& f : changes) rank = std::max(rank, f.rank);
    all.push_back(padded(start, rank));
    const Factors sum = stack(all, std::vector<double>(all.size(), 1.0));
    const size_t width = static_cast<size_t>(sum.rank), zero = width - static_cast<size_t>(rank);
    const std::vector<double> aa = inner_products(sum.a, sum.a, sum.in), bb = column_products(sum);
    std::vector<size_t> at(1, 0);
    for (const Factors& f : changes) at.push_back(at.back() + static_cast<size_t>(f.rank));
    const auto terms = [&](size_t k) { return std::array<Term, 3>{{{at[k], at[k]}, {at[k], zero}, {zero, at[k]}}}; };
    for (size_t j = 0; j < clients_; ++j)
      for (size_t k = 0; k <= j; ++k) {
        double value = 0;
        for (const Term& x : terms(j))
          for (const Term& y : terms(k))
            for (size_t p = 0; p < static_cast<size_t>(changes[j].rank); ++p)
              for (size_t q = 0; q < static_cast<size_t>(changes[k].rank); ++q)
                value += bb[(x.b + p) * width + y.b + q] * aa[(x.a + p) * width + y.a + q];
        values_[j * clients_ + k] += scale * scale * value;
        if (k < j) values_[k * clients_ + j] = values_[j * clients_ + k];
      }
  }

  std::vector<ClientGeometry> clients(const std::vector<double>& p) const {
    std::vector<double> with_mean(clients_);
    double mean2 = 0;
    for (size_t k = 0; k < clients_; ++k) {
      for (size_t j = 0; j < clients_; ++j) with_mean[k] += p[j] * values_[k * clients_ + j];
      mean2 += p[k] * with_mean[k];
    }
    std::vector<ClientGeometry> all(clients_);
    for (size_t k = 0; k < clients_; ++k) {
      const double own2 = std::max(0.0, values_[k * clients_ + k]), norms = std::sqrt(own2) * std::sqrt(std::max(0.0, mean2));
      all[k] = {std::sqrt(own2), norms > 0 ? std::clamp(with_mean[k] / norms, -1.0, 1.0) : 0.0,
                std::sqrt(std::max(0.0, own2 - 2 * with_mean[k] + mean2))};
    }
    return all;
  }

 private:
  size_t clients_;
  std::vector<double> values_;   // <U_j, U_k>
};

// What training changed of client k's factors, in the scale of `started`.
Factors change_of(const Factors& client, const Factors& start, double start_to_own) {
  Factors change = client;
  for (int i = 0; i < std::min(client.rank, start.rank); ++i) {
    for (int x = 0; x < client.in; ++x)
      change.a[static_cast<size_t>(i) * client.in + x] -= start.a[static_cast<size_t>(i) * client.in + x];
    for (int o = 0; o < client.out; ++o) {
      const double b = start.b[static_cast<size_t>(o) * start.rank + i];
      // As take_leading() stores it.
      change.b[static_cast<size_t>(o) * client.rank + i] -= start_to_own == 1 ? b : static_cast<float>(start_to_own * b) * (1 / start_to_own);
    }
  }
  return change;
}

}  // namespace

Result<RoundGeometry> geometry(const adapter::AdapterState& started_from, ClientAdapters& clients, const Combination& result) {
  const adapter::AdapterLayout& layout = *started_from.layout;
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<double> shares, check_clients(layout, clients));
  FEDLLM_RETURN_IF_ERROR(check_module_sizes(layout, *result.adapter.layout));
  RoundGeometry found;
  Products products(clients.size());
  double error2 = 0, target2 = 0;
  for (size_t m = 0; m < layout.modules().size(); ++m) {
    const double scale = layout.scale(m);
    const Factors start = factors_of(started_from, m);
    std::vector<Factors> all, changes;
    for (size_t k = 0; k < clients.size(); ++k) {
      FEDLLM_ASSIGN_OR_RETURN(Factors f, read_factors(layout, clients, k, m));
      changes.push_back(change_of(f, start, scale / clients.layout(k)->scale(m)));
      all.push_back(std::move(f));
    }
    const auto in_scale = [&](const adapter::AdapterState& state) {
      Factors f = factors_of(state, m);
      const double factor = state.layout->scale(m) / scale;
      if (factor != 1)
        for (double& x : f.b) x *= factor;
      return f;
    };
    const Factors next = in_scale(result.adapter);
    const std::optional<Factors> merged = result.merged ? std::optional(in_scale(*result.merged)) : std::nullopt;
    const double error = squared_error(all, shares, next, merged ? &*merged : nullptr), target = squared_norm(stack(all, shares));
    found.module_error.push_back(target > 0 ? std::sqrt(error / target) : 0.0);
    error2 += scale * scale * error;
    target2 += scale * scale * target;
    products.add_module(changes, start, scale);
  }
  found.aggregation_error = target2 > 0 ? std::sqrt(error2 / target2) : 0.0;
  found.clients = products.clients(shares);
  return found;
}

}  // namespace fedllm::fed
