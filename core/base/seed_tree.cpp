#include "base/seed_tree.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fedllm {
namespace {

uint64_t splitmix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

}  // namespace

Rng::Rng(uint64_t seed) {
  for (uint64_t& word : state_) word = splitmix(seed);
}

uint64_t Rng::next() {
  const uint64_t result = rotl(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotl(state_[3], 45);
  return result;
}

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

uint64_t Rng::below(uint64_t n) {
  const uint64_t threshold = (0 - n) % n;
  for (;;) {
    const uint64_t r = next();
    if (r >= threshold) return r % n;
  }
}

double Rng::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

double Rng::log_gamma_draw(double shape) {
  // Below this the logarithm overflows: every draw would be -inf. One share is all but 1 long before.
  shape = std::max(shape, 1e-300);
  double boost = 0;
  if (shape < 1) {
    boost = std::log(1 - uniform()) / shape;
    shape += 1;
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    const double u = 1 - uniform();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return std::log(d * v) + boost;
  }
}

double Rng::gamma(double shape) { return std::exp(log_gamma_draw(shape)); }

std::vector<double> Rng::dirichlet(double alpha, int n) {
  std::vector<double> p(static_cast<size_t>(std::max(0, n)));
  for (double& x : p) x = log_gamma_draw(alpha);
  if (p.empty()) return p;
  const double top = *std::max_element(p.begin(), p.end());
  double sum = 0;
  for (double& x : p) sum += x = std::exp(x - top);
  for (double& x : p) x /= sum;
  return p;
}

SeedTree SeedTree::child(std::string_view purpose) const {
  uint64_t h = 0xcbf29ce484222325ull;
  for (unsigned char c : purpose) h = (h ^ c) * 0x100000001b3ull;
  uint64_t state = value_ ^ rotl(h, 17);
  splitmix(state);
  return SeedTree(splitmix(state));
}

SeedTree SeedTree::child_index(uint64_t index) const {
  uint64_t state = value_ + 0x632be59bd9b4e019ull * (index + 1);
  splitmix(state);
  return SeedTree(splitmix(state));
}

}  // namespace fedllm
