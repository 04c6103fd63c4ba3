// Members that ask for much and read nothing: what they may hold of the host, and when they are cut off.
#include "support/room_guest.h"

#include <QTest>

#include "lab/outlet.h"
#include "net/local_server.h"

using namespace fedllm;
using tests::MiniWorld;
using tests::OpenedHome;
using tests::RoomGuest;

class TestSlowReaders : public QObject {
  Q_OBJECT
 private slots:
  // Whoever fetches much and reads nothing holds little, and is cut off with its membership.
  void limitsFetchesThatNobodyReads() {
    const MiniWorld big({512, 256, 1, 4096, 256});
    OpenedHome home(big);
    const auto room = home.open([&] {
      lab::RoomOptions options = home.options();
      options.base_dir = big.path();
      return options;
    }());
    QVERIFY2(room.ok(), room.status().to_string().c_str());
    RoomGuest one(big.path("/guest"), (*room)->ticket());
    const std::string member = one.enrol("anna").member();
    wire::RoomInfo info;
    QVERIFY(one.hello(&info).ok());
    wire::FetchRequest request;
    for (const wire::BlobRef& blob : info.base_model())
      if (blob.bytes() > 4 << 20) request.set_sha256(blob.sha256());
    QVERIFY(!request.sha256().empty());
    std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
    std::vector<std::unique_ptr<grpc::ClientReader<wire::BlobChunk>>> readers;
    wire::BlobChunk chunk;
    for (int i = 0; i < 4; ++i) {
      contexts.push_back(std::make_unique<grpc::ClientContext>());
      readers.push_back(one.room->Fetch(contexts.back().get(), request));
      QVERIFY(readers.back()->Read(&chunk));
    }
    std::string bytes;
    QCOMPARE(one.fetch(request.sha256(), 0, &bytes).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    QVERIFY((*room)->revoke(member).ok());
    for (const auto& reader : readers) {
      while (reader->Read(&chunk)) {
      }
      QCOMPARE(reader->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
    }
  }

  // A peer that does not read may hold some megabytes, then its stream ends.
  void dropsThoseWhoDoNotRead() {
    class Flood final : public wire::Room::CallbackService {
     public:
      std::shared_ptr<lab::Outlet<wire::RoomNotice>> outlet = std::make_shared<lab::Outlet<wire::RoomNotice>>([this] { gone = true; });
      std::atomic<bool> gone{false}, there{false};
      grpc::ServerWriteReactor<wire::RoomNotice>* Attend(grpc::CallbackServerContext* context, const wire::AttendRoomRequest*) override {
        auto* reactor = outlet->attach(context);
        there = true;
        return reactor;
      }
    } flood;
    const auto server = net::LocalServer::start(flood);
    grpc::ClientContext context;
    const auto stub = wire::Room::NewStub((*server)->channel());
    const auto reader = stub->Attend(&context, wire::AttendRoomRequest());
    QTRY_VERIFY(flood.there);
    wire::RoomNotice notice;
    notice.set_closed(std::string(64 << 10, 'x'));
    int sent = 0;
    while (flood.outlet->send(notice) && sent < 1000) ++sent;
    QVERIFY2(sent < 200, std::to_string(sent).c_str());
    QTRY_VERIFY(flood.gone);
    QVERIFY(!flood.outlet->send(notice));
    while (reader->Read(&notice)) {
    }
    QVERIFY(!reader->Finish().ok());
  }
};

QTEST_GUILESS_MAIN(TestSlowReaders)
#include "tst_slow_readers.moc"
