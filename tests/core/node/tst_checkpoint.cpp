// The run state: what is written is read back, damage is named, and version 1 stays readable (golden file).
#include <QTest>

#include <cmath>

#include "base/file.h"
#include "node/checkpoint.h"

using namespace fedllm;
using node::Checkpoint;

namespace {

Checkpoint sample() {
  Checkpoint checkpoint;
  checkpoint.round = 4;
  checkpoint.dataset_hash = "d1";
  checkpoint.partition_hash = "p2";
  checkpoint.base_sha256 = "b3";
  checkpoint.totals.traffic = {11, 22, 33, 44};
  checkpoint.totals.uplink_modelled = 55;
  checkpoint.totals.downlink_modelled = 66;
  checkpoint.totals.wall_s = 1.0 / 3;
  checkpoint.totals.peak_rss_bytes = int64_t{1} << 40;
  checkpoint.totals.initial_eval[""] = {12.5, 10, 3, 4};
  checkpoint.totals.latest_eval["kind"] = {0.1, 7, 2, 2};
  checkpoint.server_optimizer = std::string("momentum\0bytes", 14);
  checkpoint.clients.residuals = {{0, {1.5f, -2.25f}}, {7, {0.1f}}};
  return checkpoint;
}

// Everything that clients may keep.
Checkpoint full_sample() {
  Checkpoint checkpoint = sample();
  checkpoint.clients.personal = {{1, {3.5f}}, {2, {0.25f, -1}}};
  checkpoint.clients.variates = {{1, {-0.125f, 4}}};
  checkpoint.control = {0.5f, 0.75f};
  checkpoint.ranks = {{2, 7}, {10, 3}};
  checkpoint.script_sha256 = "c0ffee";
  return checkpoint;
}

std::string golden_path(int version) { return std::string(FEDLLM_SOURCE_DIR) + "/tests/core/node/golden/state_v" + std::to_string(version) + ".bin"; }

}  // namespace

class TestCheckpoint : public QObject {
  Q_OBJECT
 private slots:
  void comes_back_as_it_was() {
    const auto parsed = node::parse_checkpoint(node::serialize_checkpoint(sample()));
    QVERIFY2(parsed.ok(), parsed.status().to_string().c_str());
    const Checkpoint expected = sample();
    QCOMPARE(parsed->round, expected.round);
    QCOMPARE(parsed->dataset_hash, expected.dataset_hash);
    QCOMPARE(parsed->partition_hash, expected.partition_hash);
    QCOMPARE(parsed->base_sha256, expected.base_sha256);
    QCOMPARE(parsed->totals.traffic, expected.totals.traffic);
    QCOMPARE(parsed->totals.uplink_modelled, expected.totals.uplink_modelled);
    QCOMPARE(parsed->totals.downlink_modelled, expected.totals.downlink_modelled);
    QVERIFY(parsed->totals.wall_s == expected.totals.wall_s);  // to the last bit
    QCOMPARE(parsed->totals.peak_rss_bytes, expected.totals.peak_rss_bytes);
    QVERIFY(parsed->totals.initial_eval.at("").loss_sum == 12.5);
    QCOMPARE(parsed->totals.latest_eval.at("kind").exact, int64_t{2});
    QCOMPARE(parsed->server_optimizer, expected.server_optimizer);
    QCOMPARE(parsed->clients.residuals, expected.clients.residuals);
  }
  void a_loss_that_is_not_a_number_survives() {
    Checkpoint checkpoint = sample();
    checkpoint.totals.latest_eval[""].loss_sum = std::nan("");
    const auto parsed = node::parse_checkpoint(node::serialize_checkpoint(checkpoint));
    QVERIFY(parsed.ok());
    QVERIFY(std::isnan(parsed->totals.latest_eval.at("").loss_sum));
  }
  void every_cut_and_every_flipped_byte_is_refused() {
    const std::string bytes = node::serialize_checkpoint(sample());
    for (size_t size = 0; size < bytes.size(); ++size)
      QVERIFY(!node::parse_checkpoint(std::string_view(bytes).substr(0, size)).ok());
    for (size_t at = 0; at < bytes.size(); ++at) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
      QVERIFY(!node::parse_checkpoint(damaged).ok());
    }
  }
  void another_version_is_refused_by_number() {
    std::string bytes = node::serialize_checkpoint(sample());
    bytes[4] = 9;
    const Status status = node::parse_checkpoint(bytes).status();
    QCOMPARE(status.code(), Code::failed_precondition);
    QCOMPARE(status.message(), std::string("expected a run state of version 1 or 2, got version 9"));
  }
  void both_versions_stay_readable() {
    for (const int version : {1, 2}) {
      const Checkpoint expected = version == 1 ? sample() : full_sample();
      if (qEnvironmentVariableIsSet("FEDLLM_WRITE_GOLDEN") && !read_file(golden_path(version)).ok())
        QVERIFY(write_file_atomic(golden_path(version), node::serialize_checkpoint(expected)).ok());
      const auto golden = read_file(golden_path(version));
      QVERIFY2(golden.ok(), golden.status().to_string().c_str());
      const auto parsed = node::parse_checkpoint(*golden);
      QVERIFY2(parsed.ok(), parsed.status().to_string().c_str());
      QCOMPARE(parsed->totals.latest_eval.at("kind").tokens, int64_t{7});
      QCOMPARE(parsed->clients.personal, expected.clients.personal);
      QCOMPARE(parsed->clients.variates, expected.clients.variates);
      QCOMPARE(parsed->control, expected.control);
      QCOMPARE(parsed->ranks, expected.ranks);
      QCOMPARE(parsed->script_sha256, expected.script_sha256);
      QCOMPARE(node::serialize_checkpoint(expected), *golden);
    }
  }
};

QTEST_GUILESS_MAIN(TestCheckpoint)
#include "tst_checkpoint.moc"
