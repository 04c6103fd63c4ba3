// Problems and statuses in the window's language: every code that validate() can give and the sentences that the core's
// sources hold are known to the window and come out translated. The lists are read from the sources, so that none is missed.
#include <QtTest>

#include <cmath>

#include "ui/shell/languages.h"
#include "ui/shell/problem_text.h"

using namespace fedllm;
using namespace fedllm::ui;
using spec::Problem;
using spec::Scenario;

namespace {

bool isChinese(const QString& text) {
  static const QRegularExpression han(QStringLiteral("\\p{Han}"));
  return han.match(text).hasMatch();
}

QString source(const QString& path) {
  QFile file(QStringLiteral(FEDLLM_SOURCE_DIR "/core/") + path);
  return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

Scenario good() {
  Scenario s;
  s.name = "n";
  s.dataset.files = {"a.jsonl"};
  s.partition.clients = 4;
  return s;
}

spec::ClientOverride client(int index) {
  spec::ClientOverride o;
  o.client = index;
  return o;
}

using Change = std::function<void(Scenario&)>;

// One change a problem, so that each branch of validate() speaks once.
std::vector<Change> generalChanges() {
  return {[](Scenario& s) { s.name.clear(); },
          [](Scenario& s) { s.name = "\xff"; },
          [](Scenario& s) { s.base_model.clear(); },
          [](Scenario& s) { s.rounds = 0; },
          [](Scenario& s) { s.codec = "zip"; },
          [](Scenario& s) { s.codec = "top-k", s.codec_density = 0; },
          [](Scenario& s) { s.codec_density = 0.5; },
          [](Scenario& s) { s.downlink_codec = "sign"; },
          [](Scenario& s) { s.downlink_density = 0; },
          [](Scenario& s) { s.downlink_codec = "top-k", s.strategy.aggregator = "flora"; },
          [](Scenario& s) { s.base_precision = "int4"; },
          [](Scenario& s) { s.dataset.files.clear(); },
          [](Scenario& s) {
            s.dataset.files = {"", "a", "a"};
          },
          [](Scenario& s) {
            s.dataset.test_files = {"", "t", "t", "a.jsonl"};
          },
          [](Scenario& s) { s.dataset.format = "jsonll"; },
          [](Scenario& s) { s.dataset.bad_lines = "burn"; },
          [](Scenario& s) { s.dataset.text_template.name = "poem"; },
          [](Scenario& s) { s.dataset.text_template.name = "custom"; },
          [](Scenario& s) {
            s.dataset.text_template = {"custom", "{a}", "b"};
          },
          [](Scenario& s) { s.dataset.text_template.system = "Be brief."; },
          [](Scenario& s) { s.dataset.test_fraction = 1; },
          [](Scenario& s) { s.dataset.test_fraction = 0; },
          [](Scenario& s) { s.evaluation.max_records = 0; },
          [](Scenario& s) { s.evaluation.answer_records = 0; },
          [](Scenario& s) { s.evaluation.max_new_tokens = 0; },
          [](Scenario& s) {
            s.evaluation.metrics = {"", "bleu", "f1", "f1"};
          },
          [](Scenario& s) { s.evaluation.metrics = {"label_accuracy"}, s.dataset.label.clear(); },
          [](Scenario& s) {
            s.evaluation.control_files = {"", "c", "c"};
          }};
}

std::vector<Change> partitionChanges() {
  return {[](Scenario& s) { s.partition.method = "magic"; },
          [](Scenario& s) { s.partition.clients = 0; },
          [](Scenario& s) { s.partition.clients = 1; },
          [](Scenario& s) { s.partition.clients.reset(); },
          [](Scenario& s) { s.partition.method = "by_column"; },
          [](Scenario& s) { s.partition.method = "by_file"; },
          [](Scenario& s) { s.partition.method = "dirichlet"; },
          [](Scenario& s) { s.partition.method = "dirichlet", s.partition.labels_per_client = 2; },
          [](Scenario& s) { s.partition.labels_per_client = 0; },
          [](Scenario& s) { s.partition.alpha = 0; },
          [](Scenario& s) { s.partition.min_records = -1; },
          [](Scenario& s) { s.cohort.size = 2, s.cohort.fraction = 0.5; },
          [](Scenario& s) { s.cohort.fraction = 2; },
          [](Scenario& s) { s.cohort.size = 0; },
          [](Scenario& s) { s.cohort.size = 9; }};
}

std::vector<Change> trainingChanges() {
  return {[](Scenario& s) { s.lora.rank = 0; },
          [](Scenario& s) { s.lora.alpha = -1; },
          [](Scenario& s) { s.lora.dropout = 1; },
          [](Scenario& s) { s.lora.target_modules.clear(); },
          [](Scenario& s) {
            s.lora.target_modules = {"", "q", "q"};
          },
          [](Scenario& s) {
            s.lora.exclude_modules = {"", "q", "q"};
          },
          [](Scenario& s) {
            s.lora.modules_to_save = {"", "lm_head", "lm_head"};
            s.lora.dropout = 0.1, s.base_precision = "int8";
          },
          [](Scenario& s) {
            s.lora.layers_to_transform = {-1};
            s.lora.target_pattern = ".*q_proj";
          },
          [](Scenario& s) { s.lora.layers_pattern = {"h"}; },
          [](Scenario& s) { s.lora.rank_pattern = {{"q_proj", 0}}; },
          [](Scenario& s) { s.lora.alpha_pattern = {{"q_proj", -1.0}}; },
          [](Scenario& s) { s.training.local_steps = 1, s.training.local_epochs = 1; },
          [](Scenario& s) { s.training.local_steps.reset(), s.training.local_epochs.reset(); },
          [](Scenario& s) { s.training.local_steps = 0; },
          [](Scenario& s) { s.training.local_steps.reset(), s.training.local_epochs = 0; },
          [](Scenario& s) { s.training.batch_size = 0; },
          [](Scenario& s) { s.training.learning_rate = 0; },
          [](Scenario& s) { s.training.learning_rate = 0.5; },
          [](Scenario& s) { s.training.max_length = 1; },
          [](Scenario& s) { s.training.weight_decay = -1; },
          [](Scenario& s) { s.training.clip_norm = -1; },
          [](Scenario& s) { s.training.warmup_fraction = 2; },
          [](Scenario& s) { s.strategy.aggregator = "fedprox"; },
          [](Scenario& s) { s.strategy.aggregator = "fedavgm"; },
          [](Scenario& s) { s.strategy.aggregator = "magic"; },
          [](Scenario& s) { s.strategy.aggregator = "scaffold"; },
          [](Scenario& s) { s.strategy.aggregator = "lora-a2", s.strategy.parameters = {{"share", 0}}; },
          [](Scenario& s) { s.strategy.aggregator = "ravan", s.strategy.parameters = {{"heads", 3}}, s.lora.modules_to_save = {"lm_head"}; },
          [](Scenario& s) { s.strategy.aggregator = "fed-sb", s.rounds = 1; },
          [](Scenario& s) { s.strategy.aggregator = "exec:", s.evaluation.references = true; },
          [](Scenario& s) { s.strategy.aggregator = "fedsa-lora", s.strategy.server_optimizer = "magic"; },
          [](Scenario& s) { s.strategy.aggregator = "rolora", s.strategy.server_optimizer = "fedadam", s.codec = "int8"; },
          [](Scenario& s) { s.strategy.aggregator = "flora", s.strategy.parameters = {{"merged_rank", 0.5}}, s.lora.modules_to_save = {"lm_head"}; },
          [](Scenario& s) { s.strategy.aggregator = "lora-fair", s.strategy.parameters = {{"lambda", -1}}; },
          [](Scenario& s) { s.strategy.aggregator = "lora-fair", s.strategy.parameters = {{"mu", 1}}; },
          [](Scenario& s) { s.strategy.parameters = {{"mu", 1}}; },
          [](Scenario& s) { s.strategy.control_variates = true; },
          [](Scenario& s) { s.strategy.control_variates = true, s.strategy.aggregator = "rbla"; },
          [](Scenario& s) { s.strategy.server_beta1 = 1, s.strategy.server_beta2 = -1, s.strategy.server_tau = 0; },
          [](Scenario& s) { s.training.optimizer = "adam", s.training.momentum = 1; },
          [](Scenario& s) { s.training.momentum = 0.5; },
          [](Scenario& s) { s.strategy.server_optimizer = "magic"; },
          [](Scenario& s) { s.strategy.server_learning_rate = 0; },
          [](Scenario& s) { s.strategy.server_momentum = 1; },
          [](Scenario& s) { s.strategy.proximal_mu = -1; },
          [](Scenario& s) { s.network.uplink_mbit_s = 0; },
          [](Scenario& s) { s.network.downlink_mbit_s = 0; },
          [](Scenario& s) { s.network.latency_ms = -1; },
          [](Scenario& s) { s.network.quorum = 0; },
          [](Scenario& s) { s.network.quorum = 0.5; },
          [](Scenario& s) { s.network.deadline_s = -1; },
          [](Scenario& s) { s.network.deadline_s = 5; }};
}

std::vector<Change> clientChanges() {
  return {[](Scenario& s) { s.clients = {client(9)}; },
          [](Scenario& s) {
            s.clients = {client(1), client(1)};
          },
          [](Scenario& s) {
            s.clients = {client(1), client(2)};
            s.clients[0].name = s.clients[1].name = "twin";
          },
          [](Scenario& s) {
            s.clients = {client(1), client(2)};
            s.clients[0].rank = 0, s.clients[1].rank = 1;
          },
          [](Scenario& s) {
            s.clients = {client(1)};
            auto& o = s.clients[0];
            o.local_steps = 0;
            o.learning_rate = o.speed = o.uplink_mbit_s = o.downlink_mbit_s = 0;
            o.latency_ms = -1;
            o.x = o.y = INFINITY;
          }};
}

// Codes that validate.cpp names, from its calls with a literal path.
QSet<QString> codesInSource() {
  const QString text = source("spec/validate.cpp");
  QSet<QString> codes;
  const auto each = [&](const char* pattern, const std::function<void(const QRegularExpressionMatch&)>& take) {
    static const QString word = QStringLiteral("\"([a-z_.]+)\"");
    QString full = QString::fromLatin1(pattern);
    const QRegularExpression wanted(full.replace("WORD", word));
    for (auto it = wanted.globalMatch(text); it.hasNext();) take(it.next());
  };
  each("\\b(?:error|warning)\\(WORD,\\s*WORD", [&](const auto& m) { codes << m.captured(1) + "." + m.captured(2); });
  each("\\b(?:whole|number)\\(WORD", [&](const auto& m) { codes << m.captured(1) + ".range"; });
  each("\\bchoice\\(WORD", [&](const auto& m) { codes << m.captured(1) + ".unknown"; });
  each("\\bentries\\(WORD", [&](const auto& m) { codes << m.captured(1) + ".empty" << m.captured(1) + ".repeated"; });
  each("\\b(?:error|warning)\\(at,\\s*WORD", [&](const auto& m) {
    if (m.captured(1) != "empty") codes << "clients." + m.captured(1);
  });
  each("\\b(?:error|warning)\\(at \\+ WORD,\\s*WORD",
       [&](const auto& m) { codes << "clients" + m.captured(1) + "." + m.captured(2); });
  each("\\b(?:whole|number)\\(at \\+ WORD", [&](const auto& m) { codes << "clients" + m.captured(1) + ".range"; });
  return codes;
}

// -------------------------------------------------------------------------------------------- sentences in the sources

// The argument that starts at `at`: up to the comma or bracket that ends it.
QString argumentAt(const QString& text, qsizetype at) {
  int depth = 0;
  bool quoted = false;
  for (qsizetype i = at; i < text.size(); ++i) {
    const QChar c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '\'') {
      i = text.indexOf('\'', i + (i + 1 < text.size() && text[i + 1] == '\\' ? 3 : 2));
    } else if (c == '(' || c == '{' || c == '[') {
      ++depth;
    } else if (c == ')' || c == '}' || c == ']') {
      if (depth-- == 0) return text.mid(at, i - at);
    } else if (c == ',' && depth == 0) {
      return text.mid(at, i - at);
    }
  }
  return {};
}

// What the expression makes at run time, with 7 for what is not written there. Empty: no literal in it.
QString sampleOf(const QString& expression) {
  static const QRegularExpression piece(QStringLiteral("\"((?:[^\"\\\\]|\\\\.)*)\""));
  QString sample;
  qsizetype at = 0;
  int literals = 0;
  static const QRegularExpression named(QStringLiteral("named\\(\\*?row\\)"));
  static const QRegularExpression joined(QStringLiteral("join\\((?:[^()]|\\([^()]*\\))*\\)"));
  // "+ (a ? x : y)": the sentence without it is tried.
  static const QString inside = QStringLiteral("(?:[^()\"]|\"(?:[^\"\\\\]|\\\\.)*\"|\\([^()]*\\))*");
  static const QRegularExpression choice("\\+?\\s*\\(" + inside + "\\?" + inside + "\\)");
  QString rest = expression;
  rest.replace(named, QStringLiteral("\"run \" + x")).replace(joined, QStringLiteral("x")).remove(choice);
  for (auto it = piece.globalMatch(rest); it.hasNext();) {
    const auto m = it.next();
    const QString between = rest.mid(at, m.capturedStart() - at);
    if (literals > 0 && between.count('+') > 1)
      sample += '7';
    else if (literals == 0 && between.contains('+'))
      sample += '7';
    QString literal = m.captured(1);
    sample += literal.replace("\\\"", "\"").replace("\\\\", "\\");
    at = m.capturedEnd();
    ++literals;
  }
  if (literals == 0) return {};
  if (rest.mid(at).contains('+')) sample += '7';
  return sample;
}

QStringList sentencesIn(const QString& file) {
  const QString text = source(file);
  static const QRegularExpression call(
      QStringLiteral("\\b(invalid_argument|not_found|failed_precondition|data_loss|unavailable|system_error|problem|Status)\\(("
                     "Code::\\w+,\\s*)?"));
  QStringList found;
  for (auto it = call.globalMatch(text); it.hasNext();) {
    const auto m = it.next();
    if (m.captured(1) == "Status" && m.captured(2).isEmpty()) continue;
    QString sample = sampleOf(argumentAt(text, m.capturedEnd()));
    if (m.captured(1) == "system_error" && !sample.isEmpty()) sample += " /x: 7";
    static const QRegularExpression word(QStringLiteral("[a-z]{3}"));
    if (sample.contains(word)) found << sample;
  }
  return found;
}

bool known(const QString& sentence) { return isChinese(sentenceText(sentence)); }

}  // namespace

class TestProblemText : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { QCOMPARE(useLanguage("zh_CN"), QString("zh_CN")); }
  void cleanupTestCase() { useLanguage("en"); }

  void everyCodeOfValidateIsTranslated() {
    QVERIFY(spec::validate(good()).empty());
    QSet<QString> seen;
    QStringList english;
    for (const auto& list : {generalChanges(), partitionChanges(), trainingChanges(), clientChanges()})
      for (const Change& change : list) {
        Scenario s = good();
        change(s);
        auto problems = spec::validate(s);
        for (spec::Problem& problem : spec::validate(s, spec::Setting::network)) problems.push_back(std::move(problem));
        QVERIFY(!problems.empty());
        for (const Problem& problem : problems) {
          seen << QString::fromStdString(problem.code);
          const QString path = QString::fromStdString(problem.path);
          if (!known(QString::fromStdString(problem.message)) || fieldTitle(path) == path)
            english << path + " " + problemText(problem);
        }
      }
    QVERIFY2(english.isEmpty(), qPrintable(english.join("\n")));
    const QSet<QString> all = codesInSource();
    QVERIFY2(all.size() > 60, qPrintable(QString::number(all.size())));
    QStringList missed = (all - seen).values();
    missed.sort();
    QVERIFY2(missed.isEmpty(), qPrintable("validate() has codes that no change above provokes: " + missed.join(" ")));
  }

  // Reading and writing scenarios: every sentence. The other rooms may be a few sentences ahead of this list.
  void sentencesOfTheSources_data() {
    QTest::addColumn<QStringList>("files");
    QTest::addColumn<double>("share");
    QTest::newRow("scenario") << QStringList{"spec/json_tree.cpp", "spec/json_reader.cpp", "spec/scenario_json.cpp",
                                             "base/file.cpp"}
                              << 1.0;
    QTest::newRow("data") << QStringList{"data/import.cpp",        "data/scan_json.cpp",     "data/scan_lines.cpp",
                                         "data/scan_csv.cpp",      "data/source_format.cpp", "data/record_parser.cpp",
                                         "data/text_template.cpp", "data/partition.cpp",     "data/partition_input.cpp",
                                         "data/partition_plan.cpp", "data/turns.cpp",        "data/chat_format.cpp",
                                         "data/format_guess.cpp",   "node/text_info.cpp"}
                          << 0.9;
    QTest::newRow("runs") << QStringList{"node/run_manager.cpp", "node/control_service_data.cpp", "node/scenario_facts.cpp",
                                         "node/run_setup.cpp",   "node/model_facts.cpp",          "train/checkpoint.cpp", "node/core_lock.cpp",
                                         "node/try_it.cpp",      "node/told_answer.cpp", "node/control_service_answer.cpp", "train/prompt_check.cpp", "node/run_executor.cpp",         "ledger/sqlite_ledger_runs.cpp"}
                          << 0.9;
    QTest::newRow("lab") << QStringList{"lab/room_host.cpp",   "lab/room_run.cpp",     "lab/room_offer.cpp",   "lab/room_service.cpp",
                                        "lab/door_keeper.cpp", "lab/lab_book.cpp",     "lab/data_contract.cpp", "lab/room_member.cpp",
                                        "lab/member_life.cpp", "lab/member_serve.cpp", "lab/member_link.cpp",  "lab/member_model.cpp",
                                        "lab/member_store.cpp", "net/address.cpp"}
                         << 0.9;
  }
  void sentencesOfTheSources() {
    QFETCH(QStringList, files);
    QFETCH(double, share);
    QStringList all, missing;
    for (const QString& file : files) {
      QVERIFY2(!source(file).isEmpty(), qPrintable(file));
      all << sentencesIn(file);
    }
    for (const QString& sentence : all)
      if (!known(sentence)) missing << sentence;
    QVERIFY2(all.size() >= 8, qPrintable(QString::number(all.size())));
    QVERIFY2(missing.size() <= (1 - share) * all.size(),
             qPrintable(QString("%1 of %2 are not in ui/shell/sentences.cpp:\n").arg(missing.size()).arg(all.size()) +
                        missing.join("\n")));
  }

  void sentencesKeepTheirFigures_data() {
    QTest::addColumn<QString>("said");
    QTest::addColumn<QString>("shown");
    const auto row = [](const char* said, const char* shown) {
      QTest::addRow("%s", said) << QString(said) << QString::fromUtf8(shown);
    };
    row("expected a top-p in (0, 1], got 1.5", "top-p 应在 (0, 1] 内，实际是 1.5");
    row("the prompt has 300 tokens, the model has 256 positions", "提示有 300 个词元，模型只有 256 个位置");
    row("expected a whole number from 1 to 4096, got 0", "应为 1 到 4096 之间的整数，实际是 0");
    row("lora.rank: expected a whole number from 1 to 4096, got 0", "LoRA 秩：应为 1 到 4096 之间的整数，实际是 0");
    row("lora.rank: expected a whole number from 1 to 4096, got 0 (and 2 more problems)",
        "LoRA 秩：应为 1 到 4096 之间的整数，实际是 0（另有 2 个问题）");
    row("/x/100 %1.json: loraa: unknown key, did you mean \"lora\"?", "/x/100 %1.json：loraa：未知的键；是不是指“lora”？");
    row("cannot open /a b/c.jsonl: No such file or directory", "无法打开 /a b/c.jsonl：没有这个文件或文件夹");
    row("dataset.files.0: expected text, got an empty list", "数据文件：应为文本，实际是 空列表");
    row("/m/config.json: model_type \"falcon\" is not supported; supported: \"llama\", \"gpt2\"",
        "/m/config.json：不支持 model_type \"falcon\"；支持的有：\"llama\", \"gpt2\"");
    row("a.csv: line 12: expected 3 columns as in the header row, got 2",
        "a.csv：第 12 行：应有与标题行相同的 3 列，实际有 2 列");
  }
  void sentencesKeepTheirFigures() {
    QFETCH(QString, said);
    QFETCH(QString, shown);
    QCOMPARE(sentenceText(said), shown);
  }

  // What the doctor of one machine or another has said, and the card.
  void theLabSpeaksTheWindowsLanguage_data() {
    QTest::addColumn<QString>("said");
    for (const char* said :
         {"interfaces", "tunnel", "self", "listening", "port", "ticket", "reach", "answer", "clock", "clocks", "discovery", "firewall",
          "this machine is at enp3s0 192.168.1.31, enp3s0 fe80::5a2b%enp3s0", "this machine has no network: only itself can be reached",
          "no network is connected: wlp2s0 192.168.1.7 is down",
          "tun0 is a tunnel (VPN): it may hide this machine from the local network, and its address is of no use to those nearby",
          "this machine reaches itself on port 47110 at 192.168.1.31, fe80::5a2b",
          "this machine does not reach itself on port 47110 at 192.168.1.31 (Connection refused)",
          "port 47110 is in use on this machine: a room is open here, or another program has it and rooms get another port",
          "192.168.1.20:47110 can be reached",
          "192.168.1.20:47110 does not answer (Connection refused): the machine is there, but no room is open on that port",
          "lovelace:47110 does not answer (Name or service not known): the name is not known here, or the machine is off, on another network "
          "or behind a firewall",
          "192.168.1.20:47110 does not answer (no answer in time): the machine is off, on another network or behind a firewall",
          "the ticket's room answers at 192.168.1.20:47110, authority 4f1c09ab77e2", "a room answers at 192.168.1.20:47110",
          "192.168.1.20:47110: another room answers: its authority is not the ticket's",
          "192.168.1.20:47110: the room's certificate has expired by this machine's clock; set the clock right",
          "nobody answers at 192.168.1.20:47110 (no answer in time)",
          "this machine's clock is not kept right by a time server; a room allows two days of difference",
          "this machine's clock is kept right by a time server", "this machine's clock agrees with the host's to 0.01 s",
          "this machine's clock is 3600 s behind the host's", "this machine's clock is 61 s ahead of Ada's",
          "no room announces itself on this network at the moment", "the room Lab three announces itself at 192.168.1.20:47110",
          "rooms nearby cannot be found: no Avahi daemon runs on this machine; an address or a ticket works all the same",
          "no firewall is known to be on", "the firewall ufw is on: a room hosted here needs its port opened, discovery needs 5353/udp",
          "the firewall firewalld is on: a room hosted here needs its port opened, discovery needs mdns",
          "nftables rules are loaded when this machine starts: look whether they let the room's port in",
          "On your 45 held-out records, together answers 78 % (64 % to 87 %) exactly, better than the base model 4 % (1 % to 15 %) and not "
          "clearly different from alone 70 % (56 % to 81 %).",
          "the ticket is mistyped or cut short: its check sum does not fit its 91 characters"})
      QTest::addRow("%s", said) << QString(said);
  }
  void theLabSpeaksTheWindowsLanguage() {
    QFETCH(QString, said);
    QVERIFY2(known(said), qPrintable(sentenceText(said)));
    static const QRegularExpression figure(QStringLiteral("[0-9]+(\\.[0-9]+)+(:[0-9]+)?"));
    for (auto it = figure.globalMatch(said); it.hasNext();) QVERIFY(sentenceText(said).contains(it.next().captured()));
    const QString shown = sentenceText(said);
    for (const char* rest : {"does not answer", "Connection refused", "Name or service", "no answer in time", "Avahi daemon runs", " to ", "clearly"})
      QVERIFY2(!shown.contains(QLatin1String(rest)), qPrintable(shown));
  }

  void whatNobodyKnowsStaysAsItCame() {
    const QString odd = "the moon: is made of cheese";
    QCOMPARE(sentenceText(odd), odd);
    QCOMPARE(sentenceText({}), QString());
  }

  void englishIsUnchangedWhereItIsAsGood() {
    useLanguage("en");
    QCOMPARE(sentenceText("expected a number more than 0, got -1"), QString("expected a number more than 0, got -1"));
    QCOMPARE(sentenceText("expected at least one file, got none"), QString("choose at least one data file"));
    QCOMPARE(sentenceText("rounds: expected a number, got null (and 1 more problem)"),
             QString("Rounds: expected a number, got null (and 1 more problem)"));
    useLanguage("zh_CN");
  }
};

QTEST_MAIN(TestProblemText)
#include "tst_problem_text.moc"
