// fedllm bench worker: one side of `bench train` in a process of its own. It takes a command a line and answers with JSON:
//   run STEPS WORKERS               one client's local training
//   clients STEPS CLIENTS CORES     several clients over the one base, scheduled as in a simulation
//   limit                           the sgemm rate of the step's matrices
// peak_bytes is VmHWM now minus VmRSS before the model was opened.
#include <atomic>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "adapter/peft.h"
#include "bench.h"
#include "bench_gemm.h"
#include "bench_setup.h"
#include "train/client_schedule.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;

struct Worker {
  train::Backend* backend;
  int64_t before_bytes;
  BenchWork work;
  ModelShape shape;
  std::shared_ptr<const train::BaseModel> model;
  adapter::AdapterState start;
  std::optional<Gemm> gemm;
  mutable std::shared_ptr<train::TrainBuffers> buffers;

  static Result<Worker> open(const std::string& folder, const std::string& work_file, const train::LoadOptions& how);
  Json peak() const { return memory_bytes("VmHWM") - before_bytes; }
  Result<Json> run(int steps, int workers) const;
  Result<Json> clients(int steps, int clients, int cores) const;
  train::ClientSchedule schedule(int clients, int cores) const;
  Json limit();
};

Result<Worker> Worker::open(const std::string& folder, const std::string& work_file, const train::LoadOptions& how) {
  FEDLLM_ASSIGN_OR_RETURN(train::Backend* const backend, train::open_backend());
  FEDLLM_ASSIGN_OR_RETURN(BenchWork work, read_work(work_file));
  FEDLLM_ASSIGN_OR_RETURN(ModelShape shape, shape_of_model(folder));
  const int64_t before = memory_bytes("VmRSS");
  FEDLLM_ASSIGN_OR_RETURN(auto model, backend->load_base(folder, how));
  FEDLLM_ASSIGN_OR_RETURN(const adapter::LayoutPtr layout, model->lora_layout(work.lora));
  FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState start, adapter::load_peft_tensors(work.adapter, layout));
  return Worker{backend, before, std::move(work), std::move(shape), std::move(model), std::move(start), {}, {}};
}

Result<Json> Worker::run(int steps, int workers) const {
  train::LocalOptions options = work.options;
  options.steps = steps, options.workers = workers, options.buffers = &buffers;
  std::vector<double> losses;
  options.on_step = [&](int, double loss, int64_t, double) { losses.push_back(loss); };
  Status status;
  const Times spent = time_of([&] { status = backend->train(*model, start, work.rows, options).status(); }, Cpu::process);
  FEDLLM_RETURN_IF_ERROR(status);
  return Json{{"losses", losses}, {"cpu_s", spent.cpu_s}, {"wall_s", spent.wall_s}, {"peak_bytes", peak()}};
}

train::ClientSchedule Worker::schedule(int clients, int cores) const {
  size_t longest = 0;
  for (const data::Example& row : work.rows) longest = std::max(longest, row.ids.size());
  return train::client_schedule(train::step_bytes(model->facts(), model->vocab_size(), work.options.batch_size, static_cast<int>(longest)), work.options.batch_size, clients, cores);
}

// Every client has its own rows, order and adapter, and keeps its result, as in a run.
Result<Json> Worker::clients(int steps, int clients, int cores) const {
  const train::ClientSchedule schedule = this->schedule(clients, cores);
  std::vector<std::vector<data::Example>> rows(static_cast<size_t>(clients), work.rows);
  std::vector<Result<train::LocalResult>> results(static_cast<size_t>(clients), Status(Code::unknown, "not trained"));
  std::atomic<int> next{0};
  const auto serve = [&] {
    std::shared_ptr<train::TrainBuffers> own;
    for (int client; (client = next++) < clients;) {
      train::LocalOptions options = work.options;
      options.steps = steps, options.seed += static_cast<uint64_t>(client), options.workers = schedule.threads, options.buffers = &own;
      results[static_cast<size_t>(client)] = backend->train(*model, start, rows[static_cast<size_t>(client)], options);
    }
  };
  const Times spent = time_of([&] {
    std::vector<std::thread> threads;
    for (int worker = 0; worker < schedule.at_once; ++worker) threads.emplace_back(serve);
    for (std::thread& thread : threads) thread.join();
  }, Cpu::process);
  for (const auto& result : results) FEDLLM_RETURN_IF_ERROR(result.status());
  return Json{{"at_once", schedule.at_once}, {"threads", schedule.threads}, {"cpu_s", spent.cpu_s}, {"wall_s", spent.wall_s}, {"peak_bytes", peak()}};
}

// null where LibTorch hides its BLAS.
Json Worker::limit() {
  if (!gemm)
    if (auto found = Gemm::find(); found.ok()) gemm.emplace(std::move(found).value());
  if (!gemm) return Json{{"flops_per_s", nullptr}};
  const StepWork step = step_work(shape, work.options.batch_size, work.rows, static_cast<int64_t>(start.values.size()));
  return Json{{"flops_per_s", gemm->rate(step.products, 0.03)}};
}

Result<Json> answer(Worker& worker, const std::string& line) {
  std::istringstream words(line);
  std::string command;
  int steps = 0, first = 0, second = 0;
  words >> command >> steps >> first >> second;
  if (command == "limit") return worker.limit();
  if (command == "run" && steps > 0 && first > 0) return worker.run(steps, first);
  if (command == "clients" && steps > 0 && first > 0 && second > 0) return worker.clients(steps, first, second);
  return invalid_argument("bench worker expects run STEPS WORKERS, clients STEPS CLIENTS CORES or limit, got \"" + line + "\"");
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const train::LoadOptions how, bench_load_options(arguments));
  FEDLLM_ASSIGN_OR_RETURN(Worker worker, Worker::open(arguments.value("--model"), arguments.value("--work"), how));
  for (std::string line; std::getline(std::cin, line);) {
    FEDLLM_ASSIGN_OR_RETURN(const Json json, answer(worker, line));
    print_line(json.dump());
  }
  return {};
}

const BenchEntry entry({"worker", "one side of train in a process of its own", run, true});

}  // namespace
}  // namespace fedllm::app
