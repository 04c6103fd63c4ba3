// Text measures against worked examples: GSM8K answers, rouge_score's own example, SQuAD's normalisation.
#include <QtTest>

#include "base/seed_tree.h"
#include "data/text_measures.h"

using namespace fedllm;
using namespace fedllm::data;

class TestTextMeasures : public QObject {
  Q_OBJECT
 private slots:
  void final_numbers_data();
  void final_numbers();
  void compares_numbers();
  void rouge_l_of_worked_examples_data();
  void rouge_l_of_worked_examples();
  void token_f1_of_worked_examples_data();
  void token_f1_of_worked_examples();
  void hold_for_any_text();
};

void TestTextMeasures::final_numbers_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("number");
  const auto row = [](const char* text, const char* number) { QTest::addRow("%s", text) << QString::fromUtf8(text) << number; };
  row("Natalia sold 48/2 = <<48/2=24>>24 clips.\n#### 72", "72");
  row("#### 1,234,567", "1234567");
  row("The answer is $18.", "18");
  row("-$5.50", "-5.5");
  row("$-5.50", "-5.5");
  row("a loss of −12 €", "-12");
  row("it is (-3)", "-3");
  row("10-5", "5");
  row("x - 5", "5");
  row("2024-01-05", "5");
  row("f(2)-7", "7");
  row("007", "7");
  row("0.50", "0.5");
  row(".5", "0.5");
  row("-.25", "-0.25");
  row("3.0", "3");
  row("-0.0", "0");
  row("no.5", "5");
  row("so...42", "42");
  row("pi is 3.14159", "3.14159");
  row("1,234.50 dollars", "1234.5");
  row("1, 2, 3", "3");
  row("1,2,3", "3");
  row("1,23", "23");
  row("12345,678", "678");
  row("25%", "25");
  row("5 or 6?", "6");
  row("99999999999999999999999", "99999999999999999999999");
  row("many", "none");
  row("", "none");
}

void TestTextMeasures::final_numbers() {
  QFETCH(QString, text);
  QFETCH(QString, number);
  QCOMPARE(QString::fromStdString(final_number(text.toStdString()).value_or("none")), number);
}

void TestTextMeasures::compares_numbers() {
  QVERIFY(same_final_number("So she has $1,450.00 left.", "... #### 1450"));
  QVERIFY(!same_final_number("145", "1450"));
  QVERIFY(!same_final_number("-3", "3"));
  QVERIFY(!same_final_number("none", "3"));
  QVERIFY(!same_final_number("none", "none"));   // nothing was asked for
}

void TestTextMeasures::rouge_l_of_worked_examples_data() {
  QTest::addColumn<QString>("answer");
  QTest::addColumn<QString>("expected");
  QTest::addColumn<double>("score");
  const auto row = [](const char* answer, const char* expected, double score) {
    QTest::addRow("%s | %s", answer, expected) << QString::fromUtf8(answer) << QString::fromUtf8(expected) << score;
  };
  // the quick brown jumps the: 5 of 8 and of 9.
  row("The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog", 2 * (5. / 8) * (5. / 9) / (5. / 8 + 5. / 9));
  row("police kill the gunman", "police killed the gunman", 0.75);         // Lin 2004, section 3.1
  row("the gunman kill police", "police killed the gunman", 0.5);
  row("one two", "one two", 1);
  row("a-b_c", "A B C", 1);
  row("don't", "don t", 1);
  row("", "one", 0);
  row("one", "", 0);
  row("", "", 0);
  row("你好", "你好", 0);
  row("caf\xC3\xA9 x", "caf x", 1);   // what is no letter a to z parts words and is left out
}

void TestTextMeasures::rouge_l_of_worked_examples() {
  QFETCH(QString, answer);
  QFETCH(QString, expected);
  QFETCH(double, score);
  QVERIFY2(std::abs(rouge_l(answer.toStdString(), expected.toStdString()) - score) < 1e-12,
           qPrintable(QString::number(rouge_l(answer.toStdString(), expected.toStdString()))));
}

void TestTextMeasures::token_f1_of_worked_examples_data() {
  QTest::addColumn<QString>("answer");
  QTest::addColumn<QString>("expected");
  QTest::addColumn<double>("score");
  const auto row = [](const char* answer, const char* expected, double score) {
    QTest::addRow("%s | %s", answer, expected) << QString::fromUtf8(answer) << QString::fromUtf8(expected) << score;
  };
  row("The Eiffel Tower!", "eiffel tower", 1);
  row("in Paris, France", "Paris", 0.5);            // 1 of 3 and 1 of 1
  row("cat cat dog", "cat dog dog", 2. / 3);        // each word as often as both have it
  row("a an the", "", 1);
  row("the", "x", 0);
  row("theory", "the ory", 0);                      // not the article
  row("well-known", "wellknown", 1);                // punctuation leaves no gap
  row("U.S.A.", "usa", 1);
  row("x\u00a0the\u2003y", "x y", 1);               // white space of any kind
  row("ÄPFEL", "äpfel", 1);
  row("red–the–blue", "red– –blue", 1);             // a dash beyond ASCII is no punctuation here, but parts words
}

void TestTextMeasures::token_f1_of_worked_examples() {
  QFETCH(QString, answer);
  QFETCH(QString, expected);
  QFETCH(double, score);
  QVERIFY2(std::abs(token_f1(answer.toStdString(), expected.toStdString()) - score) < 1e-12,
           qPrintable(QString::number(token_f1(answer.toStdString(), expected.toStdString()))));
}

void TestTextMeasures::hold_for_any_text() {
  Rng rng = SeedTree(5).rng();
  const QString alphabet = QString::fromUtf8("ab 12.,-−$é的\n'");
  for (int i = 0; i < 3000; ++i) {
    QString texts[2];
    for (QString& text : texts)
      for (uint64_t n = rng.below(12); n > 0; --n) text += alphabet[static_cast<int>(rng.below(static_cast<uint64_t>(alphabet.size())))];
    const std::string a = texts[0].toStdString(), b = texts[1].toStdString();
    for (const auto& measure : {rouge_l, token_f1}) {
      QVERIFY(measure(a, b) >= 0 && measure(a, b) <= 1);
      QCOMPARE(measure(a, b), measure(b, a));   // F is symmetric
    }
    if (const auto number = final_number(a)) QCOMPARE(final_number(*number), number);   // its own spelling stays
    QCOMPARE(final_number(a).has_value(), texts[0].contains('1') || texts[0].contains('2'));
  }
}

QTEST_GUILESS_MAIN(TestTextMeasures)
#include "tst_text_measures.moc"
