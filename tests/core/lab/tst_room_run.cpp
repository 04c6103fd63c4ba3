// The run of an open room as its members hear of it, and as the room shows it, with a member made of raw stubs.
#include "support/room_guest.h"

#include <QTest>

#include <map>

using namespace fedllm;
using tests::MiniWorld;
using tests::OpenedHome;
using tests::RoomGuest;

class TestRoomRun : public QObject {
  Q_OBJECT

  MiniWorld world_;

 private slots:
  void init() { std::filesystem::remove_all(world_.path("/home/rooms")); }

  // The call comes before the first event; who comes back is called again and hears what it missed, once.
  void tellsThoseWhoComeBack() {
    OpenedHome home(world_);
    const auto room = std::move(*home.open(home.options()));
    RoomGuest one(world_.path("/anna"), room->ticket());
    one.enrol("anna");
    wire::RoomInfo info;
    QVERIFY(one.hello(&info).ok());
    wire::RoomNotice notice;
    auto notices = one.attend();
    QVERIFY(notices->Read(&notice) && notice.has_phase());
    QVERIFY(one.ready(0).accepted());
    const auto run = room->start();
    QVERIFY2(run.ok(), run.status().to_string().c_str());
    QCOMPARE(room->start().status().code(), Code::failed_precondition);
    bool called = false;
    while (notices->Read(&notice) && !notice.has_event()) called = called || notice.run().run() == *run;
    QVERIFY(called);
    QCOMPARE(notice.event().kind(), std::string("run_started"));
    QCOMPARE(notice.event().run(), *run);
    QVERIFY(one.ready(3).accepted());             // back during its run: what it said before holds
    QCOMPARE(one.ready(3).slot(), 0);
    RoomGuest late(world_.path("/ben"), room->ticket());
    late.enrol("ben");
    QVERIFY(!late.ready(0).accepted());
    QCOMPARE(late.ready(-1).slot(), 1);
    one.attendance->TryCancel();
    while (notices->Read(&notice)) {
    }
    (void)notices->Finish();
    notices = one.attend();
    QVERIFY(notices->Read(&notice));
    QCOMPARE(notice.phase().phase(), std::string("running"));
    QVERIFY(notices->Read(&notice));
    QCOMPARE(notice.run().run(), *run);
    QCOMPARE(notice.run().slot(), 0);
    QVERIFY(room->stop_run(false).ok());
    while (notices->Read(&notice) && notice.event().kind() != "stopped") QVERIFY(notice.event().kind() != "run_started");
    QCOMPARE(notice.event().kind(), std::string("stopped"));
    QTRY_COMPARE_WITH_TIMEOUT(room->state().phase(), std::string("ended"), 20'000);
    notices = one.attend();   // the end may have been lost on the way
    QVERIFY(notices->Read(&notice) && notice.has_phase());
    QVERIFY(notices->Read(&notice));
    QCOMPARE(notice.event().kind(), std::string("stopped"));
  }

  // Who leaves during a run may come back to its slot; afterwards the slot is another's alone, as this room shows it and as it opens again.
  void aSlotOfOneWhoLeftIsTheNextOnes() {
    world_.scenario.network.deadline_s = 0.5;
    OpenedHome home(world_);
    auto room = std::move(*home.open(home.options()));
    const auto held = [&] {
      std::map<std::string, int> found;
      const wire::HostedRoom state = room->state();
      for (const wire::RoomMemberInfo& one : state.members()) found[one.name()] = one.slot();
      return found;
    };
    wire::RoomInfo info;
    RoomGuest one(world_.path("/dora"), room->ticket()), two(world_.path("/emil"), room->ticket());
    one.enrol("dora");
    two.enrol("emil");
    QVERIFY(one.hello(&info).ok());
    const auto notices = one.attend();
    wire::RoomNotice notice;
    QVERIFY(notices->Read(&notice));
    QVERIFY(one.ready(0).accepted());
    QVERIFY(room->start().ok());
    wire::LeaveReply left;
    QVERIFY(one.call(&wire::Room::Stub::Leave, wire::LeaveRequest(), &left).ok());
    QVERIFY(room->stop_run(false).ok());
    QTRY_COMPARE_WITH_TIMEOUT(room->state().phase(), std::string("ended"), 20'000);
    QCOMPARE(held(), (std::map<std::string, int>{{"dora", 0}, {"emil", -1}}));   // the run may be taken up
    QVERIFY(two.hello(&info).ok());
    QVERIFY(two.ready(0).accepted());
    QCOMPARE(held(), (std::map<std::string, int>{{"dora", -1}, {"emil", 0}}));
    room.reset();
    room = std::move(*home.open(home.options()));
    QCOMPARE(held(), (std::map<std::string, int>{{"dora", -1}, {"emil", 0}}));
    QTRY_COMPARE_WITH_TIMEOUT(room->state().phase(), std::string("running"), 20'000);
    QVERIFY(two.call(&wire::Room::Stub::Leave, wire::LeaveRequest(), &left).ok());
    QCOMPARE(held()["emil"], 0);
    QVERIFY(room->stop_run(true).ok());
    QTRY_COMPARE_WITH_TIMEOUT(room->state().phase(), std::string("ended"), 20'000);
    QCOMPARE(held()["emil"], -1);
  }

  void saysWhomItsRunWaitsFor() {
    world_.scenario.network.deadline_s = 0.5;
    OpenedHome home(world_);
    const auto room = std::move(*home.open(home.options()));
    RoomGuest one(world_.path("/cleo"), room->ticket());
    one.enrol("cleo");
    wire::RoomInfo info;
    QVERIFY(one.hello(&info).ok());
    const auto notices = one.attend();   // and never asks for a task
    wire::RoomNotice notice;
    QVERIFY(notices->Read(&notice));
    QVERIFY(one.ready(0).accepted());
    const auto run = room->start();
    QVERIFY2(run.ok(), run.status().to_string().c_str());
    const std::string waits = "run " + *run + ": no member is there to train; the run waits for the first to come back";
    QTRY_COMPARE_WITH_TIMEOUT(room->state().sentence(), waits, 20'000);
    QCOMPARE(room->state().phase(), std::string("running"));
    QVERIFY(room->stop_run(true).ok());
    QTRY_COMPARE_WITH_TIMEOUT(room->state().phase(), std::string("ended"), 20'000);
    one.attendance->TryCancel();
  }
};

QTEST_GUILESS_MAIN(TestRoomRun)
#include "tst_room_run.moc"
