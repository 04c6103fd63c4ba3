#include <QtTest>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "base/home.h"

using namespace fedllm;

namespace {

struct Env {   // sets a variable, gives the old value back
  Env(const char* name, const QByteArray& value) : name_(name), old_(qgetenv(name)), had_(qEnvironmentVariableIsSet(name)) {
    qputenv(name, value);
  }
  ~Env() { had_ ? qputenv(name_, old_) : qunsetenv(name_); }
  const char* name_;
  QByteArray old_;
  bool had_;
};

unsigned mode_of(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

}  // namespace

class TestHome : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;
  QByteArray root() { return dir_.path().toUtf8(); }

  QByteArray fresh(const char* name) {
    const QByteArray path = root() + "/" + name;
    if (!make_dirs(path.toStdString()).ok()) qFatal("cannot make %s", path.constData());
    return path;
  }

 private slots:
  void the_home_asked_for_comes_first() {
    Env runtime("XDG_RUNTIME_DIR", fresh("run"));
    Env home("FEDLLM_HOME", root() + "/env");
    const auto paths = resolve_home((root() + "/asked").toStdString());
    QVERIFY2(paths.ok(), paths.status().to_string().c_str());
    QCOMPARE(paths->home, std::filesystem::canonical((root() + "/asked").toStdString()).string());
    QCOMPARE(paths->ledger_dir, paths->home);
    QCOMPARE(paths->lock, paths->home + "/core.lock");
    QVERIFY(!paths->on_network_file_system);
    QVERIFY(resolve_home("")->home.ends_with("/env"));
  }

  void then_environment_then_xdg() {
    Env runtime("XDG_RUNTIME_DIR", fresh("run"));
    Env none("FEDLLM_HOME", "");
    Env data("XDG_DATA_HOME", root() + "/data");
    QVERIFY(resolve_home("")->home.ends_with("/data/fedllm"));
    Env no_data("XDG_DATA_HOME", "");
    Env home("HOME", root() + "/me");
    QVERIFY(resolve_home("")->home.ends_with("/me/.local/share/fedllm"));
  }

  void one_home_has_one_socket_however_it_is_named() {
    Env runtime("XDG_RUNTIME_DIR", fresh("run"));
    const auto plain = resolve_home((root() + "/h").toStdString());
    const auto dotted = resolve_home((root() + "/x/../h/.").toStdString());
    const auto other = resolve_home((root() + "/h2").toStdString());
    QCOMPARE(plain->socket, dotted->socket);
    QVERIFY(plain->socket != other->socket);
    QVERIFY(::symlink((root() + "/h").constData(), (root() + "/link").constData()) == 0);
    QCOMPARE(resolve_home((root() + "/link").toStdString())->socket, plain->socket);
  }

  void socket_paths_fit_107_characters() {
    const std::string deep = root().toStdString() + "/" + std::string(150, 'd') + "/" + std::string(150, 'e');
    Env runtime("XDG_RUNTIME_DIR", fresh("run"));
    QVERIFY(resolve_home(deep)->socket.size() <= 107);
    for (int length : {40, 60, 80, 120, 200}) {   // a runtime folder that is too long itself
      Env longer("XDG_RUNTIME_DIR", fresh(QByteArray(length, 'r').constData()));
      const auto paths = resolve_home(deep);
      QVERIFY2(paths.ok(), paths.status().to_string().c_str());
      QVERIFY2(paths->socket.size() <= 107, paths->socket.c_str());
    }
  }

  void the_socket_folder_is_private() {
    const QByteArray run = fresh("run-private");
    Env runtime("XDG_RUNTIME_DIR", run);
    const std::string folder = (run + "/fedllm").toStdString();
    QVERIFY(resolve_home((root() + "/h").toStdString())->socket.starts_with(folder + "/"));
    QCOMPARE(mode_of(folder), 0700u);
    ::chmod(folder.c_str(), 0755);
    QVERIFY(resolve_home((root() + "/h").toStdString()).ok());
    QCOMPARE(mode_of(folder), 0700u);
  }

  void a_planted_link_is_refused() {
    const QByteArray run = fresh("run-planted");
    Env runtime("XDG_RUNTIME_DIR", run);
    QVERIFY(::symlink(fresh("elsewhere").constData(), (run + "/fedllm").constData()) == 0);
    const Status status = resolve_home((root() + "/h").toStdString()).status();
    QVERIFY(status.code() == Code::permission_denied);
    QVERIFY(status.message().find("must be a folder owned by this user") != std::string::npos);
  }

  void a_home_that_cannot_be_is_one_sentence() {
    Env runtime("XDG_RUNTIME_DIR", fresh("run"));
    QVERIFY(write_file_atomic((root() + "/file").toStdString(), "x").ok());
    const Status status = resolve_home((root() + "/file/home").toStdString()).status();
    QVERIFY(!status.ok());
    QVERIFY(status.message().find("file/home") != std::string::npos);
  }

  void a_network_home_keeps_its_ledger_local() {
    Env runtime("XDG_RUNTIME_DIR", fresh("run"));
    Env network("FEDLLM_ASSUME_NETWORK_HOME", "1");
    const auto paths = resolve_home((root() + "/net").toStdString());
    QVERIFY2(paths.ok(), paths.status().to_string().c_str());
    QVERIFY(paths->on_network_file_system);
    QVERIFY(paths->ledger_dir != paths->home);
    const std::string local = "/var/tmp/fedllm-" + std::to_string(::getuid());
    QVERIFY(paths->ledger_dir.starts_with(local + "/"));
    QCOMPARE(paths->lock, paths->ledger_dir + "/core.lock");
    QCOMPARE(mode_of(local), 0700u);
    QVERIFY(QFileInfo(QString::fromStdString(paths->ledger_dir)).isDir());
    QVERIFY(resolve_home((root() + "/net2").toStdString())->ledger_dir != paths->ledger_dir);
    std::filesystem::remove(paths->ledger_dir);
    std::filesystem::remove(resolve_home((root() + "/net2").toStdString())->ledger_dir);
  }

  void names_and_paths_resolve() {
    Env assets("FEDLLM_ASSETS", "/opt/assets");
    QCOMPARE(resolve_path("builtin:microworld", "models", "/here"), std::string("/opt/assets/models/microworld"));
    QCOMPARE(resolve_path("/abs/x", "data", "/here"), std::string("/abs/x"));
    QCOMPARE(resolve_path("../x.jsonl", "data", "/here/below"), std::string("/here/x.jsonl"));
    QCOMPARE(resolve_path("x", "data", ""), (std::filesystem::current_path() / "x").string());
    Env no_assets("FEDLLM_ASSETS", "");
    QVERIFY(assets_dir().ends_with("/share/fedllm"));
    QVERIFY(QFileInfo::exists(QString::fromStdString(program_dir() + "/tst_home")));
  }
};

QTEST_GUILESS_MAIN(TestHome)
#include "tst_home.moc"
