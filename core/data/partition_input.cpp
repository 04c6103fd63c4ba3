// The columns that a partitioner needs, read from a dataset.
#include <algorithm>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "data/partition.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.partition";

// "7" before "10", "a" before "b".
struct NaturalLess { bool operator()(const std::string& a, const std::string& b) const { return natural_less(a, b); } };

Result<std::string> column_value(const Dataset& dataset, int64_t record, const std::string& column) {
  FEDLLM_ASSIGN_OR_RETURN(const Record fields, dataset.read(record));
  for (const auto& [name, text] : fields)
    if (name == column) return text;
  return invalid_argument("record " + std::to_string(record + 1) + " of " + dataset.files()[dataset.file_of(record)] +
                              " lacks the field \"" + column + "\" that partition.column names",
                          kWhere);
}

Status group_by_column(const Dataset& dataset, const std::string& column, PartitionInput& input) {
  const auto& fields = dataset.fields();
  if (column.empty()) return invalid_argument("partition.column is needed for the method by_column", kWhere);
  if (std::find(fields.begin(), fields.end(), column) == fields.end()) {
    const std::vector<std::string_view> candidates(fields.begin(), fields.end());
    const std::string nearest = nearest_key(column, candidates);
    return invalid_argument("partition.column: expected one of the fields " + join(fields, ", ") + ", got \"" + column + "\"" +
                                (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?"), kWhere);
  }
  std::vector<std::string> values;
  std::map<std::string, int32_t, NaturalLess> groups;
  values.reserve(static_cast<size_t>(dataset.size()));
  for (int64_t i = 0; i < dataset.size(); ++i) {
    FEDLLM_ASSIGN_OR_RETURN(std::string value, column_value(dataset, i, column));
    if (groups.emplace(value, 0).second && groups.size() > 10'000)
      return invalid_argument(
          "partition.column: \"" + column + "\" has more than 10000 different values; choose a field with fewer", kWhere);
    values.push_back(std::move(value));
  }
  for (auto& [name, number] : groups) {
    number = static_cast<int32_t>(input.group_names.size());
    input.group_names.push_back(name.empty() ? "(empty)" : name);
  }
  for (const std::string& value : values) input.groups.push_back(groups.at(value));
  return {};
}

void group_by_label(const Dataset& dataset, PartitionInput& input) {
  input.groups = input.labels;
  for (const std::string& label : dataset.labels()) input.group_names.push_back(label.empty() ? "(empty)" : label);
}

void group_by_file(const Dataset& dataset, PartitionInput& input) {
  for (const std::string& path : dataset.files()) {
    const std::string stem = std::filesystem::path(path).stem().string();
    std::string name = stem;
    for (int copy = 2; std::find(input.group_names.begin(), input.group_names.end(), name) != input.group_names.end(); ++copy)
      name = stem + " (" + std::to_string(copy) + ")";
    input.group_names.push_back(name);
  }
  for (int64_t i = 0; i < dataset.size(); ++i) input.groups.push_back(dataset.file_of(i));
}

}  // namespace

Result<PartitionInput> partition_input(const Dataset& dataset, const spec::Scenario& scenario) {
  PartitionInput input;
  input.label_count = static_cast<int>(dataset.labels().size());
  input.labels.reserve(static_cast<size_t>(dataset.size()));
  for (int64_t i = 0; i < dataset.size(); ++i) input.labels.push_back(dataset.label_of(i));
  const spec::PartitionSpec& p = scenario.partition;
  if (p.method == "by_file") group_by_file(dataset, input);
  if (p.method == "by_column" && !p.column.empty() && p.column == scenario.dataset.label && input.label_count > 0)
    group_by_label(dataset, input);
  else if (p.method == "by_column") FEDLLM_RETURN_IF_ERROR(group_by_column(dataset, p.column, input));
  return input;
}

}  // namespace fedllm::data
