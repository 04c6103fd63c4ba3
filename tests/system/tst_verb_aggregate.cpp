// fedllm aggregate from the outside, on PEFT folders: the effective update against whole matrices, and what it refuses.
#include <QDir>

#include "adapter/peft.h"
#include "base/seed_tree.h"
#include "conformance/dense.h"
#include "support/cli.h"

using namespace fedllm;
using namespace fedllm::tests;
using adapter::AdapterLayout;
using adapter::AdapterState;
using conformance::Matrix;

class tst_verb_aggregate : public QObject {
  Q_OBJECT
  Cli cli_;
  int outs_ = 0;

  static AdapterState random(int rank, double alpha, uint64_t seed, bool rank_stabilised = false, int in = 6) {
    AdapterState state = AdapterState::zeros(*AdapterLayout::make(
        {{"model.layers.0.self_attn.q_proj", in, 5, rank}, {"model.layers.1.self_attn.q_proj", 4, 9, rank}}, alpha, rank_stabilised));
    Rng rng(seed);
    for (float& x : state.values) x = static_cast<float>(rng.normal());
    return state;
  }
  QString put(const QString& name, const AdapterState& state) const {
    if (!adapter::save_peft(state, {"microworld", 0}, cli_.path("/" + name).toStdString()).ok()) qFatal("cannot write");
    return cli_.path("/" + name);
  }
  static AdapterState open(const QString& folder) {
    const auto state = adapter::load_peft(folder.toStdString());
    if (!state.ok()) qFatal("%s", state.status().to_string().c_str());
    return *state;
  }
  bool combines(const QStringList& arguments) const {
    const CliResult result = cli_.run(arguments);
    if (result.code != 0) qWarning("%s", result.err.constData());
    return result.code == 0 && result.err.isEmpty();
  }
  QString next_out() { return cli_.path(QStringLiteral("/out%1").arg(++outs_)); }

  static Matrix mean_of(const std::vector<AdapterState>& all, const std::vector<double>& shares, size_t module) {
    Matrix t = conformance::scaled(conformance::update_of(all[0], module), shares[0]);
    for (size_t k = 1; k < all.size(); ++k) conformance::add(t, conformance::update_of(all[k], module), shares[k]);
    return t;
  }
  // How far adapter + merged is from the mean of the products.
  static double off(const QString& out, const std::vector<AdapterState>& all, const std::vector<double>& shares) {
    double worst = 0;
    for (size_t m = 0; m < 2; ++m) {
      Matrix g = conformance::update_of(open(out), m);
      if (QFile::exists(out + "/merged")) conformance::add(g, conformance::update_of(open(out + "/merged"), m), 1);
      worst = std::max(worst, conformance::relative(g, mean_of(all, shares, m)));
    }
    return worst;
  }

 private slots:
  void initTestCase() {
    if (!QFile::exists(Cli::program())) QSKIP("fedllm is not built");
    put("a", random(2, 4, 1));
    put("b", random(2, 4, 2));
    put("small", random(1, 8, 3));
    put("stable", random(3, 6, 4, true));
    put("other", random(2, 4, 5, false, 7));
    put("zeros", AdapterState::zeros(random(8, 16, 6).layout));
    AdapterState frozen = random(2, 4, 7);
    for (size_t m = 0; m < 2; ++m) std::ranges::copy(random(2, 4, 1).a(m), frozen.a(m).begin());
    put("frozen", frozen);
  }

  void means_of_one_rank() {
    const QString out = next_out();
    const CliResult result = cli_.run({"aggregate", "--strategy", "fedit", "--weights", "10,30", "--out", out, cli_.path("/a"), cli_.path("/b"), "--json"});
    VERIFY_OK(result);
    const AdapterState a = random(2, 4, 1), b = random(2, 4, 2), got = open(out);
    for (size_t i = 0; i < a.values.size(); ++i) QVERIFY(std::abs(got.values[i] - (0.25 * a.values[i] + 0.75 * b.values[i])) < 1e-6);
    const Json facts = result.last();
    QCOMPARE(text_of(facts, "strategy"), std::string("fedit"));
    QCOMPARE(facts["rank"].get<int>(), 2);
    QCOMPARE(facts["adapters"].get<int>(), 2);
    QCOMPARE(facts["discarded_energy"].get<double>(), 0.0);
    QVERIFY(facts["aggregation_error"].get<double>() > 0.01);
    QVERIFY(!facts.contains("merged"));
  }

  void exact_ones_data() {
    QTest::addColumn<QStringList>("strategy");
    QTest::addColumn<int>("rank");
    QTest::newRow("flora") << QStringList{"flora"} << 6;
    QTest::newRow("flora, from zeros") << QStringList{"flora", "--global", cli_.path("/zeros")} << 6;
    QTest::newRow("flexlora") << QStringList{"flexlora", "--param", "rank=6"} << 6;
    QTest::newRow("flexlora, from zeros") << QStringList{"flexlora", "--global", cli_.path("/zeros")} << 8;
  }
  void exact_ones() {   // mixed ranks, alpha and scales
    QFETCH(QStringList, strategy);
    QFETCH(int, rank);
    const QString out = next_out();
    const CliResult result = cli_.run(QStringList{"aggregate", "--json", "--weights", "1,2,1", "--out", out, cli_.path("/a"), cli_.path("/small"),
                                                  cli_.path("/stable"), "--strategy"} + strategy);
    VERIFY_OK(result);
    QVERIFY(off(out, {random(2, 4, 1), random(1, 8, 3), random(3, 6, 4, true)}, {0.25, 0.5, 0.25}) < 1e-6);
    QVERIFY(result.last()["aggregation_error"].get<double>() < 1e-6);
    QCOMPARE(result.last()["rank"].get<int>(), rank);
    QCOMPARE(open(out).layout->modules()[0].rank, rank);
    QVERIFY(!QFile::exists(out + "/merged"));
  }

  void fedex_writes_what_it_merges() {
    const QString out = next_out();
    const CliResult result = cli_.run({"aggregate", "--strategy", "fedex-lora", "--weights", "1,3", "--out", out, cli_.path("/a"), cli_.path("/b"), "--json"});
    VERIFY_OK(result);
    QCOMPARE(text_of(result.last(), "merged"), (out + "/merged").toStdString());
    QVERIFY(off(out, {random(2, 4, 1), random(2, 4, 2)}, {0.25, 0.75}) < 1e-6);
  }

  // A global adapter of zeros says nothing, whatever its rank.
  void zeros_of_another_rank() {
    const QString out = next_out();
    QVERIFY(combines({"aggregate", "--strategy", "fedex-lora", "--weights", "1,3", "--global", cli_.path("/zeros"), "--out", out, cli_.path("/a"), cli_.path("/b")}));
    QVERIFY(off(out, {random(2, 4, 1), random(2, 4, 2)}, {0.25, 0.75}) < 1e-6);
    QCOMPARE(open(out).layout->modules()[0].rank, 2);
  }

  void components_of_mixed_ranks() {
    for (const char* strategy : {"zero-padding", "hetlora", "rbla"}) {
      const QString out = next_out();
      QVERIFY(combines({"aggregate", "--strategy", strategy, "--weights", "1,1", "--out", out, cli_.path("/small"), cli_.path("/stable")}));
      QCOMPARE(open(out).layout->modules()[0].rank, 3);
    }
    const QString out = next_out();   // one adapter alone stays what it is, in other factors
    QVERIFY(combines({"aggregate", "--strategy", "rbla", "--weights", "5", "--global", cli_.path("/zeros"), "--out", out, cli_.path("/stable")}));
    QVERIFY(off(out, {random(3, 6, 4, true)}, {1}) < 1e-6);
    QCOMPARE(open(out).layout->modules()[0].rank, 8);
  }

  void cutting_is_told() {
    const QString out = next_out();
    const CliResult result = cli_.run({"aggregate", "--strategy", "flexlora", "--param", "rank=2", "--weights", "1,1", "--out", out, cli_.path("/a"), cli_.path("/b"), "--json"});
    VERIFY_OK(result);
    const Json facts = result.last();
    QVERIFY(facts["discarded_energy"].get<double>() > 1e-3);
    QVERIFY(std::abs(std::pow(facts["aggregation_error"].get<double>(), 2) - facts["discarded_energy"].get<double>()) < 1e-6);
  }

  void frozen_factors() {
    for (const char* strategy : {"ffa-lora", "rolora", "fedsvd"}) {
      const QString out = next_out();
      QVERIFY(combines({"aggregate", "--strategy", strategy, "--weights", "1,3", "--out", out, cli_.path("/a"), cli_.path("/frozen")}));
      QVERIFY(off(out, {random(2, 4, 1), open(cli_.path("/frozen"))}, {0.25, 0.75}) < 1e-6);
    }
    const CliResult second = cli_.run({"aggregate", "--strategy", "rolora", "--param", "round=2", "--weights", "1,3", "--out", next_out(), cli_.path("/a"), cli_.path("/frozen")});
    QCOMPARE(second.code, 1);
    QVERIFY(second.err.contains("freezes in round 2"));
  }

  void server_optimizers_take_a_first_step() {
    const QString out = next_out(), again = next_out();
    QVERIFY(combines({"aggregate", "--strategy", "fedadam", "--param", "learning_rate=0.5", "--weights", "1,1", "--global", cli_.path("/a"), "--out", out,
                        cli_.path("/b"), cli_.path("/b")}));
    const AdapterState a = random(2, 4, 1), b = random(2, 4, 2), got = open(out);
    for (size_t i = 0; i < a.values.size(); ++i) {
      const double delta = static_cast<double>(b.values[i]) - a.values[i];
      QVERIFY(std::abs(got.values[i] - (a.values[i] + 0.5 * 0.1 * delta / (std::sqrt(0.99e-6 + 0.01 * delta * delta) + 1e-3))) < 1e-5);
    }
    QVERIFY(combines({"aggregate", "--strategy", "fedavgm", "--weights", "1", "--global", cli_.path("/zeros"), "--out", again, cli_.path("/b")}));
    QVERIFY(off(again, {b}, {1}) < 1e-6);
  }

  void the_order_of_folders_does_not_matter() {
    for (const char* strategy : {"fedit", "flora", "flexlora", "rbla", "fedadam"}) {
      const QString one = next_out(), other = next_out();
      QVERIFY(combines({"aggregate", "--strategy", strategy, "--weights", "1,3", "--out", one, cli_.path("/a"), cli_.path("/b")}));
      QVERIFY(combines({"aggregate", "--strategy", strategy, "--weights", "3,1", "--out", other, cli_.path("/b"), cli_.path("/a")}));
      QVERIFY2(open(one).values == open(other).values, strategy);
    }
  }

  void refusals_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("words");
    const QString a = cli_.path("/a"), b = cli_.path("/b");
    const auto of = [&](const QStringList& strategy, const QString& weights, const QStringList& folders) {
      return QStringList{"--weights", weights, "--strategy"} + strategy + folders;
    };
    QTest::newRow("too few weights") << of({"fedit"}, "1", {a, b}) << 1 << "--weights: expected 2, one an adapter, got 1";
    QTest::newRow("weight 0") << of({"fedit"}, "1,0", {a, b}) << 1 << "expected numbers above 0, got 0";
    QTest::newRow("weight below 0") << of({"fedit"}, "1,-2", {a, b}) << 1 << "expected numbers above 0, got -2";
    QTest::newRow("no number") << of({"fedit"}, "1,many", {a, b}) << 2 << "--weights: expected a number, got \"many\"";
    QTest::newRow("no weights") << QStringList{"--strategy", "fedit", a, b} << 2 << "aggregate needs --weights";
    QTest::newRow("no strategy") << QStringList{"--weights", "1,1", a, b} << 2 << "aggregate needs --strategy NAME";
    QTest::newRow("unknown strategy") << of({"fedfoo"}, "1,1", {a, b}) << 2 << "--strategy expects one of fedit, fedprox, ";
    QTest::newRow("unknown parameter") << of({"flexlora", "--param", "rnak=2"}, "1,1", {a, b}) << 2 << "expected parameters among rank, got \"rnak\"";
    QTest::newRow("a parameter of another optimizer") << of({"fedavgm", "--param", "tau=2"}, "1,1", {a, b}) << 2 << "expected parameters among learning_rate, momentum, got \"tau\"";
    QTest::newRow("momentum 1") << of({"fedavgm", "--param", "momentum=1"}, "1,1", {a, b}) << 2 << "from 0 to below 1, got 1";
    QTest::newRow("half a round") << of({"rolora", "--param", "round=1.5"}, "1,1", {a, b}) << 2 << "a whole number from 1 up, got 1.5";
    QTest::newRow("no value") << of({"flexlora", "--param", "rank"}, "1,1", {a, b}) << 2 << "--param expects name=value, got \"rank\"";
    QTest::newRow("scaffold") << of({"scaffold"}, "1,1", {a, b}) << 1 << "control variates";
    QTest::newRow("mixed ranks") << of({"fedit"}, "1,1", {a, cli_.path("/small")}) << 1 << "FedIT cannot combine mixed ranks";
    QTest::newRow("another A") << of({"ffa-lora"}, "1,1", {a, b}) << 1 << "which FFA-LoRA freezes";
    QTest::newRow("another A, RoLoRA") << of({"rolora"}, "1,1", {a, b}) << 1 << "which RoLoRA freezes";
    QTest::newRow("another A than the global's") << of({"ffa-lora", "--global", b}, "1,1", {a, cli_.path("/frozen")}) << 1 << "which FFA-LoRA freezes";
    QTest::newRow("other sizes") << of({"fedit"}, "1,1", {a, cli_.path("/other")}) << 1 << "model.layers.0.self_attn.q_proj (in ";
    QTest::newRow("no adapter") << of({"fedit"}, "1,1", {a, "/nowhere"}) << 1 << "/nowhere/adapter_config.json";
    QTest::newRow("no global") << of({"fedit", "--global", "/nowhere"}, "1,1", {a, b}) << 1 << "/nowhere/adapter_config.json";
  }
  void refusals() {
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QString, words);
    const QString out = next_out();
    const QStringList before = QDir(cli_.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
    const CliResult result = cli_.run(QStringList{"aggregate", "--out", out} + arguments);
    QCOMPARE(result.code, code);
    QVERIFY2(result.one_line() && result.err.contains(words.toUtf8()), result.err.constData());
    QCOMPARE(QDir(cli_.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), before);   // nothing is written
  }

  void never_among_other_files() {
    const QString out = next_out();
    const QStringList arguments = {"aggregate", "--strategy", "fedit", "--weights", "1", "--out", out, cli_.path("/a")};
    QVERIFY(QDir().mkpath(out));
    QVERIFY(combines(arguments));
    const CliResult result = cli_.run(arguments);
    QCOMPARE(result.code, 1);
    QVERIFY2(result.one_line() && result.err.contains("no such folder or an empty one"), result.err.constData());
  }
};

QTEST_GUILESS_MAIN(tst_verb_aggregate)
#include "tst_verb_aggregate.moc"
