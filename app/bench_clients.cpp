#include "bench_clients.h"

#include <cstdio>

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kCores = 2;

std::string command(int steps, int clients, int cores) {
  return "clients " + std::to_string(steps) + " " + std::to_string(clients) + " " + std::to_string(cores);
}

// The first answers of two fresh processes.
Result<Json> measure_memory(const BenchSetup& setup, int clients) {
  FEDLLM_ASSIGN_OR_RETURN(BenchChild alone, start_engine(setup));
  FEDLLM_ASSIGN_OR_RETURN(const auto one, alone.ask(command(setup.steps, 1, 1)));
  FEDLLM_ASSIGN_OR_RETURN(BenchChild together, start_engine(setup));
  FEDLLM_ASSIGN_OR_RETURN(const auto many, together.ask(command(setup.steps, clients, kCores)));
  const double first = one.at("peak_bytes"), all = many.at("peak_bytes");
  return Json{{"one_client_bytes", static_cast<int64_t>(first)}, {"all_clients_bytes", static_cast<int64_t>(all)}, {"memory_ratio", all / first},
              {"at_once", many.at("at_once")}, {"threads", many.at("threads")}};
}

// In turn on one core and on all of them, in one process that both have warmed up.
Result<Json> measure_speed(const BenchSetup& setup, int clients) {
  FEDLLM_ASSIGN_OR_RETURN(BenchChild engine, start_engine(setup));
  FEDLLM_RETURN_IF_ERROR(engine.ask(command(setup.steps, kCores, kCores)).status());
  std::vector<double> wall, cpu, cores;
  for (int i = 0; i < setup.runs; ++i) {
    FEDLLM_ASSIGN_OR_RETURN(const auto one, engine.ask(command(setup.steps, clients, 1)));
    FEDLLM_ASSIGN_OR_RETURN(const auto all, engine.ask(command(setup.steps, clients, kCores)));
    wall.push_back(one.at("wall_s").get<double>() / all.at("wall_s").get<double>());
    cpu.push_back(kCores * one.at("cpu_s").get<double>() / all.at("cpu_s").get<double>());
    cores.push_back(all.at("cpu_s").get<double>() / all.at("wall_s").get<double>());
  }
  return Json{{"throughput_ratio", median(wall)}, {"throughput_ratio_cpu", median(cpu)}, {"cores_got", median(cores)}};
}

// In turn with one worker and with all of them; the losses are to be the same to the bit.
Result<Json> measure_workers(const BenchSetup& setup, int workers) {
  FEDLLM_ASSIGN_OR_RETURN(BenchChild engine, start_engine(setup));
  const std::string alone = "run " + std::to_string(setup.steps) + " 1", shared = "run " + std::to_string(setup.steps) + " " + std::to_string(workers);
  FEDLLM_RETURN_IF_ERROR(engine.ask(shared).status());
  std::vector<double> wall, cpu, cores;
  bool same = true;
  for (int i = 0; i < setup.runs; ++i) {
    FEDLLM_ASSIGN_OR_RETURN(const auto one, engine.ask(alone));
    FEDLLM_ASSIGN_OR_RETURN(const auto all, engine.ask(shared));
    wall.push_back(one.at("wall_s").get<double>() / all.at("wall_s").get<double>());
    cpu.push_back(workers * one.at("cpu_s").get<double>() / all.at("cpu_s").get<double>());
    cores.push_back(all.at("cpu_s").get<double>() / all.at("wall_s").get<double>());
    same = same && one.at("losses") == all.at("losses");
  }
  return Json{{"throughput_ratio", median(wall)}, {"throughput_ratio_cpu", median(cpu)}, {"cores_got", median(cores)}, {"losses_equal", same}};
}

void print_throughput(const Json& json) {
  char line[240];
  std::snprintf(line, sizeof line, "  throughput %.2f x one worker's by wall time on the %.2f cores that were free; %.2f x by CPU time", json["throughput_ratio"].get<double>(),
                json["cores_got"].get<double>(), json["throughput_ratio_cpu"].get<double>());
  print_line(line);
}

void print_table(const Json& json) {
  char line[240];
  const int clients = json["clients"];
  std::snprintf(line, sizeof line, "%s: %d clients over one base on %d cores (%d at a time, %d threads each), %d steps each, %d runs", json["shape"].get<std::string>().c_str(), clients,
                kCores, json["at_once"].get<int>(), json["threads"].get<int>(), json["steps"].get<int>(), json["runs"].get<int>());
  print_line(line);
  std::snprintf(line, sizeof line, "  memory     %.1f MiB with one client, %.1f MiB with %d: %.2f x", json["one_client_bytes"].get<double>() / (1 << 20),
                json["all_clients_bytes"].get<double>() / (1 << 20), clients, json["memory_ratio"].get<double>());
  print_line(line);
  print_throughput(json);
}

}  // namespace

Status bench_clients(const Arguments& arguments, const BenchSetup& setup) {
  FEDLLM_ASSIGN_OR_RETURN(const int clients, arguments.number("--clients", 16, 1));
  Json json{{"bench", "train"}, {"shape", setup.shape.name}, {"clients", clients}, {"cores", kCores}, {"steps", setup.steps}, {"runs", setup.runs}};
  FEDLLM_ASSIGN_OR_RETURN(const Json memory, measure_memory(setup, clients));
  FEDLLM_ASSIGN_OR_RETURN(const Json speed, measure_speed(setup, clients));
  json.update(memory), json.update(speed);
  if (arguments.json()) print_line(json.dump());
  else print_table(json);
  return {};
}

Status bench_workers(const Arguments& arguments, const BenchSetup& setup) {
  FEDLLM_ASSIGN_OR_RETURN(const int workers, arguments.number("--workers", 2, 1));
  Json json{{"bench", "train"}, {"shape", setup.shape.name}, {"workers", workers}, {"steps", setup.steps}, {"runs", setup.runs}};
  FEDLLM_ASSIGN_OR_RETURN(const Json speed, measure_workers(setup, workers));
  json.update(speed);
  if (arguments.json()) return print_line(json.dump()), Status();
  print_line(setup.shape.name + ": one client, its batches shared by " + std::to_string(workers) + " workers");
  print_throughput(json);
  print_line(json["losses_equal"].get<bool>() ? "  losses     equal to the bit" : "  losses     DIFFER from one worker's");
  return {};
}

}  // namespace fedllm::app
