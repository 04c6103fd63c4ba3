// NamePattern against what Python's re answers.
#include <QTest>

#include "base/name_pattern.h"

using fedllm::NamePattern;

class tst_name_pattern : public QObject {
  Q_OBJECT
 private slots:
  void as_python_data() {
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("whole");   // re.fullmatch
    QTest::addColumn<bool>("start");   // re.match
    int n = 0;
    const auto row = [&](const char* pattern, const char* text, bool whole, bool start) {
      QTest::newRow(qPrintable(QString("%1 %2").arg(n++).arg(pattern))) << pattern << text << whole << start;
    };
    row("q_proj", "q_proj", true, true);
    row("q_proj", "q_proj.x", false, true);
    row("q_proj", "x.q_proj", false, false);
    row(".*\\.(q_proj|v_proj)", "model.layers.0.self_attn.v_proj", true, true);
    row(".*\\.(q_proj|v_proj)", "model.layers.0.self_attn.k_proj", false, false);
    row(".*\\.(q_proj|v_proj)$", "model.layers.0.self_attn.v_proj", true, true);
    row("(.*\\.)?(q_proj|k)$", "q_proj", true, true);
    row("model\\.layers\\.([0-3]|1[0-9])\\..*", "model.layers.12.mlp", true, true);
    row("model\\.layers\\.([0-3]|1[0-9])\\..*", "model.layers.4.mlp", false, false);
    row("a|ab", "ab", true, true);
    row("a{2,3}", "aaa", true, true);
    row("a{2,3}", "a", false, false);
    row("a{2,3}", "aaaa", false, true);
    row("a{,2}b", "b", true, true);
    row("a{x}", "a{x}", true, true);
    row("a{2}?b", "aab", true, true);
    row("[^.]+\\.\\d+", "layers.17", true, true);
    row("[^.]+\\.\\d+", "layers.x", false, false);
    row("[]a-]+", "]a-", true, true);
    row("[\\w.]+", "a_b.C9", true, true);
    row("[\\w.]+", "a b", false, true);
    row("(?!.*vision).*proj", "model.q_proj", true, true);
    row("(?!.*vision).*proj", "vision.q_proj", false, false);
    row("(?=.*proj)model.*", "model.q_proj", true, true);
    row("(?P<head>q|k)_proj", "k_proj", true, true);
    row("(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false);
    row("\\bq\\b.*", "q.x", true, true);
    row("\\bq\\b.*", "q_x", false, false);
    row("^a$", "a", true, true);
    row("", "", true, true);
    row("", "a", false, true);
    row("\\.", ".", true, true);
    row("(?:ab)+?c", "ababc", true, true);
  }
  void as_python() {
    QFETCH(QString, pattern);
    QFETCH(QString, text);
    const auto compiled = NamePattern::compile(pattern.toStdString());
    QVERIFY2(compiled.ok(), compiled.status().message().c_str());
    QTEST(compiled->full_match(text.toStdString()), "whole");
    QTEST(compiled->match(text.toStdString()), "start");
  }

  void refused_data() {
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("words");
    QTest::newRow("open group") << "(a" << "a ( without its )";
    QTest::newRow("close") << "a)" << "a ) without its (";
    QTest::newRow("class") << "[a" << "a [ without its ]";
    QTest::newRow("nothing to repeat") << "*a" << "nothing to repeat";
    QTest::newRow("repeat of a repeat") << "a**" << "repeats a repeat";
    QTest::newRow("lookbehind") << "(?<=a)b" << "(?<=";
    QTest::newRow("flags") << "(?i)a" << "(?i";
    QTest::newRow("back reference") << "(a)\\1" << "\\1";
    QTest::newRow("possessive") << "a*+b" << "possessive";
    QTest::newRow("backslash") << "a\\" << "lone backslash";
    QTest::newRow("range") << "[z-a]" << "does not ascend";
    QTest::newRow("least above most") << "a{3,2}" << "least is above its most";
    QTest::newRow("too often") << "a{1001}" << "repeats more than 1000";
    QTest::newRow("too much") << "((a{1000}){1000}){1000}" << "repeats too much";
    QTest::newRow("nested") << QString(60, '(') + "a" + QString(60, ')') << "nests more than 50";
    QTest::newRow("long") << QString(5000, 'a') << "longer than 4096";
  }
  void refused() {
    QFETCH(QString, pattern);
    QFETCH(QString, words);
    const auto compiled = NamePattern::compile(pattern.toStdString());
    QVERIFY(!compiled.ok());
    const QString message = QString::fromStdString(compiled.status().message());
    QVERIFY2(message.contains(words), qPrintable(message));
  }
};

QTEST_APPLESS_MAIN(tst_name_pattern)
#include "tst_name_pattern.moc"
