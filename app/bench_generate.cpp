// fedllm bench generate: new tokens a second of greedy generation on one thread, against the rate at which memory could
// deliver the weights of one token, in the type that --precision names, else the checkpoint's. --cancel: how soon it stops.
#include <cstdio>

#include "bench_bandwidth.h"
#include "bench_cancel.h"
#include "bench_setup.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;

struct Generator {
  train::Backend* backend;
  std::shared_ptr<const train::BaseModel> model;
  std::vector<int32_t> prompt;

  Result<Times> spend(int tokens) const {
    Status status;
    const Times spent = time_of([&] {
      const auto made = backend->generate(*model, nullptr, prompt, {.max_new_tokens = tokens, .top = 0});
      status = !made.ok() ? made.status()
               : static_cast<int>(made->ids.size()) == tokens ? Status()
                                                              : internal_error("expected " + std::to_string(tokens) + " tokens, got " + std::to_string(made->ids.size()), "bench.generate");
    });
    FEDLLM_RETURN_IF_ERROR(status);
    return spent;
  }
};

// What reading the weights once costs: every linear module, the norms and the head.
int64_t bytes_a_token(const ModelShape& shape, const train::BaseModel& model, train::BasePrecision precision) {
  const int64_t values = shape.block_weights() + int64_t{shape.vocab} * shape.hidden;
  switch (precision) {
    case train::BasePrecision::f32: return values * 4;
    case train::BasePrecision::bf16: return values * 2;
    case train::BasePrecision::int8: return values;
    case train::BasePrecision::automatic: break;
  }
  return values * model.facts().weight_bytes / std::max<int64_t>(1, model.facts().parameters);
}

Result<Json> measure(const Generator& generator, int64_t bytes, int tokens, int runs) {
  std::vector<double> rates, walls, limits, fractions;
  FEDLLM_RETURN_IF_ERROR(generator.spend(2).status());
  for (int i = 0; i < runs; ++i) {
    const double before = read_bandwidth(bytes, 0.1);
    FEDLLM_ASSIGN_OR_RETURN(const Times first, generator.spend(1));
    FEDLLM_ASSIGN_OR_RETURN(const Times all, generator.spend(tokens + 1));
    const Times spent = all - first;   // the prompt's pass is left out
    rates.push_back(tokens / spent.cpu_s), walls.push_back(tokens / spent.wall_s);
    limits.push_back((before + read_bandwidth(bytes, 0.1)) / 2);
    fractions.push_back(rates.back() * static_cast<double>(bytes) / limits.back());
  }
  return Json{{"tokens_per_cpu_s", median(rates)}, {"tokens_per_s", median(walls)}, {"bytes_per_token", bytes},
              {"read_bytes_per_cpu_s", median(limits)}, {"fraction_of_limit", median(fractions)}};
}

void print_table(const Json& json) {
  char line[240];
  std::snprintf(line, sizeof line, "%s: %d new tokens, %d runs, one thread", json["shape"].get<std::string>().c_str(), json["tokens"].get<int>(), json["runs"].get<int>());
  print_line(line);
  std::snprintf(line, sizeof line, "  fedllm     %9.1f tokens/s of CPU time, %.1f of wall time", json["tokens_per_cpu_s"].get<double>(), json["tokens_per_s"].get<double>());
  print_line(line);
  std::snprintf(line, sizeof line, "  limit      %8.1f %% of reading %.1f MB of weights a token at %.1f GB/s", 100 * json["fraction_of_limit"].get<double>(),
                json["bytes_per_token"].get<double>() / 1e6, json["read_bytes_per_cpu_s"].get<double>() / 1e9);
  print_line(line);
}

Status run_cancel(const Arguments& arguments, const ModelShape& shape, train::Backend& backend, const train::BaseModel& model) {
  FEDLLM_ASSIGN_OR_RETURN(const int stops, arguments.number("--runs", 20, 1));
  Json json{{"bench", "cancel"}, {"shape", shape.name}};
  FEDLLM_ASSIGN_OR_RETURN(const Json measured, measure_cancel(backend, model, stops));
  json.update(measured);
  if (arguments.json()) return print_line(json.dump()), Status();
  print_line(shape.name + ": stopping a generation, one thread");
  print_cancel(json);
  return {};
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const int runs, arguments.number("--runs", 5, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int tokens, arguments.number("--tokens", 128, 1));
  FEDLLM_ASSIGN_OR_RETURN(const TemporaryFolder folder, TemporaryFolder::make());
  FEDLLM_ASSIGN_OR_RETURN(const BenchModel model, bench_model(arguments, folder.path()));
  FEDLLM_ASSIGN_OR_RETURN(train::Backend* const backend, train::open_backend());
  FEDLLM_ASSIGN_OR_RETURN(const train::LoadOptions how, bench_load_options(arguments));
  FEDLLM_ASSIGN_OR_RETURN(auto base, backend->load_base(model.path, how));
  if (arguments.has("--cancel")) return run_cancel(arguments, model.shape, *backend, *base);
  Generator generator{backend, std::move(base), {}};
  for (int i = 0; i < 8; ++i) generator.prompt.push_back(3 + i);
  const int64_t bytes = bytes_a_token(model.shape, *generator.model, how.precision);
  Json json{{"bench", "generate"}, {"shape", model.shape.name}, {"tokens", tokens}, {"runs", runs}};
  FEDLLM_ASSIGN_OR_RETURN(const Json measured, measure(generator, bytes, tokens, runs));
  json.update(measured);
  if (arguments.json()) print_line(json.dump());
  else print_table(json);
  return {};
}

const BenchEntry entry({"generate", "new tokens a second, against the memory's bandwidth", run});

}  // namespace
}  // namespace fedllm::app
