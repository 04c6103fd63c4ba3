// Every page by its widgets: what takes the focus has a name, inputs say what they are, nothing traps Tab, pages fit a small
// window, nothing is blinding in the dark.
#include <QtWidgets>
#include <QtTest>

#include "support/fake_core.h"
#include "support/fake_lab.h"
#include "ui/link/core_link.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/main_window.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

QString nameOf(QWidget* widget) {
  QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
  return face ? face->text(QAccessible::Name) : QString();
}

QString describe(QWidget* widget) {
  QStringList path;
  for (QWidget* w = widget; w && path.size() < 4; w = w->parentWidget())
    path.prepend(QString::fromLatin1(w->metaObject()->className()) + "#" + w->objectName());
  return path.join(" > ");
}

bool isInput(QWidget* widget) {
  return qobject_cast<QAbstractSpinBox*>(widget) || qobject_cast<QComboBox*>(widget) || qobject_cast<QAbstractSlider*>(widget) ||
         qobject_cast<QPlainTextEdit*>(widget) || qobject_cast<QTextEdit*>(widget) ||
         (qobject_cast<QLineEdit*>(widget) && !qobject_cast<QAbstractSpinBox*>(widget->parentWidget()) &&
          !qobject_cast<QComboBox*>(widget->parentWidget()));
}

// Parts that Qt builds into its own controls.
bool isInner(QWidget* widget) {
  return widget->objectName().startsWith("qt_") || qobject_cast<QScrollBar*>(widget) || qobject_cast<QHeaderView*>(widget) ||
         qobject_cast<QAbstractSpinBox*>(widget->parentWidget()) || qobject_cast<QComboBox*>(widget->parentWidget()) ||
         QString::fromLatin1(widget->metaObject()->className()).startsWith("QTableCornerButton") ||
         QString::fromLatin1(widget->metaObject()->className()).startsWith("QComboBox") ||
         QString::fromLatin1(widget->metaObject()->className()) == "QTabBar" ||
         QString::fromLatin1(widget->metaObject()->className()) == "QWidget";
}

}  // namespace

class TestAccessibility : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir home;
  test::FakeLab lab;
  std::unique_ptr<test::FakeCore> core;
  std::unique_ptr<MainWindow> window;
  const QStringList ids{"welcome", "scenario", "data", "run", "lab"};

 private slots:
  void initTestCase() {
    core = std::make_unique<test::FakeCore>();
    wire::RunInfo info;
    info.set_run("r");
    info.set_state("done");
    info.set_rounds(5);
    core->addRun(info, test::story(4, 5, 6));
    lab.setFound(test::foundRooms());
    core->serveAlso(lab.service());
    core->start();
    HomePaths paths;
    paths.home = paths.ledger_dir = home.path().toStdString();
    paths.socket = core->socket();
    StudioOptions options;
    options.theme = "light";
    options.language = "en";
    options.run = "r";
    options.width = 1024;
    options.height = 700;
    window = std::make_unique<MainWindow>(paths, options, [] {});
    window->setUnattended();
    window->show();
    QVERIFY(QTest::qWaitForWindowExposed(window.get()));
    window->activateWindow();
    QTRY_VERIFY(window->context().session->current() && window->context().session->current()->state() == "done");
    for (const QString& id : ids) {
      window->showPage(id);
      QTest::qWait(150);
    }
  }
  void cleanupTestCase() {
    window.reset();
    core.reset();
  }

  void whatTakesTheFocusHasAName() {
    QStringList nameless;
    for (const QString& id : ids)
      for (auto* widget : window->page(id)->findChildren<QWidget*>())
        if ((widget->focusPolicy() & Qt::TabFocus) && !isInner(widget) && nameOf(widget).isEmpty()) nameless << describe(widget);
    QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join("\n")));
  }

  void inputsSayWhatTheyAre() {
    QStringList silent;
    for (const QString& id : ids)
      for (auto* widget : window->page(id)->findChildren<QWidget*>())
        if (isInput(widget) && !isInner(widget) && (widget->focusPolicy() & Qt::TabFocus) && widget->whatsThis().isEmpty())
          silent << describe(widget);
    QVERIFY2(silent.isEmpty(), qPrintable(silent.join("\n")));
  }

  // A label with a mnemonic beside, or around, every input; and its mnemonic leads somewhere.
  void inputsHaveALabelOfTheirOwn() {
    QStringList alone, dead;
    for (const char* id : {"welcome", "scenario", "data"}) {
      QSet<QWidget*> labelled;
      for (auto* label : window->page(id)->findChildren<QLabel*>())
        if (QWidget* buddy = label->buddy()) {
          labelled << buddy;
          if (buddy->focusPolicy() == Qt::NoFocus) dead << describe(label) + " " + label->text();
        }
      for (auto* widget : window->page(id)->findChildren<QWidget*>()) {
        if (!isInput(widget) || isInner(widget) || !(widget->focusPolicy() & Qt::TabFocus)) continue;
        if (widget->property("readOnly").toBool()) continue;
        bool found = labelled.contains(widget);
        for (QWidget* beside : widget->parentWidget()->findChildren<QWidget*>(Qt::FindDirectChildrenOnly))
          found = found || (isInput(beside) && labelled.contains(beside));   // a number and its unit or slider share one
        if (!found) alone << describe(widget);
      }
    }
    QVERIFY2(alone.isEmpty(), qPrintable(alone.join("\n")));
    QVERIFY2(dead.isEmpty(), qPrintable(dead.join("\n")));
  }

  void tabLeavesEveryControl() {
    for (const QString& id : ids) {
      window->showPage(id);
      QTest::qWait(50);
      QWidget* last = nullptr;
      int same = 0;
      QSet<QWidget*> seen;
      for (int i = 0; i < 250; ++i) {
        QWidget* now = window->focusWidget();
        same = now == last ? same + 1 : 0;
        QVERIFY2(same < 12, qPrintable(id + ": Tab is trapped in " + (now ? describe(now) : QString("nothing"))));
        last = now;
        seen << now;
        QTest::keyClick(now ? now : window.get(), Qt::Key_Tab);
      }
      QVERIFY2(seen.size() >= 5, qPrintable(id));
    }
  }

  void pagesFitASmallWindow() {
    for (const QString& id : ids) {
      window->showPage(id);
      window->resize(1024, 700);
      QTest::qWait(60);
      QVERIFY2(window->width() <= 1024 && window->height() <= 700,
               qPrintable(QString("%1 needs %2x%3").arg(id).arg(window->width()).arg(window->height())));
    }
  }

  void visibleLabelsAreNotCut() {
    QStringList cut;
    for (const QString& id : ids) {
      window->showPage(id);
      QTest::qWait(60);
      for (auto* button : window->page(id)->findChildren<QPushButton*>())
        if (button->isVisible() && button->width() < button->minimumSizeHint().width()) cut << id + " " + button->text();
      for (auto* label : window->page(id)->findChildren<QLabel*>())
        if (label->isVisible() && !label->wordWrap() && label->pixmap().isNull() &&
            label->width() < label->minimumSizeHint().width())
          cut << id + " " + label->text();
    }
    QVERIFY2(cut.isEmpty(), qPrintable(cut.join("\n")));
  }

  void darkHasNoBlindingBlock() {
    window->useTheme("dark");
    for (const QString& id : ids) {
      window->showPage(id);
      QTest::qWait(200);
      const QImage image = window->grab().toImage().convertToFormat(QImage::Format_RGB32);
      for (int y = 0; y + 32 <= image.height(); y += 16)
        for (int x = 0; x + 32 <= image.width(); x += 16) {
          bool white = true;
          for (int dy = 0; dy < 32 && white; dy += 4)
            for (int dx = 0; dx < 32 && white; dx += 4) white = (image.pixel(x + dx, y + dy) & 0xffffff) == 0xffffff;
          QVERIFY2(!white, qPrintable(QString("%1 at %2,%3").arg(id).arg(x).arg(y)));
        }
    }
    window->useTheme("light");
  }

  void outlineIsATreeForScreenReaders() {
    window->context().document->edit("x", [](spec::Scenario& s) { s.partition.clients = 3; });
    auto* outline = window->page("scenario")->findChild<QTreeView*>("canvas.outline");
    QAccessibleInterface* face = QAccessible::queryAccessibleInterface(outline);
    QVERIFY(face && face->role() == QAccessible::Tree);
    QVERIFY(face->childCount() >= 1 + 3);
  }
};

QTEST_MAIN(TestAccessibility)
#include "tst_accessibility.moc"
