// Local training: steps a second of the fused nodes and of the plain autograd loop on the same work, scoring, generation,
// pretraining, and the memory of one more client. The model is the shipped one's size with hardly trained weights. Rates are
// per second of CPU time of one thread; "at once" is wall time.
#include <dlfcn.h>
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "adapter/safetensors.h"
#include "base/file.h"
#include "base/seed_tree.h"
#include "train/plain_autograd.h"

namespace {

using namespace fedllm;
using namespace fedllm::train;
using Clock = std::chrono::steady_clock;

constexpr int kVocab = 2048, kEos = 2, kBatch = 16;

template <class T>
T must(Result<T> result) {
  if (!result.ok()) { std::fprintf(stderr, "%s\n", result.status().to_string().c_str()); std::exit(1); }
  return std::move(result).value();
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }
// CPU time of the calling thread: what a step costs, whatever else the machine does.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}
template <class Work>
double cpu_of(Work&& work) {
  const double start = cpu_seconds();
  work();
  return cpu_seconds() - start;
}

double resident_mib() {
  long pages = 0, resident = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::string config(int hidden, int feed) {
  return R"({"model_type": "llama", "hidden_act": "silu", "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 4, "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "eos_token_id": 2, "vocab_size": )" +
         std::to_string(kVocab) + R"(, "hidden_size": )" + std::to_string(hidden) + R"(, "intermediate_size": )" + std::to_string(feed) + "}";
}

// Records of about 12 tokens whose answer is one or two tokens and EOS.
std::vector<data::Example> records(int count) {
  Rng rng(3);
  std::vector<data::Example> all;
  for (int i = 0; i < count; ++i) {
    data::Example example;
    example.prompt_length = 7 + static_cast<int>(rng.below(5));
    const int length = example.prompt_length + 1 + static_cast<int>(rng.below(2));
    for (int t = 0; t < length; ++t) example.ids.push_back(3 + static_cast<int32_t>(rng.below(kVocab - 3)));
    example.ids.push_back(kEos);
    all.push_back(std::move(example));
  }
  return all;
}

std::string corpus_file(const std::string& folder) {
  Rng rng(4);
  std::string bytes;
  for (int i = 0; i < 100000; ++i) {
    const auto id = rng.below(24) == 0 ? uint64_t{kEos} : 3 + rng.below(kVocab - 3);
    bytes.push_back(static_cast<char>(id & 255)), bytes.push_back(static_cast<char>(id >> 8));
  }
  const std::string path = folder + "/corpus.bin";
  if (!write_file_atomic(path, bytes).ok()) std::exit(1);
  return path;
}

std::shared_ptr<const PlainModel> plain_model(const std::string& folder) {
  const char* path = std::getenv("FEDLLM_TRAIN_MODULE");
  void* module = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
  auto* get = module ? reinterpret_cast<OpenPlain* (*)()>(dlsym(module, kPlainSymbol)) : nullptr;
  return get ? must(get()(folder, {})) : nullptr;
}

struct Bench {
  std::string folder;
  Backend* backend;
  int hidden, feed;
  std::shared_ptr<const BaseModel> model;
  adapter::AdapterState start;

  void pretrain() {
    PretrainOptions options;
    options.corpus = corpus_file(folder), options.config_json = config(hidden, feed), options.out_dir = folder + "/model", options.steps = 20;
    PretrainResult result;
    const double cpu = cpu_of([&] { result = must(backend->pretrain(options)); });
    std::printf("  pretraining, %.2fM parameters       %9.0f tokens/s   (2M tokens: %.0f s)\n", static_cast<double>(result.parameters) / 1e6,
                static_cast<double>(result.tokens) / cpu, 2e6 * cpu / static_cast<double>(result.tokens));
    model = must(backend->load_base(options.out_dir, kVocab));
    start = adapter::initial_state(must(model->lora_layout({})), 1);
  }
  LocalOptions options(int steps) const {
    LocalOptions o;
    o.steps = steps, o.batch_size = kBatch;
    return o;
  }
  void train() {
    const auto data = records(400);
    const auto plain = plain_model(folder + "/model");
    double fused = 1e9, slow = 1e9;      // best of three, taken in turns
    for (int i = 0; i < 3; ++i) {
      fused = std::min(fused, cpu_of([&] { must(backend->train(*model, start, data, options(60))); }) / 60);
      if (plain) slow = std::min(slow, cpu_of([&] { must(plain->train(start, data, options(20))); }) / 20);
    }
    std::printf("  local steps, batch %d               %9.1f steps/s    (%.2f ms)\n", kBatch, 1 / fused, fused * 1e3);
    if (plain) std::printf("  the same in plain autograd          %9.1f steps/s    (%.2f ms): fused is %.1f times faster\n", 1 / slow, slow * 1e3, slow / fused);
  }
  void together() {
    const auto data = records(400);
    const auto begin = Clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { must(backend->train(*model, start, data, options(150))); });
    for (auto& thread : threads) thread.join();
    const double seconds = seconds_since(begin);
    std::printf("  4 clients x 150 steps at once       %9.1f steps/s    (%.1f s)\n", 600 / seconds, seconds);
  }
  void score() {
    const auto data = records(1000);
    std::printf("  scoring                             %9.0f records/s\n", 1000 / cpu_of([&] { must(backend->score(*model, &start, data, {})); }));
  }
  void generate() {
    const std::vector<int32_t> prompt{5, 6, 7, 8};
    std::printf("  generation                          %9.0f tokens/s\n", 200 / cpu_of([&] { must(backend->generate(*model, &start, prompt, {.max_new_tokens = 200})); }));
  }
  // What is kept for each client between its turns: its adapter; while it trains: adapter, gradient, two moments.
  void memory() {
    const auto data = records(100);
    constexpr int kClients = 200;
    must(backend->train(*model, start, data, options(2)));
    malloc_trim(0);
    const double before = resident_mib();
    std::vector<LocalResult> clients;
    for (int i = 0; i < kClients; ++i) clients.push_back(must(backend->train(*model, start, data, options(2))));
    malloc_trim(0);
    const double after = resident_mib();
    std::printf("  one more client                     %9.3f MiB kept, adapter %.3f MiB, while training %.3f MiB; base model %.1f MiB\n", (after - before) / kClients,
                static_cast<double>(start.values.size()) * 4 / (1 << 20), static_cast<double>(start.values.size()) * 16 / (1 << 20), static_cast<double>(model->facts().parameters) * 4 / (1 << 20));
  }
};

}  // namespace

int main() {
  std::string folder = (std::filesystem::temp_directory_path() / "fedllm_bench_train_XXXXXX").string();
  if (!mkdtemp(folder.data())) return 1;
  Backend* backend = must(open_backend());
  for (const auto& [hidden, feed] : {std::pair{128, 344}, std::pair{192, 512}}) {
    std::printf("hidden %d, 4 layers, vocabulary %d, LoRA r 8 on q k v o\n", hidden, kVocab);
    Bench bench{folder, backend, hidden, feed, {}, {}};
    bench.pretrain();
    bench.memory();
    bench.train();
    bench.together();
    bench.score();
    bench.generate();
  }
  std::filesystem::remove_all(folder);
  return 0;
}
