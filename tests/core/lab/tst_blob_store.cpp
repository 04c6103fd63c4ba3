// BlobStore and BlobShelf: content-addressed, resumable, and nothing a peer says reaches the file system but a hash.
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "base/sha256.h"
#include "lab/blob_store.h"

using namespace fedllm;
using namespace fedllm::lab;

namespace {

std::string bytes_of(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i * 31 % 251);
  return bytes;
}

Blob blob_of(const std::string& bytes) { return {sha256_hex(bytes), bytes.size(), "it"}; }

int mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<int>(info.st_mode & 0777) : -1;
}

}  // namespace

class TestBlobStore : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    home_ = dir_->path().toStdString();
  }

  void what_is_put_can_be_read_by_its_hash() {
    BlobStore store(home_);
    const std::string bytes = bytes_of(3000);
    QVERIFY(!store.has(sha256_hex(bytes)));
    const auto blob = store.put("scenario", bytes);
    QVERIFY2(blob.ok(), blob.status().to_string().c_str());
    QCOMPARE(blob->sha256, sha256_hex(bytes));
    QVERIFY(store.has(blob->sha256));
    QCOMPARE(*read_file(*store.path(blob->sha256)), bytes);
    QCOMPARE(mode_of(*store.path(blob->sha256)), 0600);
    QCOMPARE(mode_of(home_ + "/blobs"), 0700);
    QVERIFY(store.put("again", bytes).ok());
    QVERIFY(store.put("nothing", "").ok());
    QVERIFY(store.has(sha256_hex("")));
  }

  void a_blob_is_taken_up_where_it_broke_off() {
    const std::string bytes = bytes_of(100'000);
    {
      BlobStore store(home_);
      auto incoming = store.receive(blob_of(bytes), 1 << 20);
      QVERIFY(incoming.ok());
      QCOMPARE((*incoming)->have(), uint64_t{0});
      QVERIFY((*incoming)->add(bytes.substr(0, 70'000)).ok());
    }
    BlobStore store(home_);  // as after a restart
    auto incoming = store.receive(blob_of(bytes), 1 << 20);
    QVERIFY(incoming.ok());
    QCOMPARE((*incoming)->have(), uint64_t{70'000});
    QVERIFY(!store.has(sha256_hex(bytes)));
    QVERIFY((*incoming)->finish().code() == Code::data_loss);  // not yet whole
    QVERIFY((*incoming)->add(bytes.substr(70'000)).ok());
    QVERIFY((*incoming)->finish().ok());
    QCOMPARE(*read_file(*store.path(sha256_hex(bytes))), bytes);
    QVERIFY(!std::filesystem::exists(home_ + "/blobs/" + sha256_hex(bytes) + ".part"));
  }

  void other_bytes_are_refused_and_removed() {
    BlobStore store(home_);
    const std::string bytes = bytes_of(5000);
    std::string other = bytes;
    other[4321] ^= 1;
    auto incoming = store.receive(blob_of(bytes), 1 << 20);
    QVERIFY(incoming.ok());
    QVERIFY((*incoming)->add(other).ok());
    const Status finished = (*incoming)->finish();
    QCOMPARE(finished.code(), Code::data_loss);
    QVERIFY(finished.message().find("expected SHA-256") != std::string::npos);
    QVERIFY(!store.has(sha256_hex(bytes)));
    incoming->reset();
    auto again = store.receive(blob_of(bytes), 1 << 20);
    QVERIFY(again.ok());
    QCOMPARE((*again)->have(), uint64_t{0});  // nothing of the bad one is left
  }

  void sizes_are_checked_first() {
    BlobStore store(home_);
    Blob huge = blob_of("x");
    huge.bytes = uint64_t{1} << 62;
    QCOMPARE(store.receive(huge, uint64_t{1} << 36).status().code(), Code::resource_exhausted);
    QVERIFY(!std::filesystem::exists(home_ + "/blobs/" + huge.sha256 + ".part"));
    // More than any disk here has room for.
    huge.bytes = uint64_t{1} << 60;
    const Status full = store.receive(huge, UINT64_MAX).status();
    QCOMPARE(full.code(), Code::resource_exhausted);
    QVERIFY2(full.message().find("no room") != std::string::npos, full.message().c_str());
    auto incoming = store.receive(blob_of("four"), 4);
    QVERIFY(incoming.ok());
    QVERIFY((*incoming)->add("fou").ok());
    QCOMPARE((*incoming)->add("rth").code(), Code::invalid_argument);
    QCOMPARE((*incoming)->have(), uint64_t{3});
  }

  void only_one_receives_a_blob_at_a_time() {
    BlobStore store(home_);
    auto first = store.receive(blob_of("four"), 4);
    QVERIFY(first.ok());
    QCOMPARE(store.receive(blob_of("four"), 4).status().code(), Code::already_exists);
    first->reset();
    QVERIFY(store.receive(blob_of("four"), 4).ok());
  }

  void no_name_reaches_the_file_system() {
    BlobStore store(home_);
    std::ofstream(home_ + "/secret") << "s";
    for (const std::string& name : {std::string("../secret"), std::string("/etc/passwd"), std::string(), std::string(64, 'A'),
                                    std::string(63, 'a'), std::string(64, '/'), std::string("..") + std::string(62, 'a'),
                                    std::string(32, 'a') + std::string(1, '\0') + std::string(31, 'a')}) {
      QVERIFY(!store.has(name));
      QCOMPARE(store.path(name).status().code(), Code::invalid_argument);
      QCOMPARE(store.receive({name, 1, "x"}, 10).status().code(), Code::invalid_argument);
    }
    // A link with a blob's name is no blob.
    QVERIFY(store.put("x", "x").ok());
    const std::string name = sha256_hex("linked");
    std::filesystem::create_symlink(home_ + "/secret", home_ + "/blobs/" + name);
    QVERIFY(!store.has(name));
    std::filesystem::create_symlink(home_ + "/secret", home_ + "/blobs/" + sha256_hex("part") + ".part");
    QVERIFY(!store.receive(blob_of("part"), 10).ok());
    QCOMPARE(*read_file(home_ + "/secret"), std::string("s"));
  }

  void a_part_longer_than_the_blob_is_begun_anew() {
    BlobStore store(home_);
    QVERIFY(store.put("x", "x").ok());  // makes the folder
    std::ofstream(home_ + "/blobs/" + sha256_hex("four") + ".part") << "longer than four";
    auto incoming = store.receive(blob_of("four"), 4);
    QVERIFY(incoming.ok());
    QCOMPARE((*incoming)->have(), uint64_t{0});
    QVERIFY((*incoming)->add("four").ok());
    QVERIFY((*incoming)->finish().ok());
  }

  void the_shelf_serves_files_and_bytes_from_any_offset() {
    const std::string bytes = bytes_of(10'000);
    std::ofstream(home_ + "/weights", std::ios::binary) << bytes;
    BlobShelf shelf;
    const auto file = shelf.offer_file("model.safetensors", home_ + "/weights");
    QVERIFY2(file.ok(), file.status().to_string().c_str());
    QCOMPARE(file->sha256, sha256_hex(bytes));
    QCOMPARE(file->bytes, uint64_t{10'000});
    const Blob text = shelf.offer_bytes("scenario", "hello");
    QVERIFY(shelf.offers(text.sha256) && shelf.offers(file->sha256) && !shelf.offers(sha256_hex("?")));
    QCOMPARE(shelf.size(file->sha256), uint64_t{10'000});
    QCOMPARE(*shelf.read(file->sha256, 9'000, 4096), bytes.substr(9'000));
    QCOMPARE(*shelf.read(file->sha256, 0, 100), bytes.substr(0, 100));
    QCOMPARE(*shelf.read(file->sha256, 10'000, 100), std::string());
    QCOMPARE(*shelf.read(text.sha256, 1, 3), std::string("ell"));
    QCOMPARE(shelf.read(text.sha256, 6, 1).status().code(), Code::out_of_range);
    QCOMPARE(shelf.read(text.sha256, UINT64_MAX, 1).status().code(), Code::out_of_range);
    QCOMPARE(shelf.read(sha256_hex("?"), 0, 1).status().code(), Code::not_found);
    const BlobShelf copy = shelf;
    shelf.offer_bytes("more", "more");
    QVERIFY(copy.offers(sha256_hex("more")));
  }

  void a_file_that_changed_is_no_longer_served() {
    std::ofstream(home_ + "/weights") << "as offered";
    BlobShelf shelf;
    const auto file = shelf.offer_file("w", home_ + "/weights");
    QVERIFY(file.ok());
    std::ofstream(home_ + "/weights") << "something longer";
    QCOMPARE(shelf.read(file->sha256, 0, 4).status().code(), Code::failed_precondition);
    QCOMPARE(shelf.offer_file("n", home_ + "/nowhere").status().code(), Code::not_found);
    QVERIFY(!shelf.offer_file("d", home_).ok());
  }

 private:
  std::unique_ptr<QTemporaryDir> dir_;
  std::string home_;
};

QTEST_GUILESS_MAIN(TestBlobStore)
#include "tst_blob_store.moc"
