// The catalogues: zh_CN complete and fitting the sources, English plurals, nothing on a page that tr() did not see, and a
// glyph in the installed fonts for every character of the Chinese catalogue.
#include <QtWidgets>
#include <QtTest>

#include "support/fake_core.h"
#include "ui/shell/languages.h"
#include "ui/shell/main_window.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

const QString kFolder = QStringLiteral(FEDLLM_SOURCE_DIR "/translations/");

struct Message { QString context, source, disambiguation; QStringList translations; QString type; bool numerus; };

std::vector<Message> read(const QString& file) {
  std::vector<Message> list;
  QFile in(kFolder + file);
  if (!in.open(QIODevice::ReadOnly)) return list;
  QXmlStreamReader xml(&in);
  QString context;
  Message message;
  while (!xml.atEnd()) {
    xml.readNext();
    if (xml.isEndElement() && xml.name() == QLatin1String("message")) list.push_back(message);
    if (!xml.isStartElement()) continue;
    const auto name = xml.name();
    if (name == QLatin1String("name")) context = xml.readElementText();
    else if (name == QLatin1String("message"))
      message = {context, {}, {}, {}, {}, xml.attributes().value("numerus") == QLatin1String("yes")};
    else if (name == QLatin1String("source")) message.source = xml.readElementText();
    else if (name == QLatin1String("comment")) message.disambiguation = xml.readElementText();
    else if (name == QLatin1String("numerusform")) message.translations << xml.readElementText();
    else if (name == QLatin1String("translation")) {
      message.type = xml.attributes().value("type").toString();
      if (!message.numerus) message.translations << xml.readElementText();
    }
  }
  return list;
}

QSet<QString> placeholders(const QString& text) {
  QSet<QString> found;
  static const QRegularExpression pattern(QStringLiteral("%L?[0-9]|%n"));
  for (auto it = pattern.globalMatch(text); it.hasNext();) found << it.next().captured().remove(QLatin1Char('L'));
  return found;
}

// Marks everything that goes through tr(), and notes what was asked for.
class Marker : public QTranslator {
 public:
  bool isEmpty() const override { return false; }
  QString translate(const char* context, const char* source, const char* disambiguation, int) const override {
    asked << qMakePair(QString::fromUtf8(context), QString::fromUtf8(source));
    Q_UNUSED(disambiguation);
    return QStringLiteral("[") + QString::fromUtf8(source) + QStringLiteral("]");
  }
  mutable QSet<QPair<QString, QString>> asked;
};

// What a person reads on a page and no catalogue need know: figures, names of things, the scenario's own words.
bool isNeutral(const QString& text) {
  static const QRegularExpression letters(QStringLiteral("\\p{L}{2,}"));
  return !letters.match(text).hasMatch();
}

}  // namespace

class TestTranslations : public QObject {
  Q_OBJECT
 private slots:
  void chineseIsComplete() {
    const auto list = read("fedllm_zh_CN.ts");
    QVERIFY(list.size() > 300);
    for (const Message& m : list) {
      const QByteArray where = (m.context + ": " + m.source).toUtf8();
      QVERIFY2(m.type.isEmpty(), (where + " is " + m.type.toUtf8()).constData());
      QVERIFY2(!m.translations.isEmpty(), where.constData());
      for (const QString& t : m.translations) {
        QVERIFY2(!t.trimmed().isEmpty(), where.constData());
        QVERIFY2(placeholders(t) == placeholders(m.source), (where + " -> " + t.toUtf8()).constData());
      }
    }
  }

  void englishHasItsPlurals() {
    const auto list = read("fedllm_en.ts");
    QVERIFY(list.size() > 10);
    for (const Message& m : list) {
      QVERIFY2(m.numerus && m.translations.size() == 2 && m.type.isEmpty(), m.source.toUtf8().constData());
      for (const QString& t : m.translations) QVERIFY2(!t.isEmpty() && !t.contains("(s)"), m.source.toUtf8().constData());
    }
  }

  // The sources as lupdate sees them now: run it into a copy and compare.
  void cataloguesFitTheSources() {
    QString lupdate =
        QStandardPaths::findExecutable("lupdate", {"/usr/lib/qt6/bin", QLibraryInfo::path(QLibraryInfo::BinariesPath),
                                                   QLibraryInfo::path(QLibraryInfo::LibraryExecutablesPath)});
    if (lupdate.isEmpty()) QSKIP("lupdate is not installed");
    QTemporaryDir dir;
    const QString copy = dir.filePath("fedllm_zh_CN.ts");
    QVERIFY(QFile::copy(kFolder + "fedllm_zh_CN.ts", copy));
    QProcess process;
    process.setWorkingDirectory(FEDLLM_SOURCE_DIR);
    process.start(lupdate, {"-silent", "-I", FEDLLM_SOURCE_DIR, "-no-obsolete", "-locations", "none", "-extensions", "cpp,h",
                            FEDLLM_SOURCE_DIR "/ui", "-ts", copy});
    QVERIFY(process.waitForFinished(60000));
    QCOMPARE(process.exitCode(), 0);
    QFile after(copy);
    QVERIFY(after.open(QIODevice::ReadOnly));
    QXmlStreamReader xml(&after);
    QString source;
    QStringList unfinished;
    while (!xml.atEnd()) {
      xml.readNext();
      if (!xml.isStartElement()) continue;
      if (xml.name() == QLatin1String("source")) source = xml.readElementText();
      else if (xml.name() == QLatin1String("translation") && xml.attributes().value("type") == QLatin1String("unfinished"))
        unfinished << source;
    }
    QVERIFY2(unfinished.isEmpty(), qPrintable("build the target update_translations and translate: " + unfinished.join(" | ")));
  }

  // Contexts at run time are those of the catalogue: every string that building the pages asks for is in it.
  void everyPageAsksForWhatTheCatalogueHasAndShowsNothingElse() {
    QSet<QPair<QString, QString>> known;
    for (const Message& m : read("fedllm_zh_CN.ts")) known << qMakePair(m.context, m.source);
    Marker marker;
    test::FakeCore core;
    core.start();
    QTemporaryDir home;
    HomePaths paths;
    paths.home = paths.ledger_dir = home.path().toStdString();
    paths.socket = core.socket();
    StudioOptions options;
    options.theme = "light";
    options.language = "en";
    MainWindow window(paths, options, [] {});
    window.setUnattended();
    QCoreApplication::installTranslator(&marker);
    window.useWindowLanguage("en");             // builds everything again, now marked; puts its own catalogue above the marker
    QCoreApplication::removeTranslator(&marker);
    QCoreApplication::installTranslator(&marker);
    window.useTheme("light");
    for (const char* id : {"welcome", "scenario", "data", "run"}) window.showPage(id);
    QStringList missing;
    for (const auto& [context, source] : marker.asked)
      if (!context.startsWith(QLatin1Char('Q')) && !known.contains(qMakePair(context, source)))
        missing << context + ": " + source;
    missing.sort();
    QVERIFY2(missing.isEmpty(), qPrintable(missing.join("\n")));

    QStringList literals;
    for (const char* id : {"welcome", "scenario", "data", "run"}) {
      for (auto* widget : window.page(id)->findChildren<QWidget*>()) {
        QString text;
        if (auto* label = qobject_cast<QLabel*>(widget)) text = label->text();
        else if (auto* button = qobject_cast<QAbstractButton*>(widget)) text = button->text();
        else if (auto* box = qobject_cast<QGroupBox*>(widget)) text = box->title();
        if (text.isEmpty() || text.contains('[') || isNeutral(text) || text.contains("FedLLM Studio") || text.contains("_proj"))
          continue;
        literals << QString::fromLatin1(id) + " " + widget->objectName() + ": " + text;
      }
    }
    QVERIFY2(literals.isEmpty(), qPrintable(literals.join("\n")));
    QCoreApplication::removeTranslator(&marker);
  }

  void embeddedAndUsed() {
    QVERIFY(QFile::exists(":/translations/fedllm_zh_CN.qm"));
    QVERIFY(QFile::exists(":/translations/fedllm_en.qm"));
    QCOMPARE(useLanguage("zh_CN"), QString("zh_CN"));
    QCOMPARE(QCoreApplication::translate("Pages", "Run"), QString::fromUtf8("运行"));
    QCOMPARE(useLanguage("en"), QString("en"));
    QCOMPARE(QCoreApplication::translate("Pages", "Run"), QString("Run"));
    QCOMPARE(QCoreApplication::translate("fedllm::ui::OutlineModel", "%n round(s)", nullptr, 1), QString("1 round"));
    QCOMPARE(QCoreApplication::translate("fedllm::ui::OutlineModel", "%n round(s)", nullptr, 5), QString("5 rounds"));
  }

  void everyCharacterHasAGlyph() {
    if (!QFontDatabase::families(QFontDatabase::SimplifiedChinese).size())
      QSKIP("no font for Chinese is installed (fonts-wqy-microhei)");
    QSet<uint> wanted;
    for (const Message& m : read("fedllm_zh_CN.ts"))
      for (const QString& t : m.translations)
        for (uint c : t.toUcs4())
          if (c > 32) wanted << c;
    std::vector<QRawFont> fonts{QRawFont::fromFont(QApplication::font())};
    for (const QString& family : QFontDatabase::families(QFontDatabase::SimplifiedChinese))
      fonts.push_back(QRawFont::fromFont(QFont(family)));
    QStringList missing;
    for (uint c : wanted)
      if (std::none_of(fonts.begin(), fonts.end(), [c](const QRawFont& font) { return font.supportsCharacter(c); }))
        missing << QString::fromUcs4(reinterpret_cast<const char32_t*>(&c), 1) + QString(" U+%1").arg(c, 4, 16);
    QVERIFY2(missing.isEmpty(), qPrintable(missing.join(" ")));
  }
};

QTEST_MAIN(TestTranslations)
#include "tst_translations.moc"
