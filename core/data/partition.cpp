#include "data/partition.h"

#include <algorithm>

#include "base/sha256.h"
#include "data/partition_plan.h"

namespace fedllm::data {
namespace {

using Matrix = std::vector<std::vector<int64_t>>;

std::vector<int64_t> minus(std::vector<int64_t> a, const std::vector<int64_t>& b) {
  for (size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return a;
}

Status no_training_records(const PartitionCounts& counts) {
  return invalid_argument(
      "the held-out split takes all " + std::to_string(counts.test_records) + " records; none is left to train on",
      "data.partition");
}

// Everything but the matrix. `test`: the held-out records where they decide how many of each label there are.
PartitionCounts frame(const PartitionInput& input, const spec::Scenario& scenario, const std::vector<int64_t>& totals,
                      const std::vector<int64_t>& test) {
  PartitionCounts counts;
  counts.client_names = client_names(input, scenario);
  if (carves_by_file(scenario.partition)) {
    counts.test_by_label.assign(totals.size(), 0);
    for (const int64_t record : test) ++counts.test_by_label[column_of(input, static_cast<size_t>(record))];
  } else {
    counts.test_by_label = test_totals(totals, scenario);
  }
  for (int64_t n : counts.test_by_label) counts.test_records += n;
  return counts;
}

std::vector<bool> marked(size_t size, const std::vector<int64_t>& records) {
  std::vector<bool> mark(size, false);
  for (int64_t record : records) mark[static_cast<size_t>(record)] = true;
  return mark;
}

// by_column, by_file: the records themselves say where they go.
std::vector<std::vector<int64_t>> natural_lists(const PartitionInput& input, const std::vector<bool>& is_test) {
  std::vector<std::vector<int64_t>> clients(input.group_names.size());
  for (size_t i = 0; i < input.labels.size(); ++i)
    if (!is_test[i]) clients[input.groups[i]].push_back(static_cast<int64_t>(i));
  return clients;
}

Matrix count_lists(const PartitionInput& input, const std::vector<std::vector<int64_t>>& clients) {
  Matrix matrix(clients.size(), std::vector<int64_t>(static_cast<size_t>(label_columns(input)), 0));
  for (size_t k = 0; k < clients.size(); ++k)
    for (int64_t record : clients[k]) ++matrix[k][column_of(input, static_cast<size_t>(record))];
  return matrix;
}

// Each label's training records in an order drawn by the seed, cut as the matrix says.
std::vector<std::vector<int64_t>> drawn_lists(const PartitionInput& input, const std::vector<bool>& is_test, const Matrix& matrix,
                                              uint64_t seed) {
  const size_t labels = static_cast<size_t>(label_columns(input));
  std::vector<std::vector<int64_t>> of_label(labels), clients(matrix.size());
  for (size_t i = 0; i < input.labels.size(); ++i)
    if (!is_test[i]) of_label[column_of(input, i)].push_back(static_cast<int64_t>(i));
  for (size_t c = 0; c < labels; ++c) {
    SeedTree(seed).child("partition").child("records", c).rng().shuffle(of_label[c]);
    size_t at = 0;
    for (size_t k = 0; k < matrix.size(); ++k)
      for (int64_t n = 0; n < matrix[k][c]; ++n) clients[k].push_back(of_label[c][at++]);
  }
  for (auto& list : clients) std::sort(list.begin(), list.end());
  return clients;
}

std::string hash_of(const Partition& partition, const std::string& dataset_hash) {
  Sha256 hash;
  hash.update("fedllm partition 1\n" + dataset_hash + "\n");
  const auto add = [&](const std::vector<int64_t>& list) {
    const int64_t size = static_cast<int64_t>(list.size());
    hash.update(std::as_bytes(std::span(&size, 1)));
    hash.update(std::as_bytes(std::span(list)));
  };
  add(partition.test);
  for (const auto& list : partition.clients) add(list);
  return hash.hex();
}

}  // namespace

Result<PartitionCounts> partition_counts(const PartitionInput& input, const spec::Scenario& scenario) {
  FEDLLM_RETURN_IF_ERROR(check_input(input, scenario));
  const std::vector<int64_t> totals = label_totals(input);
  std::vector<int64_t> test;
  if (carves_by_file(scenario.partition)) test = draw_test_by_file(input, scenario);
  PartitionCounts counts = frame(input, scenario, totals, test);
  if (counts.test_records == static_cast<int64_t>(input.labels.size())) return no_training_records(counts);
  if (is_natural(scenario.partition)) {
    if (!carves_by_file(scenario.partition)) test = draw_test(input, counts.test_by_label, scenario);
    counts.by_label = count_lists(input, natural_lists(input, marked(input.labels.size(), test)));
  } else {
    FEDLLM_ASSIGN_OR_RETURN(counts.by_label, draw_matrix(minus(totals, counts.test_by_label), scenario));
  }
  complete(counts, scenario);
  return counts;
}

Result<Partition> partition_records(const PartitionInput& input, const spec::Scenario& scenario,
                                    const std::string& dataset_hash) {
  FEDLLM_RETURN_IF_ERROR(check_input(input, scenario));
  const std::vector<int64_t> totals = label_totals(input);
  Partition partition;
  PartitionCounts& counts = partition.counts;
  if (carves_by_file(scenario.partition)) partition.test = draw_test_by_file(input, scenario);
  counts = frame(input, scenario, totals, partition.test);
  if (counts.test_records == static_cast<int64_t>(input.labels.size())) return no_training_records(counts);
  if (!carves_by_file(scenario.partition)) partition.test = draw_test(input, counts.test_by_label, scenario);
  const std::vector<bool> is_test = marked(input.labels.size(), partition.test);
  if (is_natural(scenario.partition)) {
    partition.clients = natural_lists(input, is_test);
    counts.by_label = count_lists(input, partition.clients);
  } else {
    FEDLLM_ASSIGN_OR_RETURN(counts.by_label, draw_matrix(minus(totals, counts.test_by_label), scenario));
    partition.clients = drawn_lists(input, is_test, counts.by_label, scenario.seed);
  }
  complete(counts, scenario);
  partition.hash = hash_of(partition, dataset_hash);
  return partition;
}

}  // namespace fedllm::data
