// DataContract: what a room's host publishes about the data it expects, and what a member finds out about its own data
// before anybody trains: nothing of this file's results leaves the machine but what Ready and consent say. JSON: keys
// template {prompt, response, name, system}, fields[], label, labels[], max_length, test_fraction, seed, bad_lines.
// Fields are the names inside the template; a member maps each to a column of its files (same name: no need to say so).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/stop_token.h"
#include "data/dataset.h"
#include "data/tokenizer.h"
#include "spec/scenario.h"

namespace fedllm::lab {

struct DataContract {
  spec::TemplateSpec text_template;  // "auto" where the host has neither template nor data: members resolve their own
  std::vector<std::string> fields;   // of the template, those that must be there first
  std::string label;
  std::vector<std::string> labels;   // known ones; empty: not known
  int max_length = 256;
  double test_fraction = 0.1;        // held out by each member; 0 where the host has public test files
  uint64_t seed = 1;
  std::string bad_lines = "refuse";
};
std::string contract_json(const DataContract& contract);
Result<DataContract> parse_contract(std::string_view json);  // limits: 64 KiB, 1,000 labels; unknown keys are ignored
// From a scenario; reads the first file's fields and labels where the scenario names files (dataset may be null).
Result<DataContract> contract_of(const spec::Scenario& scenario, const data::Dataset* dataset);

// field -> column. The member's scenario: the host's, with the files, the mapped template and label, by_file. Nothing in it names
// a file of the host any more. A column "-" for the label means: these files have none.
using ColumnMap = std::map<std::string, std::string>;
Result<spec::Scenario> member_scenario(const spec::Scenario& host, const DataContract& contract,
                                       const std::vector<std::string>& files, const std::string& format,
                                           const ColumnMap& columns);

// The member's scenario as its own ledger shows it: one client (this machine), with the values that the host set for its slot.
spec::Scenario shown_scenario(spec::Scenario member, int slot, const std::string& name);

struct Readiness {
  int64_t records = 0, test_records = 0, tokens = 0, truncated = 0, unknown_labels = 0, duplicates = 0;
  int64_t emails = 0, phone_numbers = 0;  // records with something that looks like one
  std::vector<std::pair<std::string, int64_t>> labels;
  std::vector<std::string> problems;      // what must be changed; not empty: cannot take part
  std::vector<std::string> hints;         // what one should know
};
// Reads every record once. CANCELLED after stop.
Result<Readiness> examine(const data::Dataset& dataset, const spec::TemplateSpec& resolved, const data::Tokenizer& tokenizer,
                          const DataContract& contract, const StopFlag& stop);
// Which fields of the contract the files cannot give as mapped: one sentence each.
std::vector<std::string> mapping_problems(const DataContract& contract, const ColumnMap& columns,
                                          const std::vector<std::string>& file_columns);

}  // namespace fedllm::lab
