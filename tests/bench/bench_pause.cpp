// How soon a pause takes effect. Goal: within one local step, so no client ends more than one step after pause() returns.
// Prints, over 10 pauses each: the longest time to the last step's end and the most steps of one client after the pause.
// The first rows use the no-op trainer with steps of known length, the last LibTorch on the shipped model where it is there.
#include <QCoreApplication>

#include <algorithm>
#include <cstdio>
#include <map>
#include <thread>

#include "node/run_executor.h"
#include "support/bench_backend.h"
#include "support/mini_world.h"
#include "support/noop_backend.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

struct Measured {
  double longest_s = 0, call_s = 0, step_s = 0;
  int most_steps = 0, pauses = 0;
};

Measured measure(const MiniWorld& world, const spec::Scenario& scenario, train::Backend& real) {
  StepWatch backend(real);
  auto ledger = world.open_ledger();
  const std::string run = world.create_run(*ledger, scenario);
  auto executor = std::move(node::RunExecutor::start(*ledger, backend, world.home(), run, 2)).value();
  Measured measured;
  Rng rng(5);
  while (backend.steps().size() < 4 && !executor->finished()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  while (measured.pauses < 10 && !executor->finished()) {
    const double called_s = steady_s();
    executor->pause();
    const double paused_s = steady_s();
    // Long enough for every step that was under way to end.
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    std::map<uint64_t, int> after;
    for (const StepWatch::Step& step : backend.steps()) {
      measured.step_s = std::max(measured.step_s, step.seconds);
      if (step.ended_s < paused_s) continue;
      measured.most_steps = std::max(measured.most_steps, ++after[step.client_seed]);
      measured.longest_s = std::max(measured.longest_s, step.ended_s - called_s);
    }
    measured.call_s = std::max(measured.call_s, paused_s - called_s);
    ++measured.pauses;
    executor->unpause();
    std::this_thread::sleep_for(std::chrono::milliseconds(30 + rng.below(150)));
  }
  executor->stop(true);
  (void)executor->wait();
  return measured;
}

void print(const char* trainer, const Measured& m) {
  std::printf("| %-28s | %6d | %10.1f ms | %10.1f ms | %16.1f ms | %10d | %s |\n", trainer, m.pauses, m.step_s * 1e3,
              m.call_s * 1e3, m.longest_s * 1e3, m.most_steps, m.most_steps <= 1 ? "reached" : "MISSED");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  std::printf(
      "| trainer                      | pauses | longest step  | pause() call  | last step ended after | steps after | goal 1 "
      "step |\n");
  std::printf(
      "| ---------------------------- | ------ | ------------- | ------------- | --------------------- | ----------- | "
      "----------- |\n");
  for (const int step_ms : {5, 50, 300}) {
    MiniWorld world;
    world.scenario.training.local_steps = 100000;
    NoopBackend backend;
    backend.step_seconds = step_ms / 1000.0;
    print(qPrintable(QString("no-op, steps of %1 ms").arg(step_ms)), measure(world, world.scenario, backend));
  }
  train::Backend* backend = benchmark_backend();
  auto sample = spec::load_scenario("builtin:desk-iid");
  if (!backend || !sample.ok()) {
    std::printf("LibTorch row left out: %s\n", backend ? sample.status().to_string().c_str() : "no training module");
    return 0;
  }
  MiniWorld world;
  sample->training.local_steps = 100000;
  print("LibTorch, shipped model", measure(world, *sample, *backend));
  return 0;
}
