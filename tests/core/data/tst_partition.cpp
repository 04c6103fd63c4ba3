// Partitioners: totals kept, counts equal to records, held-out split the same for all, skew against worked values.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/seed_tree.h"
#include "core/data/partition_helpers.h"
#include "core/data/temp_folder.h"
#include "data/apportion.h"
#include "data/partition.h"

using namespace fedllm;
using namespace fedllm::data;
using namespace fedllm::test;

namespace {

using Matrix = std::vector<std::vector<int64_t>>;

Matrix count(const PartitionInput& input, const std::vector<std::vector<int64_t>>& lists) {
  Matrix matrix(lists.size(), std::vector<int64_t>(std::max(1, input.label_count), 0));
  for (size_t k = 0; k < lists.size(); ++k)
    for (int64_t record : lists[k]) ++matrix[k][input.label_count ? input.labels[record] : 0];
  return matrix;
}

void expect_refused(const PartitionInput& input, const spec::Scenario& scenario, const std::string& part) {
  const auto counts = partition_counts(input, scenario);
  QVERIFY(!counts.ok());
  QVERIFY2(counts.status().message().find(part) != std::string::npos, counts.status().to_string().c_str());
  QVERIFY(!partition_records(input, scenario, "").ok());
}

}  // namespace

class TestPartition : public QObject {
  Q_OBJECT
 private slots:
  void apportions_exactly();
  void every_record_goes_to_one_place_data();
  void every_record_goes_to_one_place();
  void test_split_is_the_same_for_all();
  void a_file_alone_is_split_as_among_others();
  void test_split_is_stratified();
  void test_files_replace_the_split();
  void iid_is_even();
  void alpha_orders_the_skew();
  void labels_per_client_holds_exactly();
  void natural_partitions_follow_the_groups();
  void columns_are_in_natural_order();
  void tiny_alpha_keeps_every_record();
  void minimum_is_kept();
  void names_clients_without_records();
  void skew_has_the_worked_values();
  void refuses_what_makes_no_sense();
  void is_the_same_everywhere();
};

void TestPartition::apportions_exactly() {
  QCOMPARE(apportion(10, {1, 1, 1}), (std::vector<int64_t>{4, 3, 3}));
  QCOMPARE(apportion(7, {0.5, 0.25, 0.25}), (std::vector<int64_t>{3, 2, 2}));
  QCOMPARE(apportion(5, {0, 1, 0}), (std::vector<int64_t>{0, 5, 0}));
  QCOMPARE(apportion(0, {1, 2}), (std::vector<int64_t>{0, 0}));
  QCOMPARE(apportion(3, {}), std::vector<int64_t>{});
  Rng rng(3);
  for (int trial = 0; trial < 2'000; ++trial) {
    const auto total = static_cast<int64_t>(rng.below(100'000));
    const auto shares = rng.dirichlet(0.05 + rng.uniform(), 1 + static_cast<int>(rng.below(50)));
    const auto parts = apportion(total, shares);
    QCOMPARE(std::accumulate(parts.begin(), parts.end(), int64_t{0}), total);
    for (size_t i = 0; i < parts.size(); ++i)
      QVERIFY(std::abs(static_cast<double>(parts[i]) - shares[i] * static_cast<double>(total)) < 1.001);
  }
}

void TestPartition::every_record_goes_to_one_place_data() {
  QTest::addColumn<QString>("method");
  for (const char* method : {"iid", "dirichlet", "quantity", "by_column", "by_file", "shards"})
    QTest::newRow(method) << QString(method);
}

// The slider's counts and the run's lists are the same matrix, and the lists are a partition of the records.
void TestPartition::every_record_goes_to_one_place() {
  QFETCH(QString, method);
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    Rng rng(seed);
    const int labels = method == "shards" ? 6 : static_cast<int>(rng.below(9));
    const int records = 60 + static_cast<int>(rng.below(600));
    const int clients = 1 + static_cast<int>(rng.below(12));
    const PartitionInput input = random_input(seed, records, labels, method.startsWith("by_") ? clients : 0);
    spec::Scenario s =
        scenario_of(method == "shards" ? "iid" : method.toStdString(), clients, 0.02 + rng.uniform() * rng.uniform() * 3, seed);
    if (method == "shards")
      s.partition.labels_per_client = 6 / std::min(clients, 6) + 1 > 6 ? 6 : (clients < 6 ? 6 / clients + 1 : 2);
    s.dataset.test_fraction = rng.uniform() * 0.5;
    const auto counts = partition_counts(input, s);
    const auto records_of = partition_records(input, s, "hash");
    QVERIFY2(counts.ok(), counts.status().to_string().c_str());
    QVERIFY(records_of.ok());
    QCOMPARE(records_of->counts.by_label, counts->by_label);
    QCOMPARE(records_of->counts.client_records, counts->client_records);
    QCOMPARE(records_of->counts.test_by_label, counts->test_by_label);
    QCOMPARE(records_of->counts.problems, counts->problems);
    QCOMPARE(count(input, records_of->clients), counts->by_label);
    QCOMPARE(count(input, {records_of->test})[0], counts->test_by_label);
    std::vector<int64_t> all = records_of->test;
    QVERIFY(std::is_sorted(all.begin(), all.end()));
    for (const auto& list : records_of->clients) {
      QVERIFY(std::is_sorted(list.begin(), list.end()));
      all.insert(all.end(), list.begin(), list.end());
    }
    std::sort(all.begin(), all.end());
    QCOMPARE(all.size(), static_cast<size_t>(records));
    for (int i = 0; i < records; ++i) QCOMPARE(all[static_cast<size_t>(i)], i);
  }
}

void TestPartition::test_split_is_the_same_for_all() {
  const PartitionInput input = random_input(5, 500, 7, 9);
  const auto expected = partition_records(input, scenario_of("iid", 4), "")->test;
  QCOMPARE(expected.size(), size_t{50});
  for (const char* method : {"iid", "dirichlet", "quantity", "by_column"})
    for (int clients : {2, 11}) QCOMPARE(partition_records(input, scenario_of(method, clients, 0.1), "")->test, expected);
  QVERIFY(partition_records(input, scenario_of("iid", 4, 0.5, 2), "")->test != expected);
}

// A machine that has one file alone, with the labels numbered as they occur in it, holds out the same records and trains on
// the same ones as that file's client does among all files.
void TestPartition::a_file_alone_is_split_as_among_others() {
  for (const int labels : {0, 7}) {
    PartitionInput input = random_input(11, 700, labels, 5);
    if (labels > 0)   // no file holds every label
      for (size_t i = 0; i < input.labels.size(); ++i) input.labels[i] = (input.labels[i] / 2 + input.groups[i]) % 7;
    const auto all = partition_records(input, scenario_of("by_file", 0), "");
    QVERIFY(all.ok());
    QCOMPARE(all->counts.test_records, static_cast<int64_t>(all->test.size()));
    for (int32_t g = 0; g < 5; ++g) {
      std::vector<int64_t> place;   // of the file's records among all
      std::set<int32_t> occurring;
      for (size_t i = 0; i < input.labels.size(); ++i) {
        if (input.groups[i] != g) continue;
        place.push_back(static_cast<int64_t>(i));
        occurring.insert(input.labels[i]);
      }
      PartitionInput alone;
      alone.group_names = {"only"};
      alone.label_count = labels > 0 ? static_cast<int>(occurring.size()) : 0;
      for (const int64_t i : place) {
        const auto rank = std::distance(occurring.begin(), occurring.find(input.labels[static_cast<size_t>(i)]));
        alone.labels.push_back(labels > 0 ? static_cast<int32_t>(rank) : -1);
        alone.groups.push_back(0);
      }
      const auto one = partition_records(alone, scenario_of("by_file", 0), "");
      QVERIFY(one.ok());
      std::vector<int64_t> train, test;
      for (const int64_t i : one->clients[0]) train.push_back(place[static_cast<size_t>(i)]);
      for (const int64_t i : one->test) test.push_back(place[static_cast<size_t>(i)]);
      QCOMPARE(train, all->clients[static_cast<size_t>(g)]);
      QVERIFY(!test.empty());
      QVERIFY(std::includes(all->test.begin(), all->test.end(), test.begin(), test.end()));
    }
  }
}

void TestPartition::test_split_is_stratified() {
  PartitionInput input;
  input.label_count = 3;
  for (int i = 0; i < 100; ++i) input.labels.push_back(i < 50 ? 0 : i < 80 ? 1 : 2);
  spec::Scenario s = scenario_of("iid", 3);
  s.dataset.test_fraction = 0.2;
  QCOMPARE(partition_counts(input, s)->test_by_label, (std::vector<int64_t>{10, 6, 4}));
  s.dataset.test_fraction = 0;
  QCOMPARE(partition_counts(input, s)->test_records, 0);
  s.dataset.test_fraction = 1e-9;   // asked for: at least one
  QCOMPARE(partition_counts(input, s)->test_records, 1);
}

void TestPartition::test_files_replace_the_split() {
  const PartitionInput input = random_input(5, 100, 4);
  spec::Scenario s = scenario_of("iid", 4);
  s.dataset.test_files = {"test.jsonl"};
  QCOMPARE(partition_counts(input, s)->test_records, 0);
  QVERIFY(partition_records(input, s, "")->test.empty());
}

void TestPartition::iid_is_even() {
  const PartitionInput input = random_input(1, 10'007, 5);
  const auto counts = partition_counts(input, scenario_of("iid", 10));
  const auto [least, most] = std::minmax_element(counts->client_records.begin(), counts->client_records.end());
  QVERIFY(*most - *least <= 1);
  QVERIFY(counts->skew.jensen_shannon < 0.005);
  QVERIFY(counts->skew.size_gini < 0.001);
}

void TestPartition::alpha_orders_the_skew() {
  const PartitionInput input = random_input(1, 20'000, 10);
  double last = std::log2(10.0);   // no skew is larger with ten clients
  for (double alpha : {0.05, 0.5, 5.0, 100.0}) {
    const auto counts = partition_counts(input, scenario_of("dirichlet", 10, alpha));
    QVERIFY(counts->skew.jensen_shannon < last);
    last = counts->skew.jensen_shannon;
  }
  QVERIFY(last < 0.01);
  QVERIFY(partition_counts(input, scenario_of("quantity", 10, 0.2))->skew.size_gini >
          partition_counts(input, scenario_of("quantity", 10, 20))->skew.size_gini);
  QVERIFY(partition_counts(input, scenario_of("quantity", 10, 20))->skew.jensen_shannon < 0.01);
}

void TestPartition::labels_per_client_holds_exactly() {
  const PartitionInput input = random_input(1, 4'000, 8);
  spec::Scenario s = scenario_of("iid", 4);
  for (int k : {2, 3, 8}) {
    s.partition.labels_per_client = k;
    const auto counts = partition_counts(input, s);
    QVERIFY(counts.ok());
    for (const auto& row : counts->by_label) QCOMPARE(std::count_if(row.begin(), row.end(), [](int64_t n) { return n > 0; }), k);
  }
  s.partition.labels_per_client = 1;
  expect_refused(input, s, "4 clients with 1 labels each cannot hold all 8 labels");
  s.partition.labels_per_client = 9;
  expect_refused(input, s, "partition.labels_per_client: expected 1 to 8");
}

void TestPartition::natural_partitions_follow_the_groups() {
  const PartitionInput input = random_input(2, 300, 3, 5);
  const auto partition = partition_records(input, scenario_of("by_file", 0), "");
  QCOMPARE(partition->counts.client_names, input.group_names);
  for (size_t g = 0; g < 5; ++g)
    for (int64_t record : partition->clients[g]) QCOMPARE(input.groups[static_cast<size_t>(record)], static_cast<int32_t>(g));
}

void TestPartition::columns_are_in_natural_order() {
  TempFolder folder;
  std::string lines;
  for (const char* value : {"x007y", "x7z", "x007", "x10", "\xC3\xA9", "z", ""})
    lines += "{\"text\":\"a\",\"site\":\"" + std::string(value) + "\"}\n";
  ImportOptions options;
  options.spec.files = {folder.write("a.jsonl", lines)};
  const auto dataset = Dataset::import(options);
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  spec::Scenario s = scenario_of("by_column", 0);
  s.partition.column = "site";
  const auto input = partition_input(**dataset, s);
  QVERIFY2(input.ok(), input.status().to_string().c_str());
  QCOMPARE(input->group_names, (std::vector<std::string>{"(empty)", "x007", "x007y", "x7z", "x10", "z", "\xC3\xA9"}));
  QCOMPARE(input->groups, (std::vector<int32_t>{2, 3, 1, 4, 6, 5, 0}));
}

void TestPartition::tiny_alpha_keeps_every_record() {
  const PartitionInput input = random_input(1, 200, 3);
  for (const char* method : {"dirichlet", "quantity"}) {
    spec::Scenario s = scenario_of(method, 4, 1e-320);
    s.partition.min_records = 0;
    const auto counts = partition_counts(input, s);
    QVERIFY(counts.ok());
    QCOMPARE(std::accumulate(counts->client_records.begin(), counts->client_records.end(), counts->test_records), int64_t{200});
  }
}

void TestPartition::minimum_is_kept() {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const PartitionInput input = random_input(seed, 400, 5);
    for (const char* method : {"dirichlet", "quantity"}) {
      spec::Scenario s = scenario_of(method, 12, 0.03, seed);
      s.partition.min_records = 15;
      const auto counts = partition_counts(input, s);
      for (int64_t n : counts->client_records) QVERIFY(n >= 15);
      QVERIFY(counts->problems.empty());
    }
  }
}

void TestPartition::names_clients_without_records() {
  const PartitionInput input = random_input(1, 4, 2);
  for (const char* method : {"iid", "dirichlet", "quantity"}) {
    spec::Scenario s = scenario_of(method, 6, 0.1);
    s.dataset.test_fraction = 0;
    const auto counts = partition_counts(input, s);
    QVERIFY(counts.ok());
    QCOMPARE(std::count(counts->client_records.begin(), counts->client_records.end(), 0), 2);   // no more than the data force
    QCOMPARE(counts->problems.size(), size_t{1});
    QVERIFY(counts->problems[0].find("4 training records for 6 clients") != std::string::npos);
    s.partition.min_records = 3;
    QVERIFY(partition_counts(input, s)->problems.size() == 2);
  }
  PartitionInput groups = random_input(1, 20, 2, 2);
  groups.group_names.push_back("nobody");
  QVERIFY(partition_counts(groups, scenario_of("by_column", 0))->problems.at(0).find("nobody") != std::string::npos);
}

void TestPartition::skew_has_the_worked_values() {
  // methods.md 5.2, H(Pbar) - sum of w_k H(P_k): two clients with one label each have 1 - 0, four with one each 2 bits.
  const SkewMeasures apart = skew_of({{10, 0}, {0, 10}});
  QVERIFY(std::abs(apart.jensen_shannon - 1) < 1e-12);
  QVERIFY(std::abs(skew_of({{5, 0, 0, 0}, {0, 5, 0, 0}, {0, 0, 5, 0}, {0, 0, 0, 5}}).jensen_shannon - 2) < 1e-12);
  // Weights 3/4 and 1/4, Pbar = (5/8, 3/8): 0.954434 - (3/4 x 0.918296 + 1/4 x 1).
  QVERIFY(std::abs(skew_of({{20, 10}, {5, 5}}).jensen_shannon - 0.015712127384) < 1e-9);
  QVERIFY(std::abs(apart.effective_labels - 1) < 1e-12);
  QVERIFY(std::abs(apart.size_gini) < 1e-12);
  const SkewMeasures same = skew_of({{30, 30}, {10, 10}, {0, 0}});
  QVERIFY(std::abs(same.jensen_shannon) < 1e-12);
  QVERIFY(std::abs(same.effective_labels - 2) < 1e-12);   // the empty client does not count
  QVERIFY(std::abs(same.size_gini - (40 + 60 + 20) * 2.0 / (2 * 3 * 80)) < 1e-12);
  QCOMPARE(skew_of({}).size_gini, 0.0);
  QCOMPARE(skew_of({{0}, {0}}).jensen_shannon, 0.0);
}

void TestPartition::refuses_what_makes_no_sense() {
  const PartitionInput input = random_input(1, 50, 3);
  expect_refused({}, scenario_of("iid", 4), "no records to partition");
  expect_refused(input, scenario_of("iid", 0), "partition.clients: expected 1 to 10000, got 0");
  expect_refused(input, scenario_of("shuffle", 4), "got \"shuffle\"");
  expect_refused(input, scenario_of("dirichlet", 4, 0), "partition.alpha: expected a number above 0");
  expect_refused(input, scenario_of("dirichlet", 4, std::nan("")), "partition.alpha");
  expect_refused(input, scenario_of("by_file", 4), "expected a group for each of the 50 records");
  spec::Scenario s = scenario_of("iid", 4);
  s.dataset.test_fraction = 1;
  expect_refused(input, s, "dataset.test_fraction");
  s = scenario_of("iid", 4);
  s.partition.clients.reset();
  expect_refused(input, s, "partition.clients is needed");
  PartitionInput many = input;
  many.label_count = 10'000;
  expect_refused(many, scenario_of("iid", 10'000), "10000 clients x 10000 labels are more than 20000000 counts");
  PartitionInput wrong = input;
  wrong.labels[7] = 3;
  expect_refused(wrong, scenario_of("iid", 4), "expected labels from 0 to 2, got 3");
}

// Pinned, so that a change of the random streams or of the apportionment is noticed: partitions must not move under
// people's feet.
void TestPartition::is_the_same_everywhere() {
  const PartitionInput input = random_input(11, 300, 4);
  spec::Scenario s = scenario_of("dirichlet", 3, 0.5, 42);
  const auto partition = partition_records(input, s, "abc");
  QCOMPARE(partition->hash, partition_records(input, s, "abc")->hash);
  QVERIFY(partition->hash != partition_records(input, s, "abd")->hash);
  QCOMPARE(QString::fromStdString(partition->hash), QString("e5260619b7c4632a12bef0783306a71486e28c3bd48b796320a9af3724076514"));
}

QTEST_GUILESS_MAIN(TestPartition)
#include "tst_partition.moc"
