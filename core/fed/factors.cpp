#include "fed/factors.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/Dense>

#include "fed/leading_eigenvectors.h"

namespace fedllm::fed {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using View = Eigen::Map<const Matrix>;

constexpr double kIllConditioned = 1e-4;   // smallest to largest pivot: orthonormal to 1e-16 / 1e-8
constexpr double kCancelled = 1e-4;        // energy of the product to that of its terms
constexpr double kResolution = 1e-7;       // of float32, with what squaring leaves of double

// Eigen's blocking, and with it the order of sums, follows the processor's caches unless told.
void fix_blocking() {
  static const bool fixed = [] {
    Eigen::setCpuCacheSizes(32 << 10, 1 << 20, 8 << 20);
    return true;
  }();
  (void)fixed;
}

View a_of(const Factors& f) { return {f.a.data(), f.rank, f.in}; }
View b_of(const Factors& f) { return {f.b.data(), f.out, f.rank}; }
View rows_of(std::span<const double> x, int width) { return {x.data(), static_cast<Eigen::Index>(x.size()) / width, width}; }
std::vector<double> to_vector(const Matrix& m) { return {m.data(), m.data() + m.size()}; }

template <class X>
Eigen::MatrixXd gram(const X& x) {   // X^T X
  Eigen::MatrixXd g = Eigen::MatrixXd::Zero(x.cols(), x.cols());
  g.template selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
  return g.template selfadjointView<Eigen::Lower>();
}

// A = L Q with orthonormal rows of Q; a triangular L stands without its Q = L^-1 A.
struct Basis {
  Eigen::MatrixXd l;   // [rank, basis]
  Eigen::MatrixXd q;   // [basis, in]
  bool triangular = false;
};

// Cholesky-QR of rows scaled to 1; false where it would lose too many digits.
bool cholesky_basis(const Factors& f, const Eigen::MatrixXd& aa, Basis& basis) {
  if (f.rank > f.in || aa.diagonal().minCoeff() <= 0) return false;
  const Eigen::VectorXd norms = aa.diagonal().cwiseSqrt(), inverse = norms.cwiseInverse();
  const Eigen::LLT<Eigen::MatrixXd> cholesky(inverse.asDiagonal() * aa * inverse.asDiagonal());
  if (cholesky.info() != Eigen::Success) return false;
  const Eigen::VectorXd pivots = cholesky.matrixLLT().diagonal();
  if (!(pivots.minCoeff() > kIllConditioned * pivots.maxCoeff())) return false;
  basis.l = norms.asDiagonal() * Eigen::MatrixXd(cholesky.matrixL());
  basis.triangular = true;
  return true;
}

void householder_basis(const Factors& f, Basis& basis) {
  if (f.rank >= f.in) {
    basis.l = a_of(f);
    basis.q = Eigen::MatrixXd::Identity(f.in, f.in);
    return;
  }
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(a_of(f).transpose());
  qr.setThreshold(1e-14);
  const Eigen::Index count = qr.rank();
  basis.q = (qr.householderQ() * Eigen::MatrixXd::Identity(f.in, count)).transpose();
  const Eigen::MatrixXd upper = qr.matrixR().topRows(count).template triangularView<Eigen::Upper>();
  basis.l = qr.colsPermutation() * upper.transpose();
}

double first_largest(const Eigen::VectorXd& x) {
  Eigen::Index at = 0;
  for (Eigen::Index i = 1; i < x.size(); ++i)
    if (std::abs(x[i]) > std::abs(x[at])) at = i;
  return x[at];
}

// By falling norm of b's columns, as squaring leaves the order of small ones to chance; U's largest entry positive, V's where
// U's is 0.
Factors in_order(const Eigen::MatrixXd& b, const Eigen::MatrixXd& at) {
  const Eigen::VectorXd energies = b.colwise().squaredNorm();
  std::vector<Eigen::Index> order(static_cast<size_t>(b.cols()));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Eigen::Index x, Eigen::Index y) { return energies[x] > energies[y]; });
  Factors result = Factors::zeros(static_cast<int>(b.cols()), static_cast<int>(at.rows()), static_cast<int>(b.rows()));
  Eigen::Map<Matrix> to_a(result.a.data(), result.rank, result.in), to_b(result.b.data(), result.out, result.rank);
  for (Eigen::Index i = 0; i < b.cols(); ++i) {
    const Eigen::VectorXd u = b.col(order[static_cast<size_t>(i)]), v = at.col(order[static_cast<size_t>(i)]);
    const double top = first_largest(u);
    const double sign = (top != 0 ? top : first_largest(v)) < 0 ? -1 : 1;
    to_b.col(i) = sign * u;
    to_a.row(i) = sign * v.transpose();
  }
  return result;
}

// product: B L where it was needed anyway.
Leading cut(const Factors& f, const Basis& basis, const Eigen::MatrixXd& core, int rank, const Eigen::MatrixXd* product) {
  const int count = std::min<int>(rank, static_cast<int>(core.cols()));
  const int size = static_cast<int>(core.cols());
  const std::vector<double> vectors = leading_eigenvectors({core.data(), static_cast<size_t>(core.size())}, size, count);
  const Eigen::Map<const Eigen::MatrixXd> w(vectors.data(), size, count);
  Eigen::MatrixXd b, at;
  if (product) b = *product * w;
  else b = b_of(f) * (basis.l * w).eval();
  if (basis.triangular) at = a_of(f).transpose() * basis.l.triangularView<Eigen::Lower>().transpose().solve(w).eval();
  else at = basis.q.transpose() * w;
  const double energy = core.trace(), kept = b.squaredNorm();
  return {in_order(b, at), energy, count < core.cols() ? std::max(0.0, energy - kept) : 0.0};
}

}  // namespace

Factors Factors::zeros(int rank, int in, int out) {
  return {rank, in, out, std::vector<double>(static_cast<size_t>(rank) * in), std::vector<double>(static_cast<size_t>(out) * rank)};
}

Factors stack(std::span<const Factors> all, std::span<const double> weights) {
  int rank = 0;
  for (const Factors& one : all) rank += one.rank;
  Factors sum{rank, all[0].in, all[0].out, {}, std::vector<double>(static_cast<size_t>(all[0].out) * rank)};
  sum.a.reserve(static_cast<size_t>(rank) * sum.in);
  size_t column = 0;
  for (size_t k = 0; k < all.size(); ++k) {
    const Factors& one = all[k];
    sum.a.insert(sum.a.end(), one.a.begin(), one.a.end());
    for (int o = 0; o < one.out; ++o)
      for (int i = 0; i < one.rank; ++i)
        sum.b[static_cast<size_t>(o) * rank + column + i] = weights[k] * one.b[static_cast<size_t>(o) * one.rank + i];
    column += static_cast<size_t>(one.rank);
  }
  return sum;
}

double squared_norm(const Factors& f) {
  fix_blocking();
  if (f.rank == 0) return 0;
  const double r = f.rank;
  if (r * (f.in + f.out) <= 2.0 * f.in * f.out)
    return std::max(0.0, gram(b_of(f)).cwiseProduct(gram(a_of(f).transpose())).sum());
  constexpr int kRows = 64;
  double sum = 0;
  for (int from = 0; from < f.out; from += kRows)
    sum += (b_of(f).middleRows(from, std::min(kRows, f.out - from)) * a_of(f)).eval().squaredNorm();
  return sum;
}

std::vector<double> inner_products(std::span<const double> x, std::span<const double> y, int width) {
  fix_blocking();
  if (x.data() == y.data() && x.size() == y.size()) return to_vector(gram(rows_of(x, width).transpose()));
  return to_vector(rows_of(x, width) * rows_of(y, width).transpose());
}

std::vector<double> column_products(const Factors& f) {
  fix_blocking();
  return to_vector(gram(b_of(f)));
}

std::vector<double> multiply(std::span<const double> x, std::span<const double> y, int inner) {
  fix_blocking();
  return to_vector(rows_of(x, inner) * View(y.data(), inner, static_cast<Eigen::Index>(y.size()) / inner));
}

Leading leading(const Factors& f, int rank) {
  fix_blocking();
  if (f.rank == 0 || rank < 1) return {Factors::zeros(0, f.in, f.out), squared_norm(f), squared_norm(f)};
  const Eigen::MatrixXd aa = gram(a_of(f).transpose());
  Basis basis;
  if (cholesky_basis(f, aa, basis)) {
    const Eigen::MatrixXd bb = gram(b_of(f));
    const Eigen::MatrixXd core = basis.l.transpose() * (bb * basis.l).eval();
    if (core.trace() >= kCancelled * bb.diagonal().dot(aa.diagonal())) return cut(f, basis, core, rank, nullptr);
  } else {
    householder_basis(f, basis);
    if (basis.l.cols() == 0) return {Factors::zeros(0, f.in, f.out), 0, 0};   // A = 0
  }
  const Eigen::MatrixXd product = b_of(f) * basis.l;
  return cut(f, basis, gram(product), rank, &product);
}

Leading numerical_rank(const Factors& f) {
  Leading all = leading(f, std::min({f.rank, f.in, f.out}));
  const View b = b_of(all.factors);
  int count = 0;
  while (count < all.factors.rank && b.col(count).norm() > kResolution * b.col(0).norm()) ++count;
  Factors kept = Factors::zeros(count, f.in, f.out);
  std::copy_n(all.factors.a.begin(), kept.a.size(), kept.a.begin());
  if (count > 0) Eigen::Map<Matrix>(kept.b.data(), f.out, count) = b.leftCols(count);
  all.discarded += b.rightCols(all.factors.rank - count).squaredNorm();
  all.factors = std::move(kept);
  return all;
}

std::vector<double> ridge(std::span<const double> d, std::span<const double> c, int rank, double lambda) {
  fix_blocking();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen{Eigen::MatrixXd(View(c.data(), rank, rank))};
  Eigen::VectorXd inverse = (eigen.eigenvalues().array() + lambda).matrix();
  const double floor = 1e-13 * inverse.maxCoeff();
  for (double& x : inverse) x = x > floor ? 1 / x : 0;
  const Matrix turned = rows_of(d, rank) * eigen.eigenvectors();
  return to_vector((turned * inverse.asDiagonal()).eval() * eigen.eigenvectors().transpose());
}

}  // namespace fedllm::fed
