// What `bench train` makes before it measures: the model in a temporary folder (or the one given), an adapter to start from,
// the work of both sides in a file.
#pragma once

#include "bench.h"
#include "bench_child.h"
#include "bench_model.h"
#include "bench_work.h"

namespace fedllm::app {

struct BenchModel {
  ModelShape shape;
  std::string path;
};
// --model DIR, or a random one of --shape and --dtype below `folder`.
Result<BenchModel> bench_model(const Arguments& arguments, const std::string& folder);

// --precision, else as the file is.
Result<train::LoadOptions> bench_load_options(const Arguments& arguments);

struct BenchSetup {
  TemporaryFolder folder;
  ModelShape shape;
  std::string model, work_file, precision;
  BenchWork work;
  int steps = 0, runs = 0;
};
Result<BenchSetup> prepare_bench(const Arguments& arguments);

// A fresh `fedllm bench worker` with this setup.
Result<BenchChild> start_engine(const BenchSetup& setup);

}  // namespace fedllm::app
