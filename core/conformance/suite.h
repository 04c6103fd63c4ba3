// The conformance suite: what every federated method, server optimizer and codec must do, measured against whole matrices in
// double and against numbers worked out by hand (methods.md, section 7). Each row is a computation of its own; what is tested
// comes in as functions, so that the suite can be tested with defects planted. Deterministic; one thread; about a second.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/cores.h"
#include "codec/codec.h"
#include "fed/control_variates.h"
#include "fed/gradient_sketch.h"
#include "fed/method.h"
#include "fed/strategy.h"

namespace fedllm::conformance {

struct Check {
  std::string method;      // "fedit"
  std::string check;       // "golden toy: e"
  std::string expected, got;
  bool pass = false;
};

struct Subjects {
  std::function<Result<std::unique_ptr<fed::Method>>(std::string_view, const fed::Parameters&)> make_method = fed::make_method;
  std::function<Result<std::unique_ptr<fed::Aggregator>>(const spec::StrategySpec&)> make_aggregator = fed::make_aggregator;
  std::function<Result<std::unique_ptr<fed::ServerOptimizer>>(const spec::StrategySpec&)> make_server_optimizer = fed::make_server_optimizer;
  std::function<Result<std::unique_ptr<codec::Codec>>(std::string_view, double)> make_codec = codec::make_codec;
  std::function<Result<adapter::AdapterState>(const adapter::AdapterState&, const adapter::AdapterState&, const adapter::AdapterState&,
                                              const adapter::AdapterState&, double)>
      next_variate = fed::next_variate;
  std::function<Result<adapter::AdapterState>(const adapter::AdapterState&, std::span<const adapter::AdapterState* const>, size_t)>
      next_control = fed::next_control;
  std::function<Result<adapter::AdapterState>(const adapter::AdapterState&, const adapter::LayoutPtr&)> take_leading = fed::take_leading;
  std::function<Result<fed::Accumulated>(const adapter::AdapterState*, const adapter::AdapterState&, int)> accumulate = fed::accumulate;
  std::function<Result<fed::RoundGeometry>(const adapter::AdapterState&, fed::ClientAdapters&, const fed::Combination&)> geometry = fed::geometry;
  std::function<Result<std::shared_ptr<const adapter::Cores>>(adapter::LayoutPtr, int, uint64_t)> make_cores = adapter::Cores::make;
  std::function<Result<std::shared_ptr<const adapter::Cores>>(adapter::LayoutPtr, const adapter::AdapterState&)> cores_on = adapter::Cores::on;
  std::function<adapter::AdapterState(const fed::GradientSketch&, double, double)> first_step = [](const fed::GradientSketch& sketch, double rate, double clip_norm) {
    return sketch.step(rate, clip_norm);
  };
  std::function<spec::RoundShape(const spec::MethodFacts&, int)> round_shape = spec::round_shape;
};

// In the order of the methods.
std::vector<Check> run_suite(const Subjects& subjects = {});

}  // namespace fedllm::conformance
