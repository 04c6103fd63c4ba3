// MembershipStore: a room that this home belongs to is known by its id and by its addresses, and only with its certificate; the
// residual's format is the golden file's.
#include <QTemporaryDir>
#include <QTest>

#include <cstring>

#include "base/crc32.h"
#include "base/file.h"
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

  void residualsAreWrittenAsTheGoldenFileSays() {
    const std::string golden = *read_file(FEDLLM_SOURCE_DIR "/tests/core/lab/golden/residual_v1.bin");
    const lab::KeptByRound residuals = {{3, {}}, {4, {0.5f, -1.25f, 3.0e-5f}}};
    QTemporaryDir dir;
    auto store = MembershipStore::open(dir.path().toStdString(), net::Digest{});
    QVERIFY(store.ok() && store->set_kept("run", "residual", residuals).ok());
    const std::string file = store->folder() + "/residual-run.bin";
    QVERIFY(*read_file(file) == golden);
    QVERIFY(write_file_atomic(file, golden).ok());
    QVERIFY(store->kept("run", "residual") == residuals);
    // Another version, and any damage, reads as absent.
    std::string next = golden;
    next[4] = 2;
    const uint32_t crc = crc32(std::string_view(next).substr(0, next.size() - 4));
    std::memcpy(next.data() + next.size() - 4, &crc, 4);
    QVERIFY(write_file_atomic(file, next).ok());
    QVERIFY(store->kept("run", "residual").empty());
    for (size_t i = 0; i < golden.size(); ++i) {
      std::string damaged = golden;
      damaged[i] ^= 1;
      QVERIFY(write_file_atomic(file, damaged).ok());
      QVERIFY2(store->kept("run", "residual").empty(), qPrintable(QString::number(i)));
      QVERIFY(write_file_atomic(file, golden.substr(0, i)).ok());
      QVERIFY2(store->kept("run", "residual").empty(), qPrintable(QString::number(i)));
    }
  }
};

QTEST_GUILESS_MAIN(TestMemberStore)
#include "tst_member_store.moc"
