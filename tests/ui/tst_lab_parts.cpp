// The Lab page's parts by themselves: the members' model and its cost, the rooms found, tickets and addresses, the contract,
// the code, the projector's grid, the link's state across a core that goes and comes.
#include <QtTest>
#include <QtWidgets>

#include "support/fake_core.h"
#include "support/fake_lab.h"
#include "ui/lab/contract.h"
#include "ui/lab/found_model.h"
#include "ui/lab/lab_text.h"
#include "ui/lab/member_model.h"
#include "ui/lab/members_table.h"
#include "ui/lab/projector.h"
#include "ui/lab/qr_view.h"
#include "ui/lab/room_text.h"
#include "ui/lab/ticket_text.h"
#include "ui/link/core_link.h"
#include "ui/link/lab_link.h"
#include "ui/plot/refresh_governor.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

qint64 now() { return QDateTime::currentMSecsSinceEpoch(); }

QString cell(const QAbstractItemModel& model, int row, int column) { return model.index(row, column).data().toString(); }

}  // namespace

class TestLabParts : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { QLocale::setDefault(QLocale::c()); }

  void membersAreSortedAndSpeak() {
    Theme theme;
    RoomMemberModel model(&theme);
    wire::HostedRoom room = test::room(3, "running", 2);
    room.mutable_members(0)->set_state("left");
    room.mutable_members(1)->set_state("gone");
    room.mutable_members(1)->set_seen_ms(now() - 42'000);
    model.setRoom(room, now());
    QCOMPARE(model.rowCount(), 5);
    QCOMPARE(model.at(0)->member(), std::string("m3"));
    QCOMPARE(model.at(4)->member(), std::string("m0"));
    QCOMPARE(cell(model, 2, RoomMemberModel::State), QString("gone · 42 s ago"));
    QVERIFY(!model.index(2, RoomMemberModel::State).data(Qt::DecorationRole).value<QIcon>().isNull());
    QCOMPARE(cell(model, 3, RoomMemberModel::Slot), QString("2"));
    QCOMPARE(cell(model, 0, RoomMemberModel::Slot), QString("–"));
    QVERIFY(model.sentence(3).contains("Mbit/s"));
    QCOMPARE(model.sentence(17), QString());
  }

  void onlyWhatDiffersIsTold() {
    Theme theme;
    RoomMemberModel model(&theme);
    wire::HostedRoom room = test::room(10, "running");
    model.setRoom(room, now());
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged), reset(&model, &QAbstractItemModel::modelReset);
    model.setRoom(room, now());
    QCOMPARE(changed.count(), 0);
    room.mutable_members(4)->set_round(3);
    room.mutable_members(5)->set_round(3);
    room.mutable_members(8)->set_sent_bytes(1);
    model.setRoom(room, now());
    QCOMPARE(changed.count(), 2);
    QCOMPARE(changed[0][0].toModelIndex().row(), 4);
    QCOMPARE(changed[0][1].toModelIndex().row(), 5);
    QCOMPARE(reset.count(), 0);
  }

  void hostileNamesStayOneLine() {
    Theme theme;
    RoomMemberModel model(&theme);
    wire::HostedRoom room = test::room(1);
    room.mutable_members(0)->set_name("a\nb\u202e<b>c</b>");
    room.mutable_members(0)->set_round_trip_s(std::numeric_limits<double>::quiet_NaN());
    room.mutable_members(0)->set_uplink_mbit_s(std::numeric_limits<double>::infinity());
    model.setRoom(room, now());
    QCOMPARE(cell(model, 0, RoomMemberModel::Name), QString("a b <b>c</b>"));
    QCOMPARE(cell(model, 0, RoomMemberModel::RoundTrip), QString("–"));
    QCOMPARE(cell(model, 0, RoomMemberModel::Uplink), QString("–"));
  }

  // 200 members, every one different at each state, four states a second: at most a few percent of a core.
  void twoHundredMembersAreCheap() {
    Theme theme;
    theme.apply("light");
    RoomMemberModel model(&theme);
    MembersTable table(&model);
    table.resize(1200, 700);
    table.show();
    (void)QTest::qWaitForWindowExposed(&table);
    wire::HostedRoom room = test::room(200, "running");
    model.setRoom(room, now());
    table.selectRow(3);
    (void)table.grab();
    constexpr int kStates = 40;
    const double before = RefreshGovernor::threadCpuMs();
    for (int i = 0; i < kStates; ++i) {
      for (auto& member : *room.mutable_members()) {
        member.set_sent_bytes(member.sent_bytes() + 1000);
        member.set_seen_ms(now());
      }
      model.setRoom(room, now());
      (void)table.grab();
    }
    const double each = (RefreshGovernor::threadCpuMs() - before) / kStates;
    qInfo("200 members: %.2f ms a state with its picture", each);
    QVERIFY2(each < 60, qPrintable(QString::number(each)));
    QCOMPARE(table.currentIndex().row(), 3);
  }

  void roomsOfAnotherProtocolCannotBeChosen() {
    FoundRoomModel model;
    model.setRooms(test::foundRooms());
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(cell(model, 0, FoundRoomModel::Name), QString("Bakery chain"));
    QVERIFY(model.flags(model.index(0, 0)) & Qt::ItemIsSelectable);
    QVERIFY(!(model.flags(model.index(2, 0)) & Qt::ItemIsSelectable));
    QVERIFY(model.index(2, 0).data(Qt::ToolTipRole).toString().contains("version 9"));
  }

  void ticketsAndAddresses_data() {
    QTest::addColumn<QString>("typed");
    QTest::addColumn<int>("kind");
    using K = JoinText::Kind;
    QTest::addRow("nothing") << "  \n" << int(K::Nothing);
    QTest::addRow("ticket") << "fedllm1AbC-_9" << int(K::Ticket);
    QTest::addRow("wrapped ticket") << " fedllm1AbC\n  dEf\r\n" << int(K::Ticket);
    QTest::addRow("ticket with a comma") << "fedllm1AbC,x" << int(K::Nonsense);
    QTest::addRow("address") << "192.168.1.20:47110" << int(K::Address);
    QTest::addRow("host") << "lovelace.local" << int(K::Address);
    QTest::addRow("six") << "[fe80::1%eth0]:47110" << int(K::Address);
    QTest::addRow("word") << "hello" << int(K::Nonsense);
    QTest::addRow("sentence") << "let me in." << int(K::Nonsense);
    QTest::addRow("path") << "/etc/passwd" << int(K::Nonsense);
  }
  void ticketsAndAddresses() {
    QFETCH(QString, typed);
    QFETCH(int, kind);
    QCOMPARE(int(readJoinText(typed).kind), kind);
  }

  void ticketsInFiles() {
    QTemporaryDir folder;
    const auto in = [&](const QByteArray& bytes) {
      QFile file(folder.filePath("t"));
      (void)file.open(QIODevice::WriteOnly | QIODevice::Truncate);
      file.write(bytes);
      file.close();
      return ticketInFile(file.fileName());
    };
    const QByteArray ticket = "fedllm1" + QByteArray(60, 'a');
    QCOMPARE(in(ticket), QString(ticket));
    QCOMPARE(in("Come to our room:\n" + ticket + "\nAda"), QString(ticket));
    QCOMPARE(in("no ticket here, only fedllm1 as a word"), QString());
    QCOMPARE(in(ticket + QByteArray(9000, 'b')), QString());       // too large to be one
    QCOMPARE(in({}), QString());
    QCOMPARE(ticketInFile(folder.filePath("missing")), QString());
  }

  void contractsAreReadWithLimits() {
    const DataContract contract = DataContract::read(R"({"fields":["question","answer"],"label":"topic","labels":["a","b"],"max_length":64,"test_fraction":0.1})");
    QCOMPARE(contract.wanted(), (QStringList{"question", "answer", "topic"}));
    QVERIFY(contract.sentence().contains("question, answer"));
    QVERIFY(contract.sentence().contains("64 token"));
    QCOMPARE(DataContract::read("not json").wanted(), QStringList());
    QCOMPARE(DataContract::read(R"({"fields":"x","label":7})").wanted(), QStringList());
    QByteArray many = "{\"fields\":[";
    for (int i = 0; i < 5000; ++i) many += (i ? ",\"f" : "\"f") + QByteArray::number(i) + "\"";
    QVERIFY(DataContract::read((many + "]}").toStdString()).fields.size() <= 64);
  }

  // Dark on light, whole pixels, finder patterns in three corners and none in the fourth: at any scale.
  void codeIsCrisp_data() {
    QTest::addColumn<int>("side");
    for (int side : {150, 196, 333, 900}) QTest::addRow("%d", side) << side;
  }
  void codeIsCrisp() {
    QFETCH(int, side);
    QrView view;
    view.setText(QString::fromStdString(test::room(0).ticket()));
    const int n = view.modules();
    QVERIFY(n >= 33);
    for (int i = 0; i < 7; ++i) QVERIFY(view.module(i, 0) && view.module(0, i) && view.module(n - 1 - i, 0) && view.module(0, n - 1 - i));
    QVERIFY(!view.module(1, 1) && view.module(3, 3));
    view.resize(side, side);
    const QImage image = view.grab().toImage().convertToFormat(QImage::Format_RGB32);
    const int cell = side / (n + 8), corner = (side - cell * (n + 8)) / 2;
    for (int y = 0; y < n; ++y)
      for (int x = 0; x < n; ++x)
        for (int dy = 0; dy < cell; ++dy)
          for (int dx = 0; dx < cell; ++dx) {
            const QRgb pixel = image.pixel(corner + (x + 4) * cell + dx, corner + (y + 4) * cell + dy);
            QCOMPARE(qGray(pixel) < 128, view.module(x, y));
            QVERIFY(qGray(pixel) == 0 || qGray(pixel) > 200);
          }
    view.setText(QString(5000, 'x'));
    QCOMPARE(view.modules(), 0);
  }

  void tilesUseTheWall_data() {
    QTest::addColumn<int>("count");
    for (int count : {1, 2, 5, 12, 30, 60, 200}) QTest::addRow("%d", count) << count;
  }
  void tilesUseTheWall() {
    QFETCH(int, count);
    Theme theme;
    theme.apply("light");
    QWidget parent;
    Projector projector(&theme, &parent);
    projector.setAttribute(Qt::WA_DeleteOnClose, false);
    projector.resize(1920, 1080);
    projector.setRoom(test::room(count, "running"), now());
    QCOMPARE(projector.tiles(), count);
    int last = -1;
    for (int i = 0; i < count; ++i) {
      QVERIFY(projector.rect().contains(projector.tile(i)));
      QVERIFY(i == 0 || !projector.tile(i).intersects(projector.tile(last)));
      last = i;
    }
    if (count <= 30) QVERIFY(projector.tile(0).height() > 100);
    QVERIFY(projector.accessibleDescription().contains("Round 2 of 5"));
  }

  void roomsSpeak() {
    QCOMPARE(room_text::headline(test::room(6)), QString("Gathering: 5 ready, 4 needed"));
    QCOMPARE(room_text::headline(test::room(6, "running")), QString("Round 2 of 5"));
    const auto counts = room_text::count(test::room(6, "running", 2));
    QCOMPARE(counts.busy, 4);
    QCOMPARE(counts.waiting, 1);
    QCOMPARE(counts.gone, 1);
    QCOMPARE(counts.asking, 2);
  }

  void figuresCarryUnits() {
    QCOMPARE(lab_text::clockOffset(200), QString("+0.2 s"));
    QCOMPARE(lab_text::clockOffset(-3'600'000), QString("−1 h 0 min"));
    QCOMPARE(lab_text::roundTrip(0.0004), QString("0.4 ms"));
    QCOMPARE(lab_text::speed(-1), QString("–"));
    QCOMPARE(lab_text::duration(40'800), QString("11 h 20 min"));
    QCOMPARE(lab_text::memberState("levitating"), QString("levitating"));
    QCOMPARE(lab_text::age(1000, 0), QString("–"));
  }

  // ---------------------------------------------------------------------------------------------------------- link

  void linkComesBackWithTheCore() {
    test::FakeLab fake;
    test::FakeCore core;
    core.serveAlso(fake.service());
    fake.set(test::room(2));
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    LabLink lab(&link);
    QVERIFY(!lab.isKnown());
    link.start();
    QTRY_VERIFY(lab.isLive());
    QCOMPARE(lab.room("room-1")->members_size(), 2);
    QVERIFY(std::abs(lab.nowMs() - now()) < 2000);
    core.stop();
    QTRY_VERIFY(!lab.isLive());
    QVERIFY(lab.isKnown() && lab.room("room-1"));
    fake.set(test::room(3));
    core.start();
    QTRY_VERIFY_WITH_TIMEOUT(lab.isLive(), 15000);
    QCOMPARE(lab.room("room-1")->members_size(), 3);
  }

  void browsesOnlyWhileAsked() {
    test::FakeLab fake;
    test::FakeCore core;
    core.serveAlso(fake.service());
    fake.setFound(test::foundRooms());
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    LabLink lab(&link);
    link.start();
    QTRY_VERIFY(lab.isLive());
    QVERIFY(lab.isSearching());
    lab.browse(true);
    QTRY_VERIFY(!lab.isSearching());
    QCOMPARE(lab.found().rooms_size(), 3);
    lab.browse(false);
    QVERIFY(lab.isSearching());
    QSignalSpy found(&lab, &LabLink::foundChanged);
    fake.setFound({});
    QTest::qWait(200);
    QCOMPARE(found.count(), 0);
  }

  void aLinkMayGoInTheMiddleOfEverything() {
    test::FakeLab fake;
    test::FakeCore core;
    core.serveAlso(fake.service());
    core.start();
    CoreLink link(QString::fromStdString(core.socket()));
    link.start();
    QTRY_COMPARE(link.state(), CoreLink::State::Ready);
    for (int i = 0; i < 20; ++i) {
      auto lab = std::make_unique<LabLink>(&link);
      lab->browse(true);
      lab->doctor({}, this, [](Result<wire::DoctorReply>) {});
      QTest::qWait(i % 4);
    }
    QVERIFY(fake.watches() > 0);
  }
};

QTEST_MAIN(TestLabParts)
#include "tst_lab_parts.moc"
