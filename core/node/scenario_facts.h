// What a scenario names, opened: dataset, held-out dataset, controls, partition input, tokenizer and model facts, all
// without LibTorch (model facts come from config.json and the safetensors headers). Used by runs, Check, previews and the
// partition verbs. ScenarioFacts caches by the files' path, size and time, so that a slider step re-reads nothing; it is
// thread-safe, and two threads asking for one dataset share a single import; a stop flag ends only the asking of the one who
// raised it. Paths resolve against `base_dir`. Errors: one sentence naming the file or the scenario path; CANCELLED when the
// caller's own stop flag was raised.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/home.h"
#include "base/status.h"
#include "base/stop_token.h"
#include "data/dataset.h"
#include "data/format_guess.h"
#include "data/partition.h"
#include "data/tokenizer.h"
#include "spec/forecast.h"
#include "spec/scenario.h"
#include "spec/validate.h"

namespace fedllm::node {

// Records that nobody trains. topic_of(record) = the label value where the file has the label field, else the file's stem.
struct ControlData {
  std::shared_ptr<const data::Dataset> dataset;
  spec::TemplateSpec text_template;  // resolved
  std::string stem;
  std::string topic_of(int64_t record) const;
};

// Which parts to open; parts not asked for stay null or empty.
struct OpenOptions {
  bool dataset = true;
  bool partition = true;  // needs dataset
  bool held_out = true;   // dataset.test_files and evaluation.control_files
  bool model = true;      // model facts
  bool tokenizer = true;
  spec::Setting setting = spec::Setting::simulation;  // what open_json() validates for
  std::function<void(const data::ImportProgress&)> progress;
  StopFlag stop;
};

struct OpenedScenario {
  spec::Scenario scenario;  // as given
  std::string base_dir;
  std::shared_ptr<const data::Dataset> dataset;       // dataset.files
  spec::TemplateSpec text_template;                   // resolved for `dataset`
  std::shared_ptr<const data::Dataset> test_dataset;  // dataset.test_files; null when the split is carved by test_fraction
  spec::TemplateSpec test_template;
  std::vector<ControlData> controls;
  std::shared_ptr<const data::PartitionInput> partition_input;
  std::string model_dir;
  data::FormatGuess format;                           // prompt format of the base model; unnamed where its files say none
  spec::ModelFacts model;
  std::shared_ptr<const data::Tokenizer> tokenizer;

  // The partition; with test_files nothing is carved from `dataset`. Counts are the fast road for a live slider.
  Result<data::PartitionCounts> counts() const;
  Result<data::Partition> partition() const;
  // For forecast(): training and held-out records, records of each client.
  spec::DataFacts data_facts(const data::PartitionCounts& counts) const;
  Result<data::RenderedRecord> render(int64_t record) const;  // of `dataset`
};

class ScenarioFacts {
 public:
  // `home`: where dataset indices go (HomePaths::home).
  explicit ScenarioFacts(std::string home);
  ~ScenarioFacts();
  Result<OpenedScenario> open(const spec::Scenario& scenario, const std::string& base_dir, const OpenOptions& options = {});
  // Parses first; a scenario that does not parse or has errors in validate() is refused with the first problem.
  Result<OpenedScenario> open_json(const std::string& scenario_json, const std::string& base_dir,
                                   const OpenOptions& options = {});

 private:
  struct Cache;
  std::unique_ptr<Cache> cache_;
};

// What the engine would find in the folder, by its config and the headers of its weights: linear modules of the layers,
// tensors, parameters, bytes. What the engine refuses is refused here, in the same words. step_seconds stays 0.
Result<spec::ModelFacts> model_facts(const std::string& model_dir);
// Distinct suffixes of the layers' linear modules in model order: q_proj, k_proj, …
std::vector<std::string> linear_suffixes(const spec::ModelFacts& facts);
// The scenario to partition with: with test_files, nothing more is held out.
spec::Scenario partition_scenario(spec::Scenario scenario);

}  // namespace fedllm::node
