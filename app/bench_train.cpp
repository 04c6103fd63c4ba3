// fedllm bench train: local training against the PyTorch loop a user would write, and against the limit the BLAS sets.
// Both sides run in processes of their own, take turns run by run, and train on the same batches from the same adapter.
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "adapter/peft.h"
#include "base/file.h"
#include "bench.h"
#include "bench_clients.h"
#include "bench_reference.h"
#include "bench_setup.h"

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;

Result<BenchChild> start_reference(const Arguments& arguments, const BenchSetup& setup) {
  const std::string script = setup.folder.path() + "/pytorch_lora.py";
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(script, reference_script()));
  const std::string python = arguments.has("--python") ? arguments.value("--python") : "/usr/bin/python3";
  return BenchChild::start({python, script, "--model", setup.model, "--work", setup.work_file, "--turns"});
}

// One side's runs.
struct Side {
  std::vector<double> cpu_s, wall_s, losses;
  double peak_bytes = 0;

  void take(const nlohmann::json& answer) {
    cpu_s.push_back(answer.at("cpu_s")), wall_s.push_back(answer.at("wall_s"));
    losses = answer.at("losses").get<std::vector<double>>();
  }
  // The first run of a process warms it up and has seen every batch: its peak is the side's.
  void take_first(const nlohmann::json& answer) {
    peak_bytes = answer.at("peak_bytes");
    losses = answer.at("losses").get<std::vector<double>>();
  }
  Json json(double tokens) const {
    return {{"tokens_per_cpu_s", tokens / median(cpu_s)}, {"tokens_per_s", tokens / median(wall_s)}, {"peak_bytes", static_cast<int64_t>(peak_bytes)}};
  }
};

std::vector<double> ratios(const std::vector<double>& over, const std::vector<double>& under) {
  std::vector<double> all;
  for (size_t i = 0; i < std::min(over.size(), under.size()); ++i) all.push_back(over[i] / under[i]);
  return all;
}

// Losses of the two sides differ by rounding alone: 1e-4 of their size.
constexpr double kLossTolerance = 1e-4;
double largest_difference(const std::vector<double>& left, const std::vector<double>& right) {
  double largest = left.size() == right.size() ? 0 : INFINITY;
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i)
    largest = std::max(largest, std::fabs(left[i] - right[i]) / std::max(1.0, std::fabs(right[i])));
  return largest;
}

struct Measured {
  Side engine, reference;
  std::vector<double> limits;           // FLOPs a CPU second, the mean of before and after each of the engine's runs
  bool has_limit = true;
};

Result<double> limit_now(BenchChild& engine, Measured& measured) {
  if (!measured.has_limit) return 0.0;
  FEDLLM_ASSIGN_OR_RETURN(const auto answer, engine.ask("limit"));
  measured.has_limit = answer.at("flops_per_s").is_number();
  return measured.has_limit ? answer["flops_per_s"].get<double>() : 0.0;
}

Result<Measured> measure(const BenchSetup& setup, BenchChild engine, std::optional<BenchChild> reference) {
  const std::string command = "run " + std::to_string(setup.steps) + " 1";
  Measured measured;
  FEDLLM_ASSIGN_OR_RETURN(const auto first, engine.ask(command));
  measured.engine.take_first(first);
  if (reference) {
    FEDLLM_ASSIGN_OR_RETURN(const auto answer, reference->ask(command));
    measured.reference.take_first(answer);
  }
  for (int i = 0; i < setup.runs; ++i) {
    FEDLLM_ASSIGN_OR_RETURN(const double before, limit_now(engine, measured));
    FEDLLM_ASSIGN_OR_RETURN(const auto answer, engine.ask(command));
    measured.engine.take(answer);
    FEDLLM_ASSIGN_OR_RETURN(const double after, limit_now(engine, measured));
    measured.limits.push_back((before + after) / 2);
    if (!reference) continue;
    FEDLLM_ASSIGN_OR_RETURN(const auto theirs, reference->ask(command));
    measured.reference.take(theirs);
  }
  return measured;
}

Json summary(const BenchSetup& setup, const Measured& measured, int64_t lora_weights) {
  const StepWork step = step_work(setup.shape, setup.shape.batch, setup.work.rows, lora_weights);
  const double tokens = step.tokens * setup.steps, flops = step.flops * setup.steps;
  Json json{{"bench", "train"}, {"shape", setup.shape.name}, {"batch", setup.shape.batch}, {"length", setup.shape.length},
            {"steps", setup.steps}, {"runs", setup.runs}, {"tokens", static_cast<int64_t>(std::llround(tokens))},
            {"labels", static_cast<int64_t>(std::llround(step.labels * setup.steps))}, {"engine", measured.engine.json(tokens)}};
  std::vector<double> fractions;
  for (size_t i = 0; i < measured.limits.size(); ++i) fractions.push_back(flops / measured.engine.cpu_s[i] / measured.limits[i]);
  json["engine"]["flops_per_cpu_s"] = flops / median(measured.engine.cpu_s);
  json["limit_flops_per_cpu_s"] = measured.has_limit ? Json(median(measured.limits)) : Json();
  json["fraction_of_limit"] = measured.has_limit ? Json(median(fractions)) : Json();
  if (measured.reference.cpu_s.empty()) return json;
  json["reference"] = measured.reference.json(tokens);
  json["speed_ratio"] = median(ratios(measured.reference.cpu_s, measured.engine.cpu_s));
  json["speed_ratio_wall"] = median(ratios(measured.reference.wall_s, measured.engine.wall_s));
  json["memory_ratio"] = measured.engine.peak_bytes / measured.reference.peak_bytes;
  json["loss_difference"] = largest_difference(measured.engine.losses, measured.reference.losses);
  json["losses_agree"] = json["loss_difference"].get<double>() <= kLossTolerance;
  return json;
}

std::string side_line(const char* name, const Json& side) {
  char line[200];
  std::snprintf(line, sizeof line, "  %-10s %9.0f tokens/s of CPU time, %9.0f of wall time, peak %7.1f MiB", name, side["tokens_per_cpu_s"].get<double>(),
                side["tokens_per_s"].get<double>(), side["peak_bytes"].get<double>() / (1 << 20));
  return line;
}

void print_table(const Json& json) {
  char line[240];
  std::snprintf(line, sizeof line, "%s: batch %d x %d, %d steps a run, %d runs, one thread", json["shape"].get<std::string>().c_str(), json["batch"].get<int>(),
                json["length"].get<int>(), json["steps"].get<int>(), json["runs"].get<int>());
  print_line(line);
  print_line(side_line("fedllm", json["engine"]));
  if (json.contains("reference")) {
    print_line(side_line("PyTorch", json["reference"]));
    std::snprintf(line, sizeof line, "  ratio      %9.2f x by CPU time, %.2f x by wall time (medians), memory %.2f x", json["speed_ratio"].get<double>(),
                  json["speed_ratio_wall"].get<double>(), json["memory_ratio"].get<double>());
    print_line(line);
    std::snprintf(line, sizeof line, "  losses     %s (largest relative difference %.1e over %d steps)", json["losses_agree"].get<bool>() ? "agree" : "DIFFER",
                  json["loss_difference"].get<double>(), json["steps"].get<int>());
    print_line(line);
  }
  if (json["fraction_of_limit"].is_null()) return print_line("  limit      LibTorch hides its BLAS, so that its rate is not known");
  std::snprintf(line, sizeof line, "  limit      %8.1f %% of sgemm on the same matrices: %.1f of %.1f GFLOP/s", 100 * json["fraction_of_limit"].get<double>(),
                json["engine"]["flops_per_cpu_s"].get<double>() / 1e9, json["limit_flops_per_cpu_s"].get<double>() / 1e9);
  print_line(line);
}

Status bench_speed(const Arguments& arguments, const BenchSetup& setup) {
  FEDLLM_ASSIGN_OR_RETURN(BenchChild engine, start_engine(setup));
  std::optional<BenchChild> reference;
  if (arguments.has("--vs-python")) {
    FEDLLM_ASSIGN_OR_RETURN(BenchChild started, start_reference(arguments, setup));
    reference.emplace(std::move(started));
  }
  FEDLLM_ASSIGN_OR_RETURN(const auto start, adapter::load_peft_tensors(setup.work.adapter, setup.work.lora.alpha));
  FEDLLM_ASSIGN_OR_RETURN(const Measured measured, measure(setup, std::move(engine), std::move(reference)));
  const Json json = summary(setup, measured, static_cast<int64_t>(start.values.size()));
  if (arguments.json()) print_line(json.dump());
  else print_table(json);
  if (json.contains("losses_agree") && !json["losses_agree"].get<bool>())
    return failed_precondition("the two sides do not compute the same losses, so their speeds say nothing", "bench.train");
  return {};
}

Status run(const Arguments& arguments) {
  if (arguments.has("--vs-python") + arguments.has("--clients") + arguments.has("--workers") > 1)
    return usage_error("bench train takes one of --vs-python, --clients and --workers, got several");
  FEDLLM_ASSIGN_OR_RETURN(const BenchSetup setup, prepare_bench(arguments));
  if (arguments.has("--clients")) return bench_clients(arguments, setup);
  return arguments.has("--workers") ? bench_workers(arguments, setup) : bench_speed(arguments, setup);
}

const BenchEntry entry({"train", "local training, against PyTorch and against the BLAS", run});

}  // namespace
}  // namespace fedllm::app
