#include "node/try_it.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <list>
#include <map>
#include <mutex>

#include "adapter/peft.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/sha256.h"
#include "data/chat_format.h"
#include "data/text_template.h"
#include "node/adapter_order.h"
#include "node/evaluation.h"
#include "node/scenario_facts.h"
#include "node/token_store.h"
#include "spec/names.h"
#include "spec/scenario_json.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.try_it";
constexpr size_t kPerTopic = 8, kKeepRuns = 3, kKeepAdapters = 24;

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string listed(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text.empty() ? "none" : text;
}

struct LoadedAdapter {
  std::shared_ptr<const adapter::AdapterState> state;
  std::string sha256;
};

// A run's base model and tokenizer, read-only.
struct LoadedRun {
  std::shared_ptr<const data::Tokenizer> tokenizer;
  spec::TemplateSpec chat;  // named where prompts are turns of a prompt format
  std::shared_ptr<const train::BaseModel> base;
  adapter::LayoutPtr layout;
};

// The few values used last.
template <class T>
class Recent {
 public:
  explicit Recent(size_t keep) : keep_(keep) {}
  const T* find(const std::string& key) {
    for (auto it = items_.begin(); it != items_.end(); ++it) {
      if (it->first != key) continue;
      items_.splice(items_.begin(), items_, it);
      return &items_.front().second;
    }
    return nullptr;
  }
  const T& put(const std::string& key, T value) {
    items_.emplace_front(key, std::move(value));
    if (items_.size() > keep_) items_.pop_back();
    return items_.front().second;
  }

 private:
  size_t keep_;
  std::list<std::pair<std::string, T>> items_;
};

}  // namespace

struct TryIt::State {
  State(ledger::Ledger& ledger, std::function<Result<train::Backend*>()> open_backend, HomePaths paths)
      : ledger(ledger), open_backend(std::move(open_backend)), paths(std::move(paths)), facts(this->paths.home) {}

  ledger::Ledger& ledger;
  std::function<Result<train::Backend*>()> open_backend;
  HomePaths paths;
  ScenarioFacts facts;
  std::mutex mutex;  // guards the caches; loading happens under it, generating does not
  Recent<LoadedRun> runs{kKeepRuns};
  Recent<LoadedAdapter> adapters{kKeepAdapters};
  Recent<wire::TryItemsReply> items{kKeepRuns};

  Result<LoadedRun> load_run(const ledger::RunRow& row, train::Backend& backend) {
    std::lock_guard lock(mutex);
    if (const LoadedRun* known = runs.find(row.id)) return *known;
    OpenOptions options;
    options.dataset = options.held_out = options.model = false;
    FEDLLM_ASSIGN_OR_RETURN(const OpenedScenario opened, facts.open_json(row.scenario_json, row.base_dir, options));
    LoadedRun run;
    run.tokenizer = opened.tokenizer;
    run.chat = chat_of(row, opened);
    FEDLLM_ASSIGN_OR_RETURN(run.base, backend.load_base(opened.model_dir, opened.tokenizer->vocab_size()));
    FEDLLM_ASSIGN_OR_RETURN(run.layout, run.base->lora_layout(opened.scenario.lora));
    return runs.put(row.id, std::move(run));
  }

  // Under "auto" the data say whether records are conversations; without them a prompt is taken as it is.
  spec::TemplateSpec chat_of(const ledger::RunRow& row, const OpenedScenario& opened) {
    const spec::TemplateSpec& wanted = opened.scenario.dataset.text_template;
    if (spec::is_chat_format(wanted.name)) return wanted;
    if (wanted.name != "auto") return {};
    OpenOptions data_only;
    data_only.partition = data_only.held_out = data_only.model = data_only.tokenizer = false;
    const auto with_data = facts.open_json(row.scenario_json, row.base_dir, data_only);
    return with_data.ok() && spec::is_chat_format(with_data->text_template.name) ? with_data->text_template : spec::TemplateSpec{};
  }

  std::vector<int> own_rounds(const std::vector<ledger::VersionRow>& versions, int client) const {
    std::vector<int> rounds;
    for (const ledger::VersionRow& version : versions) {
      if (std::filesystem::exists(client_dir(version, client))) rounds.push_back(version.round);
    }
    return rounds;
  }
  std::string client_dir(const ledger::VersionRow& version, int client) const {
    return ledger.absolute(version.path) + "/client-" + std::to_string(client);
  }

  // Folder of the adapter asked for.
  Result<std::string> adapter_dir(const std::string& run, int round, int client) const {
    FEDLLM_ASSIGN_OR_RETURN(const auto versions, ledger.versions(run));
    std::vector<int> rounds;
    for (const ledger::VersionRow& version : versions) rounds.push_back(version.round);
    const auto found = std::find(rounds.begin(), rounds.end(), round);
    if (found == rounds.end())
      return not_found(
          "run " + run + " has no adapter of round " + std::to_string(round) + "; rounds with one: " + listed(rounds), kWhere);
    const ledger::VersionRow& version = versions[static_cast<size_t>(found - rounds.begin())];
    if (client < 0) return ledger.absolute(version.path);
    const std::string folder = client_dir(version, client);
    if (std::filesystem::exists(folder)) return folder;
    return not_found("client " + std::to_string(client) + " has no adapter of its own at round " + std::to_string(round) +
                         "; rounds with one: " + listed(own_rounds(versions, client)),
                     kWhere);
  }

  Result<LoadedAdapter> load_adapter(const std::string& folder, const adapter::LayoutPtr& layout) {
    std::lock_guard lock(mutex);
    if (const LoadedAdapter* known = adapters.find(folder)) return *known;
    LoadedAdapter loaded;
    FEDLLM_ASSIGN_OR_RETURN(const adapter::AdapterState stored, adapter::load_peft(folder));
    FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState state, in_model_order(stored, layout));
    loaded.state = std::make_shared<const adapter::AdapterState>(std::move(state));
    FEDLLM_ASSIGN_OR_RETURN(loaded.sha256, sha256_file(folder + "/adapter_model.safetensors"));
    return adapters.put(folder, std::move(loaded));
  }

  Result<wire::TryItemsReply> make_items(const ledger::RunRow& row);
};

namespace {

// A question in the run's prompt format, behind its system text where that needs no field.
Result<data::RenderedRecord> asked(const std::string& question, const spec::TemplateSpec& chat) {
  std::vector<data::Turn> turns;
  if (const auto system = data::fill_template(chat.system, {}); system.ok() && !system->empty())
    turns.push_back({data::Role::system, *system});
  turns.push_back({data::Role::user, question});
  return data::render_prompt(turns, chat.name);
}

Result<std::vector<int32_t>> prompt_ids(const LoadedRun& run, const std::string& prompt) {
  data::RenderedRecord text{prompt, prompt.size()};
  if (spec::is_chat_format(run.chat.name)) {
    FEDLLM_ASSIGN_OR_RETURN(text, asked(prompt, run.chat));
  }
  // Uncut: a prompt that is too long is refused by its length, not shortened.
  FEDLLM_ASSIGN_OR_RETURN(data::Example example, data::tokenize(text, *run.tokenizer, std::numeric_limits<int>::max()));
  example.ids.resize(static_cast<size_t>(example.prompt_length));
  return std::move(example.ids);
}

// The first question of a record and what answers it.
Status fill_item(const data::Record& record, const spec::TemplateSpec& text_template, wire::TryItem& item) {
  if (!spec::is_chat_format(text_template.name)) {
    FEDLLM_ASSIGN_OR_RETURN(const data::RenderedRecord text, data::render(record, text_template));
    item.set_prompt(text.text.substr(0, text.response_start));
    item.set_expected(trimmed(text.text.substr(text.response_start)));
    return {};
  }
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<data::Turn> turns, data::record_turns(record, text_template));
  for (const data::Turn& turn : turns) {
    if (turn.role == data::Role::user && item.prompt().empty()) item.set_prompt(turn.text);
    if (turn.role == data::Role::assistant && item.expected().empty()) item.set_expected(trimmed(turn.text));
  }
  return {};
}

// Up to kPerTopic of a topic's records as clickable prompts.
Status add_items(wire::TryItemsReply& reply, const data::Dataset& dataset, const spec::TemplateSpec& text_template,
                 const std::map<std::string, std::vector<int64_t>>& topics, uint64_t seed) {
  for (const auto& [topic, records] : topics) {
    for (const size_t i : choose(records.size(), kPerTopic, seed, "try " + topic)) {
      FEDLLM_ASSIGN_OR_RETURN(const data::Record record, dataset.read(records[i]));
      wire::TryItem* item = reply.add_items();
      FEDLLM_RETURN_IF_ERROR(fill_item(record, text_template, *item));
      item->set_topic(topic);
    }
  }
  return {};
}

std::string label_name(const data::Dataset& dataset, int64_t record) {
  const int32_t label = dataset.label_of(record);
  return label < 0 ? "" : dataset.labels()[static_cast<size_t>(label)];
}

Result<data::Partition> partition_of(const OpenedScenario& opened, const std::string& run_dir) {
  if (const auto bytes = read_file(run_dir + "/partition.bin"); bytes.ok()) {
    if (auto stored = data::parse_partition(*bytes); stored.ok()) return stored;
  }
  return opened.partition();
}

}  // namespace

Result<wire::TryItemsReply> TryIt::State::make_items(const ledger::RunRow& row) {
  OpenOptions options;
  options.model = options.tokenizer = false;
  FEDLLM_ASSIGN_OR_RETURN(const OpenedScenario opened, facts.open_json(row.scenario_json, row.base_dir, options));
  FEDLLM_ASSIGN_OR_RETURN(const data::Partition partition, partition_of(opened, ledger.run_dir(row.id)));
  wire::TryItemsReply reply;
  std::map<std::string, std::vector<int64_t>> topics;
  if (opened.test_dataset) {
    for (int64_t record = 0; record < opened.test_dataset->size(); ++record)
      topics[label_name(*opened.test_dataset, record)].push_back(record);
    FEDLLM_RETURN_IF_ERROR(add_items(reply, *opened.test_dataset, opened.test_template, topics, opened.scenario.seed));
  } else {
    for (const int64_t record : partition.test) topics[label_name(*opened.dataset, record)].push_back(record);
    FEDLLM_RETURN_IF_ERROR(add_items(reply, *opened.dataset, opened.text_template, topics, opened.scenario.seed));
  }
  for (const ControlData& control : opened.controls) {
    std::map<std::string, std::vector<int64_t>> control_topics;
    for (int64_t record = 0; record < control.dataset->size(); ++record)
      control_topics[control.topic_of(record)].push_back(record);
    FEDLLM_RETURN_IF_ERROR(add_items(reply, *control.dataset, control.text_template, control_topics, opened.scenario.seed));
  }
  reply.set_clients(static_cast<int32_t>(partition.clients.size()));
  return reply;
}

TryIt::TryIt(ledger::Ledger& ledger, std::function<Result<train::Backend*>()> open_backend, HomePaths paths)
    : state_(std::make_unique<State>(ledger, std::move(open_backend), std::move(paths))) {}
TryIt::~TryIt() = default;

Result<wire::TryReply> TryIt::try_prompt(const wire::TryRequest& request, const Listener& listener) {
  SystemClock clock;
  const double began_s = clock.seconds();
  FEDLLM_ASSIGN_OR_RETURN(const ledger::RunRow row, state_->ledger.run(request.run()));
  FEDLLM_ASSIGN_OR_RETURN(train::GenerateOptions options, generate_options(request));
  if (request.prompt().empty()) return invalid_argument("the prompt is empty", kWhere);
  std::string folder;
  if (request.round() >= 0) {
    FEDLLM_ASSIGN_OR_RETURN(folder, state_->adapter_dir(row.id, request.round(), request.client()));
  }
  FEDLLM_ASSIGN_OR_RETURN(train::Backend* const backend, state_->open_backend());
  FEDLLM_ASSIGN_OR_RETURN(const LoadedRun run, state_->load_run(row, *backend));
  LoadedAdapter adapter;
  if (!folder.empty()) {
    FEDLLM_ASSIGN_OR_RETURN(adapter, state_->load_adapter(folder, run.layout));
  }
  options.eos_id = data::stop_token(run.chat.name, *run.tokenizer);
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<int32_t> prompt, prompt_ids(run, request.prompt()));
  const Speaker speaker{backend, run.base.get(), adapter.state.get(), run.tokenizer};
  const std::vector<std::string> stops(request.stop().begin(), request.stop().end());
  FEDLLM_ASSIGN_OR_RETURN(wire::TryReply reply, tell_answer(speaker, prompt, std::move(options), stops, listener));
  reply.set_answer(trimmed(reply.answer()));
  reply.set_right(!request.expected().empty() && reply.answer() == trimmed(request.expected()));
  reply.set_adapter_sha256(adapter.state ? adapter.sha256 : run.base->sha256());
  reply.set_seconds(clock.seconds() - began_s);
  return reply;
}

Result<wire::TryItemsReply> TryIt::try_items(const std::string& run) {
  FEDLLM_ASSIGN_OR_RETURN(const ledger::RunRow row, state_->ledger.run(run));
  wire::TryItemsReply reply;
  {
    std::lock_guard lock(state_->mutex);
    const wire::TryItemsReply* known = state_->items.find(row.id);
    if (!known) {
      FEDLLM_ASSIGN_OR_RETURN(wire::TryItemsReply made, state_->make_items(row));
      known = &state_->items.put(row.id, std::move(made));
    }
    reply = *known;
  }
  // Rounds come while a run goes on, so they are looked up every time.
  FEDLLM_ASSIGN_OR_RETURN(const auto versions, state_->ledger.versions(row.id));
  for (const ledger::VersionRow& version : versions) {
    reply.add_rounds(version.round);
    bool own = false;
    for (int client = 0; client < reply.clients() && !own; ++client)
      own = std::filesystem::exists(state_->client_dir(version, client));
    if (own) reply.add_client_rounds(version.round);
  }
  return reply;
}

}  // namespace fedllm::node
