// Partitioners: pure functions (labels, spec, seed) -> client per record, with exact apportionment (largest remainder:
// every total is conserved), deterministic by seed on every platform. Two speeds: `partition_counts` moves only the
// label x client counts (for a live slider), `partition_records` assigns records with exactly those counts.
// The held-out test split is carved first, stratified by label, and is the same for every method and client count, except that
// by_file carves it per file, by a rule that needs nothing but the file (a machine of a real federation has no more); with
// scenario.dataset.test_files nothing is carved. Methods: iid (a random permutation dealt in equal shares; with
// labels_per_client each client holds exactly that many labels), dirichlet (each label's records over the clients by
// Dirichlet(alpha)), quantity (sizes by Dirichlet(alpha), labels random), by_column, by_file. methods.md 5.1, 5.2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/dataset.h"
#include "spec/scenario.h"

namespace fedllm::data {

// What a partitioner needs of a dataset, as plain columns (int32 per record).
struct PartitionInput {
  std::vector<int32_t> labels;           // -1 where there is none
  int label_count = 0;
  std::vector<int32_t> groups;           // by_column: value index of the column; by_file: file index; else empty
  std::vector<std::string> group_names;
};
// Reads the column's value of every record where the method is by_column and the column is not the label: keep the result.
Result<PartitionInput> partition_input(const Dataset& dataset, const spec::Scenario& scenario);

struct SkewMeasures {
  double jensen_shannon = 0;             // H(Pbar) - sum of w_k H(P_k) in bits, from 0 to log2 of the clients
  double size_gini = 0;
  double effective_labels = 0;           // mean over clients with records of exp(entropy)
};

struct PartitionCounts {
  std::vector<std::string> client_names; // "client 1" …, or the column's value, or the file's stem
  std::vector<std::vector<int64_t>> by_label;   // [client][label]; one column when there is no label
  std::vector<int64_t> client_records;
  std::vector<int64_t> test_by_label;
  int64_t test_records = 0;
  SkewMeasures skew;
  std::vector<std::string> problems;     // one sentence each: clients left empty, min_records out of reach
};

struct Partition {
  PartitionCounts counts;
  std::vector<int64_t> test;                    // record indices, ascending
  std::vector<std::vector<int64_t>> clients;    // record indices, ascending
  std::string hash;                             // SHA-256 of the index lists and the dataset hash
};

Result<PartitionCounts> partition_counts(const PartitionInput& input, const spec::Scenario& scenario);
Result<Partition> partition_records(const PartitionInput& input, const spec::Scenario& scenario, const std::string& dataset_hash);
SkewMeasures skew_of(const std::vector<std::vector<int64_t>>& by_label);
// Index lists on disk; format in core/data/FORMAT.md.
std::string serialize_partition(const Partition& partition);
Result<Partition> parse_partition(std::string_view bytes);

}  // namespace fedllm::data
