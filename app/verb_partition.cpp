// fedllm partition
#include "base/text.h"
#include "command_line.h"
#include "event_line.h"
#include "node/scenario_facts.h"
#include "scenario_source.h"

namespace fedllm::app {
namespace {

using nlohmann::ordered_json;

std::vector<std::string> label_names(const node::OpenedScenario& opened) {
  std::vector<std::string> names = opened.dataset->labels();
  if (names.empty()) names.push_back("");  // counts then have one column
  return names;
}

ordered_json by_label(const std::vector<int64_t>& counts, const std::vector<std::string>& names) {
  ordered_json map = ordered_json::object();
  for (size_t i = 0; i < counts.size() && i < names.size(); ++i) map[names[i]] = counts[i];
  return map;
}

ordered_json client_json(const node::OpenedScenario& opened, const data::Partition& partition, size_t client, bool indices) {
  std::string name = partition.counts.client_names[client];
  for (const spec::ClientOverride& own : opened.scenario.clients)
    if (own.client == static_cast<int>(client) && own.name) name = *own.name;
  ordered_json line = {{"client", client},
                       {"name", name},
                       {"records", partition.clients[client].size()},
                       {"labels", by_label(partition.counts.by_label[client], label_names(opened))}};
  if (indices) line["indices"] = partition.clients[client];
  return line;
}

ordered_json whole_json(const node::OpenedScenario& opened, const data::Partition& partition, bool indices) {
  ordered_json clients = ordered_json::array();
  for (size_t client = 0; client < partition.clients.size(); ++client)
    clients.push_back(client_json(opened, partition, client, indices));
  int64_t train = 0;
  for (const auto& shard : partition.clients) train += static_cast<int64_t>(shard.size());
  const auto& skew = partition.counts.skew;
  ordered_json line = {{"method", opened.scenario.partition.method},
                       {"seed", opened.scenario.seed},
                       {"records", opened.dataset->size()},
                       {"template", opened.text_template.name},
                       {"turns", opened.dataset->turns()},
                       {"train_records", train},
                       {"test_records", opened.test_dataset ? opened.test_dataset->size() : int64_t(partition.test.size())},
                       {"labels", opened.dataset->labels()},
                       {"clients", clients},
                       {"test_labels", by_label(partition.counts.test_by_label, label_names(opened))},
                       {"jensen_shannon", skew.jensen_shannon},
                       {"size_gini", skew.size_gini},
                       {"effective_labels", skew.effective_labels},
                       {"dataset_hash", opened.dataset->hash()},
                       {"partition_hash", partition.hash}};
  if (indices) line["test_indices"] = partition.test;
  return line;
}

void print_plain(const ordered_json& whole) {
  for (const auto& client : whole["clients"]) {
    std::string text = client["name"].get<std::string>() + ": " + client["records"].dump() + " records";
    for (const auto& [label, n] : client["labels"].items())
      if (!label.empty() && n != 0) text += ", " + label + " " + n.dump();
    print_line(text);
  }
  if (whole["turns"] != 0)
    print_line("conversations: " + whole["turns"].dump() + " turns, written as " + whole["template"].get<std::string>());
  print_line("held out: " + whole["test_records"].dump() + " records");
  print_line("skew: Jensen-Shannon " + format_double(whole["jensen_shannon"].get<double>()) + ", Gini of sizes " +
             format_double(whole["size_gini"].get<double>()) + ", effective labels " +
             format_double(whole["effective_labels"].get<double>()));
  print_line("partition " + whole["partition_hash"].get<std::string>());
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const ScenarioSource source, load_source(arguments.operands[0], arguments));
  FEDLLM_ASSIGN_OR_RETURN(const HomePaths paths, arguments.home());
  node::ScenarioFacts facts(paths.home);
  node::OpenOptions options;
  options.model = options.tokenizer = false;
  FEDLLM_ASSIGN_OR_RETURN(const node::OpenedScenario opened, facts.open_json(source.json(), source.base_dir, options));
  FEDLLM_ASSIGN_OR_RETURN(const data::Partition partition, opened.partition());
  const ordered_json whole = whole_json(opened, partition, arguments.has("--indices"));
  if (arguments.json())
    print_line(to_line(whole));
  else
    print_plain(whole);
  return {};
}

const VerbEntry entry({"partition",
                       "SCENARIO",
                       "split the dataset between the clients and show who gets what",
                       {kSetOption, {"--indices", "", "with --json: the record numbers of every client and of the held-out set"}},
                       run,
                       32});

}  // namespace
}  // namespace fedllm::app
