#include "data/partition_plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/text.h"
#include "data/apportion.h"
#include "spec/names.h"

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.partition";
constexpr int64_t kMaxCells = 20'000'000;   // of the label x client matrix: 160 MB
using spec::kMaxClients;
using Matrix = std::vector<std::vector<int64_t>>;

int64_t sum(const std::vector<int64_t>& values) { return std::accumulate(values.begin(), values.end(), int64_t{0}); }

SeedTree seed_of(const spec::Scenario& scenario) { return SeedTree(scenario.seed).child("partition"); }

// A random permutation of the records dealt to clients of given sizes, seen as counts: the labels stand one after the
// other and a shuffled list of client numbers is laid beside them.
Matrix deal(const std::vector<int64_t>& totals, const std::vector<int64_t>& sizes, Rng rng) {
  std::vector<uint16_t> owner;
  owner.reserve(static_cast<size_t>(sum(sizes)));
  for (size_t k = 0; k < sizes.size(); ++k) owner.insert(owner.end(), static_cast<size_t>(sizes[k]), static_cast<uint16_t>(k));
  rng.shuffle(owner);
  Matrix matrix(sizes.size(), std::vector<int64_t>(totals.size(), 0));
  size_t at = 0;
  for (size_t c = 0; c < totals.size(); ++c)
    for (int64_t i = 0; i < totals[c]; ++i) ++matrix[owner[at++]][c];
  return matrix;
}

std::vector<int64_t> equal_sizes(int64_t total, int clients) {
  return apportion(total, std::vector<double>(static_cast<size_t>(clients), 1.0));
}

Matrix draw_iid(const std::vector<int64_t>& totals, int clients, const spec::Scenario& scenario) {
  return deal(totals, equal_sizes(sum(totals), clients), seed_of(scenario).child("iid").rng());
}

Matrix draw_dirichlet(const std::vector<int64_t>& totals, int clients, const spec::Scenario& scenario) {
  Matrix matrix(static_cast<size_t>(clients), std::vector<int64_t>(totals.size(), 0));
  for (size_t c = 0; c < totals.size(); ++c) {
    Rng rng = seed_of(scenario).child("dirichlet", c).rng();
    const std::vector<int64_t> column = apportion(totals[c], rng.dirichlet(scenario.partition.alpha, clients));
    for (size_t k = 0; k < matrix.size(); ++k) matrix[k][c] = column[k];
  }
  lift_to_minimum(matrix, scenario.partition.min_records, false);
  return matrix;
}

Matrix draw_quantity(const std::vector<int64_t>& totals, int clients, const spec::Scenario& scenario) {
  Rng rng = seed_of(scenario).child("quantity").rng();
  const std::vector<int64_t> drawn = apportion(sum(totals), rng.dirichlet(scenario.partition.alpha, clients));
  Matrix sizes;
  for (int64_t size : drawn) sizes.push_back({size});
  lift_to_minimum(sizes, scenario.partition.min_records, false);
  std::vector<int64_t> lifted;
  for (const auto& row : sizes) lifted.push_back(row[0]);
  return deal(totals, lifted, seed_of(scenario).child("quantity labels").rng());
}

// Exactly k labels a client: a window of k moves along the shuffled labels, so each label has as many holders as any
// other, give or take one, and its records are split evenly among them.
Result<Matrix> draw_label_shards(const std::vector<int64_t>& totals, int clients, const spec::Scenario& scenario) {
  const int k_labels = *scenario.partition.labels_per_client;
  std::vector<int> present;
  for (size_t c = 0; c < totals.size(); ++c)
    if (totals[c] > 0) present.push_back(static_cast<int>(c));
  const int labels = static_cast<int>(present.size());
  if (k_labels < 1 || k_labels > labels)
    return invalid_argument("partition.labels_per_client: expected 1 to " + std::to_string(labels) +
                                " (the labels in the data), got " + std::to_string(k_labels),
                            kWhere);
  if (static_cast<int64_t>(clients) * k_labels < labels)
    return invalid_argument(std::to_string(clients) + " clients with " + std::to_string(k_labels) +
                                " labels each cannot hold all " + std::to_string(labels) +
                                " labels; raise partition.labels_per_client or partition.clients",
                            kWhere);
  seed_of(scenario).child("label shards").rng().shuffle(present);
  std::vector<std::vector<int>> holders(totals.size());
  for (int slot = 0; slot < clients * k_labels; ++slot) holders[present[slot % labels]].push_back(slot / k_labels);
  Matrix matrix(static_cast<size_t>(clients), std::vector<int64_t>(totals.size(), 0));
  for (int c : present) {
    const std::vector<int64_t> parts = equal_sizes(totals[c], static_cast<int>(holders[c].size()));
    for (size_t i = 0; i < parts.size(); ++i) matrix[holders[c][i]][c] = parts[i];
  }
  lift_to_minimum(matrix, scenario.partition.min_records, true);
  return matrix;
}

double entropy_bits(const std::vector<int64_t>& counts, int64_t total) {
  double h = 0;
  for (int64_t n : counts)
    if (n > 0) h -= static_cast<double>(n) / total * std::log2(static_cast<double>(n) / total);
  return h;
}

// sum |n_i - n_j| / (2 K sum n), through the sorted sizes.
double gini(std::vector<int64_t> sizes) {
  const int64_t total = sum(sizes);
  if (total == 0) return 0;
  std::sort(sizes.begin(), sizes.end());
  double weighted = 0;
  const double n = static_cast<double>(sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i)
    weighted += (2.0 * static_cast<double>(i + 1) - n - 1) * static_cast<double>(sizes[i]);
  return weighted / (n * static_cast<double>(total));
}

Status check_cells(int64_t clients, const PartitionInput& input) {
  const int64_t labels = label_columns(input);
  if (clients * labels <= kMaxCells) return {};
  return invalid_argument(std::to_string(clients) + " clients x " + std::to_string(labels) + " labels are more than " +
                              std::to_string(kMaxCells) + " counts; choose fewer clients or a label with fewer values",
                          kWhere);
}

}  // namespace

int label_columns(const PartitionInput& input) { return std::max(1, input.label_count); }

bool is_natural(const spec::PartitionSpec& partition) { return partition.method == "by_column" || partition.method == "by_file"; }

Status check_input(const PartitionInput& input, const spec::Scenario& scenario) {
  const spec::PartitionSpec& p = scenario.partition;
  if (input.labels.empty()) return invalid_argument("there are no records to partition", kWhere);
  for (int32_t label : input.labels)
    if (input.label_count > 0 && (label < 0 || label >= input.label_count))
      return invalid_argument(
          "expected labels from 0 to " + std::to_string(input.label_count - 1) + ", got " + std::to_string(label), kWhere);
  const double f = scenario.dataset.test_fraction;
  if (scenario.dataset.test_files.empty() && !(f >= 0 && f < 1))
    return invalid_argument("dataset.test_fraction: expected 0 or more and less than 1, got " + format_double(f), kWhere);
  if (is_natural(p)) {
    if (input.groups.size() != input.labels.size())
      return invalid_argument("partition.method " + p.method + ": expected a group for each of the " +
                                  std::to_string(input.labels.size()) + " records, got " + std::to_string(input.groups.size()),
                              kWhere);
    for (int32_t group : input.groups)
      if (group < 0 || group >= static_cast<int32_t>(input.group_names.size()))
        return internal_error("a record's group is out of range", kWhere);
    if (input.group_names.size() > static_cast<size_t>(kMaxClients))
      return invalid_argument("partition.method " + p.method + " makes " + std::to_string(input.group_names.size()) +
                                  " clients, at most " + std::to_string(kMaxClients) + " are possible",
                              kWhere);
    return check_cells(static_cast<int64_t>(input.group_names.size()), input);
  }
  if (p.method != "iid" && p.method != "dirichlet" && p.method != "quantity")
    return invalid_argument("partition.method: expected iid, dirichlet, by_column, by_file or quantity, got \"" + p.method + "\"",
                            kWhere);
  if (!p.clients) return invalid_argument("partition.clients is needed for the method " + p.method, kWhere);
  if (*p.clients < 1 || *p.clients > kMaxClients)
    return invalid_argument(
        "partition.clients: expected 1 to " + std::to_string(kMaxClients) + ", got " + std::to_string(*p.clients), kWhere);
  if (p.method != "iid" && !(p.alpha > 0 && std::isfinite(p.alpha)))
    return invalid_argument("partition.alpha: expected a number above 0, got " + format_double(p.alpha), kWhere);
  return check_cells(*p.clients, input);
}

std::vector<int64_t> label_totals(const PartitionInput& input) {
  std::vector<int64_t> totals(static_cast<size_t>(label_columns(input)), 0);
  if (input.label_count == 0) totals[0] = static_cast<int64_t>(input.labels.size());
  else for (int32_t label : input.labels) ++totals[label];
  return totals;
}

std::vector<int64_t> test_totals(const std::vector<int64_t>& totals, const spec::Scenario& scenario) {
  const double fraction = scenario.dataset.test_files.empty() ? scenario.dataset.test_fraction : 0;
  const int64_t records = sum(totals);
  if (!(fraction > 0) || records < 2) return std::vector<int64_t>(totals.size(), 0);
  const int64_t held_out = std::clamp<int64_t>(std::llround(fraction * static_cast<double>(records)), 1, records - 1);
  return apportion(held_out, std::vector<double>(totals.begin(), totals.end()));
}

std::vector<int64_t> draw_test(const PartitionInput& input, const std::vector<int64_t>& test, const spec::Scenario& scenario) {
  std::vector<int64_t> drawn;
  if (sum(test) == 0) return drawn;
  std::vector<std::vector<int64_t>> of_label(test.size());
  for (size_t i = 0; i < input.labels.size(); ++i) of_label[column_of(input, i)].push_back(static_cast<int64_t>(i));
  for (size_t c = 0; c < test.size(); ++c) {
    SeedTree(scenario.seed).child("test split", c).rng().shuffle(of_label[c]);
    drawn.insert(drawn.end(), of_label[c].begin(), of_label[c].begin() + test[c]);
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

bool carves_by_file(const spec::PartitionSpec& partition) { return partition.method == "by_file"; }

std::vector<int64_t> draw_test_by_file(const PartitionInput& input, const spec::Scenario& scenario) {
  // [file][label that occurs in it, ascending] -> records
  std::vector<std::map<int32_t, std::vector<int64_t>>> files(input.group_names.size());
  for (size_t i = 0; i < input.labels.size(); ++i)
    files[static_cast<size_t>(input.groups[i])][static_cast<int32_t>(column_of(input, i))].push_back(static_cast<int64_t>(i));
  std::vector<int64_t> drawn;
  for (auto& labels : files) {
    std::vector<int64_t> totals;
    for (const auto& [label, records] : labels) totals.push_back(static_cast<int64_t>(records.size()));
    const std::vector<int64_t> test = test_totals(totals, scenario);
    size_t place = 0;
    for (auto& [label, records] : labels) {
      SeedTree(scenario.seed).child("test split", place).rng().shuffle(records);
      drawn.insert(drawn.end(), records.begin(), records.begin() + test[place++]);
    }
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

Result<Matrix> draw_matrix(const std::vector<int64_t>& totals, const spec::Scenario& scenario) {
  const int clients = *scenario.partition.clients;
  if (scenario.partition.method == "dirichlet") return draw_dirichlet(totals, clients, scenario);
  if (scenario.partition.method == "quantity") return draw_quantity(totals, clients, scenario);
  if (scenario.partition.labels_per_client) return draw_label_shards(totals, clients, scenario);
  return draw_iid(totals, clients, scenario);
}

std::vector<std::string> client_names(const PartitionInput& input, const spec::Scenario& scenario) {
  if (is_natural(scenario.partition)) return input.group_names;
  std::vector<std::string> names;
  for (int k = 1; k <= *scenario.partition.clients; ++k) names.push_back("client " + std::to_string(k));
  return names;
}

SkewMeasures skew_of(const Matrix& by_label) {
  SkewMeasures skew;
  std::vector<int64_t> sizes, pooled;
  for (const auto& row : by_label) {
    sizes.push_back(sum(row));
    pooled.resize(std::max(pooled.size(), row.size()), 0);
    for (size_t c = 0; c < row.size(); ++c) pooled[c] += row[c];
  }
  const int64_t total = sum(sizes);
  if (total == 0) return skew;
  int filled = 0;
  double within = 0;   // sum of w_k H(P_k)
  for (size_t k = 0; k < by_label.size(); ++k) {
    if (sizes[k] == 0) continue;
    ++filled;
    const double entropy = entropy_bits(by_label[k], sizes[k]);
    within += static_cast<double>(sizes[k]) / static_cast<double>(total) * entropy;
    skew.effective_labels += std::exp2(entropy);
  }
  skew.jensen_shannon = std::max(0.0, entropy_bits(pooled, total) - within);   // equal shares may round below 0
  skew.effective_labels /= filled;
  skew.size_gini = gini(std::move(sizes));
  return skew;
}

void complete(PartitionCounts& counts, const spec::Scenario& scenario) {
  counts.client_records.clear();
  for (const auto& row : counts.by_label) counts.client_records.push_back(sum(row));
  counts.test_records = sum(counts.test_by_label);
  counts.skew = skew_of(counts.by_label);
  std::vector<std::string> empty, small;
  for (size_t k = 0; k < counts.client_records.size(); ++k) {
    if (counts.client_records[k] == 0) empty.push_back(counts.client_names[k]);
    else if (counts.client_records[k] < scenario.partition.min_records) small.push_back(counts.client_names[k]);
  }
  const auto list = [](std::vector<std::string> names) {
    const size_t count = names.size();
    if (count > 5) names.resize(5);
    return join(names, ", ") + (count > 5 ? " and " + std::to_string(count - 5) + " more" : "");
  };
  const std::string total = std::to_string(sum(counts.client_records));
  if (!empty.empty()) counts.problems.push_back("no records for " + list(empty) + ": " + total + " training records for " +
                                                std::to_string(counts.client_records.size()) + " clients");
  if (!small.empty() && !is_natural(scenario.partition))
    counts.problems.push_back("fewer than " + std::to_string(scenario.partition.min_records) + " records for " + list(small) +
                              ": the " + total + " training records do not allow more");
}

}  // namespace fedllm::data
