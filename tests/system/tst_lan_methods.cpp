// Methods whose clients keep something from round to round, in a room of real processes: a member is killed in the middle and
// comes again, and everybody has the adapter of the undisturbed simulation; what a member keeps for itself is that of its
// simulated twin, to the bit.
#include "support/lan.h"

using namespace fedllm::tests;

namespace {

constexpr int kMembers = 2, kRounds = 3;

QByteArray own_adapter(const Cli& cli, int client) {
  const QString wanted = QStringLiteral("/rounds/%1/client-%2/adapter_model.safetensors").arg(kRounds, 4, 10, QChar('0')).arg(client);
  for (QDirIterator runs(cli.home() + "/runs", QDir::Dirs | QDir::NoDotAndDotDot); runs.hasNext();) {
    QFile file(runs.next() + wanted);
    if (file.open(QIODevice::ReadOnly)) return file.readAll();
  }
  return {};
}

}  // namespace

class TestLanMethods : public QObject {
  Q_OBJECT

  // The hash of the simulation's adapter.
  static std::string prepare(Lan& lan, const QByteArray& changes, Cli& simulated) {
    lan.scenario["training"]["local_steps"] = 30;   // so long that a kill hits the training, on a busy machine too
    lan.scenario.merge_patch(Json::parse(changes.toStdString()));
    Json same = lan.scenario;
    for (int i = 0; i < kMembers; ++i) same["dataset"]["files"].push_back(lan.file(i).toStdString());
    same["partition"] = {{"method", "by_file"}};
    simulated.write("/simulation.json", QByteArray::fromStdString(same.dump()));
    const CliResult simulation = simulated.run({"run", simulated.path("/simulation.json"), "--json"});
    if (simulation.code != 0) qWarning("%s", simulation.err.constData());
    return simulation.code == 0 ? text_of(simulation.last(), "adapter_sha256") : "none";
  }

 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void a_killed_member_goes_on_with_what_it_kept_data() {
    QTest::addColumn<QByteArray>("changes");
    QTest::addColumn<bool>("own");
    QTest::newRow("SCAFFOLD") << QByteArray(R"({"strategy":{"control_variates":true},"codec":"int8"})") << false;
    QTest::newRow("FLoRA") << QByteArray(R"({"strategy":{"aggregator":"flora"}})") << false;
    QTest::newRow("FedEx-LoRA") << QByteArray(R"({"strategy":{"aggregator":"fedex-lora"},"codec":"f16"})") << false;
    QTest::newRow("Fed-SB") << QByteArray(R"({"strategy":{"aggregator":"fed-sb"}})") << false;
    QTest::newRow("LoRA-A2") << QByteArray(R"({"strategy":{"aggregator":"lora-a2"}})") << false;
    QTest::newRow("FedSA-LoRA") << QByteArray(R"({"strategy":{"aggregator":"fedsa-lora"}})") << true;
    QTest::newRow("Ditto") << QByteArray(R"({"strategy":{"aggregator":"ditto"}})") << true;
  }
  void a_killed_member_goes_on_with_what_it_kept() {
    QFETCH(QByteArray, changes);
    QFETCH(bool, own);
    Lan lan(kMembers);
    Cli simulated;
    const std::string sha256 = prepare(lan, changes, simulated);

    lan.serve();
    lan.join_all();
    const Json started = lan.member(1).wait_for(event_is("client_started", 2));
    QVERIFY2(started.is_object(), (lan.host->so_far().err + lan.member(1).so_far().err).constData());
    lan.member(1).kill();
    QVERIFY(lan.host->wait_for(member_is("m1", "gone")).is_object());
    lan.join(1);
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    QCOMPARE(lan.commits(), (std::vector<int>{1, 1, 1, 1}));
    if (!own) return;
    for (int i = 0; i < kMembers; ++i) {
      const QByteArray expected = own_adapter(simulated, i), got = own_adapter(lan.member(i).cli, 0);
      QVERIFY2(!expected.isEmpty(), "the simulation kept no adapter of its client");
      QVERIFY2(got == expected, "the member's own adapter is another one");
    }
    QVERIFY(own_adapter(lan.member(0).cli, 0) != own_adapter(lan.member(1).cli, 0));
  }

  // The moment at which an update counts and its member has not heard of it: what belongs to it must be there, too.
  void a_member_killed_as_its_update_counts_kept_what_belongs_to_it() {
    Lan lan(kMembers);
    Cli simulated;
    const std::string sha256 = prepare(lan, R"({"strategy":{"control_variates":true},"codec":"int8"})", simulated);
    lan.serve();
    lan.join_all();
    const Json counted = lan.host->wait_for([](const Json& line) { return event_is("client_update", 2)(line) && line.value("client", -1) == 1; });
    QVERIFY2(counted.is_object(), lan.host->so_far().err.constData());
    lan.member(1).kill();
    QVERIFY(lan.host->wait_for(member_is("m1", "gone")).is_object());
    lan.join(1);
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
  }
};

QTEST_GUILESS_MAIN(TestLanMethods)
#include "tst_lan_methods.moc"
