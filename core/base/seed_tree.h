// Deterministic randomness for any number of workers: integers and uniform() are equal on every platform; normal, gamma
// and dirichlet pass through the C library's log, pow, sin and cos, whose last bit may differ elsewhere. A SeedTree is a
// path of names and numbers below a root seed; `SeedTree(seed).child("round", 3).child("client", 1).child("dropout")` is
// always the same stream. Rng is xoshiro256** seeded by splitmix64; the distributions are our own because the standard
// library's differ between implementations.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fedllm {

class Rng {
 public:
  explicit Rng(uint64_t seed);
  uint64_t next();
  // Uniform in [0, 1), 53 bits.
  double uniform();
  // Uniform integer in [0, n), n > 0, without modulo bias.
  uint64_t below(uint64_t n);
  // Standard normal (Box-Muller, both values used).
  double normal();
  // Gamma(shape, 1), shape > 0 (Marsaglia and Tsang 2000, with the boost for shape < 1).
  double gamma(double shape);
  // One draw of Dirichlet(alpha, ..., alpha) of length n; sums to 1 up to rounding. Very small alpha is handled in log
  // space so that no vector is all zero.
  std::vector<double> dirichlet(double alpha, int n);

  template <class T>
  void shuffle(std::span<T> items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }
  template <class T>
  void shuffle(std::vector<T>& items) { shuffle(std::span<T>(items)); }

 private:
  double log_gamma_draw(double shape);
  uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};

class SeedTree {
 public:
  explicit SeedTree(uint64_t seed) : value_(seed) {}
  SeedTree child(std::string_view purpose) const;
  SeedTree child(std::string_view purpose, uint64_t index) const { return child(purpose).child_index(index); }
  uint64_t value() const { return value_; }
  Rng rng() const { return Rng(value_); }

 private:
  SeedTree child_index(uint64_t index) const;
  uint64_t value_;
};

}  // namespace fedllm
