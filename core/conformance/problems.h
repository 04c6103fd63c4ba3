// Problems: a global adapter and the adapters with which a round's clients end, drawn from seeds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conformance/dense.h"
#include "fed/method.h"

namespace fedllm::conformance {

using Clients = std::vector<fed::HeldAdapters::One>;
enum class Frozen { neither, a, b };

struct Problem {
  std::string name;
  adapter::AdapterState global;
  Clients clients;
};

// What a problem is drawn from. Sizes: of linear modules that are wider or taller than the other way round, of square ones (where
// a transposed product still fits), or of GPT-2's Conv1D, whose names say that their files lie transposed.
enum class Sizes { linear, square, conv1d };
struct Recipe {
  std::string name;
  Sizes sizes = Sizes::linear;
  int rank = 3;                  // of the global adapter
  double alpha = 6;
  bool rank_stabilised = false;
  std::vector<int> ranks;        // of the clients; empty: three of the global's
  std::vector<double> alphas;    // of the clients; empty: the global's
  uint64_t seed = 1;
};
Problem draw(const Recipe& recipe, Frozen frozen);

// The toy of methods.md, section 7: d = 2, r = 1, s = 1, p = (2/3, 1/3). With A frozen both clients have the global's A.
Problem toy(Frozen frozen = Frozen::neither);

Matrix target(const Problem& problem, size_t module);                          // T = sum p_k s_k B_k A_k
Matrix effective(const fed::Combination& result, size_t module);               // G = s B A + merged
// Of the module where it is largest.
double error_of(const Problem& problem, const fed::Combination& result);       // ||T - G|| / ||T||, per module
double apart(const fed::Combination& expected, const fed::Combination& got);
std::vector<double> shares(const Clients& clients);
size_t modules(const Problem& problem);

// The same products in other factors.
Problem rotated(Problem problem);                  // client 0: (B R, R^-1 A)
Problem with_doubled_alpha(Problem problem, bool everybody);   // (alpha, B) -> (2 alpha, B / 2); everybody, or client 0 alone
Problem reversed(Problem problem);                 // clients in the other order

}  // namespace fedllm::conformance
