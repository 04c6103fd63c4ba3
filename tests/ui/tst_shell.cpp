// The window against a scripted core: starts at once, runs the sample on Enter, says what the core does without a modal,
// remembers, recovers, takes drops, switches language and theme in place. And the options, decided without Qt.
#include <QtWidgets>
#include <QtTest>

#include "support/fake_core.h"
#include "ui/link/core_link.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/banner.h"
#include "ui/shell/main_window.h"
#include "ui/shell/settings.h"
#include "ui/shell/stall_watchdog.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {
wire::RunInfo info(const std::string& run, const std::string& state) {
  wire::RunInfo i;
  i.set_run(run);
  i.set_name(run);
  i.set_state(state);
  i.set_rounds(5);
  i.set_rounds_done(2);
  return i;
}
}  // namespace

class TestShell : public QObject {
  Q_OBJECT
 private:
  std::unique_ptr<MainWindow> open(StudioOptions options = {}, std::function<void()> launch = [] {}) {
    HomePaths paths;
    paths.home = paths.ledger_dir = home.path().toStdString();
    paths.socket = core->socket();
    options.theme = options.theme.empty() ? "light" : options.theme;
    options.language = options.language.empty() ? "en" : options.language;
    auto window = std::make_unique<MainWindow>(paths, options, std::move(launch));
    window->show();
    (void)QTest::qWaitForWindowExposed(window.get());
    window->setUnattended();
    return window;
  }
  QTemporaryDir home;
  std::unique_ptr<test::FakeCore> core;

 private slots:
  void init() { core = std::make_unique<test::FakeCore>(); }
  void cleanup() { core.reset(); }

  // ------------------------------------------------------------------------------------------------------- options

  void options_data() {
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("action");
    QTest::addColumn<QString>("error");
    using A = StudioOptions::Action;
    const auto row = [](const char* name, QStringList words, A action, const char* error = "") {
      QTest::addRow("%s", name) << words << int(action) << QString(error);
    };
    row("nothing", {}, A::Window);
    row("version", {"--version"}, A::Version);
    row("help", {"--help"}, A::Help);
    row("verb", {"run", "x.json", "--anything"}, A::Core);
    row("file", {"x.json"}, A::Window);
    row("picture", {"--screenshot", "run", "o.png", "--size", "1024x700", "--theme=dark"}, A::Screenshot);
    row("unknown", {"--nonsense"}, A::Error, "unknown option --nonsense");
    row("value missing", {"--home"}, A::Error, "option --home needs a value");
    row("page", {"--screenshot", "moon", "o.png"}, A::Error, "got moon");
    row("no file", {"--screenshot", "run"}, A::Error, "needs a page and a file");
    row("size", {"--size", "12x9"}, A::Error, "got 12x9");
    row("size word", {"--size", "big"}, A::Error, "got big");
    row("theme", {"--theme", "pink"}, A::Error, "got pink");
    row("two files", {"a", "b"}, A::Error, "got a and b");
  }
  void options() {
    QFETCH(QStringList, words);
    QFETCH(int, action);
    QFETCH(QString, error);
    std::vector<std::string> arguments;
    for (const auto& word : words) arguments.push_back(word.toStdString());
    const auto parsed = parseStudioOptions(arguments);
    QCOMPARE(int(parsed.action), action);
    QVERIFY2(QString::fromStdString(parsed.error).contains(error), parsed.error.c_str());
    QVERIFY(!QString::fromStdString(parsed.error).contains('\n'));
  }

  // -------------------------------------------------------------------------------------------------------- window

  void enterRunsTheSample() {
    core->start();
    auto window = open();
    QCOMPARE(window->currentPage()->pageId(), QString("welcome"));
    window->activateWindow();
    QTRY_COMPARE(window->context().link->state(), CoreLink::State::Ready);
    QTest::keyClick(window->focusWidget() ? window->focusWidget() : window->currentPage(), Qt::Key_Return);
    QTRY_COMPARE(core->started().size(), size_t(1));
    QTRY_VERIFY(window->context().session->current());
    QCOMPARE(window->currentPage()->pageId(), QString("run"));
    QTRY_COMPARE(window->context().session->current()->state(), QString("done"));
  }

  void theWindowIsThereBeforeTheCore() {
    int asked = 0;
    auto window = open({}, [&asked] { ++asked; });
    QVERIFY(window->isVisible());
    QTRY_COMPARE(asked, 1);
    core->start();
    QTRY_COMPARE(window->context().link->state(), CoreLink::State::Ready);
    QTRY_VERIFY(window->findChild<QLabel*>("label.computer")->text().contains("core ready"));
  }

  void runPageShowsTheNewestRun() {
    core->addRun(info("newest", "done"), test::story(3, 5, 4));
    core->start();
    StudioOptions options;
    options.page = "run";
    auto window = open(options);
    QTRY_VERIFY(window->context().session->current());
    QCOMPARE(window->context().session->current()->run(), QString("newest"));
  }

  void aRunThatWentOnIsShownAgain() {
    core->addRun(info("going", "running"), test::story(3, 5, 4, 2));
    core->start();
    auto window = open();
    QTRY_VERIFY(window->context().session->current());
    QCOMPARE(window->context().session->current()->run(), QString("going"));
    QTRY_COMPARE(window->context().session->current()->round(), 2);
  }

  void aKilledCoreIsABannerAndResumeGoesOn() {
    core->addRun(info("r", "running"), test::story(3, 5, 4, 2));
    core->start();
    StudioOptions options;
    options.run = "r";
    auto window = open(options);
    QTRY_VERIFY(window->context().session->current() && window->context().session->current()->round() == 2);
    core->stop();
    QTRY_VERIFY(window->banners()->isShown("core"));
    QVERIFY(!QApplication::activeModalWidget());
    core->setRunState("r", "interrupted");
    core->start();
    QTRY_VERIFY_WITH_TIMEOUT(window->banners()->isShown("interrupted"), 10000);
    QVERIFY(!window->banners()->isShown("core"));
    QVERIFY(window->banners()->text("interrupted").contains("2 of 5"));
    window->findChild<QPushButton*>("banner.interrupted.0")->click();
    QTRY_COMPARE(core->calls("Resume"), 1);
    QTRY_VERIFY(!window->banners()->isShown("interrupted"));
  }

  void refusedStartIsSaid() {
    core->start();
    auto window = open();
    QTRY_COMPARE(window->context().link->state(), CoreLink::State::Ready);
    QTRY_VERIFY(core->calls("ListRuns") > 0);
    QTest::qWait(50);
    core->failNext(3, "dataset.files.0: no such file");
    window->context().document->edit("x", [](spec::Scenario& s) { s.dataset.files = {"a.jsonl"}; s.partition.clients = 2; });
    window->context().session->start(window->context().document->scenario(), "/");
    QTRY_VERIFY(window->banners()->isShown("start"));
    QVERIFY(window->banners()->text("start").contains("no such file"));
  }

  void closingARunningRunAsksOnceWithoutBlocking() {
    core->addRun(info("r", "running"), test::story(3, 5, 4, 2));
    core->start();
    auto window = open();
    QTRY_VERIFY(window->context().link->lastHeartbeat().running_size() > 0);
    window->setUnattended(false);
    window->close();
    auto* box = window->findChild<QMessageBox*>("dialog.running");
    QVERIFY(box && window->isVisible());
    QCOMPARE(box->defaultButton()->text(), QString("Keep training in the background"));
    for (auto* button : box->buttons())
      if (button->text() == "Pause and quit") button->click();
    QTRY_COMPARE(core->calls("Pause"), 1);
    QTRY_VERIFY(!window->isVisible());
  }

  void recoveryIsOfferedInABar() {
    {
      ScenarioDocument crashed;
      crashed.setJournalFolder(home.filePath("journal"));
      for (int i = 0; i < 10; ++i) crashed.edit("e", [i](spec::Scenario& s) { s.rounds = 60 + i; });
      const auto files = QDir(home.filePath("journal")).entryList({"*.jsonl"});
      QCOMPARE(files.size(), 1);
      QFile::copy(home.filePath("journal/" + files[0]), home.filePath("journal/left.jsonl"));
    }
    HomePaths paths;
    paths.home = paths.ledger_dir = home.path().toStdString();
    paths.socket = core->socket();
    StudioOptions options;
    options.language = "en";
    MainWindow window(paths, options, [] {});
    window.show();
    QTRY_VERIFY(window.banners()->isShown("recover"));
    QVERIFY2(window.banners()->text("recover").contains("10"), qPrintable(window.banners()->text("recover")));
    window.findChild<QPushButton*>("banner.recover.0")->click();
    QCOMPARE(window.context().document->scenario().rounds, 69);
    QVERIFY(!QFile::exists(home.filePath("journal/left.jsonl")));
    window.setUnattended();
  }

  void panesAreReachedByKey() {
    auto window = open();
    window->activateWindow();
    window->showPage("scenario");
    QTest::qWait(50);
    QSet<QWidget*> seen;
    for (int i = 0; i < 6; ++i) {
      QTest::keyClick(window.get(), Qt::Key_F6);
      QVERIFY(window->focusWidget());
      seen << window->focusWidget();
    }
    QVERIFY2(seen.size() >= 5, qPrintable(QString::number(seen.size())));   // pages, outline, problems, canvas, inspector
    QWidget* here = window->focusWidget();
    QTest::keyClick(window.get(), Qt::Key_F6);
    QTest::keyClick(window.get(), Qt::Key_F6, Qt::ShiftModifier);
    QCOMPARE(window->focusWidget(), here);
    QTest::keyClick(window.get(), Qt::Key_F10);
    QVERIFY(window->menuBar()->activeAction());
    QTest::keyClick(window->menuBar(), Qt::Key_Escape);
  }

  void aPageWithErrorsCarriesAMark() {
    auto window = open();
    const auto marked = [&](const char* id) {
      return !window->findChild<QToolButton*>(QString("activity.") + id)->accessibleDescription().isEmpty();
    };
    window->context().document->edit("a", [](spec::Scenario& s) { s.lora.rank = 0; });
    QVERIFY(marked("scenario") && !marked("data"));
    window->context().document->edit("b", [](spec::Scenario& s) { s.dataset.files.clear(); });
    QVERIFY(marked("data"));
    window->context().document->undoStack()->undo();
    window->context().document->undoStack()->undo();
    QVERIFY(!marked("scenario") && !marked("data"));
  }

  void shortcutsGoToPagesAndUndoNamesTheEdit() {
    auto window = open();
    window->activateWindow();
    const QStringList ids{"welcome", "scenario", "data", "run"};
    for (int i = 3; i >= 0; --i) {
      QTest::keyClick(window.get(), Qt::Key(Qt::Key_1 + i), Qt::ControlModifier);
      QCOMPARE(window->currentPage()->pageId(), ids[i]);
    }
    window->context().document->edit("Move Client 3", [](spec::Scenario& s) { s.rounds = 6; });
    QVERIFY(window->findChild<QAction*>("action.undo")->text().contains("Move Client 3"));
    QVERIFY(window->isWindowModified());
  }

  void languageAndThemeSwitchInPlace() {
    auto window = open();
    window->showPage("scenario");
    const QString english = window->findChild<QToolButton*>("activity.run")->text();
    window->useWindowLanguage("zh_CN");
    QCOMPARE(window->currentPage()->pageId(), QString("scenario"));
    QVERIFY(window->findChild<QToolButton*>("activity.run")->text() != english);
    window->useWindowLanguage("en");
    QCOMPARE(window->findChild<QToolButton*>("activity.run")->text(), english);
    window->useTheme("dark");
    QVERIFY(QApplication::palette().color(QPalette::Base).lightness() < 60);
    QCOMPARE(window->settings()->theme(), QString("dark"));
    window->useTheme("light");
    QVERIFY(QApplication::palette().color(QPalette::Base).lightness() > 200);
  }

  void bannersSpeakTheNewLanguageToo() {
    {
      ScenarioDocument crashed;
      crashed.setJournalFolder(home.filePath("journal"));
      crashed.edit("e", [](spec::Scenario& s) { s.rounds = 60; });
      const auto files = QDir(home.filePath("journal")).entryList({"*.jsonl"});
      QCOMPARE(files.size(), 1);
      for (const char* copy : {"journal/one.jsonl", "journal/two.jsonl"})
        QVERIFY(QFile::copy(home.filePath("journal/" + files[0]), home.filePath(copy)));
    }
    HomePaths paths;
    paths.home = paths.ledger_dir = home.path().toStdString();
    paths.socket = core->socket();
    paths.on_network_file_system = true;
    StudioOptions options;
    options.language = "en";
    MainWindow window(paths, options, [] {});
    window.show();
    QTRY_VERIFY(window.banners()->isShown("recover"));
    const QString english = window.banners()->text("recover");
    window.useWindowLanguage("zh_CN");
    QVERIFY(window.banners()->isShown("network"));
    QVERIFY(window.banners()->isShown("recover"));
    QVERIFY(window.banners()->text("recover") != english);
    window.useWindowLanguage("en");
    QCOMPARE(window.banners()->text("recover"), english);
    window.findChild<QPushButton*>("banner.recover.1")->click();    // one is declined, the other still offered
    QVERIFY(window.banners()->isShown("recover"));
    window.findChild<QPushButton*>("banner.recover.1")->click();
    QVERIFY(!window.banners()->isShown("recover"));
    QVERIFY(QDir(home.filePath("journal")).entryList({"*.jsonl"}).isEmpty());
    window.setUnattended();
  }

  void theMenuItselfMaySwitchTheLanguage() {
    auto window = open();
    window->findChild<QAction*>("action.language.zh_CN")->trigger();
    QTRY_COMPARE(window->settings()->language(), QString("zh_CN"));
    QTRY_COMPARE(window->findChild<QToolButton*>("activity.run")->text(), QString::fromUtf8("运行"));
    window->findChild<QAction*>("action.language.en")->trigger();
    QTRY_COMPARE(window->findChild<QToolButton*>("activity.run")->text(), QString("Run"));
  }

  void everyTextIsReadableInEveryTheme() {
    Theme theme;
    for (const char* name : {"light", "dark", "contrast"}) {
      theme.apply(name);
      QVERIFY(Theme::contrast(theme.text(), theme.surface()) >= 7);
      QVERIFY(Theme::contrast(theme.text(), theme.background()) >= 7);
      for (const QColor& colour : {theme.mutedText(), theme.good(), theme.warning(), theme.bad()})
        QVERIFY2(Theme::contrast(colour, theme.background()) >= 4.5, qPrintable(QString("%1 %2").arg(name, colour.name())));
      for (int i = 0; i < theme.identities(); ++i)
        QVERIFY2(Theme::contrast(theme.client(i), theme.surface()) >= 3, qPrintable(QString("%1 client %2").arg(name).arg(i)));
      for (double share : {0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0})
        for (const QColor& fill : {theme.tile(share), theme.heat(share)})
          QVERIFY(Theme::contrast(theme.readableOn(fill), fill) >= 4.5);
    }
    theme.apply("light");
  }

  void recentFilesAndSettingsAreRemembered() {
    QTemporaryDir dir;
    {
      auto window = open();
      QVERIFY(window->context().document->save(dir.filePath("a.json")).ok());
      window->openScenario(dir.filePath("a.json"));
      window->settings()->setKeepRunning(true);
    }
    StudioSettings settings(home.path());
    QCOMPARE(settings.recent().value(0), dir.filePath("a.json"));
    QVERIFY(settings.keepRunning());
    settings.setKeepRunning(false);
  }

  void anUnreadableScenarioIsSaidInOneSentence() {
    auto window = open();
    QTemporaryDir dir;
    QFile file(dir.filePath("bad.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"format_version\": 99}");
    file.close();
    window->openScenario(file.fileName());
    QVERIFY(window->banners()->isShown("open"));
    QVERIFY2(window->banners()->text("open").contains("99"), qPrintable(window->banners()->text("open")));
  }

  void aNetworkHomeIsSaid() {
    HomePaths paths;
    paths.home = home.path().toStdString();
    paths.ledger_dir = "/var/tmp/elsewhere";
    paths.socket = core->socket();
    paths.on_network_file_system = true;
    StudioOptions options;
    options.language = "en";
    MainWindow window(paths, options, [] {});
    QVERIFY(window.banners()->text("network").contains("/var/tmp/elsewhere"));
  }

  void theWatchdogCountsStalls() {
    StallWatchdog watchdog;
    watchdog.start();
    QTest::qWait(60);
    QCOMPARE(watchdog.stalls(), 0);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("event loop stalled"));
    QThread::msleep(180);
    QTest::qWait(60);
    QCOMPARE(watchdog.stalls(), 1);
    QVERIFY(watchdog.longestMs() >= 150);
  }
};

QTEST_MAIN(TestShell)
#include "tst_shell.moc"
