// The step that counts and records share: from label totals to the label x client matrix. Pure; deterministic by seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/seed_tree.h"
#include "base/status.h"
#include "data/partition.h"

namespace fedllm::data {

// Labels as columns: label_count, or one column where there is no label.
int label_columns(const PartitionInput& input);
inline int column_of(const PartitionInput& input, size_t record) { return input.label_count > 0 ? input.labels[record] : 0; }
Status check_input(const PartitionInput& input, const spec::Scenario& scenario);

std::vector<int64_t> label_totals(const PartitionInput& input);
// How many of each label are held out.
std::vector<int64_t> test_totals(const std::vector<int64_t>& totals, const spec::Scenario& scenario);
// The held-out records, ascending: test[c] of label c, drawn by the seed alone.
std::vector<int64_t> draw_test(const PartitionInput& input, const std::vector<int64_t>& test, const spec::Scenario& scenario);
// by_file: each file's own held-out part, as a machine that has only this file would carve it: stratified by the labels that
// occur in it, whatever other files hold and whatever its place among them. Ascending.
std::vector<int64_t> draw_test_by_file(const PartitionInput& input, const spec::Scenario& scenario);
bool carves_by_file(const spec::PartitionSpec& partition);

bool is_natural(const spec::PartitionSpec& partition);   // the data decide the clients
// Matrix [client][label] for the methods that draw it (not by_column, by_file) from the training totals.
Result<std::vector<std::vector<int64_t>>> draw_matrix(const std::vector<int64_t>& totals, const spec::Scenario& scenario);
// Client names and, for by_column and by_file, the group of each client.
std::vector<std::string> client_names(const PartitionInput& input, const spec::Scenario& scenario);
// Fills sizes, skew and problems from by_label.
void complete(PartitionCounts& counts, const spec::Scenario& scenario);

}  // namespace fedllm::data
