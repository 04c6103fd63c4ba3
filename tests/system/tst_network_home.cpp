// A home on a network file system: the record of runs and the lock lie in a local folder of this user, artifacts in the
// home; every verb finds them there. The file system is asked through statfs; here the environment says that it is one.
#include <unistd.h>

#include "base/home.h"
#include "support/cli.h"

using namespace fedllm::tests;

namespace {

// A home that pretends to lie on NFS. Its local folder is removed at the end.
struct NetworkHome {
  NetworkHome() {
    cli.environment().insert("FEDLLM_ASSUME_NETWORK_HOME", "1");
    qputenv("FEDLLM_ASSUME_NETWORK_HOME", "1");
    qputenv("XDG_RUNTIME_DIR", cli.path("/run").toUtf8());
    paths = *fedllm::resolve_home(cli.home().toStdString());
    qunsetenv("FEDLLM_ASSUME_NETWORK_HOME");
  }
  ~NetworkHome() { QDir(local()).removeRecursively(); }
  QString local(const char* file = "") const { return QString::fromStdString(paths.ledger_dir) + file; }

  Cli cli;
  fedllm::HomePaths paths;
};

}  // namespace

class TestNetworkHome : public QObject {
  Q_OBJECT
 private slots:
  void the_folder_is_local_and_of_this_user_alone() {
    const NetworkHome home;
    QVERIFY(home.paths.on_network_file_system);
    QVERIFY(!home.local().startsWith(home.cli.home()));
    const QFileInfo parent(QFileInfo(home.local()).path());
    QCOMPARE(parent.ownerId(), ::getuid());
    QCOMPARE(parent.permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
             QFile::Permissions());
  }

  void a_core_keeps_ledger_lock_and_socket_there() {
    const NetworkHome home;
    const auto core = home.cli.start({"core"});
    QVERIFY(QTest::qWaitFor([&] { return QFile::exists(QString::fromStdString(home.paths.socket)); }, 15'000));
    QVERIFY(QFile::exists(home.local("/ledger.db")) && QFile::exists(home.local("/core.lock")));
    QVERIFY(!QFile::exists(home.cli.home() + "/ledger.db") && !QFile::exists(home.cli.home() + "/core.lock"));
    const CliResult second = home.cli.run({"core"});
    QCOMPARE(second.code, 1);
    QVERIFY2(second.one_line() && second.error().find("process " + std::to_string(core->processId())) != std::string::npos,
             second.err.constData());
    VERIFY_OK(home.cli.run({"runs", "--json"}));
    ::kill(static_cast<pid_t>(core->processId()), SIGTERM);
    QCOMPARE(Cli::finish(*core).code, 0);
  }

  void a_run_is_recorded_there_and_its_adapter_lies_in_the_home() {
    SKIP_WITHOUT_TRAINING();
    const NetworkHome home;
    const CliResult run = home.cli.run({"run", home.cli.tiny(), "--json"});
    VERIFY_OK(run);
    QVERIFY(QString::fromStdString(text_of(run.last(), "adapter_dir")).startsWith(QDir(home.cli.home()).canonicalPath()));
    QVERIFY(QFile::exists(home.local("/ledger.db")) && !QFile::exists(home.cli.home() + "/ledger.db"));
    const std::string id = text_of(run.last(), "run");
    const std::vector<Json> runs = home.cli.run({"runs", "--json"}).objects();
    QCOMPARE(runs.size(), size_t{1});
    QCOMPARE(text_of(runs[0], "run"), id);
    QCOMPARE(text_of(home.cli.run({"show", QString::fromStdString(id), "--json"}).last(), "adapter_sha256"),
             text_of(run.last(), "adapter_sha256"));
  }
};

QTEST_GUILESS_MAIN(TestNetworkHome)
#include "tst_network_home.moc"
