#include "fed/leading_eigenvectors.h"

#include <cmath>
#include <limits>
#include <vector>

#include <Eigen/Eigenvalues>

#include "base/seed_tree.h"

namespace fedllm::fed {
namespace {

constexpr int kSmall = 32;         // below, the whole decomposition costs nothing
constexpr int kIterations = 4;
constexpr double kAccuracy = 1e-13;

Eigen::MatrixXd whole(const Eigen::MatrixXd& symmetric, int count) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(symmetric);   // ascending
  return eigen.eigenvectors().rightCols(count).rowwise().reverse();
}

// Solves (T - shift I) x = y, T tridiagonal, by elimination with row exchanges; pivots of 0 become `tiny`.
class ShiftedSolver {
 public:
  ShiftedSolver(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& beside, double shift, double tiny)
      : pivot_(diagonal.array() - shift), first_(beside), second_(Eigen::VectorXd::Zero(diagonal.size())), factor_(beside),
        exchanged_(static_cast<size_t>(diagonal.size())) {
    const Eigen::Index n = diagonal.size();
    for (Eigen::Index i = 0; i + 1 < n; ++i) {
      const double below = beside[i], above_next = i + 2 < n ? first_[i + 1] : 0;
      if (std::abs(below) > std::abs(pivot_[i])) {
        exchanged_[static_cast<size_t>(i)] = true;
        factor_[i] = pivot_[i] / below;
        const double above = first_[i];
        pivot_[i] = below, first_[i] = pivot_[i + 1], second_[i] = above_next;
        pivot_[i + 1] = above - factor_[i] * first_[i];
        if (i + 2 < n) first_[i + 1] = -factor_[i] * above_next;
      } else {
        if (pivot_[i] == 0) pivot_[i] = tiny;
        factor_[i] = below / pivot_[i];
        pivot_[i + 1] -= factor_[i] * first_[i];
      }
    }
    if (std::abs(pivot_[n - 1]) < tiny) pivot_[n - 1] = tiny;
  }

  void solve(Eigen::VectorXd& x) const {
    const Eigen::Index n = x.size();
    for (Eigen::Index i = 0; i + 1 < n; ++i) {
      if (exchanged_[static_cast<size_t>(i)]) std::swap(x[i], x[i + 1]);
      x[i + 1] -= factor_[i] * x[i];
    }
    for (Eigen::Index i = n - 1; i >= 0; --i) {
      double value = x[i];
      if (i + 1 < n) value -= first_[i] * x[i + 1];
      if (i + 2 < n) value -= second_[i] * x[i + 2];
      x[i] = value / pivot_[i];
    }
  }

 private:
  Eigen::VectorXd pivot_, first_, second_, factor_;
  std::vector<bool> exchanged_;
};

// Inverse iteration, each vector kept orthogonal to those before it.
Eigen::MatrixXd vectors_of(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& beside, const Eigen::VectorXd& values, double scale) {
  Eigen::MatrixXd found(diagonal.size(), values.size());
  for (Eigen::Index v = 0; v < values.size(); ++v) {
    const ShiftedSolver solver(diagonal, beside, values[v], std::numeric_limits<double>::epsilon() * scale);
    Rng rng(static_cast<uint64_t>(v) + 1);
    Eigen::VectorXd x(diagonal.size());
    for (double& entry : x) entry = rng.uniform() - 0.5;
    for (int i = 0; i < kIterations; ++i) {
      if (i > 0) solver.solve(x);
      x.normalize();
      for (int again = 0; again < 2; ++again) x -= found.leftCols(v) * (found.leftCols(v).transpose() * x).eval();
      x.normalize();
    }
    found.col(v) = x;
  }
  return found;
}

bool accurate(const Eigen::MatrixXd& symmetric, const Eigen::MatrixXd& w, const Eigen::VectorXd& values, double scale) {
  const double residual = (symmetric * w - w * values.asDiagonal()).cwiseAbs().maxCoeff();
  const double apart = (w.transpose() * w - Eigen::MatrixXd::Identity(w.cols(), w.cols())).cwiseAbs().maxCoeff();
  return residual <= kAccuracy * scale && apart <= kAccuracy;   // false for what is not a number
}

Eigen::MatrixXd few(const Eigen::MatrixXd& symmetric, int count) {
  if (symmetric.rows() < kSmall || 3 * count > symmetric.rows()) return whole(symmetric, count);
  const double scale = symmetric.cwiseAbs().maxCoeff();
  if (!(scale > 0)) return whole(symmetric, count);
  const Eigen::Tridiagonalization<Eigen::MatrixXd> form(symmetric);
  const Eigen::VectorXd diagonal = form.diagonal(), beside = form.subDiagonal();
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen;
  eigen.computeFromTridiagonal(diagonal, beside, Eigen::EigenvaluesOnly);
  if (eigen.info() != Eigen::Success) return whole(symmetric, count);
  const Eigen::VectorXd values = eigen.eigenvalues().tail(count).reverse();
  Eigen::MatrixXd w = vectors_of(diagonal, beside, values, scale);
  w.applyOnTheLeft(form.matrixQ());
  return accurate(symmetric, w, values, scale * static_cast<double>(symmetric.rows())) ? w : whole(symmetric, count);
}

}  // namespace

std::vector<double> leading_eigenvectors(std::span<const double> symmetric, int size, int count) {
  const Eigen::MatrixXd w = few(Eigen::Map<const Eigen::MatrixXd>(symmetric.data(), size, size), count);
  return {w.data(), w.data() + w.size()};
}

}  // namespace fedllm::fed
