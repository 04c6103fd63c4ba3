// The Lab page in every state: nothing is cut, nothing widens the window; and its pictures (lab_desk.h).
#include "ui/lab_desk.h"

using namespace fedllm;
using namespace fedllm::ui;

class TestLabStates : public QObject {
  Q_OBJECT
 private slots:
  // ------------------------------------------------------------------------------------------------------ every state

  void everyStateIsWhole_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("state");
    QTest::addColumn<int>("step");
    QTest::addRow("start") << "start" << "" << 0;
    QTest::addRow("start-rooms") << "start" << "rooms" << 0;
    QTest::addRow("start-problem") << "start" << "problem" << 0;
    QTest::addRow("start-more") << "start" << "more" << 0;
    for (const char* phase : {"gathering", "asking", "empty", "running", "paused", "ended", "thirty"}) QTest::addRow("host-%s", phase) << "host" << phase << 0;
    const std::pair<const char*, int> states[] = {{"connecting", 0}, {"asking", 0},  {"fetching", 1}, {"mapping", 2},      {"consenting", 3}, {"ready", 4}, {"training", 4}, {"evaluating", 4},
                                                  {"waiting", 4},    {"paused", 4},  {"reconnecting", 4}, {"done", 5}, {"refused", 0},    {"left", 4}};
    for (const auto& [state, step] : states) QTest::addRow("member-%s", state) << "member" << state << step;
  }

  void everyStateIsWhole() {
    QFETCH(QString, kind);
    QFETCH(QString, state);
    QFETCH(int, step);
    LabDesk desk([&](test::FakeLab& lab) {
      const std::string s = state.toStdString();
      if (state == "rooms") lab.setFound(test::foundRooms());
      if (state == "problem") {
        wire::FoundRooms none;
        none.set_problem("no Avahi daemon runs on this machine");
        lab.setFound(none);
      }
      if (kind == "member") lab.set(test::membership(s));
      if (kind != "host") return;
      const bool plain = state == "asking" || state == "empty" || state == "thirty";
      lab.set(test::room(state == "empty" ? 0 : state == "thirty" ? 30 : 6, plain ? (state == "thirty" ? "running" : "gathering") : s, state == "asking" ? 4 : 0));
    });
    QTRY_VERIFY(desk.page()->readyForScreenshot());
    QTRY_VERIFY(kind == "start" || (kind == "host" ? desk.isHosting() : desk.isMember()));
    if (state == "more") desk.find<QToolButton>("btn.lab.more")->setChecked(true);
    if (kind == "host" && state != "empty") {
      auto* table = desk.find<QTableView>("table.lab.members");
      QTRY_VERIFY(table->model()->rowCount() > 0);
      table->selectRow(1);
    }
    desk.settle();
    desk.picture(QTest::currentDataTag());
    if (kind == "member") QTRY_COMPARE(desk.find<Stepper>("stepper.lab")->step(), step);
    const QStringList cut = cutTexts(desk.window.get());
    QVERIFY2(cut.isEmpty(), qPrintable(cut.join("\n")));
    QVERIFY2(desk.window->width() <= asked("FEDLLM_PICTURES_SIZE", "1024x700").section('x', 0, 0).toInt(), qPrintable(QString::number(desk.window->width())));
  }

  void projectorInvitesWhileTheRoomGathers() {
    LabDesk desk([](test::FakeLab& lab) { lab.set(test::room(7, "gathering", 2)); });
    QTRY_VERIFY(desk.isHosting());
    desk.find<QPushButton>("btn.lab.projector")->click();
    auto* projector = qobject_cast<HostView*>(desk.view())->projector();
    projector->showNormal();
    projector->resize(1600, 1000);
    QVERIFY(projector->findChild<QrView*>()->isVisible());
    for (int i = 0; i < projector->tiles(); ++i) QVERIFY(!projector->tile(i).intersects(projector->findChild<QrView*>()->geometry()));
    desk.picture("projector-gathering", projector);
  }
};

QTEST_MAIN(TestLabStates)
#include "tst_lab_states.moc"
