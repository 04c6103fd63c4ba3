// The limit that training is measured against: the rate of the BLAS that LibTorch uses, on the matrices of the step itself.
// One thread. Rates are FLOPs a second of CPU time.
#pragma once

#include <vector>

#include "bench_model.h"

namespace fedllm::app {

class Gemm {
 public:
  // Looks for the BLAS in the opened training module; FAILED_PRECONDITION where LibTorch hides its own.
  static Result<Gemm> find();
  // FLOPs of all products over the time they take one by one, forward and backward, each repeated for `seconds`.
  double rate(const std::vector<Product>& products, double seconds);

 private:
  using Function = void (*)(const char*, const char*, const int*, const int*, const int*, const float*, const float*,
                            const int*, const float*, const int*, const float*, float*, const int*);
  explicit Gemm(Function sgemm) : sgemm_(sgemm) {}
  double seconds_of(const Product& product, double seconds);

  Function sgemm_;
  std::vector<float> weight_, input_, output_, back_;   // kept: fresh pages would be measured too
};

}  // namespace fedllm::app
