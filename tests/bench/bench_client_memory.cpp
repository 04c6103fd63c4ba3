// What one more simulated client costs in memory. Goal: its adapter, optimizer state and shard index, not the base model.
// Every count of clients runs in a process of its own (this program with --child), two rounds, two workers; the peak of the
// resident memory is compared between 4 and N clients with the same number of records each. LibTorch on the shipped model
// where it is there, else the no-op trainer.
#include <QCoreApplication>
#include <QProcess>

#include <cstdio>

#include "node/run_executor.h"
#include "node/scenario_facts.h"
#include "support/bench_backend.h"
#include "support/mini_world.h"
#include "support/noop_backend.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

constexpr int kRecords = 20;  // a client

int run_clients(int clients, bool torch) {
  MiniWorld world;
  std::string train;
  for (int i = 0; i < clients * kRecords; ++i) train += record_line("tool", i);
  write_text(world.path("/train.jsonl"), train);
  world.scenario.partition.clients = clients;
  world.scenario.dataset.test_files = {"size.jsonl"};
  world.scenario.evaluation.client_adapters = false;
  world.scenario.rounds = 2;
  world.scenario.training.local_steps = 2;
  world.scenario.lora.rank = 8;
  if (torch) world.scenario.base_model = "builtin:microworld";
  NoopBackend noop;
  train::Backend* backend = torch ? benchmark_backend() : &noop;
  auto ledger = world.open_ledger();
  const std::string run = world.create_run(*ledger);
  auto executor = node::RunExecutor::start(*ledger, *backend, world.home(), run, 2);
  if (!executor.ok()) return 1;
  const node::RunOutcome outcome = (*executor)->wait();
  if (outcome.state != ledger::RunState::done) {
    std::fprintf(stderr, "%s\n", outcome.error.c_str());
    return 1;
  }
  const auto started = ledger->events(run, 1, 1).value().front();
  for (const auto& [key, value] : started.metrics) {
    if (key == "adapter_parameters" || key == "model_parameters") std::printf("%.0f ", value);
  }
  std::printf("%lld\n", static_cast<long long>(nlohmann::json::parse(outcome.summary_json)["peak_rss_bytes"]));
  return 0;
}

struct Peak {
  double adapter_parameters = 0, model_parameters = 0, bytes = 0;
};

Peak measure(int clients, bool torch) {
  QProcess process;
  process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
  process.start(QCoreApplication::applicationFilePath(), {"--child", QString::number(clients), torch ? "torch" : "noop"});
  process.waitForFinished(600000);
  const QStringList numbers = QString::fromUtf8(process.readAllStandardOutput()).trimmed().split(' ');
  if (numbers.size() != 3) return {};
  return {numbers[0].toDouble(), numbers[1].toDouble(), numbers[2].toDouble()};
}

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  if (argc == 4 && std::string(argv[1]) == "--child") return run_clients(std::atoi(argv[2]), std::string(argv[3]) == "torch");
  const bool torch = benchmark_backend() && std::filesystem::exists(assets_dir() + "/models/microworld");
  std::printf("trainer: %s\n", torch ? "LibTorch, shipped model" : "no-op");
  const Peak few = measure(4, torch);
  std::printf(
      "| clients | peak memory | per client beyond 4 | goal: adapter + AdamW state + shard index | base model | verdict |\n");
  std::printf(
      "| ------- | ----------- | ------------------- | ----------------------------------------- | ---------- | ------- |\n");
  std::printf("| %7d | %7.1f MiB |                     |                                           | %6.1f MiB | |\n", 4,
              few.bytes / 1048576, few.model_parameters * 4 / 1048576);
  for (const int clients : {54, 154}) {
    const Peak many = measure(clients, torch);
    const double each = (many.bytes - few.bytes) / (clients - 4);
    // Values, two moments, and 8 bytes a record.
    const double goal = many.adapter_parameters * 4 * 3 + kRecords * 8;
    std::printf("| %7d | %7.1f MiB | %15.1f KiB | %37.1f KiB | %6.1f MiB | %s |\n", clients, many.bytes / 1048576, each / 1024,
                goal / 1024, many.model_parameters * 4 / 1048576, each <= goal ? "reached" : "MISSED");
    std::fflush(stdout);
  }
  return 0;
}
