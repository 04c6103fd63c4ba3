// The contract that scripts rely on, for verbs that do not train: exit codes, one line on standard error, results on
// standard output, and what new, check, partition, runs and show print.
#include <QRegularExpression>

#include <map>
#include <set>

#include "support/cli.h"

using namespace fedllm::tests;

namespace {

int64_t sum(const Json& map) {
  int64_t total = 0;
  for (const auto& value : map) total += value.get<int64_t>();
  return total;
}

}  // namespace

class TestCli : public QObject {
  Q_OBJECT
 private slots:
  void help_lists_every_verb_and_exits_0() {
    const Cli cli;
    const CliResult help = cli.run({"--help"});
    VERIFY_OK(help);
    for (const char* verb :
         {"run SCENARIO", "resume RUN", "new", "check SCENARIO", "partition SCENARIO", "runs", "show RUN", "version"})
      QVERIFY2(help.out.contains(verb), verb);
    QVERIFY(help.out.contains("Exit codes: 0 ok, 1 failed, 2 wrong usage."));
    QVERIFY(!help.out.contains("\n  core"));
    for (const char* verb : {"run", "resume", "new", "check", "partition", "runs", "show", "core", "version", "pretrain"}) {
      const CliResult one = cli.run({verb, "--help"});
      VERIFY_OK(one);
      for (const char* option : {"--home DIR", "--json", "--help"}) QVERIFY2(one.out.contains(option), verb);
    }
    for (const char* verb : {"run", "new", "check", "partition"})
      QVERIFY2(cli.run({verb, "--help"}).out.contains("--set path=value"), verb);
    QVERIFY(cli.run({"run", "--help"}).out.contains("--workers N"));
  }

  // resources/man/fedllm.1 has an entry for every verb of --help and no other, and names every option of it there.
  void the_man_page_knows_every_verb_and_option() {
    QFile file(QStringLiteral(FEDLLM_SOURCE_DIR "/resources/man/fedllm.1"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QString page = QString::fromUtf8(file.readAll()).replace("\\-", "-");
    page = page.section(".SH VERBS", 1).section(".SH OPTIONS", 0, 0);
    std::map<QString, QString> entries;
    static const QRegularExpression entry("^\\.TP\\n\\\\fB([a-z]+)\\\\fR", QRegularExpression::MultilineOption);
    QString last;
    qsizetype from = 0;
    for (auto found = entry.globalMatch(page); found.hasNext();) {
      const auto match = found.next();
      if (!last.isEmpty()) entries[last] = page.mid(from, match.capturedStart() - from);
      last = match.captured(1), from = match.capturedStart();
    }
    entries[last] = page.mid(from);
    const Cli cli;
    static const QRegularExpression verb("^  ([a-z]+) ", QRegularExpression::MultilineOption), option("\\[(--[a-z-]+)");
    QStringList verbs;
    for (auto found = verb.globalMatch(QString::fromUtf8(cli.run({"--help"}).out)); found.hasNext();) verbs << found.next().captured(1);
    QVERIFY2(verbs.size() > 15, qPrintable(verbs.join(' ')));
    for (const QString& name : verbs) {
      QVERIFY2(entries.contains(name), qPrintable("no entry in resources/man/fedllm.1: " + name));
      const QString usage = QString::fromUtf8(cli.run({name, "--help"}).out).section('\n', 0, 0);
      for (auto found = option.globalMatch(usage); found.hasNext();) {
        const QString wanted = found.next().captured(1);
        if (wanted == "--home" || wanted == "--json") continue;
        QVERIFY2(entries[name].contains("\\fB" + wanted + "\\fR"), qPrintable(name + " has no " + wanted + " in resources/man/fedllm.1"));
      }
    }
    for (const auto& [name, text] : entries) QVERIFY2(verbs.contains(name), qPrintable("resources/man/fedllm.1 has an entry of no verb: " + name));
  }

  void wrong_usage_exits_2_with_one_line_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("line");
    QTest::newRow("verb") << QStringList{"rnu", "x"} << "unknown verb \"rnu\"; did you mean \"run\"?";
    QTest::newRow("option") << QStringList{"run", "x", "--worker", "2"}
                            << "unknown option of run \"--worker\"; did you mean \"--workers\"?";
    QTest::newRow("option of another verb") << QStringList{"runs", "--csv"} << "unknown option of runs \"--csv\"";
    QTest::newRow("no operand") << QStringList{"run"} << "run expects SCENARIO, got 0 arguments";
    QTest::newRow("none of one or more") << QStringList{"aggregate"} << "aggregate expects ADAPTER_DIR..., got 0 arguments";
    QTest::newRow("two operands") << QStringList{"show", "a", "b"} << "show expects RUN, got 2 arguments";
    QTest::newRow("workers") << QStringList{"run", "builtin:desk-iid", "--workers", "two"}
                             << "--workers expects a whole number from 0 up, got \"two\"";
    QTest::newRow("set without =") << QStringList{"new", "--set", "rounds"} << "--set rounds: ";
    QTest::newRow("set of an unknown path") << QStringList{"new", "--set", "lora.rnak=4"} << "lora.rnak";
    QTest::newRow("set of a wrong type") << QStringList{"new", "--set", "rounds=many"}
                                         << "rounds: expected a whole number, got \"many\"";
    QTest::newRow("template") << QStringList{"new", "--template", "desk-idi"} << "desk-iid";
    QTest::newRow("json and csv") << QStringList{"show", "x", "--json", "--csv"} << "show takes --json or --csv, not both";
    QTest::newRow("value of a flag") << QStringList{"runs", "--json=yes"} << "--json takes no value";
  }
  void wrong_usage_exits_2_with_one_line() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, line);
    const Cli cli;
    const CliResult result = cli.run(arguments);
    QCOMPARE(result.code, 2);
    QVERIFY(result.out.isEmpty());
    QVERIFY2(result.one_line() && QString::fromUtf8(result.err).contains(line), result.err.constData());
  }

  void no_verb_is_wrong_usage() {
    QProcess process;
    process.start(Cli::program(), QStringList());
    const CliResult result = Cli::finish(process);
    QCOMPARE(result.code, 2);
    QVERIFY(result.one_line());
  }

  void options_may_stand_before_the_verb_and_after_an_equals_sign() {
    const Cli cli;
    QProcess process;
    process.start(Cli::program(), {"--home=" + cli.home(), "--json", "runs"});
    VERIFY_OK(Cli::finish(process));
    QVERIFY(QDir(cli.home()).exists());
  }

  void new_prints_a_scenario_with_every_set_applied() {
    const Cli cli;
    const CliResult made =
        cli.run({"new", "--set", "lora.rank=4", "--set", "name=A \"b\" é", "--set", "dataset.files=[\"/nowhere/a.jsonl\"]",
                 "--set", "base_model=/nowhere/model", "--set", "training.local_epochs=2"});
    VERIFY_OK(made);
    const Json scenario = Json::parse(made.out.toStdString());
    QCOMPARE(scenario["lora"]["rank"].get<int>(), 4);
    QCOMPARE(scenario["name"].get<std::string>(), std::string("A \"b\" é"));
    QCOMPARE(scenario["dataset"]["files"][0].get<std::string>(), std::string("/nowhere/a.jsonl"));
    QCOMPARE(scenario["training"]["local_epochs"].get<int>(), 2);
    QVERIFY(!scenario["training"].contains("local_steps"));
    for (const char* key : {"name", "seed", "base_model", "dataset", "partition", "lora", "training", "strategy", "rounds",
                            "codec", "network", "evaluation"})
      QVERIFY2(scenario.contains(key), key);
    const Json by_file = Json::parse(cli.run({"new", "--set", "partition.method=by_file"}).out.toStdString());
    QVERIFY(!by_file["partition"].contains("clients"));
  }

  void what_new_prints_can_be_checked() {
    const Cli cli;
    cli.write("/s.json", cli.run({"new"}).out);
    const CliResult checked = cli.run({"check", cli.path("/s.json"), "--json"});
    if (checked.code == 1 && checked.err.contains("microworld")) QSKIP("the shipped base model is missing");
    VERIFY_OK(checked);
    QVERIFY(checked.last()["ok"].get<bool>());
    QVERIFY(checked.last()["forecast"]["update_payload_bytes"].get<int64_t>() > 0);
  }

  void a_bad_scenario_file_exits_1_with_one_line_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("line");
    QTest::newRow("unknown key") << QByteArray(R"({"lora": {"rnak": 4}})") << "lora.rnak";
    QTest::newRow("truncated") << QByteArray(R"({"lora": {"rank": 4)") << "s.json";
    QTest::newRow("empty") << QByteArray() << "s.json";
    QTest::newRow("not UTF-8") << QByteArray("{\"name\": \"\xff\xfe\"}") << "s.json";
    QTest::newRow("newer") << QByteArray(R"({"format_version": 99})") << "99";
    QTest::newRow("wrong type") << QByteArray(R"({"rounds": "five"})") << "rounds: expected a whole number, got \"five\"";
    QTest::newRow("a list") << QByteArray("[1]") << "s.json";
    QTest::newRow("deep") << QByteArray(100'000, '[') << "s.json";
  }
  void a_bad_scenario_file_exits_1_with_one_line() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, line);
    const Cli cli;
    cli.write("/s.json", bytes);
    for (const char* verb : {"check", "partition", "run"}) {
      const CliResult result = cli.run({verb, cli.path("/s.json")});
      QCOMPARE(result.code, 1);
      QVERIFY(result.out.isEmpty());
      QVERIFY2(result.one_line() && QString::fromUtf8(result.err).contains(line), result.err.left(400).constData());
    }
  }

  void missing_files_are_named() {
    const Cli cli;
    const CliResult scenario = cli.run({"run", "nowhere.json"});
    QCOMPARE(scenario.code, 1);
    QVERIFY(scenario.one_line() && scenario.err.contains("nowhere.json"));
    const CliResult builtin = cli.run({"check", "builtin:desk-idi"});
    QCOMPARE(builtin.code, 1);
    QVERIFY2(builtin.one_line() && builtin.err.contains("desk-iid"), builtin.err.constData());
    cli.write("/s.json", cli.run({"new", "--set", "dataset.files=[\"gone.jsonl\"]"}).out);
    for (const char* verb : {"check", "partition", "run"}) {
      const CliResult data = cli.run({verb, cli.path("/s.json")});
      QCOMPARE(data.code, 1);
      QVERIFY2(data.one_line() && data.err.contains((cli.path() + "/gone.jsonl").toUtf8()), data.err.constData());
    }
    QCOMPARE(cli.run({"runs", "--json"}).out, QByteArray());  // a run that never was leaves none behind
  }

  void check_lists_problems_and_fails_on_errors_only() {
    const Cli cli;
    cli.write("/s.json", cli.run({"new"}).out);
    const CliResult bad = cli.run({"check", cli.path("/s.json"), "--json", "--set", "lora.rank=0", "--set", "rounds=0"});
    QCOMPARE(bad.code, 1);
    QVERIFY2(bad.one_line() && bad.err.contains("2 errors"), bad.err.constData());
    std::set<std::string> paths;
    const Json answer = bad.last();
    for (const Json& problem : answer["problems"])
      if (problem["severity"] == "error") paths.insert(problem["path"].get<std::string>());
    QVERIFY(paths == (std::set<std::string>{"lora.rank", "rounds"}));
    QVERIFY(!answer["ok"].get<bool>());
  }

  void every_partitioner_conserves_every_record_and_is_deterministic_data() {
    QTest::addColumn<QStringList>("sets");
    QTest::addColumn<int>("clients");
    QTest::newRow("iid") << QStringList{"partition.method=iid", "partition.clients=7"} << 7;
    QTest::newRow("dirichlet") << QStringList{"partition.method=dirichlet", "partition.clients=5", "partition.alpha=0.2"} << 5;
    QTest::newRow("quantity") << QStringList{"partition.method=quantity", "partition.clients=5", "partition.alpha=0.5"} << 5;
    QTest::newRow("by_column") << QStringList{"partition.method=by_column", "partition.column=desk"} << 8;
    QTest::newRow("by_file") << QStringList{"partition.method=by_file",
                                            "dataset.files=[\"builtin:desk_train.jsonl\",\"builtin:desk_test.jsonl\"]"}
                             << 2;
  }
  void every_partitioner_conserves_every_record_and_is_deterministic() {
    QFETCH(QStringList, sets);
    QFETCH(int, clients);
    const Cli cli;
    QStringList arguments{"new", "--set", "dataset.label=desk", "--set", "dataset.test_fraction=0.1"};
    for (const QString& set : sets) arguments += {"--set", set};
    const CliResult made = cli.run(arguments);
    VERIFY_OK(made);
    cli.write("/s.json", made.out);
    const CliResult split = cli.run({"partition", cli.path("/s.json"), "--json", "--indices"});
    VERIFY_OK(split);
    QCOMPARE(split.lines().size(), size_t{1});
    const Json whole = split.last();
    QCOMPARE(int(whole["clients"].size()), clients);
    std::set<int64_t> seen;
    int64_t train = 0;
    for (const Json& client : whole["clients"]) {
      QCOMPARE(sum(client["labels"]), client["records"].get<int64_t>());
      train += client["records"].get<int64_t>();
      for (const Json& index : client["indices"]) QVERIFY(seen.insert(index.get<int64_t>()).second);
    }
    for (const Json& index : whole["test_indices"]) QVERIFY(seen.insert(index.get<int64_t>()).second);
    QCOMPARE(int64_t(seen.size()), whole["records"].get<int64_t>());
    QCOMPARE(train + whole["test_records"].get<int64_t>(), whole["records"].get<int64_t>());
    QCOMPARE(cli.run({"partition", cli.path("/s.json"), "--json", "--indices"}).out, split.out);
    const Json other = cli.run({"partition", cli.path("/s.json"), "--json", "--set", "seed=2"}).last();
    QVERIFY(other["partition_hash"] != whole["partition_hash"]);
    QCOMPARE(other["dataset_hash"].get<std::string>(), whole["dataset_hash"].get<std::string>());
    VERIFY_OK(cli.run({"partition", cli.path("/s.json")}));
  }

  void relative_paths_are_relative_to_the_scenario_file() {
    const Cli cli;
    QDir().mkpath(cli.path("/deep/er"));
    cli.write("/deep/data.jsonl", "{\"instruction\":\"a\",\"response\":\"b\"}\n{\"instruction\":\"c\",\"response\":\"d\"}\n");
    cli.write("/deep/er/s.json", cli.run({"new", "--set", "dataset.files=[\"../data.jsonl\"]", "--set", "partition.clients=1",
                                          "--set", "dataset.test_fraction=0"})
                                     .out);
    const CliResult split = cli.run({"partition", "deep/er/s.json", "--json"});
    VERIFY_OK(split);
    QCOMPARE(split.last()["records"].get<int>(), 2);
  }

  void an_empty_home_has_no_runs() {
    const Cli cli;
    const CliResult runs = cli.run({"runs"});
    VERIFY_OK(runs);
    QVERIFY(runs.out.isEmpty());
    for (const char* verb : {"show", "resume"}) {
      const CliResult missing = cli.run({verb, "20200101-000000-abcd"});
      QCOMPARE(missing.code, 1);
      QVERIFY2(missing.one_line() && missing.err.contains("no run \"20200101-000000-abcd\""), missing.err.constData());
    }
  }

  void the_home_may_come_from_the_environment() {
    Cli cli;
    cli.environment().insert("FEDLLM_HOME", cli.path("/from-environment"));
    QProcess process;
    process.setProcessEnvironment(cli.environment());
    process.start(Cli::program(), {"runs", "--json"});
    VERIFY_OK(Cli::finish(process));
    QVERIFY(QDir(cli.path("/from-environment")).exists());
  }

  void a_home_that_cannot_be_used_is_named() {
    const Cli cli;
    cli.write("/file", "x");
    QProcess process;
    process.start(Cli::program(), {"runs", "--home", cli.path("/file")});
    const CliResult result = Cli::finish(process);
    QCOMPARE(result.code, 1);
    QVERIFY2(result.one_line() && result.err.contains((cli.path() + "/file").toUtf8()), result.err.constData());
  }

  void a_working_folder_that_is_gone_is_one_line() {
    const Cli cli;
    QProcess process;
    process.setProcessEnvironment(cli.environment());
    process.start("sh", {"-c", "mkdir \"$1\" && cd \"$1\" && rmdir \"$1\" && echo {} | \"$2\" check - --home \"$3\"", "sh",
                         cli.path("/gone"), Cli::program(), cli.home()});
    const CliResult result = Cli::finish(process);
    QCOMPARE(result.code, 1);
    QVERIFY(result.out.isEmpty());
    QVERIFY2(result.one_line(), result.err.constData());
  }

  void results_that_cannot_be_written_are_a_failure() {
    const Cli cli;
    QProcess process;
    process.setStandardOutputFile("/dev/full");
    process.start(Cli::program(), {"new", "--home", cli.home()});
    const CliResult result = Cli::finish(process);
    QCOMPARE(result.code, 1);
    QVERIFY(result.one_line());
  }

  void version_is_one_line() {
    const Cli cli;
    const CliResult plain = cli.run({"version"});
    VERIFY_OK(plain);
    QVERIFY(plain.out.startsWith("fedllm "));
    QCOMPARE(text_of(cli.run({"version", "--json"}).last(), "program"), std::string("fedllm"));
  }
};

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
