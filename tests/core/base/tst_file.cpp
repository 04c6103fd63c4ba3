#include <QtTest>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "base/file.h"

using namespace fedllm;

namespace {

// Writes beyond `bytes` fail with EFBIG while this lives: a disk that fills.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    rlimit now = old_;
    now.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int) = nullptr;
};

// Pages of a file that are in the system's memory.
size_t cached_pages(const MappedFile& map) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> in_memory((map.bytes().size() + page - 1) / page);
  if (::mincore(const_cast<std::byte*>(map.bytes().data()), map.bytes().size(), in_memory.data()) != 0) qFatal("no mincore");
  return static_cast<size_t>(std::count_if(in_memory.begin(), in_memory.end(), [](unsigned char one) { return one & 1; }));
}

bool is_in_memory(const QString& folder) {
  constexpr long kTmpfs = 0x01021994, kRamfs = 0x858458f6;
  struct statfs info {};
  return ::statfs(qPrintable(folder), &info) == 0 && (info.f_type == kTmpfs || info.f_type == kRamfs);
}

}  // namespace

class TestFile : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  std::string at(const char* name) { return dir_.path().toStdString() + "/" + name; }
  QStringList entries() { return QDir(dir_.path()).entryList(QDir::Files, QDir::Name); }

 private slots:
  void writes_and_reads() {
    const std::string bytes("a\0b\xff", 4);
    QVERIFY(write_file_atomic(at("x"), bytes).ok());
    QCOMPARE(*read_file(at("x")), bytes);
    QVERIFY(write_file_atomic(at("x"), "").ok());
    QCOMPARE(*read_file(at("x")), std::string());
    QCOMPARE(entries(), QStringList{"x"});
  }

  void pieces_are_written_one_after_the_other() {
    std::vector<std::string> parts;
    for (int i = 0; i < 200; ++i) parts.push_back(i % 7 == 0 ? std::string() : std::string(static_cast<size_t>(i * 37), static_cast<char>('a' + i % 26)));
    const std::vector<std::string_view> pieces(parts.begin(), parts.end());
    std::string whole;
    for (const std::string& part : parts) whole += part;
    QVERIFY(write_file_atomic(at("x"), pieces).ok());
    QCOMPARE(*read_file(at("x")), whole);
    QVERIFY(write_file_atomic(at("x"), std::span<const std::string_view>()).ok());
    QCOMPARE(*read_file(at("x")), std::string());
    {
      FullDisk full(4096);
      QVERIFY(write_file_atomic(at("x"), pieces).code() == Code::resource_exhausted);
    }
    QCOMPARE(*read_file(at("x")), std::string());
    QCOMPARE(entries(), QStringList{"x"});
  }

  void threads_write_the_same_file() {
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([this, i, &failed] {
        for (int k = 0; k < 20; ++k) failed += !write_file_atomic(at("x"), std::string(2000, static_cast<char>('a' + i))).ok();
      });
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(failed.load(), 0);
    const std::string last = *read_file(at("x"));
    QCOMPARE(last, std::string(2000, last.at(0)));
    QCOMPARE(entries(), QStringList{"x"});
  }

  void relative_paths_work() {
    const QString before = QDir::currentPath();
    QDir::setCurrent(dir_.path());
    QVERIFY(write_file_atomic("relative", "r").ok());
    QDir::setCurrent(before);
    QCOMPARE(*read_file(at("relative")), std::string("r"));
    QVERIFY(QFile::remove(QString::fromStdString(at("relative"))));
  }

  void what_nobody_reads_soon_leaves_memory() {
    const QTemporaryDir folder;
    const std::string kept = folder.filePath("kept").toStdString(), dropped = folder.filePath("dropped").toStdString();
    const std::string bytes(1 << 20, 'x');
    QVERIFY(write_file_atomic(kept, bytes).ok());
    QVERIFY(write_file_atomic(dropped, bytes, FileCache::drop).ok());
    if (is_in_memory(folder.path())) QSKIP("this folder is a disk in memory");
    QVERIFY(cached_pages(**MappedFile::open(kept)) > 0);
    QCOMPARE(cached_pages(**MappedFile::open(dropped)), size_t(0));
    QCOMPARE(*read_file(dropped), bytes);
  }

  void a_full_disk_leaves_the_old_file() {
    QVERIFY(write_file_atomic(at("x"), "old").ok());
    Status status;
    {
      FullDisk full(4096);
      status = write_file_atomic(at("x"), std::string(100000, 'n'));
    }
    QVERIFY(status.code() == Code::resource_exhausted);
    QVERIFY2(status.message().starts_with("cannot write " + at("x") + ": "), status.message().c_str());
    QCOMPARE(*read_file(at("x")), std::string("old"));
    QCOMPARE(entries(), QStringList{"x"});   // no temporary file is left
  }

  void errors_name_path_and_reason() {
    const Status missing = read_file(at("none")).status();
    QVERIFY(missing.code() == Code::not_found);
    QCOMPARE(missing.message(), "cannot open " + at("none") + ": No such file or directory");
    QVERIFY(read_file(dir_.path().toStdString()).status().message().find("expected a file, got a folder") != std::string::npos);
    QVERIFY(write_file_atomic(at("none/x"), "x").code() == Code::not_found);
    QVERIFY(write_file_atomic(at("x/y"), "x").code() == Code::not_found);   // x is a file
    QVERIFY(QDir(dir_.path()).mkdir("folder"));
    QVERIFY(!write_file_atomic(at("folder"), "x").ok());
    QCOMPARE(entries(), QStringList{"x"});
    if (::geteuid() == 0) return;   // root may write everywhere
    QFile::setPermissions(QString::fromStdString(at("folder")), QFile::ReadOwner | QFile::ExeOwner);
    QVERIFY(write_file_atomic(at("folder/x"), "x").code() == Code::permission_denied);
  }

  void what_is_too_large_is_refused_before_it_is_read() {
    QVERIFY(write_file_atomic(at("big"), "12345").ok());
    QCOMPARE(*read_file(at("big"), 5), std::string("12345"));
    const Status status = read_file(at("big"), 4).status();
    QVERIFY(status.code() == Code::resource_exhausted);
    QCOMPARE(status.message(), "expected a file of at most 4 B, got a larger one: " + at("big"));
    QVERIFY(read_file("/dev/zero", 100'000).status().code() == Code::resource_exhausted);   // no size, no end
    QVERIFY(QFile::resize(QString::fromStdString(at("big")), qint64{1} << 40));             // holes, no bytes
    QVERIFY(read_file(at("big")).status().code() == Code::resource_exhausted);
    QVERIFY(QFile::remove(QString::fromStdString(at("big"))));
  }

  void makes_folders() {
    QVERIFY(make_dirs(at("a/b/c")).ok());
    QVERIFY(make_dirs(at("a/b/c")).ok());
    QVERIFY(QFileInfo(QString::fromStdString(at("a/b/c"))).isDir());
    QVERIFY(!make_dirs(at("x/below-a-file")).ok());
  }

  void maps_files() {
    QVERIFY(write_file_atomic(at("m"), "mapped").ok());
    const auto map = *MappedFile::open(at("m"));
    QCOMPARE(map->text(), std::string_view("mapped"));
    QCOMPARE(map->bytes().size(), size_t(6));
    QVERIFY(write_file_atomic(at("m"), "other").ok());   // replaced, not changed: the map stays
    QCOMPARE(map->text(), std::string_view("mapped"));
    QVERIFY(write_file_atomic(at("m"), "").ok());
    QVERIFY((*MappedFile::open(at("m")))->text().empty());
    QVERIFY(MappedFile::open(at("nothing")).status().code() == Code::not_found);
    QVERIFY(!MappedFile::open(dir_.path().toStdString()).ok());
  }
};

QTEST_GUILESS_MAIN(TestFile)
#include "tst_file.moc"
