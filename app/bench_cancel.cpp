#include "bench_cancel.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

namespace fedllm::app {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr int kLongestPrompt = 2048, kLastToken = 64;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

struct Stopping {
  train::Backend& backend;
  const train::BaseModel& model;

  std::vector<int32_t> prompt(int tokens) const {
    std::vector<int32_t> ids(static_cast<size_t>(tokens));
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(3 + i % 200) % model.vocab_size();
    return ids;
  }

  // Milliseconds from the stop, `after_s` behind the start or at the token `at`, to the end; negative where it ended before.
  Result<double> stop_ms(int prompt_tokens, double after_s, int at) const {
    train::GenerateOptions options{.max_new_tokens = model.max_positions(), .top = 0};
    std::atomic<int> tokens{0};
    options.on_token = [&](int32_t) { return ++tokens, true; };
    Clock::time_point ended;
    Status status;
    std::thread work([&] {
      status = backend.generate(model, nullptr, prompt(prompt_tokens), options).status();
      ended = Clock::now();
    });
    const Clock::time_point began = Clock::now();
    while (at > 0 ? tokens < at && seconds_since(began) < 60 : seconds_since(began) < after_s)
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    const Clock::time_point asked = Clock::now();
    options.stop.request();
    work.join();
    if (status.ok()) return -1.0;
    if (status.code() != Code::cancelled) return status;
    return std::chrono::duration<double, std::milli>(ended - asked).count();
  }
};

Json summed(const std::vector<double>& times) { return {{"median_ms", median(times)}, {"worst_ms", *std::max_element(times.begin(), times.end())}}; }

}  // namespace

Result<Json> measure_cancel(train::Backend& backend, const train::BaseModel& model, int stops) {
  const Stopping stopping{backend, model};
  const int prompt = std::min(kLongestPrompt, model.max_positions() - 1);
  const auto began = Clock::now();
  FEDLLM_RETURN_IF_ERROR(backend.generate(model, nullptr, stopping.prompt(prompt), {.max_new_tokens = 1, .top = 0}).status());
  const double prompt_s = seconds_since(began);
  std::vector<double> reading, writing;
  for (int i = 0; i < stops; ++i) {
    // From 5 % to 85 % of the prompt, so that it is not through before the stop.
    FEDLLM_ASSIGN_OR_RETURN(const double read_ms, stopping.stop_ms(prompt, prompt_s * (0.05 + 0.8 * i / stops), 0));
    FEDLLM_ASSIGN_OR_RETURN(const double write_ms, stopping.stop_ms(8, 0, 1 + i * kLastToken / stops));
    if (read_ms >= 0) reading.push_back(read_ms);
    if (write_ms >= 0) writing.push_back(write_ms);
  }
  if (reading.empty() || writing.empty()) return internal_error("expected generations that last until they are stopped, got ones that ended before", "bench.generate");
  return Json{{"stops", stops}, {"prompt_tokens", prompt}, {"prompt_s", prompt_s}, {"reading", summed(reading)}, {"writing", summed(writing)}};
}

void print_cancel(const Json& json) {
  char line[200];
  const auto ms = [&](const char* part, const char* which) { return json[part][which].get<double>(); };
  std::snprintf(line, sizeof line, "  stopped    %9.1f ms median, %.1f ms at worst while a prompt of %d tokens is read (%.2f s)", ms("reading", "median_ms"), ms("reading", "worst_ms"),
                json["prompt_tokens"].get<int>(), json["prompt_s"].get<double>());
  print_line(line);
  std::snprintf(line, sizeof line, "             %9.1f ms median, %.1f ms at worst while tokens come (%d stops each)", ms("writing", "median_ms"), ms("writing", "worst_ms"), json["stops"].get<int>());
  print_line(line);
}

}  // namespace fedllm::app
