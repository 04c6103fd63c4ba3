#include "node/scenario_facts.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <list>
#include <map>
#include <mutex>
#include <optional>

#include "spec/scenario_json.h"
#include "spec/validate.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.scenario_facts";
constexpr size_t kKeep = 8;  // datasets, tokenizers and partition inputs held open

// Changes whenever a file's content is likely to have changed.
Result<std::string> stamp(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return not_found("cannot open " + path + ": no such file", kWhere);
  return path + "|" + std::to_string(info.st_size) + "|" + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec);
}

// How often a caller that waits for another's work looks whether it is still wanted itself.
constexpr std::chrono::milliseconds kLook{20};

// A few values by key, each made once even when several threads ask at the same time. Failures are not kept. Whoever gives
// up ends only its own asking: the next in line makes the value anew.
template <class T>
class Shelf {
 public:
  using Make = std::function<Result<T>()>;
  // `wanted` is asked now and then while another caller makes the value; false ends the waiting with CANCELLED.
  Result<T> get(const std::string& key, const Make& make, const std::function<bool()>& wanted = [] { return true; }) {
    for (;;) {
      std::promise<Result<T>> mine;
      const auto [value, first] = find_or_add(key, mine);
      if (first) return make_here(key, mine, make);
      while (value.wait_for(kLook) != std::future_status::ready)
        if (!wanted()) return cancelled("import cancelled", kWhere);
      // CANCELLED is the end of the caller that made it, not of this one.
      if (value.get().status().code() != Code::cancelled) return value.get();
      if (!wanted()) return value.get();
    }
  }

 private:
  using Value = std::shared_future<Result<T>>;

  std::pair<Value, bool> find_or_add(const std::string& key, std::promise<Result<T>>& mine) {
    std::lock_guard lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (it->first != key) continue;
      entries_.splice(entries_.begin(), entries_, it);
      return {entries_.front().second, false};
    }
    entries_.emplace_front(key, mine.get_future().share());
    if (entries_.size() > kKeep) entries_.pop_back();
    return {entries_.front().second, true};
  }

  Result<T> make_here(const std::string& key, std::promise<Result<T>>& mine, const Make& make) {
    Result<T> made = make();
    if (!made.ok()) drop(key);  // before anybody hears of it, so that who asks again finds the place free
    mine.set_value(made);
    return made;
  }

  void drop(const std::string& key) {
    std::lock_guard lock(mutex_);
    entries_.remove_if([&](const auto& entry) { return entry.first == key; });
  }
  std::mutex mutex_;
  std::list<std::pair<std::string, Value>> entries_;
};

// How far the imports under way are, so that everybody who waits for one sees its progress.
class ProgressBoard {
 public:
  void put(const std::string& key, const data::ImportProgress& progress) {
    std::lock_guard lock(mutex_);
    board_[key] = progress;
  }
  void remove(const std::string& key) {
    std::lock_guard lock(mutex_);
    board_.erase(key);
  }
  std::optional<data::ImportProgress> find(const std::string& key) const {
    std::lock_guard lock(mutex_);
    const auto it = board_.find(key);
    return it == board_.end() ? std::nullopt : std::optional(it->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, data::ImportProgress> board_;
};

std::vector<std::string> resolve_all(const std::vector<std::string>& files, const std::string& base_dir) {
  std::vector<std::string> paths;
  for (const std::string& file : files) paths.push_back(resolve_path(file, "data", base_dir));
  return paths;
}

bool has_field(const data::Dataset& dataset, const std::string& field) {
  return std::find(dataset.fields().begin(), dataset.fields().end(), field) != dataset.fields().end();
}

using DatasetPtr = std::shared_ptr<const data::Dataset>;

}  // namespace

struct ScenarioFacts::Cache {
  std::string home;
  Shelf<DatasetPtr> datasets;
  ProgressBoard progresses;  // of `datasets`, by the same keys
  Shelf<std::shared_ptr<const data::Tokenizer>> tokenizers;
  Shelf<std::shared_ptr<const data::PartitionInput>> inputs;
  Shelf<spec::ModelFacts> models;
  Shelf<data::FormatGuess> formats;

  Result<DatasetPtr> dataset(spec::DatasetSpec spec, std::vector<std::string> files, const OpenedScenario& opened,
                             const OpenOptions& options) {
    spec.files = std::move(files);
    spec.test_files.clear();
    const std::string turns = turns_format(opened);
    std::string key = spec.format + "|" + spec.label + "|" + spec.bad_lines + "|" + spec.text_template.name + "|" + turns;
    for (const std::string& file : spec.files) {
      FEDLLM_ASSIGN_OR_RETURN(const std::string mark, stamp(file));
      key += "\n" + mark;
    }
    return datasets.get(
        key, [&] { return import(spec, key, turns, options); }, [&] { return still_wanted(key, options); });
  }

  // What "auto" reads conversations in.
  static std::string turns_format(const OpenedScenario& opened) { return opened.format.name.empty() ? "chatml" : opened.format.name; }

  Result<DatasetPtr> import(const spec::DatasetSpec& spec, const std::string& key, const std::string& turns,
                            const OpenOptions& options) {
    data::ImportOptions import;
    import.spec = spec;
    import.home = home;
    import.turns_format = turns;
    import.progress = [&](const data::ImportProgress& progress) {
      progresses.put(key, progress);
      if (options.progress) options.progress(progress);
    };
    import.stop = options.stop;
    auto made = data::Dataset::import(import);
    progresses.remove(key);
    return made;
  }

  // Of a caller who waits for another's import.
  bool still_wanted(const std::string& key, const OpenOptions& options) {
    if (options.stop.requested()) return false;
    if (!options.progress) return true;
    if (const auto progress = progresses.find(key)) options.progress(*progress);
    return true;
  }

  // Held-out and control files need not have the label field: then the label is left out.
  Result<DatasetPtr> held_out(const OpenedScenario& opened, std::vector<std::string> files, const OpenOptions& options) {
    const spec::DatasetSpec& spec = opened.scenario.dataset;
    spec::DatasetSpec plain = spec;
    plain.label.clear();
    FEDLLM_ASSIGN_OR_RETURN(DatasetPtr found, dataset(plain, files, opened, options));
    if (spec.label.empty() || !has_field(*found, spec.label)) return found;
    return dataset(spec, files, opened, options);
  }

  Status open_dataset(OpenedScenario& opened, const OpenOptions& options) {
    const spec::DatasetSpec& spec = opened.scenario.dataset;
    FEDLLM_ASSIGN_OR_RETURN(opened.dataset, dataset(spec, resolve_all(spec.files, opened.base_dir), opened, options));
    auto text = data::resolve_template(spec.text_template, opened.dataset->fields(), turns_format(opened));
    if (!text.ok()) return text.status().with_prefix("dataset.template");
    opened.text_template = std::move(text).value();
    return {};
  }

  Status open_held_out(OpenedScenario& opened, const OpenOptions& options) {
    const spec::DatasetSpec& spec = opened.scenario.dataset;
    if (!spec.test_files.empty()) {
      FEDLLM_ASSIGN_OR_RETURN(opened.test_dataset, held_out(opened, resolve_all(spec.test_files, opened.base_dir), options));
      auto text = data::resolve_template(spec.text_template, opened.test_dataset->fields(), turns_format(opened));
      if (!text.ok()) return text.status().with_prefix("dataset.test_files");
      opened.test_template = std::move(text).value();
    }
    for (const std::string& file : resolve_all(opened.scenario.evaluation.control_files, opened.base_dir)) {
      FEDLLM_ASSIGN_OR_RETURN(DatasetPtr control, held_out(opened, {file}, options));
      auto text = data::resolve_template(spec.text_template, control->fields(), turns_format(opened));
      if (!text.ok()) return text.status().with_prefix("evaluation.control_files " + file);
      opened.controls.push_back({std::move(control), std::move(text).value(), std::filesystem::path(file).stem().string()});
    }
    return {};
  }

  Status open_partition(OpenedScenario& opened) {
    const spec::PartitionSpec& spec = opened.scenario.partition;
    const std::string key = opened.dataset->hash() + "|" +
                            (spec.method == "by_column" ? "column " + spec.column
                             : spec.method == "by_file" ? "file"
                                                        : "");
    auto input = inputs.get(key, [&]() -> Result<std::shared_ptr<const data::PartitionInput>> {
      FEDLLM_ASSIGN_OR_RETURN(data::PartitionInput made, data::partition_input(*opened.dataset, opened.scenario));
      return std::make_shared<const data::PartitionInput>(std::move(made));
    });
    if (!input.ok()) return input.status();
    opened.partition_input = std::move(input).value();
    return {};
  }

  Status open_model(OpenedScenario& opened) {
    // Large weight files change size or time; config.json is what people edit.
    FEDLLM_ASSIGN_OR_RETURN(const std::string key, stamp(opened.model_dir + "/config.json"));
    FEDLLM_ASSIGN_OR_RETURN(opened.model, models.get(key, [&] { return model_facts(opened.model_dir); }));
    return {};
  }

  // A model that is not there, or cannot be read, is somebody else's error: then nothing is known of its format.
  void open_format(OpenedScenario& opened) {
    std::string key;
    for (const char* name : {"/tokenizer_config.json", "/chat_template.jinja", "/tokenizer.json"}) {
      const auto mark = stamp(opened.model_dir + name);
      key += (mark.ok() ? *mark : opened.model_dir) + "\n";
    }
    const auto guess = formats.get(key, [&] { return data::guess_format(opened.model_dir); });
    if (guess.ok()) opened.format = *guess;
    else opened.format.reason = guess.status().message();
  }

  Status open_tokenizer(OpenedScenario& opened) {
    std::error_code error;
    const std::string model = opened.model_dir + "/tokenizer.model", json = opened.model_dir + "/tokenizer.json";
    const bool only_model = !std::filesystem::exists(json, error) && std::filesystem::exists(model, error);
    FEDLLM_ASSIGN_OR_RETURN(const std::string key, stamp(only_model ? model : json));
    FEDLLM_ASSIGN_OR_RETURN(opened.tokenizer, tokenizers.get(key, [&] { return data::Tokenizer::load(opened.model_dir); }));
    return {};
  }
};

ScenarioFacts::ScenarioFacts(std::string home) : cache_(std::make_unique<Cache>()) { cache_->home = std::move(home); }
ScenarioFacts::~ScenarioFacts() = default;

Result<OpenedScenario> ScenarioFacts::open(const spec::Scenario& scenario, const std::string& base_dir,
                                           const OpenOptions& options) {
  OpenedScenario opened;
  opened.scenario = scenario;
  opened.base_dir = base_dir;
  opened.model_dir = resolve_path(scenario.base_model, "models", base_dir);
  if (options.model) FEDLLM_RETURN_IF_ERROR(cache_->open_model(opened));
  if (options.tokenizer) FEDLLM_RETURN_IF_ERROR(cache_->open_tokenizer(opened));
  cache_->open_format(opened);
  if (options.dataset) FEDLLM_RETURN_IF_ERROR(cache_->open_dataset(opened, options));
  if (options.held_out) FEDLLM_RETURN_IF_ERROR(cache_->open_held_out(opened, options));
  if (options.dataset && options.partition) FEDLLM_RETURN_IF_ERROR(cache_->open_partition(opened));
  return opened;
}

Result<OpenedScenario> ScenarioFacts::open_json(const std::string& scenario_json, const std::string& base_dir,
                                                const OpenOptions& options) {
  FEDLLM_ASSIGN_OR_RETURN(const spec::Scenario scenario, spec::parse_scenario(scenario_json));
  for (const spec::Problem& problem : spec::validate(scenario, options.setting)) {
    if (problem.severity == spec::Problem::Severity::error)
      return invalid_argument(problem.path + ": " + problem.message, "spec.validate");
  }
  return open(scenario, base_dir, options);
}

spec::Scenario partition_scenario(spec::Scenario scenario) {
  if (!scenario.dataset.test_files.empty()) scenario.dataset.test_fraction = 0;
  return scenario;
}

std::string ControlData::topic_of(int64_t record) const {
  const int32_t label = dataset->label_of(record);
  return label < 0 ? stem : dataset->labels()[static_cast<size_t>(label)];
}

Result<data::PartitionCounts> OpenedScenario::counts() const {
  return data::partition_counts(*partition_input, partition_scenario(scenario));
}

Result<data::Partition> OpenedScenario::partition() const {
  return data::partition_records(*partition_input, partition_scenario(scenario), dataset->hash());
}

spec::DataFacts OpenedScenario::data_facts(const data::PartitionCounts& counts) const {
  spec::DataFacts facts;
  facts.client_records = counts.client_records;
  for (const int64_t records : counts.client_records) facts.train_records += records;
  facts.test_records = test_dataset ? test_dataset->size() : counts.test_records;
  return facts;
}

Result<data::RenderedRecord> OpenedScenario::render(int64_t record) const {
  FEDLLM_ASSIGN_OR_RETURN(const data::Record read, dataset->read(record));
  return data::render(read, text_template);
}

}  // namespace fedllm::node
