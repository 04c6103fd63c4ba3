// Tiles: which rows appear in which order, which stay when room is short, the previous run, words and keys.
#include <QSignalSpy>
#include <QTest>

#include "synthetic_run.h"
#include "ui/run/tile_grid.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;
using test::SyntheticRun;

namespace {

QStringList labels(const TileLayout& layout) {
  QStringList result;
  for (const TileRow& row : layout.rows) result << row.label;
  return result;
}

}  // namespace

class TestTiles : public QObject {
  Q_OBJECT
 private slots:
  void rowsAreBaseThenGlobalThenClients() {
    RunRecord record("r");
    SyntheticRun run;
    run.clients = 2;
    run.rounds = 3;
    run.finish();
    run.applyTo(record);
    const TileLayout layout = layOutTiles({&record, nullptr, -1, 100});
    QCOMPARE(labels(layout), QStringList({"base", "global r1", "global r2", "global r3", "Client 1 r1", "Client 1 r3", "Client 2 r1", "Client 2 r3"}));
    QCOMPARE(layout.topics, QStringList({"", "billing", "hardware", "travel", "legal"}));
    QVERIFY(!layout.rows[0].opensGroup && layout.rows[1].opensGroup && !layout.rows[2].opensGroup && layout.rows[4].opensGroup);
    QCOMPARE(layout.rows[0].cells[1]->n, 24);
    QCOMPARE(layout.left, 0);
  }

  void shortRoomKeepsWhatMatters() {
    RunRecord record("r");
    SyntheticRun run;
    run.clients = 30;
    run.rounds = 10;
    run.finish();
    run.applyTo(record);
    const TileLayout layout = layOutTiles({&record, nullptr, 17, 6});
    QCOMPARE(layout.rows.size(), size_t(6));
    QVERIFY(labels(layout).contains("base"));
    QVERIFY(labels(layout).contains("global r10"));
    QVERIFY(labels(layout).contains("Client 18 r10"));           // in focus
    QCOMPARE(layout.left, 1 + 10 + 60 - 6);
  }

  void previousRunSitsBesideTheSameTile() {
    RunRecord record("r"), before("p");
    SyntheticRun run, earlier;
    run.finish();
    earlier.rounds = 2;
    earlier.finish();
    run.applyTo(record);
    earlier.applyTo(before);
    const TileLayout layout = layOutTiles({&record, &before, -1, 100});
    for (const TileRow& row : layout.rows)
      if (row.adapter == "global") QCOMPARE(row.before[0].has_value(), row.round <= 2);
  }

  void nothingMeasuredIsNoTile() {
    RunRecord record("r");
    QVERIFY(layOutTiles({&record, nullptr, -1, 100}).rows.empty());
    QVERIFY(layOutTiles({}).rows.empty());
    SyntheticRun run;
    auto* event = run.add("eval", 0);
    event->set_detail("{\"adapter\":\"base\",\"topic\":\"\"}");   // loss only: exact match is off
    test::SyntheticRun::put(event, "loss", 3);
    run.applyTo(record);
    QVERIFY(layOutTiles({&record, nullptr, -1, 100}).rows.empty());
  }

  void sentenceHasShareIntervalAndCount() {
    RunRecord record("r");
    SyntheticRun run;
    auto* event = run.add("eval", 3);
    event->set_detail("{\"adapter\":\"global\",\"topic\":\"sports\"}");
    test::SyntheticRun::put(event, "exact", 0.75);
    test::SyntheticRun::put(event, "records", 96);
    run.applyTo(record);
    QCOMPARE(tileSentence(record, record.tiles().front()), QStringLiteral("global r3, sports: 75 % exact, 95 % interval 65 % to 83 %, n 96"));
  }

  void keysMoveTheCellCursorAndTell() {
    Theme theme;
    theme.apply("light");
    RunRecord record("r");
    SyntheticRun run;
    run.finish();
    run.applyTo(record);
    RunFocus focus;
    focus.setRecords(&record, nullptr);
    TilePanel panel(&focus, &theme);
    panel.resize(460, 320);
    panel.show();
    panel.mark();
    QTRY_VERIFY(!panel.grid()->tiles().rows.empty());
    QSignalSpy told(panel.grid(), &TileGrid::cellTold);
    QTest::keyClick(panel.grid(), Qt::Key_Right);
    QVERIFY(told.takeLast().at(0).toString().startsWith("base, all"));
    QTest::keyClick(panel.grid(), Qt::Key_Right);
    QTest::keyClick(panel.grid(), Qt::Key_Down);
    QVERIFY2(told.takeLast().at(0).toString().startsWith("global r1, billing"), "moved to the next row and topic");
    QVERIFY(!panel.grid()->accessibleDescription().isEmpty());
    panel.showTable(true);
    QCOMPARE(panel.table()->rowCount(), int((1 + 5 + 8) * 5));
  }

  void redTurnsGreen() {
    Theme theme;
    for (const char* name : {"light", "dark", "contrast"}) {
      theme.apply(name);
      const QColor bad = theme.tile(0), good = theme.tile(1);
      QVERIFY(bad.red() > bad.green() && good.green() > good.red());
      for (double share : {0.0, 0.25, 0.5, 0.75, 1.0})
        QVERIFY(Theme::contrast(theme.tile(share), theme.readableOn(theme.tile(share))) >= 4.5);
    }
  }
};

QTEST_MAIN(TestTiles)
#include "tst_tiles.moc"
