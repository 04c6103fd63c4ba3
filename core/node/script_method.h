// A person's own aggregation: strategy.aggregator "exec:PATH" names a program that combines a round's adapters. It is called
// with one argument, a new folder that holds
//   manifest.json            {"format": 1, "round", "global": "global", "clients": [{"folder", "client", "weight", "rank", "alpha"}],
//                             "result": "result", "base_model"}
//   global/, client-K/       PEFT folders: what the clients started from, and what each ended with (float32)
// and writes result/, a PEFT folder with the global adapter's modules and ranks. Exit code 0 is success; otherwise its last line
// on standard error is the reason. It gets time_limit_s seconds and is ended with everything it started.
#pragma once

#include <memory>
#include <string>

#include "adapter/peft_config.h"
#include "fed/method.h"
#include "base/stop_token.h"

namespace fedllm::node {

struct Script {
  std::string path;      // absolute
  std::string sha256;    // of the file
};
// The program that an aggregator "exec:PATH" names, PATH relative to the scenario. Missing or not executable: one sentence.
Result<Script> find_script(std::string_view aggregator, const std::string& base_dir);

struct ScriptTools {
  Script script;
  double time_limit_s = 60;
  std::string work_dir;             // for the folders of its rounds, which are removed
  adapter::PeftMeta meta;           // of the adapters that it is given
  StopFlag stop;
};
std::unique_ptr<fed::Method> make_script_method(const spec::MethodFacts& facts, ScriptTools tools);

}  // namespace fedllm::node
