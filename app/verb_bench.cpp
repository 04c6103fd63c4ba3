// fedllm bench: measures this machine with this build. Each subcommand registers itself (bench.h).
#include <algorithm>

#include "bench.h"

namespace fedllm::app {
namespace {

std::vector<Bench>& benches() {
  static std::vector<Bench> all;
  return all;
}

Status run(const Arguments& arguments) {
  std::string names;
  std::vector<Bench> all = benches();
  std::sort(all.begin(), all.end(), [](const Bench& a, const Bench& b) { return a.name < b.name; });
  for (const Bench& bench : all) {
    if (bench.name == arguments.operands.at(0)) return bench.run(arguments);
    if (!bench.hidden) names += (names.empty() ? "" : ", ") + std::string(bench.name);
  }
  return usage_error("bench measures one of " + names + ", got \"" + arguments.operands.at(0) + "\"");
}

const VerbEntry entry({"bench", "WHAT", "measure this machine: train, generate, aggregate …",
                       {{"--shape", "NAME", "train, generate: a random model: small, 15m or 135m (default: 15m)"},
                        {"--model", "DIR", "train, generate: this checkpoint instead; tokenize: this tokenizer"},
                        {"--dtype", "TYPE", "train, generate: of the random model's file: bf16 or f32 (default: bf16)"},
                        {"--vs-python", "", "train: in turn with the loop one writes in PyTorch (needs python3-torch)"},
                        {"--python", "FILE", "train: the interpreter (default: /usr/bin/python3)"},
                        {"--clients", "N", "train: N clients over one base on 2 workers; aggregate: how many (default: 16)"},
                        {"--workers", "N", "train: one client whose batches N workers share, against one worker"},
                        {"--precision", "TYPE", "train, generate: how the base is held: auto, f32, bf16 or int8 (default: auto)"},
                        {"--steps", "N", "train: local steps a run (default: by shape)"},
                        {"--tokens", "N", "generate: new tokens (default: 128)"},
                        {"--cancel", "", "generate: how soon a generation ends once it is stopped (default: 20 stops)"},
                        {"--file", "FILE", "tokenize: this text, or a JSON array of texts, instead of one made for it"},
                        {"--data", "FILE", "import: this file instead of one made for it"},
                        {"--megabytes", "N", "import: size of the file made for it (default: 50)"},
                        {"--parameters", "N", "aggregate: of one update (default: 1000000)"},
                        {"--payloads", "N", "aggregate: f16 updates that are decoded and averaged (default: 100)"},
                        {"--payload-parameters", "N", "aggregate: of one f16 update (default: 921600)"},
                        {"--products", "N", "aggregate: clients of FlexLoRA (default: 10)"},
                        {"--layers", "N", "aggregate: of FlexLoRA's adapters (default: 30)"},
                        {"--runs", "N", "timed runs of each side (default: 5)"},
                        {"--work", "FILE", "worker: what bench train wrote"}},
                       run, 85, false,
                       "WHAT is train, generate or aggregate; where this build reads data also import or tokenize.\n"
                       "Rates are per second of CPU time where one thread works, so that they hold on a busy machine; wall time\n"
                       "stands beside them. Peak memory is VmHWM minus VmRSS before the model is opened, in a process of its own."});

}  // namespace

BenchEntry::BenchEntry(Bench bench) { benches().push_back(bench); }

}  // namespace fedllm::app
