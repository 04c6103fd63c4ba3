// Packed batches of examples with one response at the end and with several.
#include <QtTest>

#include "train/batch.cpp"   // the module that holds it is loaded, not linked

using namespace fedllm;
using namespace fedllm::train;
using data::Example;

class TestBatch : public QObject {
  Q_OBJECT
 private slots:
  void one_response();
  void several_responses();
  void nothing_to_score();
};

void TestBatch::one_response() {
  PackedBatch batch;
  Example example{{5, 6, 7, 8}, 2};
  batch.add(example);
  example.prompt_length = 0;
  batch.add(example);   // the first token is never a target
  QCOMPARE(batch.tokens, (std::vector<int64_t>{5, 6, 7, 5, 6, 7}));
  QCOMPARE(batch.positions, (std::vector<int32_t>{0, 1, 2, 0, 1, 2}));
  QCOMPARE(batch.starts, (std::vector<int32_t>{0, 3, 6}));
  QCOMPARE(batch.out_starts, (std::vector<int32_t>{0, 2, 5}));
  QCOMPARE(batch.targets, (std::vector<int64_t>{7, 8, 6, 7, 8}));
  QCOMPARE(target_count(example), int64_t{3});
}

void TestBatch::several_responses() {
  Example example{{1, 2, 3, 4, 5, 6, 7, 8, 9}, 2};
  example.scored = {{2, 4}, {6, 8}};
  QCOMPARE(target_count(example), int64_t{4});
  QCOMPARE(out_count(example), int64_t{6});
  PackedBatch batch;
  batch.add(example);
  QCOMPARE(batch.tokens, (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7}));   // what follows the last scored token is not needed
  QCOMPARE(batch.starts, (std::vector<int32_t>{0, 7}));
  QCOMPARE(batch.out_rows(), int64_t{6});
  QCOMPARE(batch.targets, (std::vector<int64_t>{3, 4, kNoTarget, kNoTarget, 7, 8}));   // of the last six rows
  // One range to the end is what no range means.
  Example plain{{1, 2, 3, 4}, 2}, ranged = plain;
  ranged.scored = {{2, 4}};
  PackedBatch a, b;
  a.add(plain), b.add(ranged);
  QVERIFY(a.tokens == b.tokens && a.targets == b.targets && a.out_starts == b.out_starts);
}

void TestBatch::nothing_to_score() {
  PackedBatch batch;
  batch.add(Example{{1, 2, 3}, 3});
  batch.add(Example{{1}, 0});
  batch.add(Example{});
  QCOMPARE(batch.rows(), int64_t{0});
  QCOMPARE(batch.sequences(), 0);
  QCOMPARE(out_count(Example{{1, 2, 3}, 3}), int64_t{0});
}

QTEST_GUILESS_MAIN(TestBatch)
#include "tst_batch.moc"
