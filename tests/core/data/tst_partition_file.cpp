// Partitions on disk: round trip, the golden file of version 1, and damage.
#include <QtTest>

#include <algorithm>

#include "base/file.h"
#include "base/sha256.h"
#include "core/data/partition_helpers.h"

using namespace fedllm;
using namespace fedllm::data;
using namespace fedllm::test;

class TestPartitionFile : public QObject {
  Q_OBJECT
 private slots:
  void file_round_trip();
  void file_golden();
  void file_damage_is_refused();
};

void TestPartitionFile::file_round_trip() {
  const PartitionInput input = random_input(4, 500, 6);
  const auto partition = partition_records(input, scenario_of("dirichlet", 7, 0.2), "abc");
  const auto back = parse_partition(serialize_partition(*partition));
  QVERIFY2(back.ok(), back.status().to_string().c_str());
  QCOMPARE(back->hash, partition->hash);
  QCOMPARE(back->test, partition->test);
  QCOMPARE(back->clients, partition->clients);
  QCOMPARE(back->counts.client_names, partition->counts.client_names);
  QCOMPARE(back->counts.by_label, partition->counts.by_label);
  QCOMPARE(back->counts.client_records, partition->counts.client_records);
  QCOMPARE(back->counts.test_by_label, partition->counts.test_by_label);
  QCOMPARE(back->counts.skew.jensen_shannon, partition->counts.skew.jensen_shannon);
  QVERIFY(parse_partition(serialize_partition({})).ok());
}

// Version 1 stays readable for ever.
void TestPartitionFile::file_golden() {
  const auto bytes = read_file(FEDLLM_SOURCE_DIR "/tests/core/data/partition_v1.bin");
  QVERIFY2(bytes.ok(), bytes.status().to_string().c_str());
  const auto partition = parse_partition(*bytes);
  QVERIFY2(partition.ok(), partition.status().to_string().c_str());
  QCOMPARE(partition->counts.client_names, (std::vector<std::string>{"client 1", "client 2"}));
  QCOMPARE(partition->clients, (std::vector<std::vector<int64_t>>{{0, 2, 300}, {1}}));
  QCOMPARE(partition->test, (std::vector<int64_t>{3, 70'000}));
  QCOMPARE(partition->counts.by_label, (std::vector<std::vector<int64_t>>{{2, 1}, {0, 1}}));
  QCOMPARE(partition->counts.test_by_label, (std::vector<int64_t>{1, 1}));
  QCOMPARE(partition->hash, std::string("hash"));
  QCOMPARE(serialize_partition(*partition), *bytes);
}

void TestPartitionFile::file_damage_is_refused() {
  const PartitionInput input = random_input(4, 60, 3);
  const std::string bytes = serialize_partition(*partition_records(input, scenario_of("iid", 3), "abc"));
  for (size_t n = 0; n < bytes.size(); ++n) QVERIFY(!parse_partition(std::string_view(bytes).substr(0, n)).ok());
  std::string newer = bytes;
  newer[8] = 2;
  QVERIFY(parse_partition(newer).status().message().find("expected partition version 1, got 2") != std::string::npos);
  QVERIFY(parse_partition("nonsense" + bytes).status().message().find("no partition file") != std::string::npos);
  // Steps that would add up beyond any record number.
  Partition far;
  far.counts.client_names = {"a"};
  far.counts.by_label = {{2}};
  far.counts.test_by_label = {0};
  far.clients = {{(int64_t{1} << 40) - 1, int64_t{1} << 40}};
  QVERIFY(parse_partition(serialize_partition(far)).ok());
  ++far.clients[0][1];
  QVERIFY(!parse_partition(serialize_partition(far)).ok());
  far.clients = {{1, 2}};
  far.counts.test_by_label = {0, 0};   // the client has one label fewer
  QVERIFY(!parse_partition(serialize_partition(far)).ok());
  // With a checksum made to match, the lists themselves must still be checked.
  const std::string body = bytes.substr(0, bytes.size() - 64);
  Rng rng(9);
  int accepted = 0;
  for (int trial = 0; trial < 3'000; ++trial) {
    std::string damaged = body;
    damaged[12 + rng.below(damaged.size() - 12)] = static_cast<char>(rng.below(256));
    if (rng.below(4) == 0) damaged.resize(12 + rng.below(damaged.size() - 12));
    const auto partition = parse_partition(damaged + sha256_hex(damaged));
    if (!partition.ok()) continue;
    ++accepted;
    for (const auto& list : partition->clients) QVERIFY(std::is_sorted(list.begin(), list.end()));
  }
  QVERIFY(accepted < 3'000);
}

QTEST_GUILESS_MAIN(TestPartitionFile)
#include "tst_partition_file.moc"
