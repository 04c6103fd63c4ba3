#include "bench_gemm.h"

#include <algorithm>

#include "bench.h"
#include "train/backend_symbol.h"

namespace fedllm::app {
namespace {

void need(std::vector<float>& buffer, int64_t size) {
  const size_t before = buffer.size();
  if (before >= static_cast<size_t>(size)) return;
  buffer.resize(static_cast<size_t>(size));
  for (size_t i = before; i < buffer.size(); ++i) buffer[i] = 0.001f * static_cast<float>(i % 97);
}

}  // namespace

Result<Gemm> Gemm::find() {
  FEDLLM_ASSIGN_OR_RETURN(void* const symbol, train::backend_symbol("sgemm_"));
  return Gemm(reinterpret_cast<Function>(symbol));
}

// One product forward (X W^T) and backward (dY W), as often as fits; seconds of one such pair.
double Gemm::seconds_of(const Product& product, double seconds) {
  const int rows = static_cast<int>(product.rows), in = static_cast<int>(product.in), out = static_cast<int>(product.out);
  const float one = 1, zero = 0;
  // The second result goes to a buffer of its own, so that repeating does not grow the values.
  const auto pair = [&] {
    sgemm_("T", "N", &out, &rows, &in, &one, weight_.data(), &in, input_.data(), &in, &zero, output_.data(), &out);
    sgemm_("N", "N", &in, &rows, &out, &one, weight_.data(), &in, output_.data(), &out, &zero, back_.data(), &in);
  };
  pair();
  int count = 0;
  const Times begin = times_now();
  Times spent;
  do {
    pair();
    ++count;
    spent = times_now() - begin;
  } while (spent.cpu_s < seconds);
  return spent.cpu_s / count;
}

double Gemm::rate(const std::vector<Product>& products, double seconds) {
  double flops = 0, spent = 0;
  for (const Product& product : products) {
    need(weight_, product.in * product.out);
    need(input_, product.rows * product.in);
    need(back_, product.rows * product.in);
    need(output_, product.rows * product.out);
    spent += seconds_of(product, seconds) * product.flops / (4.0 * static_cast<double>(product.rows * product.in * product.out));
    flops += product.flops;
  }
  return spent > 0 ? flops / spent : 0;
}

}  // namespace fedllm::app
