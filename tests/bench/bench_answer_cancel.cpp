// How soon a generation ends after its call of the control service was cancelled: from the client's cancel to the return of the
// engine, 20 times while a prompt of 1000 tokens is read and 20 times while tokens come. Goal: 200 ms. The model has the 15M shape
// (12 layers of 288) and is read by LibTorch's module; two answers run at once, as the studio asks for base and adapter.
#include <QCoreApplication>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "support/bench_backend.h"
#include "support/control_fixture.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

constexpr int kCancels = 20, kPromptTokens = 1000;

// Notes when each generation began to say tokens and when it ended.
class AnswerWatch final : public train::Backend {
 public:
  explicit AnswerWatch(train::Backend& real) : real_(real) {}
  std::atomic<int> begun{0}, running{0}, finished{0};
  std::atomic<double> last_ended_s{0};

  Result<std::shared_ptr<const train::BaseModel>> load_base(const std::string& folder, const train::LoadOptions& options) override { return real_.load_base(folder, options); }
  Result<train::LocalResult> train(const train::BaseModel& base, const adapter::AdapterState& start, const std::vector<data::Example>& examples, const train::LocalOptions& options) override {
    return real_.train(base, start, examples, options);
  }
  Result<std::vector<train::Score>> score(const train::BaseModel& base, const adapter::AdapterState* adapter, std::span<const data::Example> examples, const StopFlag& stop) override {
    return real_.score(base, adapter, examples, stop);
  }
  Result<train::Generated> generate(const train::BaseModel& base, const adapter::AdapterState* adapter, std::span<const int32_t> prompt, const train::GenerateOptions& options) override {
    ++running, ++begun;
    auto made = real_.generate(base, adapter, prompt, options);
    last_ended_s = steady_s();
    if (made.ok()) ++finished;
    --running;
    return made;
  }
  Result<train::Probe> probe(const train::BaseModel& base, const adapter::AdapterState* adapter, const train::ProbeInput& input) override { return real_.probe(base, adapter, input); }
  Result<train::ProbeTrain> probe_train(const train::BaseModel& base, const adapter::AdapterState& start, const train::ProbeInput& input, const train::ProbeTrainOptions& options) override {
    return real_.probe_train(base, start, input, options);
  }
  Result<train::PretrainResult> pretrain(const train::PretrainOptions& options) override { return real_.pretrain(options); }

 private:
  train::Backend& real_;
};

wire::TryRequest request_of(const std::string& run, int prompt_tokens, int round) {
  wire::TryRequest request;
  request.set_run(run);
  request.set_prompt(std::string(static_cast<size_t>(prompt_tokens), 'x'));   // a token a letter
  request.set_round(round);
  request.set_client(-1);
  request.set_max_new_tokens(2000);
  request.set_temperature(1);   // equal weights: never the end of text for long
  return request;
}

// Milliseconds from the cancel of both calls to the end of the later one; negative where they were through before.
double cancel_ms(ControlFixture& f, AnswerWatch& watch, const std::string& run, int prompt_tokens, double after_s) {
  const int begun = watch.begun, finished = watch.finished;
  grpc::ClientContext contexts[2];
  std::unique_ptr<grpc::ClientReader<wire::TryPart>> readers[2];
  for (int i = 0; i < 2; ++i) readers[i] = f.stub->Answer(&contexts[i], request_of(run, prompt_tokens, i == 0 ? -1 : 1));
  while (watch.begun < begun + 2 && watch.finished == finished) std::this_thread::sleep_for(std::chrono::microseconds(200));
  std::this_thread::sleep_for(std::chrono::duration<double>(after_s));
  const double cancelled_s = steady_s();
  for (auto& context : contexts) context.TryCancel();
  while (watch.running > 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  wire::TryPart part;
  for (auto& reader : readers) {
    while (reader->Read(&part)) {
    }
    (void)reader->Finish();
  }
  return watch.finished > finished ? -1 : (watch.last_ended_s - cancelled_s) * 1e3;
}

void measure(ControlFixture& f, AnswerWatch& watch, const std::string& run, const char* what, int prompt_tokens, double longest_s) {
  std::vector<double> times;
  for (int i = 0; i < kCancels; ++i)
    if (const double ms = cancel_ms(f, watch, run, prompt_tokens, longest_s * (i + 0.5) / kCancels); ms >= 0) times.push_back(ms);
  if (times.empty()) return void(std::printf("| %-34s | every answer was through before its cancel |\n", what));
  std::sort(times.begin(), times.end());
  std::printf("| %-34s | %7zu | %6.1f ms | %6.1f ms | %s |\n", what, times.size(), times[times.size() / 2], times.back(), times.back() <= 200 ? "reached" : "MISSED");
  std::fflush(stdout);
}

double prompt_s(ControlFixture& f, const std::string& run) {
  grpc::ClientContext context;
  wire::TryRequest request = request_of(run, kPromptTokens, 1);
  request.set_max_new_tokens(1);
  wire::TryReply reply;
  const double began_s = steady_s();
  if (const auto status = f.stub->TryPrompt(&context, request, &reply); !status.ok()) qFatal("%s", status.error_message().c_str());
  return steady_s() - began_s;
}

}  // namespace

int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  train::Backend* real = benchmark_backend();
  if (!real) return std::puts("the training module is not built"), 0;
  AnswerWatch watch(*real);
  ControlFixture f;
  write_model(f.world.path("/base"), {.hidden = 288, .kv = 96, .layers = 12, .vocab = 16000, .positions = 2048});
  f.world.scenario.rounds = 1;
  const std::string run = f.start().run();   // by the no-op trainer
  f.runs.wait(run);
  f.trainer = &watch;
  (void)prompt_s(f, run);   // loads the model
  const double whole_s = prompt_s(f, run);
  std::printf("a prompt of %d tokens is read in %.2f s\n", kPromptTokens, whole_s);
  std::printf("| cancelled                          | cancels | median    | worst     | goal 200 ms |\n| --- | --- | --- | --- | --- |\n");
  measure(f, watch, run, "while two prompts are read", kPromptTokens, whole_s * 0.8);
  measure(f, watch, run, "while tokens of two answers come", 8, 0.6);
  return 0;
}
