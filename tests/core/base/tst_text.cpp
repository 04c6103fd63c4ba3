#include <QtTest>

#include <cstdlib>
#include <limits>

#include "base/text.h"

using namespace fedllm;

class TestText : public QObject {
  Q_OBJECT
 private slots:
  void invalid_utf8_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("at");   // -1: valid
    const auto row = [](const char* name, const QByteArray& text, qint64 at) { QTest::newRow(name) << text << at; };
    row("empty", "", -1);
    row("ascii", "abc", -1);
    row("two, three, four bytes", "é雪😀", -1);
    row("largest code point", "\xf4\x8f\xbf\xbf", -1);
    row("NUL", QByteArray("a\0b", 3), -1);
    row("lone continuation", "a\x80", 1);
    row("cut short", "ab\xe9\x9b", 2);
    row("overlong two", "\xc0\x80", 0);
    row("overlong three", "x\xe0\x80\x80", 1);
    row("overlong four", "\xf0\x80\x80\x80", 0);
    row("surrogate", "\xed\xa0\x80", 0);
    row("beyond U+10FFFF", "\xf4\x90\x80\x80", 0);
    row("five bytes", "\xf8\x88\x80\x80\x80", 0);
    row("Latin-1", "caf\xe9 au lait", 3);
  }
  void invalid_utf8() {
    QFETCH(QByteArray, text);
    QFETCH(qint64, at);
    QCOMPARE(invalid_utf8_at(text.toStdString()), at < 0 ? std::string_view::npos : static_cast<size_t>(at));
  }

  void agrees_with_qt_on_random_bytes() {
    uint32_t state = 1;
    for (int i = 0; i < 20000; ++i) {
      QByteArray text;
      for (int k = 0; k < 6; ++k) {
        state = state * 1664525 + 1013904223;
        const char pool[] = "a\x80\xbf\xc2\xe0\xed\xef\xf0\xf4\x9f\xa0\x90\x8f";
        text += pool[(state >> 16) % 13];
      }
      QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
      const QString decoded = decoder(text);
      QVERIFY2((invalid_utf8_at(text.toStdString()) == std::string_view::npos) == !decoder.hasError() , text.toHex().constData());
    }
  }

  void nearest() {
    const std::string_view keys[] = {"rank", "alpha", "dropout", "target_modules"};
    QCOMPARE(nearest_key("rnak", keys), std::string("rank"));
    QCOMPARE(nearest_key("target_module", keys), std::string("target_modules"));
    QCOMPARE(nearest_key("alpha", keys), std::string("alpha"));
    QCOMPARE(nearest_key("zzzzzz", keys), std::string());
    QCOMPARE(nearest_key("", keys), std::string());
    QCOMPARE(nearest_key("rank", {}), std::string());
    QCOMPARE(nearest_key(std::string(20'000'000, 'r'), keys), std::string());   // at once, not after billions of steps
  }

  void shortened_text_stays_whole_characters() {
    QCOMPARE(shortened("abc", 3), std::string("abc"));
    QCOMPARE(shortened("abcdefgh", 7), std::string("abcd…"));
    QCOMPARE(shortened("é雪😀é雪😀", 12), std::string("é雪😀…"));
    QCOMPARE(shortened("é雪😀é雪😀", 11), std::string("é雪…"));
    QCOMPARE(shortened("abcdef", 2), std::string("…"));
  }

  void natural_order() {
    const std::vector<std::string> sorted = {"",     "2",  "10",   "a",     "a2",   "a02", "a2b", "a02b",
                                             "a10",  "b",  "x7",   "x007",  "x7y",  "x007y", "x7z", "\xc3\xa9"};
    for (size_t i = 0; i < sorted.size(); ++i)
      for (size_t j = 0; j < sorted.size(); ++j)
        QVERIFY2(natural_less(sorted[i], sorted[j]) == (i < j), (sorted[i] + " < " + sorted[j]).c_str());
  }

  // What std::sort and std::map rely on: never a < b < c < a.
  void natural_order_is_one() {
    std::vector<std::string> names;
    for (const char* head : {"", "x", "é"})
      for (const char* number : {"", "0", "00", "7", "07", "12"})
        for (const char* tail : {"", "y", "7", "-01"}) names.push_back(std::string(head) + number + tail);
    for (const auto& a : names)
      for (const auto& b : names) {
        QCOMPARE(natural_less(a, b) || natural_less(b, a), a != b);
        for (const auto& c : names)
          if (natural_less(a, b) && natural_less(b, c)) QVERIFY2(natural_less(a, c), (a + " " + b + " " + c).c_str());
      }
  }

  void bytes() {
    QCOMPARE(format_bytes(0), std::string("0 B"));
    QCOMPARE(format_bytes(312), std::string("312 B"));
    QCOMPARE(format_bytes(1023), std::string("1023 B"));
    QCOMPARE(format_bytes(1536), std::string("1.5 KiB"));
    QCOMPARE(format_bytes((1 << 20) - 1), std::string("1.0 MiB"));
    QCOMPARE(format_bytes(5ull << 30), std::string("5.0 GiB"));
    QCOMPARE(format_bytes(std::numeric_limits<uint64_t>::max()), std::string("16777216.0 TiB"));
  }

  void doubles_read_back() {
    QCOMPARE(format_double(0.1), std::string("0.1"));
    QCOMPARE(format_double(16), std::string("16"));
    QCOMPARE(format_double(-2.5), std::string("-2.5"));
    for (double x : {1.0 / 3, 1e-300, 1e300, 5e-324, std::numeric_limits<double>::max()})
      QCOMPARE(std::strtod(format_double(x).c_str(), nullptr), x);
  }

  void joins() {
    QCOMPARE(join({}, ", "), std::string());
    QCOMPARE(join({"a"}, ", "), std::string("a"));
    QCOMPARE(join({"", "a", "b", ""}, ", "), std::string(", a, b, "));
  }
};

QTEST_GUILESS_MAIN(TestText)
#include "tst_text.moc"
