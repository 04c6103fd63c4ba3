// A room on one machine, from the outside: a host and members as real processes over TLS on loopback. Same files in the same
// slots, same adapter as the simulation's.
#include "support/lan.h"

using namespace fedllm::tests;

namespace {

const QString kShared = QStringLiteral(FEDLLM_SOURCE_DIR "/../shared/data");

// Everything that was fetched into a home, with its time of change.
QMap<QString, qint64> fetched(const LanMachine& machine) {
  QMap<QString, qint64> files;
  for (QDirIterator it(machine.cli.home(), QDir::Files, QDirIterator::Subdirectories); it.hasNext();) {
    it.next();
    if (it.filePath().contains("/blobs/") || it.filePath().contains("/models/"))
      files[it.filePath()] = it.fileInfo().lastModified().toMSecsSinceEpoch();
  }
  return files;
}

bool gets_the_model(const Json& line) { return text_of(line, "sentence").find("gets the base model") != std::string::npos; }

QString ticket_in(const Lan& lan) {
  QFile file(lan.ticket_file());
  return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()).trimmed() : QString();
}

}  // namespace

class TestLan : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void four_members_make_the_adapter_of_the_simulation() {
    QStringList files;
    for (int i = 0; i < 4; ++i) files += kShared + QStringLiteral("/instruct/dolly15k_fed10_noniid/local_training_%1.json").arg(i);
    if (!QFile::exists(files.front()) || !QFile::exists(kShared + "/models/stories260K")) QSKIP("shared/data is not there");
    Lan lan(files);
    lan.scenario["base_model"] = (kShared + "/models/stories260K").toStdString();
    lan.scenario["dataset"]["label"] = "category";
    lan.scenario["training"]["local_steps"] = 4;
    lan.scenario["rounds"] = 2;
    const std::string sha256 = lan.simulated();
    QCOMPARE(sha256.size(), size_t{64});

    lan.serve();
    lan.join_all();
    QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    std::vector<QMap<QString, qint64>> before;
    for (const auto& member : lan.members) {
      before.push_back(fetched(*member));
      QVERIFY(before.back().size() >= 2);
      const CliResult runs = member->cli.run({"runs", "--json"});
      VERIFY_OK(runs);
      QCOMPARE(runs.objects().size(), size_t{1});
      QCOMPARE(text_of(runs.last(), "state"), std::string("done"));
      QCOMPARE(runs.last().at("rounds_done").get<int>(), 2);
    }

    // The second run of the room fetches nothing again, and its first step comes soon.
    lan.serve();
    lan.join_all();
    wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    qint64 last_joined = 0, first_step = 0;
    for (size_t i = 0; i < lan.members.size(); ++i) {
      const std::vector<Json> lines = lan.members[i]->lines();
      QVERIFY(std::ranges::none_of(lines, gets_the_model));
      QCOMPARE(fetched(*lan.members[i]), before[i]);
      last_joined = std::max(last_joined, lan.members[i]->started_ms);
      const auto step = std::ranges::find_if(lines, event_is("client_started", 1));
      QVERIFY(step != lines.end());
      first_step = std::max(first_step, time_of(*step));
      const CliResult runs = lan.members[i]->cli.run({"runs", "--json"});
      QCOMPARE(runs.objects().size(), size_t{2});
      for (const Json& run : runs.objects()) QCOMPARE(text_of(run, "state"), std::string("done"));
    }
    qInfo("join to the first local step of the last of four: %.2f s", static_cast<double>(first_step - last_joined) / 1000);
  }

  // A machine of its own would be faster yet: host and member share this one.
  void the_first_step_comes_soon() {
    Lan lan(1);
    lan.serve();
    lan.join(0);
    const Json step = lan.member(0).wait_for(event_is("client_step", 1));
    QVERIFY2(step.is_object(), lan.member(0).so_far().err.constData());
    const double seconds = static_cast<double>(time_of(step) - lan.member(0).started_ms) / 1000;
    qInfo("join to the first local step: %.2f s", seconds);
    QVERIFY2(seconds < 10, "the first step came late");
    const std::string sha256 = lan.simulated();
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
  }

  void nobody_consents_without_a_terminal() {
    Lan lan(1);
    lan.serve();
    QStringList arguments = lan.joining(0);
    arguments.removeAll("--yes");
    lan.member(0).start(arguments);
    const CliResult end = lan.member(0).finish();
    QCOMPARE(end.code, 2);
    QVERIFY2(end.one_line() && end.err.contains("--yes"), end.err.constData());
    QVERIFY(end.out.isEmpty());
    QVERIFY(std::ranges::none_of(lan.host->lines(), event_is("member")));
  }

  void a_wrong_ticket_opens_nothing() {
    Lan lan(1);
    lan.serve();
    const QString right = ticket_in(lan);
    QVERIFY(right.startsWith("fedllm1"));
    QString mistyped = right;
    mistyped[20] = mistyped[20] == 'A' ? 'B' : 'A';
    for (const QString& ticket : {mistyped, right.left(right.size() / 2), QString("fedllm1"), QString("hello")}) {
      lan.member(0).start({"join", ticket, "--data", lan.file(0), "--yes", "--json"});
      const CliResult end = lan.member(0).finish();
      QVERIFY2(end.code == 1 || end.code == 2, qPrintable(ticket));
      QVERIFY2(end.one_line(), end.err.constData());
    }
    QVERIFY(std::ranges::none_of(lan.host->lines(), event_is("member")));
  }

  void the_ticket_of_another_room_opens_nothing() {
    Lan other(1), lan(1);
    other.name = "another";
    const Json room = other.serve();
    const QString ticket = ticket_in(other);
    other.host->interrupt();
    QCOMPARE(other.host->finish().code, 1);
    lan.bind = QString::fromStdString(room.at("addresses").at(0).get<std::string>());
    lan.serve();
    lan.member(0).start({"join", ticket, "--data", lan.file(0), "--yes", "--json"});
    const CliResult end = lan.member(0).finish();
    QCOMPARE(end.code, 1);
    QVERIFY2(end.one_line(), end.err.constData());
    qInfo("%s", end.err.trimmed().constData());
    QVERIFY(std::ranges::none_of(lan.host->lines(), event_is("member")));
  }
};

QTEST_GUILESS_MAIN(TestLan)
#include "tst_lan.moc"
