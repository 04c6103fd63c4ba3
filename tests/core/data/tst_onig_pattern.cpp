// Patterns of tokenizer files, read as Oniguruma reads them: what each matches (as the official library's Replace shows
// it), and what is refused by name.
#include <QtTest>

#include "data/regex.h"

using namespace fedllm;
using namespace fedllm::data;

class TestOnigPattern : public QObject {
  Q_OBJECT
 private slots:
  void matches_like_oniguruma_data();
  void matches_like_oniguruma();
  void newer_unicode();
  void empty_matches();
  void refuses_by_name_data();
  void refuses_by_name();
};

void TestOnigPattern::matches_like_oniguruma_data() {
  QTest::addColumn<QString>("pattern");
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("replaced");   // every match as #
  const auto row = [](const char* pattern, const char* text, const char* replaced) {
    QTest::newRow(pattern) << QString(pattern) << QString(text) << QString(replaced);
  };
  row("^a", "a\na", "#\n#");
  row("a$", "a\na\n", "#\n#\n");
  row("\\Aa", "a\na", "#\na");
  row("a{2}+", "aaaa", "#");
  row("\\p{L}{1,3}+", "abcde", "#");
  row("a{,2}", "aaa", "##");
  row("a{2}?b", "aab", "#");
  row("a{2", "a{2", "#");
  row("\\h", "gfA", "g##");
  row("\\v", "\n\x0b", "\n#");
  row("\\R", "\r\n\n", "##");
  row("\\N", "a\n", "#\n");
  row("\\O", "a\n", "##");
  row("(?m).", "a\nb", "###");
  row("(?m:.)\\n", "a\nb", "#b");
  row("[a[bc]]", "abcd", "###d");
  row("[a-c&&[^b]]", "abcd", "#b#d");
  row("[^a-c&&[^b]]", "abcd", "a#c#");
  row("[\\p{^L}]", "a1", "a#");
  row("\\P{^L}", "a1", "#1");
  row("[^\\P{L}]", "a1", "#1");
  row("[\\S\\n]+", "ab \nc", "# #");
  row("a(?i)b|c", "abABCc aC", "#ABCc #");
  row("(?i:'s|'m)x", "'Sx 'mX", "# 'mX");
  row("\\u0061", "ab", "#b");
  row("\\x61", "ab", "#b");
  row("[]a]", "a]", "##");
  row("[\\]a]", "a]", "##");
  row("[a\\-c]", "a-bc", "##b#");
  row("[-a]", "a-b", "##b");
  row("(?<!a)b", "ab b", "ab #");
  row("\\bfoo\\b", "foo foo1 foo\u0301", "# foo1 foo\u0301");
  row("\\w+", "a\u00b2_\u0301 \u2460", "# \u2460");
  row("(a)\\1", "aab", "#b");
  row("(?<n>a)\\k", "aab", "");
  row("\\s", "\u180e\u00a0\u0085", "\u180e##");
  row("\\p{Han}", "\u4e2d\u3001\u3005", "#\u3001#");
  row("[[:punct:]]", "a$,", "a##");
  row("[[:^space:]]", "a b", "# #");
  row("\\p{Lowercase_Letter}", "aB", "#B");
  row("(?#note)a", "ab", "#b");
  row("\\/\\\"", "/\"", "#");
  row("a++b|c*+d", "aab ccd", "# #");
}

void TestOnigPattern::matches_like_oniguruma() {
  QFETCH(QString, pattern);
  QFETCH(QString, text);
  QFETCH(QString, replaced);
  const auto regex = Regex::compile(pattern.toStdString());
  if (replaced.isEmpty()) {   // refused, not matched otherwise
    QVERIFY(!regex.ok());
    return;
  }
  QVERIFY2(regex.ok(), regex.status().to_string().c_str());
  QCOMPARE(QString::fromStdString(regex->replace_all(text.toStdString(), "#")), replaced);
}

// Letters, digits and marks that came with Unicode 15.1 and 16.
void TestOnigPattern::newer_unicode() {
  const auto replaced = [](const char* pattern, const QString& text) {
    const auto regex = Regex::compile(pattern);
    return regex.ok() ? QString::fromStdString(regex->replace_all(text.toStdString(), "#")) : QString::fromStdString(regex.status().to_string());
  };
  const QString garay = QString::fromUcs4(U"\U00010D50\U00010D70\U00010D40 \U0002EBF0");
  QCOMPARE(replaced("\\p{L}+", garay), QString::fromUcs4(U"#\U00010D40 #"));
  QCOMPARE(replaced("[^\\s\\p{L}]", garay), QString::fromUcs4(U"\U00010D50\U00010D70# \U0002EBF0"));
  QCOMPARE(replaced("\\d", garay), QString::fromUcs4(U"\U00010D50\U00010D70# \U0002EBF0"));
  QCOMPARE(replaced("\\p{Han}", garay), QString::fromUcs4(U"\U00010D50\U00010D70\U00010D40 #"));
  QCOMPARE(replaced("\\p{C}", garay + QChar(0x378)), garay + "#");
}

// Where nothing matches there is a match too, unless it stands right behind another.
void TestOnigPattern::empty_matches() {
  const auto regex = Regex::compile("x*");
  QVERIFY(regex.ok());
  QCOMPARE(regex->replace_all("axa", "#"), std::string("#a#a#"));
  QCOMPARE(regex->replace_all("", "#"), std::string("#"));
}

void TestOnigPattern::refuses_by_name_data() {
  QTest::addColumn<QString>("pattern");
  QTest::addColumn<QString>("words");
  const auto row = [](const char* pattern, const char* words) { QTest::newRow(pattern) << QString(pattern) << QString(words); };
  row("\\X", "\"\\X\", which is not supported");
  row("a\\Kb", "\"\\K\", which is not supported");
  row("\\p{Emoji}", "property \"Emoji\"");
  row("[[:upper:]]", "bracket [:upper:]");
  row("(?x) a", "\"(?x\"");
  row("(?~a)", "\"(?~\"");
  row("(?i:ss)", "\"ss\" under (?i)");
  row("(?i:\u00df)", "letters beyond ASCII under (?i)");
  row("(?i)\\p{Lu}", "a property of case under (?i)");
  row("\\xC3", "a byte that is not ASCII");
  row("a**", "a repeat of a repeat");
  row("*a", "repeats nothing");
  row("(a", "not closed");
  row("a)", "not open");
  row("[a", "not closed");
  row("[b-a]", "runs backwards");
  row("[a-\\d]", "a set as the end of a range");
  row("\\p{L", "not closed");
  row("\\", "ends with a backslash");
  row("\\x{110000}", "bad code point");
  row("(*UTF8)a", "repeats nothing");
  row("(?<=a+)d", "is not understood");
}

void TestOnigPattern::refuses_by_name() {
  QFETCH(QString, pattern);
  QFETCH(QString, words);
  const auto regex = Regex::compile(pattern.toStdString());
  QVERIFY(!regex.ok());
  QVERIFY2(QString::fromStdString(regex.status().to_string()).contains(words), regex.status().to_string().c_str());
}

QTEST_GUILESS_MAIN(TestOnigPattern)
#include "tst_onig_pattern.moc"
