// A room's bad days, with real processes: members and hosts that are killed and come again, latecomers, namesakes, one who
// never comes back. Where the cohort is unchanged the adapter is that of an undisturbed run.
#include "support/lan.h"

using namespace fedllm::tests;

class TestLanBadDays : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { SKIP_WITHOUT_TRAINING(); }

  void a_killed_member_comes_again() {
    Lan lan(3);
    slow(lan);
    const std::string sha256 = lan.simulated();
    lan.serve();
    lan.join_all();
    QVERIFY(lan.member(1).wait_for(event_is("client_started", 2)).is_object());
    lan.member(1).kill();
    QVERIFY(lan.host->wait_for(member_is("m1", "gone")).is_object());
    lan.join(1);
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    QCOMPARE(lan.commits(), (std::vector<int>{1, 1, 1, 1}));
  }

  void a_killed_host_comes_again_data() {
    QTest::addColumn<QString>("event");
    QTest::addColumn<int>("round");
    QTest::addColumn<bool>("member_too");
    QTest::newRow("after a commit") << "round_committed" << 1 << false;
    QTest::newRow("while they train") << "client_started" << 2 << false;
    QTest::newRow("with the first update") << "client_update" << 2 << false;
    QTest::newRow("a member too") << "client_started" << 2 << true;
  }
  void a_killed_host_comes_again() {
    QFETCH(QString, event);
    QFETCH(int, round);
    QFETCH(bool, member_too);
    Lan lan(3);
    slow(lan);
    const std::string sha256 = lan.simulated();
    const Json room = lan.serve();
    lan.join_all();
    const QByteArray name = event.toUtf8();
    QVERIFY(lan.host->wait_for(event_is(name.constData(), round)).is_object());
    lan.host->kill();
    if (member_too) lan.member(2).kill();
    QTest::qSleep(1500);
    QVERIFY2(lan.member(0).running(), (lan.member(0).so_far().out.right(600) + lan.member(0).so_far().err).constData());
    const Json again = lan.serve();
    QVERIFY(again.at("room") == room.at("room"));
    QVERIFY(again.at("addresses") == room.at("addresses"));
    QElapsedTimer back;
    back.start();
    if (member_too) lan.join(2);
    // An event of the run: a member's state is told once a second and may be over by then.
    QVERIFY(lan.host->wait_for(event_is("client_started")).is_object());
    qInfo("a member trains again %.2f s after the host is back", static_cast<double>(back.elapsed()) / 1000);
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    const std::vector<int> commits = lan.commits();
    for (size_t i = 0; i < commits.size(); ++i) QVERIFY2(commits[i] <= 1, "a committed round was trained again");
    QCOMPARE(commits.back(), 1);
  }

  void a_latecomer_waits_for_the_next_run() {
    Lan lan(3);
    slow(lan);
    lan.min_members = 2;
    lan.serve();
    lan.join(0);
    lan.join(1);
    QVERIFY(lan.host->wait_for(event_is("client_started", 1)).is_object());
    lan.join(2);
    QVERIFY(lan.host->wait_for(member_is("m2", "waiting"), 15'000).is_object() ||
            lan.host->wait_for(member_is("m2", "ready"), 1'000).is_object());
    const CliResult host = lan.host->finish();
    QVERIFY2(host.code == 0, host.err.constData());
    const Json started = lan.host->wait_for(event_is("run_started"));
    QVERIFY(started.is_object());
    QCOMPARE(started.at("clients").get<int>(), 2);
    const std::string sha256 = text_of(host.last(), "adapter_sha256");
    for (const int i : {0, 1}) QCOMPARE(text_of(lan.member(i).finish().last(), "adapter_sha256"), sha256);
    lan.member(2).finish(5'000);   // it had no run to end with
    QVERIFY(std::ranges::none_of(lan.member(2).lines(), event_is("client_started")));

    // All three come to the next one.
    lan.min_members = 3;
    const std::string all = lan.simulated();
    lan.serve();
    lan.join_all();
    const QByteArray wrong = lan.all_end_with(all);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
  }

  void namesakes_are_two_members() {
    Lan lan(2);
    const std::string sha256 = lan.simulated();
    lan.serve();
    for (int i = 0; i < 2; ++i) {
      QStringList arguments = lan.joining(i);
      arguments[arguments.indexOf("--name") + 1] = "the same";
      lan.member(i).start(arguments);
    }
    const QByteArray wrong = lan.all_end_with(sha256);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    std::set<std::string> names;
    for (const Json& line : lan.host->lines())
      if (event_is("member")(line)) names.insert(text_of(line, "name"));
    QCOMPARE(names, (std::set<std::string>{"the same", "the same (2)"}));
  }

  void a_taken_slot_is_refused_or_given_another() {
    Lan lan(2);
    lan.serve();
    lan.join(0);
    QVERIFY(lan.host->wait_for(member_is("m0", "ready")).is_object());
    QStringList arguments = lan.joining(1);
    arguments[arguments.indexOf("--slot") + 1] = "0";
    lan.member(1).start(arguments);
    const CliResult end = lan.member(1).finish(15'000);
    QCOMPARE(end.code, 1);
    QVERIFY2(end.one_line() && end.err.contains("slot"), end.err.constData());
    QVERIFY(lan.host->running() && lan.member(0).running());
  }

  // Without a deadline: one round closes within twice the usual and a little more, the later ones do not wait.
  void a_vanished_member_costs_one_wait() {
    Lan lan(3);
    slow(lan);
    lan.scenario["rounds"] = 5;
    lan.scenario["network"]["deadline_s"] = 0;
    lan.serve();
    lan.join_all();
    QVERIFY(lan.host->wait_for(event_is("round_committed", 2)).is_object());
    QVERIFY(lan.host->wait_for(event_is("client_started", 3)).is_object());
    lan.member(2).kill();
    const CliResult host = lan.host->finish();
    QVERIFY2(host.code == 0, host.err.constData());
    std::map<int, qint64> began, ended;
    std::set<int> rejected;
    for (const Json& line : lan.host->lines()) {
      if (event_is("round_started")(line)) began[line.at("round")] = time_of(line);
      if (event_is("round_committed")(line)) ended[line.at("round")] = time_of(line);
      if (event_is("client_rejected")(line)) rejected.insert(line.at("client").get<int>());
    }
    QCOMPARE(ended.rbegin()->first, 5);
    QCOMPARE(rejected, std::set<int>{2});
    const auto lasted = [&](int round) { return static_cast<double>(ended[round] - began[round]) / 1000; };
    const double usual = std::max(lasted(1), lasted(2));
    qInfo("rounds lasted %.2f %.2f, without the vanished one %.2f, then %.2f %.2f s", lasted(1), lasted(2), lasted(3), lasted(4), lasted(5));
    QVERIFY2(lasted(3) < 2 * usual + 4, "the round waited too long");
    for (const int round : {4, 5}) QVERIFY2(lasted(round) < usual + 2, "a later round waited again");
    const std::string sha256 = text_of(host.last(), "adapter_sha256");
    for (const int i : {0, 1}) QCOMPARE(text_of(lan.member(i).finish().last(), "adapter_sha256"), sha256);
  }

 private:
  // Rounds long enough to be hit.
  static void slow(Lan& lan) {
    lan.scenario["training"] = {{"local_steps", 40}, {"batch_size", 8}, {"max_length", 64}};
  }
};

QTEST_GUILESS_MAIN(TestLanBadDays)
#include "tst_lan_bad_days.moc"
