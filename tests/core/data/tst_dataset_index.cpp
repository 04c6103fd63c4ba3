// What import leaves behind: the index on disk, its reuse, cancel, progress, and reading from it later.
#include <QtTest>

#include <atomic>
#include <thread>

#include "core/data/import_helpers.h"
#include "core/data/temp_folder.h"
#include "data/record_index.h"

using namespace fedllm;
using namespace fedllm::data;
using namespace fedllm::test;

class TestDatasetIndex : public QObject {
  Q_OBJECT
 private slots:
  void cancel_leaves_nothing();
  void reuses_the_index();
  void index_golden();
  void changed_file_is_noticed();
  void hash_follows_content_format_and_label();
  void reads_from_many_threads();
  void progress_reaches_the_end();
};

void TestDatasetIndex::cancel_leaves_nothing() {
  TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 60'000; ++i) bytes += "{\"text\":\"some words to make the file longer than one chunk\"}\n";
  auto options = options_for({folder.write("a.jsonl", bytes)});
  options.home = folder.path("home");
  options.progress = [&](const ImportProgress&) { options.stop.request(); };
  const auto dataset = Dataset::import(options);
  QVERIFY(!dataset.ok());
  QVERIFY(dataset.status().code() == Code::cancelled);
  QCOMPARE(folder.files(), std::vector<std::string>{"a.jsonl"});
}

void TestDatasetIndex::reuses_the_index() {
  TempFolder folder;
  auto options = options_for({folder.write("a.jsonl", "{\"text\":\"a\",\"t\":\"z\"}\n{\"text\":\"b\",\"t\":\"y\"}\n")}, "t");
  options.home = folder.path("home");
  int passes = 0;
  options.progress = [&](const ImportProgress& p) { passes += p.bytes_done == p.bytes_total && p.records > 0; };
  const auto first = Dataset::import(options);
  QVERIFY2(first.ok(), first.status().to_string().c_str());
  QCOMPARE(passes, 1);
  const auto second = Dataset::import(options);
  QVERIFY(second.ok());
  QCOMPARE(passes, 1);
  QCOMPARE((*second)->hash(), (*first)->hash());
  QCOMPARE((*second)->labels(), (*first)->labels());
  QCOMPARE((*second)->label_of(0), 1);
  QCOMPARE(read_value(**second, 1, "text"), std::string("b"));
  const auto index = folder.path("home/datasets/" + (*first)->hash() + "/index.bin");
  QVERIFY(std::filesystem::exists(index));
  std::filesystem::resize_file(index, 100);   // a damaged index is made anew, not trusted
  const auto third = Dataset::import(options);
  QVERIFY(third.ok());
  QCOMPARE(passes, 2);
  QCOMPARE((*third)->size(), 2);
  folder.write("a.jsonl", "{\"text\":\"c\",\"t\":\"z\"}\n");
  const auto fourth = Dataset::import(options);
  QVERIFY(fourth.ok());
  QCOMPARE((*fourth)->size(), 1);
  QVERIFY((*fourth)->hash() != (*first)->hash());
}

// Version 1 stays readable for ever; the file was written by another program after FORMAT.md.
void TestDatasetIndex::index_golden() {
  const auto index = RecordIndex::open(FEDLLM_SOURCE_DIR "/tests/core/data/index_v1.bin");
  QVERIFY2(index.ok(), index.status().to_string().c_str());
  QCOMPARE((*index)->size(), 2);
  const IndexEntry first = (*index)->entry(0), second = (*index)->entry(1);
  QCOMPARE(first.offset, uint64_t{7});
  QCOMPARE(first.length, 5u);
  QCOMPARE(first.key, kNoKey);
  QCOMPARE(second.file, 1u);
  QCOMPARE(second.label, 1);
  QCOMPARE(second.key, 0u);
  const IndexSummary& summary = (*index)->summary();
  QCOMPARE(summary.hash, std::string("h"));
  QCOMPARE(summary.files.size(), size_t{2});
  QVERIFY(summary.files[0].layout.format == Format::csv && summary.files[0].layout.delimiter == ';');
  QCOMPARE(summary.files[0].layout.columns, (std::vector<std::string>{"text", "t"}));
  QCOMPARE(summary.labels, (std::vector<std::string>{"z", "a"}));
  QCOMPARE(summary.skipped.at(0).reason, std::string("why"));
}

void TestDatasetIndex::changed_file_is_noticed() {
  TempFolder folder;
  const auto path = folder.write("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
  const auto dataset = Dataset::import(options_for({path}));
  QVERIFY(dataset.ok());
  folder.write("a.jsonl", "{\"text\":\"a\"}\n");
  const auto record = (*dataset)->read(1);
  QVERIFY(!record.ok());
  QVERIFY(record.status().message().find("has changed since it was imported") != std::string::npos);
}

void TestDatasetIndex::hash_follows_content_format_and_label() {
  TempFolder folder;
  const std::string bytes = "{\"text\":\"a\",\"t\":\"z\"}\n";
  const auto a = folder.write("a.jsonl", bytes), b = folder.write("b.jsonl", bytes), c = folder.write("c.jsonl", bytes + bytes);
  const auto hash = [&](const std::string& path, const std::string& label) {
    return (*Dataset::import(options_for({path}, label)))->hash();
  };
  QCOMPARE(hash(a, "t"), hash(b, "t"));
  QVERIFY(hash(a, "t") != hash(a, ""));
  QVERIFY(hash(a, "t") != hash(c, "t"));
}

void TestDatasetIndex::reads_from_many_threads() {
  TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 2'000; ++i) bytes += "{\"text\":\"" + std::to_string(i) + "\"}\n";
  const auto dataset = Dataset::import(options_for({folder.write("a.jsonl", bytes)}));
  QVERIFY(dataset.ok());
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int64_t i = t; i < 2'000; i += 3)
          if (read_value(**dataset, i, "text") != std::to_string(i)) ++wrong;
      });
  }
  QCOMPARE(wrong.load(), 0);
}

void TestDatasetIndex::progress_reaches_the_end() {
  TempFolder folder;
  std::string bytes;
  for (int i = 0; i < 50'000; ++i) bytes += "{\"text\":\"a line of some length, again and again and again\"}\n";
  auto options = options_for({folder.write("a.jsonl", bytes)});
  ImportProgress last;
  uint64_t calls = 0;
  options.progress = [&](const ImportProgress& p) {
    QVERIFY(p.bytes_done >= last.bytes_done);
    last = p;
    ++calls;
  };
  QVERIFY(Dataset::import(options).ok());
  QCOMPARE(last.bytes_done, bytes.size());
  QCOMPARE(last.bytes_total, bytes.size());
  QCOMPARE(last.records, uint64_t{50'000});
  QVERIFY(calls >= 1 && calls < 100);
}

QTEST_GUILESS_MAIN(TestDatasetIndex)
#include "tst_dataset_index.moc"
