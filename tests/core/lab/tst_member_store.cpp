// MembershipStore: a room that this home belongs to is known by its id and by its addresses, and only with its certificate.
#include <QTemporaryDir>
#include <QTest>

#include "lab/member_store.h"
#include "net/authority.h"

using namespace fedllm;
using lab::MembershipStore;

class TestMemberStore : public QObject {
  Q_OBJECT
 private slots:
  void knowsTheRoomsItBelongsTo() {
    QTemporaryDir dir;
    const std::string home = dir.path().toStdString();
    QVERIFY(MembershipStore::known(home, "x").status().code() == Code::not_found);   // no membership at all
    const auto authority = net::Authority::open(home + "/authority", "Room");
    QVERIFY2(authority.ok(), authority.status().message().c_str());
    auto store = MembershipStore::open(home, (*authority)->fingerprint());
    QVERIFY(store.ok() && store->set_authority_pem((*authority)->certificate_pem()).ok());
    lab::MembershipFacts facts;
    facts.addresses = {{"192.168.1.20", 47110}};
    QVERIFY(store->set_facts(facts).ok());
    QVERIFY(!MembershipStore::known(home, store->id()).ok());                        // not enrolled yet
    QVERIFY(store->set_certificate_pem("certificate").ok());
    for (const std::string& text : {store->id(), std::string("192.168.1.20:47110")}) {
      const auto ticket = MembershipStore::known(home, text);
      QVERIFY2(ticket.ok(), ticket.status().message().c_str());
      QVERIFY(ticket->authority == (*authority)->fingerprint());
      QCOMPARE(ticket->addresses.size(), size_t(1));
    }
    for (const char* text : {"", "192.168.1.20:1", "../memberships", "0000000000000000"})
      QVERIFY(MembershipStore::known(home, text).status().code() == Code::not_found);
  }
};

QTEST_GUILESS_MAIN(TestMemberStore)
#include "tst_member_store.moc"
