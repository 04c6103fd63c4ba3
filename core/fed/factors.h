// Factors: a product B A in double, and the decompositions of it that methods need, all in rank space: no [out, in] matrix is
// ever held. Private to this folder; Eigen stays in the .cpp files. Deterministic: one thread, fixed blocking.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace fedllm::fed {

struct Factors {
  int rank = 0, in = 0, out = 0;
  std::vector<double> a;   // [rank, in] row-major
  std::vector<double> b;   // [out, rank] row-major

  static Factors zeros(int rank, int in, int out);
};

// sum_k weights_k B_k A_k as one product: A_k below each other, weights_k B_k beside each other.
Factors stack(std::span<const Factors> all, std::span<const double> weights);

// ||B A||_F^2; its error is about 1e-16 ||B||^2 ||A||^2.
double squared_norm(const Factors& product);
// The inner products <x_i, y_j> of the rows of x [nx, width] and of y [ny, width]: [nx, ny].
std::vector<double> inner_products(std::span<const double> x, std::span<const double> y, int width);
// The inner products of b's columns: [rank, rank].
std::vector<double> column_products(const Factors& product);
// x [rows, inner] y [inner, columns]
std::vector<double> multiply(std::span<const double> x, std::span<const double> y, int inner);

// The `rank` leading singular triplets of B A (fewer where A has fewer independent rows): b = U S, a = V^T with orthonormal
// rows, also where a singular value is 0. Each column of U has its largest entry positive. Through an orthonormal basis Q of
// A's rows (Cholesky of A A^T; Householder with pivots where that is ill-conditioned), A = L Q, and eigenvectors W of
// (B L)^T (B L): b = B L W, a = W^T Q. What is kept is a projection of the product, so it is accurate to about 1e-12 where
// nothing is cut; directions whose singular values lie below 1e-8 of the largest may mix.
struct Leading {
  Factors factors;
  double energy = 0;      // ||B A||_F^2
  double discarded = 0;   // of that energy; exactly 0 where nothing was cut
};
Leading leading(const Factors& product, int rank);
// The same without loss: as many triplets as lie above 1e-7 of the largest, about float32's resolution; none for 0.
Leading numerical_rank(const Factors& product);

// D (C + lambda I)^-1 for D [rows, rank] and a symmetric non-negative C [rank, rank]; the pseudo-inverse where singular.
std::vector<double> ridge(std::span<const double> d, std::span<const double> c, int rank, double lambda);

}  // namespace fedllm::fed
