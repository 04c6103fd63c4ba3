// Presence: whom a network round still waits for.
#include <QtTest>

#include "fed/presence.h"

using fedllm::fed::Presence;
using Clients = std::vector<int>;

class TestPresence : public QObject {
  Q_OBJECT
 private slots:
  void a_vanished_member_costs_twice_the_usual_round_once();
  void who_was_back_is_waited_for_again();
  void who_is_connected_has_more_time();
  void a_silent_member_costs_its_patience_once();
  void a_deadline_bounds_all_patience();
  void a_long_deadline_waits_for_a_long_absence();
  void who_works_is_not_silent_for_long();
  void rounds_that_waited_do_not_teach();
  void who_was_waited_for_elsewhere_is_not_again();
};

namespace {

// Rounds of 10 s in which everybody answers.
Presence taught(double deadline_s = 0) {
  Presence presence(deadline_s);
  for (int round = 0; round < 3; ++round) {
    presence.begin({0, 1, 2}, round * 20);
    for (const int client : {0, 1, 2}) presence.answered(client);
    presence.end(round * 20 + 10);
  }
  return presence;
}

}  // namespace

void TestPresence::a_vanished_member_costs_twice_the_usual_round_once() {
  Presence presence = taught();
  QCOMPARE(presence.usual_s(), 10.0);
  presence.begin({0, 1, 2}, 100);
  presence.answered(0);
  presence.answered(1);
  presence.see(2, false);
  QCOMPARE(presence.give_up(119.9), Clients());
  QCOMPARE(presence.give_up(120), Clients{2});
  QCOMPARE(presence.give_up(121), Clients());   // named once
  presence.end(120);
  presence.begin({0, 1, 2}, 200);
  presence.see(2, false);
  QCOMPARE(presence.give_up(200), Clients{2});   // nobody waits for it a second time
}

void TestPresence::who_was_waited_for_elsewhere_is_not_again() {
  Presence presence = taught();
  presence.waited_in_vain(2);
  presence.begin({0, 2}, 100);
  presence.see(2, false);
  QCOMPARE(presence.give_up(100), Clients{2});
  presence.begin({0, 2}, 200);
  presence.see(2, true);
  QCOMPARE(presence.give_up(250), Clients());
}

void TestPresence::who_was_back_is_waited_for_again() {
  Presence presence = taught();
  presence.begin({2}, 100);
  presence.see(2, false);
  QCOMPARE(presence.give_up(120), Clients{2});
  presence.begin({2}, 200);
  presence.see(2, true);
  presence.see(2, false);
  QCOMPARE(presence.give_up(219), Clients());
  QCOMPARE(presence.give_up(220), Clients{2});
}

void TestPresence::who_is_connected_has_more_time() {
  Presence presence = taught();
  presence.begin({0, 1}, 100);
  presence.answered(0);
  QCOMPARE(presence.give_up(199), Clients());
  QCOMPARE(presence.give_up(200), Clients{1});
}

void TestPresence::a_silent_member_costs_its_patience_once() {
  Presence presence = taught();
  presence.begin({0, 1}, 100);
  presence.answered(0);
  QCOMPARE(presence.give_up(200), Clients{1});
  QVERIFY(presence.silent(1));
  presence.begin({0, 1}, 300);
  presence.see(1, true);   // its connection alone says nothing
  QCOMPARE(presence.give_up(300), Clients{1});
  presence.heard(1, 310);
  QVERIFY(!presence.silent(1));
  presence.begin({0, 1}, 400);
  presence.answered(0);
  QCOMPARE(presence.give_up(499), Clients());
  QCOMPARE(presence.give_up(500), Clients{1});
}

void TestPresence::a_deadline_bounds_all_patience() {
  Presence presence = taught(15);
  presence.begin({0, 1}, 100);
  presence.see(0, false);   // twice the usual round were 20 s
  QCOMPARE(presence.give_up(114.9), Clients());
  QCOMPARE(presence.give_up(115), (Clients{0, 1}));
  QVERIFY(!presence.silent(0));
  QVERIFY(presence.silent(1));
  Presence fresh(5);   // no round has shown what is usual
  fresh.begin({0, 1}, 0);
  fresh.see(0, false);
  QCOMPARE(fresh.give_up(4.9), Clients());
  QCOMPARE(fresh.give_up(5), (Clients{0, 1}));
}

void TestPresence::a_long_deadline_waits_for_a_long_absence() {
  Presence presence = taught(60);
  presence.begin({0, 1}, 100);
  presence.see(0, false);
  presence.answered(1);
  QCOMPARE(presence.give_up(159.9), Clients());
  QCOMPARE(presence.give_up(160), Clients{0});
}

void TestPresence::who_works_is_not_silent_for_long() {
  Presence presence = taught(15);
  presence.begin({0}, 0);
  for (int now_s = 10; now_s < 150; now_s += 10) {
    presence.heard(0, now_s);
    QCOMPARE(presence.give_up(now_s + 9), Clients());
  }
  QCOMPARE(presence.give_up(150), Clients{0});   // ten deadlines
}

void TestPresence::rounds_that_waited_do_not_teach() {
  Presence presence = taught();
  presence.begin({0, 1}, 100);
  presence.see(1, false);
  presence.answered(0);
  QCOMPARE(presence.give_up(150), Clients{1});
  presence.end(150);
  QCOMPARE(presence.usual_s(), 10.0);
}

QTEST_GUILESS_MAIN(TestPresence)
#include "tst_presence.moc"
