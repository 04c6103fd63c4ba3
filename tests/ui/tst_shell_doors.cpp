// What comes to the window from outside: files dropped on it and second starts of the program.
#include <QtTest>
#include <QtWidgets>

#include <atomic>
#include <thread>

#include "support/fake_core.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/main_window.h"
#include "ui/shell/single_instance.h"

using namespace fedllm;
using namespace fedllm::ui;

class TestShellDoors : public QObject {
  Q_OBJECT
 private:
  std::unique_ptr<MainWindow> open() {
    HomePaths paths;
    paths.home = paths.ledger_dir = home.path().toStdString();
    paths.socket = core->socket();
    StudioOptions options;
    options.theme = "light";
    options.language = "en";
    auto window = std::make_unique<MainWindow>(paths, options, [] {});
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

  void dropsAreTakenOrPolitelyRefused() {
    auto window = open();
    QTemporaryDir dir;
    QFile(dir.filePath("d.csv")).open(QIODevice::WriteOnly);
    ScenarioDocument other;
    other.edit("x", [](spec::Scenario& s) { s.name = "dropped"; });
    QVERIFY(other.save(dir.filePath("s.json")).ok());
    const auto drop = [&](const QString& file) {
      QMimeData mime;
      mime.setUrls({QUrl::fromLocalFile(dir.filePath(file))});
      QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, {});
      enter.ignore();
      QCoreApplication::sendEvent(window.get(), &enter);
      if (!enter.isAccepted()) return false;
      QDropEvent event(QPointF(50, 50), Qt::CopyAction, &mime, Qt::LeftButton, {});
      QCoreApplication::sendEvent(window.get(), &event);
      return true;
    };
    QVERIFY(drop("s.json"));
    QCOMPARE(window->context().document->scenario().name, std::string("dropped"));
    QCOMPARE(window->currentPage()->pageId(), QString("scenario"));
    QVERIFY(drop("d.csv"));
    QCOMPARE(window->context().document->scenario().dataset.files, std::vector<std::string>{dir.filePath("d.csv").toStdString()});
    QCOMPARE(window->currentPage()->pageId(), QString("data"));
    QVERIFY(!drop("nonsense.xyz"));
    QVERIFY(window->statusBar()->currentMessage().contains(".jsonl"));
  }

  // Every page's every part: pictures and text fields do not swallow what is meant for the window.
  void dropsWorkOnEveryPartOfEveryPage() {
    auto window = open();
    QTemporaryDir dir;
    QFile(dir.filePath("d.csv")).open(QIODevice::WriteOnly);
    QFile(dir.filePath("n.png")).open(QIODevice::WriteOnly);
    QDir(dir.path()).mkdir("folder.csv");
    const auto entered = [&](QWidget* part, const QString& name) {
      QMimeData mime;
      mime.setUrls({QUrl::fromLocalFile(dir.filePath(name))});
      QDragEnterEvent enter(part->rect().center(), Qt::CopyAction, &mime, Qt::LeftButton, {});
      enter.ignore();
      QCoreApplication::sendEvent(part, &enter);
      return enter.isAccepted();
    };
    for (const char* id : {"welcome", "scenario", "data", "run"}) {
      window->showPage(id);
      for (auto* part : window->currentPage()->findChildren<QWidget*>()) {
        if (!part->isVisible() || part->windowType() == Qt::Popup) continue;
        const QByteArray where = QByteArray(id) + " " + part->metaObject()->className() + " " + part->objectName().toUtf8();
        QVERIFY2(entered(part, "d.csv"), where.constData());
        QVERIFY2(!entered(part, "n.png"), where.constData());
        QVERIFY2(!entered(part, "folder.csv"), where.constData());
        QVERIFY2(!entered(part, "gone.csv"), where.constData());
      }
    }
    // What is let go is looked at again, whatever hovered before.
    const auto before = window->context().document->scenario();
    QVERIFY(entered(window.get(), "d.csv"));
    QMimeData nonsense;
    nonsense.setUrls({QUrl::fromLocalFile(dir.filePath("n.png"))});
    QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &nonsense, Qt::LeftButton, {});
    QCoreApplication::sendEvent(window.get(), &drop);
    QVERIFY(!drop.isAccepted());
    QVERIFY(window->context().document->scenario() == before);
  }

  void aSecondStartHandsItsFileOverAndEnds() {
    HomePaths paths;
    paths.home = home.path().toStdString();
    paths.socket = core->socket();
    SingleInstance first(paths);
    QVERIFY(!first.handedOver({}));
    QSignalSpy asked(&first, &SingleInstance::asked);
    std::atomic<int> took{-1};
    std::thread other([&] {
      SingleInstance second(paths);
      took = second.handedOver(QString::fromUtf8("/tmp/ some 100% 场景.json "), "20260101-1");
    });
    QTRY_COMPARE(asked.count(), 1);
    QTRY_COMPARE(took.load(), 1);
    other.join();
    QCOMPARE(asked[0][0].toString(), QString::fromUtf8("/tmp/ some 100% 场景.json "));
    QCOMPARE(asked[0][1].toString(), QString("20260101-1"));
  }

  void aSecondStartWithAFileOpensItHere() {
    wire::RunInfo run;
    run.set_run("r");
    run.set_state("done");
    run.set_rounds(5);
    core->addRun(run, test::story(3, 5, 4));
    core->start();
    auto window = open();
    QTemporaryDir dir;
    ScenarioDocument other;
    other.edit("x", [](spec::Scenario& s) { s.name = "handed over"; });
    QVERIFY(other.save(dir.filePath("s.json")).ok());
    window->raiseAndOpen(dir.filePath("s.json"));
    QCOMPARE(window->context().document->scenario().name, std::string("handed over"));
    QCOMPARE(window->currentPage()->pageId(), QString("scenario"));
    window->raiseAndOpen({}, "r");
    QCOMPARE(window->currentPage()->pageId(), QString("run"));
    QTRY_VERIFY(window->context().session->current() && window->context().session->current()->run() == "r");
  }
};

QTEST_MAIN(TestShellDoors)
#include "tst_shell_doors.moc"
