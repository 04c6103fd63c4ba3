// fedllm conformance from the outside.
#include "support/cli.h"

using namespace fedllm::tests;

class tst_verb_conformance : public QObject {
  Q_OBJECT
  Cli cli_;

 private slots:
  void initTestCase() {
    if (!QFile::exists(Cli::program())) QSKIP("fedllm is not built");
  }

  void a_row_a_check() {
    const CliResult json = cli_.run({"conformance", "--json"});
    VERIFY_OK(json);
    QVERIFY(json.objects().size() >= 150);
    for (const Json& row : json.objects()) {
      QCOMPARE(row.size(), size_t{5});
      for (const char* key : {"method", "check", "expected", "got"}) QVERIFY2(!text_of(row, key).empty(), row.dump().c_str());
      QVERIFY2(row["pass"] == true, row.dump().c_str());
    }
  }

  void one_method_as_a_table() {
    const CliResult json = cli_.run({"conformance", "--json", "--method", "fedit"}), table = cli_.run({"conformance", "--method", "fedit"});
    VERIFY_OK(json);
    VERIFY_OK(table);
    const std::string count = std::to_string(json.objects().size());
    QCOMPARE(table.lines().size(), json.objects().size() + 1);
    QCOMPARE(table.lines().back().toStdString(), count + " of " + count + " checks of 1 method passed");
    QVERIFY(table.lines().front().startsWith("pass  fedit"));
    QVERIFY(table.out.contains("0.51131"));
    for (const Json& row : json.objects()) QCOMPARE(text_of(row, "method"), std::string("fedit"));
  }

  void an_unknown_method() {
    const CliResult result = cli_.run({"conformance", "--method", "fedfoo"});
    QCOMPARE(result.code, 2);
    QVERIFY(result.one_line() && result.err.contains("--method expects one of fedit, ") && result.err.contains("got \"fedfoo\""));
  }
};

QTEST_GUILESS_MAIN(tst_verb_conformance)
#include "tst_verb_conformance.moc"
