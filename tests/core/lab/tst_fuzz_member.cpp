// A host that lies: mutations of every answer and notice that a member reads. What its links hand on is bounded and checked, nothing
// but announced blobs lands in its home, whole memberships end or wait in one sentence, and the same home trains in an honest
// room afterwards.
#include "support/room_guest.h"

#include <QTest>

#include <set>
#include <thread>

#include "base/crc32.h"
#include "base/sha256.h"
#include "codec/codec.h"
#include "lab/member_link.h"
#include "lab/room_member.h"
#include "lab/room_offer.h"
#include "node/client.h"
#include "node/version_key.h"
#include "support/fuzz.h"
#include "support/raw_server.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

// What an honest host of the mini world would say, method by method.
class HonestScript {
 public:
  explicit HonestScript(const MiniWorld& world) {
    HomePaths paths;
    paths.home = paths.ledger_dir = world.path("/home");
    offer_ = std::move(lab::RoomOffer::make(spec::to_json(world.scenario), world.path(), paths, false)).value();
    authority = net::Authority::open(world.path("/authority"), "lab").value();
    NoopBackend backend;
    const auto base = backend.load_base(world.path("/base"), train::LoadOptions{}).value();
    const auto layout = base->lora_layout(world.scenario.lora).value();
    version_ = (*codec::make_codec(world.scenario.codec))->encode(adapter::initial_state(layout, 7), nullptr);
    scenario_json_ = spec::to_json(world.scenario);
  }

  Play play(const std::string& method, const std::string& request) const {
    const std::string name = method.substr(method.rfind('/') + 1);
    const bool federation = method.find("Federation") != std::string::npos;
    if (name == "Enrol") return {{enrolled(request).SerializeAsString()}};
    if (name == "Hello") return {{info().SerializeAsString()}};
    if (name == "Attend") return federation ? tasks() : notices();
    if (name == "Fetch") return blob(request);
    if (name == "Ready") return {{ready().SerializeAsString()}};
    if (name == "Beat") return {{wire::BeatReply().SerializeAsString()}};
    if (name == "Join") return {{joined().SerializeAsString()}};
    if (name == "Pull") return {{chunk().SerializeAsString()}};
    if (name == "Push") return {{accepted<wire::PushReply>().SerializeAsString()}};
    if (name == "Report") return {{going_on().SerializeAsString()}};
    if (name == "Evaluated") return {{accepted<wire::EvaluationReply>().SerializeAsString()}};
    return {{wire::LeaveReply().SerializeAsString()}};
  }

  wire::RoomInfo info() const {
    wire::RoomInfo info;
    offer_->fill(info);
    info.set_accepted(true);
    info.set_room("0123456789abcdef");
    info.set_room_name("lab");
    info.set_member("m1");
    info.set_host_name("host");
    info.set_your_slot(-1);
    return info;
  }
  const std::string& version() const { return version_; }
  const lab::BlobShelf shelf() const { return offer_->shelf(); }
  std::unique_ptr<net::Authority> authority;

 private:
  template <class Reply>
  static Reply accepted() {
    Reply reply;
    reply.set_accepted(true);
    return reply;
  }
  wire::EnrolReply enrolled(const std::string& bytes) const {
    wire::EnrolRequest request;
    (void)request.ParseFromString(bytes);
    wire::EnrolReply reply = accepted<wire::EnrolReply>();
    const auto pem = authority->sign_member(request.certificate_request(), "m1");
    if (pem.ok()) reply.set_certificate_pem(*pem);
    reply.set_member("m1");
    reply.set_check_code("ABCD-EFGH");
    return reply;
  }
  static wire::ReadyReply ready() {
    wire::ReadyReply reply = accepted<wire::ReadyReply>();
    reply.set_slot(1);
    return reply;
  }
  static wire::ReportReply going_on() {
    wire::ReportReply reply;
    reply.set_keep_going(true);
    return reply;
  }
  wire::JoinReply joined() const {
    wire::JoinReply reply = accepted<wire::JoinReply>();
    reply.set_client(1);
    reply.set_scenario_json(scenario_json_);
    reply.set_codec("f32");
    return reply;
  }
  wire::Chunk chunk() const {
    wire::Chunk chunk;
    chunk.set_total_bytes(version_.size());
    chunk.set_crc32(crc32(version_));
    chunk.set_data(version_);
    return chunk;
  }
  Play blob(const std::string& bytes) const {
    wire::FetchRequest request;
    (void)request.ParseFromString(bytes);
    lab::BlobShelf shelf = offer_->shelf();
    Play play;
    for (uint64_t at = request.offset(); at < shelf.size(request.sha256());) {
      wire::BlobChunk chunk;
      chunk.set_data(*shelf.read(request.sha256(), at, 256 << 10));
      if (play.replies.empty()) chunk.set_total_bytes(shelf.size(request.sha256()));
      at += chunk.data().size();
      play.replies.push_back(chunk.SerializeAsString());
    }
    return play;
  }
  Play notices() const {
    wire::RoomNotice phase, run, event;
    phase.mutable_phase()->set_phase("gathering");
    phase.mutable_phase()->set_sentence("1 member is ready");
    run.mutable_run()->set_run("20260101-000000-abcd");
    run.mutable_run()->set_slot(1);
    run.mutable_run()->set_scenario_sha256(info().scenario().sha256());
    event.mutable_event()->set_run("20260101-000000-abcd");
    event.mutable_event()->set_kind("round_started");
    event.mutable_event()->set_round(1);
    event.mutable_event()->add_metrics()->set_key("version");
    event.mutable_event()->set_detail(R"({"cohort":[0,1]})");
    return {{phase.SerializeAsString(), run.SerializeAsString(), event.SerializeAsString()}, {}, true, 1};
  }
  Play tasks() const {
    Play play;
    for (const auto kind : {wire::Task::EVALUATE, wire::Task::TRAIN}) {
      wire::Task task;
      task.set_kind(kind);
      task.set_round(kind == wire::Task::TRAIN ? 1 : 0);
      task.set_payload_bytes(version_.size());
      task.set_payload_hash(node::payload_hash(version_));
      play.replies.push_back(task.SerializeAsString());
    }
    play.stays = true;
    return play;
  }

  std::unique_ptr<lab::RoomOffer> offer_;
  std::string version_, scenario_json_;
};

const std::vector<std::string>& methods() {
  static const std::vector<std::string> all = {"Enrol", "Hello", "Attend", "Fetch", "Ready", "Beat", "Join", "Pull", "Push", "Report", "Evaluated"};
  return all;
}

}  // namespace

class TestFuzzMember : public QObject {
  Q_OBJECT

  // Mutates one reply or several of what an honest host says; drops or doubles one now and then.
  static void spoil(Fuzz& fuzz, Play& play) {
    static const std::string other = wire::RoomPhase().SerializeAsString();
    if (play.replies.empty()) return;
    const size_t which = fuzz.below(play.replies.size());
    play.replies[which] = fuzz.mutate.message(play.replies[which], play.replies[fuzz.below(play.replies.size())]);
    if (fuzz.below(16) == 0) play.replies.push_back(play.replies[fuzz.below(play.replies.size())]);
    if (fuzz.below(16) == 0) play.replies.erase(play.replies.begin() + static_cast<std::ptrdiff_t>(fuzz.below(play.replies.size())));
    if (fuzz.below(32) == 0) play.status = grpc::Status(static_cast<grpc::StatusCode>(1 + fuzz.below(16)), "a host's own words");
  }

  static std::string all_of(const Play& play) {
    std::string bytes;
    for (const std::string& one : play.replies) bytes += one;
    return bytes;
  }

  static void check(const wire::RoomInfo& info) {
    QVERIFY(info.accepted() && !info.room().empty() && info.room().size() <= 64 && info.member().size() <= 64);
    QVERIFY(info.contract_json().size() <= 64 << 10 && info.base_model_size() <= 256);
    QVERIFY(lab::is_sha256(info.scenario().sha256()));
    for (const wire::BlobRef& ref : info.base_model()) QVERIFY(lab::is_sha256(ref.sha256()));
    QVERIFY(info.room_name().size() <= 80 && info.host_name().size() <= 80 && info.base_model_name().size() <= 140);
  }

  static void check_home(const std::string& home) {
    static const std::set<std::string> known = {"blobs", "memberships", "models", "runs", "datasets", "rooms", 
                                                 "ledger.db", "ledger.db-wal", "ledger.db-shm"};
    for (const auto& entry : std::filesystem::directory_iterator(home))
      QVERIFY2(known.contains(entry.path().filename().string()), entry.path().c_str());
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(home + "/blobs", none)) {
      const std::string name = entry.path().filename().string(), stem = entry.path().stem().string();
      QVERIFY2(lab::is_sha256(stem) && (name == stem || name == stem + ".part"), name.c_str());
      if (name == stem) QCOMPARE(*sha256_file(entry.path().string()), stem);
    }
  }

  template <class T>
  static bool told(Fuzz& fuzz, const std::string& method, const Result<T>& result) {
    fuzz.answer(method + " " + std::string(code_name(result.status().code())));
    if (result.ok()) fuzz.parsed();
    return result.ok();
  }

  // One call of a link; what it hands on is checked.
  static void link_call(Fuzz& fuzz, const HonestScript& honest, lab::MemberLink& link, node::FederationClient& client, lab::BlobStore& blobs,
                        const std::string& home) {
    wire::BlobRef ref = honest.info().scenario();
    double round_trip_s = 0;
    switch (fuzz.below(9)) {
      case 0:
        if (const auto enrolled = link.enrol({"anna", "request", "proof", "test"}, [] {}); told(fuzz, "Enrol", enrolled))
          QVERIFY(enrolled->certificate_pem.size() <= 16 << 10 && !enrolled->member.empty() && enrolled->member.size() <= 64);
        return;
      case 1: case 2:
        if (const auto info = link.hello({}); told(fuzz, "Hello", info)) check(*info);
        return;
      case 3: case 4: {
        const Status fetched = link.fetch(blobs, ref, 1 << 20, [](uint64_t) {});
        fuzz.answer("Fetch " + std::string(code_name(fetched.code())));
        QCOMPARE(fetched.ok(), blobs.has(ref.sha256()));
        std::filesystem::remove_all(home + "/blobs");
        return;
      }
      case 5: return (void)told(fuzz, "Ready", link.ready({}));
      case 6: return (void)told(fuzz, "Beat", link.beat({}, &round_trip_s));
      case 7:
        if (const auto joined = client.join("anna", 36, 24); told(fuzz, "Join", joined)) QVERIFY(joined->accepted());
        if (const auto pushed = client.push({}, honest.version()); told(fuzz, "Push", pushed)) return;
        return (void)told(fuzz, "Report", client.report({}));
      default:
        if (const auto payload = client.pull(0, honest.version().size()); told(fuzz, "Pull", payload)) QCOMPARE(payload->bytes.size(), honest.version().size());
    }
  }

 private slots:
  void links() {
    const MiniWorld world;
    const HonestScript honest(world);
    Fuzz fuzz("member links", 2'000, 120'000);
    RawServer server([&](const std::string& method, const std::string& request) {
      Play play = honest.play(method, request);
      spoil(fuzz, play);   // calls come one after the other
      fuzz.trying(all_of(play));
      return play;
    });
    const std::string home = world.path("/member");
    std::filesystem::create_directories(home);
    node::LeftMeter meter;
    lab::MemberLink link(server.channel(), meter);
    node::FederationClient client(server.channel(), "run", 1);
    lab::BlobStore blobs(home);
    // A host that keeps a stream open may be waited for as long as its member likes: interrupt() ends it.
    std::atomic<int64_t> calls{0};
    const std::jthread patience([&](const std::stop_token& stop) {
      for (int64_t before = -1; !stop.stop_requested(); QTest::qSleep(50)) {
        if (before == calls) link.interrupt(), client.interrupt();
        before = calls;
      }
    });
    while (fuzz.next()) {
      link_call(fuzz, honest, link, client, blobs, home);
      ++calls;
      if (fuzz.index() % 64 == 0) check_home(home);
    }
    QVERIFY(fuzz.memory_is_bounded());
  }

  // gRPC's own blocking writer aborted the process on these.
  void anUpdateWithoutAReadableAnswerIsNotAccepted() {
    for (const std::vector<std::string>& replies : {std::vector<std::string>{}, {"\xff\xff"}, {std::string("\x08\x01\x12\x7f", 4)}}) {
      RawServer server([&](const std::string&, const std::string&) { return Play{replies, {}, false, 1}; });
      node::FederationClient client(server.channel(), "run", 1);
      const auto pushed = client.push({}, std::string(3 << 20, 'x'));
      QVERIFY(!pushed.ok() || !pushed->accepted() || replies.size() == 1);
    }
  }

  // A host that tells events while nobody listens yet cannot fill this machine's memory.
  void aFloodOfNoticesIsNotKept() {
    const MiniWorld world;
    const HonestScript honest(world);
    NoopBackend backend;
    std::filesystem::create_directories(world.path("/member"));
    OpenedHome home(world, "/member", &backend);
    wire::RoomNotice flood, last;
    flood.mutable_event()->set_run("r");
    flood.mutable_event()->set_kind("warning");
    flood.mutable_event()->set_detail(std::string(900 << 10, 'x'));
    last.mutable_phase()->set_phase("running");
    last.set_closed("that was all");
    RawServer server(
        [&](const std::string& method, const std::string& request) {
          if (!method.ends_with("Room/Attend")) return honest.play(method, request);
          return Play{{flood.SerializeAsString(), last.SerializeAsString()}, {}, false, 300};
        },
        *honest.authority);
    lab::MemberOptions options;
    options.ticket = net::Ticket{honest.authority->fingerprint(), {}, {{"127.0.0.1", static_cast<uint16_t>(server.port())}}};
    options.files = {world.path("/train.jsonl")};
    options.name = "anna";
    const int64_t before = rss_mib();
    const auto member = lab::RoomMember::start({*home.ledger, [&] { return Result<train::Backend*>(&backend); }, home.paths, "test"}, options).value();
    int64_t most = before;
    for (int i = 0; i < 12000 && member->state().state() != "refused"; ++i) {
      most = std::max(most, rss_mib());
      QTest::qSleep(5);
    }
    const std::string sentence = member->state().sentence();
    QVERIFY2(sentence.find("that was all") != std::string::npos, sentence.c_str());   // it waited for consent until then
    QVERIFY2(most - before < kMayGrow_MiB, qPrintable(QString::number(most - before)));
  }

  // A membership from ticket to training, where one method of the host's lies each time.
  void lives() {
    MiniWorld world;
    world.scenario.rounds = 1;
    const HonestScript honest(world);
    NoopBackend backend;
    const std::string home = world.path("/member");
    std::filesystem::create_directories(home);
    OpenedHome member_home(world, "/member", &backend);
    Fuzz fuzz("memberships", 10, 600);
    while (fuzz.next()) {
      const std::string lying = methods()[fuzz.below(methods().size())];
      const uint64_t seed = fuzz.below(UINT64_MAX);
      std::atomic<int> calls{0};
      RawServer server(
          [&](const std::string& method, const std::string& request) {
            Play play = honest.play(method, request);
            if (!method.ends_with(lying)) return play;
            Rng rng(seed + static_cast<uint64_t>(++calls));
            Mutator mutate(rng);
            for (std::string& reply : play.replies)
              if (rng.below(2) == 0 || play.replies.size() == 1) reply = mutate.message(reply, reply);
            return play;
          },
          *honest.authority);
      if (fuzz.below(3) == 0) std::filesystem::remove_all(home + "/memberships");
      if (fuzz.below(3) == 0) std::filesystem::remove_all(home + "/blobs");
      if (fuzz.below(3) == 0) std::filesystem::remove_all(home + "/models");
      lab::MemberOptions options;
      options.ticket = net::Ticket{honest.authority->fingerprint(), {}, {{"127.0.0.1", static_cast<uint16_t>(server.port())}}};
      options.files = {world.path("/train.jsonl")};
      options.name = "anna";
      options.consent = options.settled = true;
      auto member = lab::RoomMember::start({*member_home.ledger, [&] { return Result<train::Backend*>(&backend); }, member_home.paths, "test"}, options);
      QVERIFY2(member.ok(), member.status().to_string().c_str());
      fuzz.trying(lying);
      wire::Membership state;
      for (int i = 0; i < 100; ++i) {
        state = (*member)->state();
        QVERIFY(state.ByteSizeLong() < 512 << 10 && state.sentence().size() < 4096);
        if (state.state() == "refused" || state.state() == "done") break;
        QTest::qSleep(10);
      }
      fuzz.answer(lying + " -> " + state.state());
      member->reset();
      check_home(home);
    }
    QVERIFY(fuzz.memory_is_bounded());
    trains_in_an_honest_room(world, member_home, backend);
  }

 private:
  static void trains_in_an_honest_room(const MiniWorld& world, OpenedHome& home, NoopBackend& backend) {
    OpenedHome host_home(world, "/home");
    lab::RoomOptions options = host_home.options();
    options.min_members = 1;
    const auto room = host_home.open(options).value();
    lab::MemberOptions own;
    own.ticket = *net::parse_ticket(room->ticket());
    own.files = {world.path("/train.jsonl")};
    own.name = "anna";
    own.consent = own.settled = true;
    const auto member = lab::RoomMember::start({*home.ledger, [&] { return Result<train::Backend*>(&backend); }, home.paths, "test"}, own).value();
    const Status ended = member->wait();
    QVERIFY2(ended.ok(), ended.to_string().c_str());
    QTRY_COMPARE(room->state().phase(), std::string("ended"));
    QCOMPARE(host_home.ledger->run(room->state().run())->state, ledger::RunState::done);
  }
};

QTEST_GUILESS_MAIN(TestFuzzMember)
#include "tst_fuzz_member.moc"
