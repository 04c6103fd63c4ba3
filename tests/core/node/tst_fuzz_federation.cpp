// A member of a running federation sends mutations of everything it may send, while two honest ones train: no update gets in that is
// not this round's, this slot's, of this base and finite; no number it tells spoils a sum; and every round of the honest ones is
// committed with their updates.
#include "wire/federation.pb.h"

#include <QTest>

#include <cmath>

#include "support/fuzz.h"
#include "support/raw_call.h"
#include "support/room_play.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

constexpr int kRounds = 6, kHostile = 2;
constexpr const char* kService = "/fedllm.wire.Federation/";

// Honest members wait in their one step until their round may end.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  int open_until = 0;
  void open(int round) {
    std::lock_guard lock(mutex);
    open_until = round;
    changed.notify_all();
  }
  void pass(int round) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open_until >= round; });
  }
};

struct Game {
  Game() {
    world.scenario.rounds = kRounds;
    world.scenario.training.local_steps = 1;
    world.scenario.network.deadline_s = 3600;   // nobody is given up for waiting
    for (uint64_t round = 1; round <= kRounds; ++round)
      for (uint64_t slot = 0; slot < kHostile; ++slot)
        round_of[SeedTree(world.scenario.seed).child("round", round).child("client", slot).value()] = static_cast<int>(round);
    backend.hook = [this](const train::LocalOptions& options, int, adapter::AdapterState&, double&) { gate.pass(round_of.at(options.seed)); };
    ledger = world.memory_ledger();
    run = world.create_run(*ledger);
    executor = std::move(node::RunExecutor::start(*ledger, backend, world.home(), run, 1, world.network(room))).value();
    layout = world.prepare(backend, kHostile, run)->layout;
    puppet = std::make_unique<Puppet>(room, kHostile, run);
    if (!puppet->come()) qFatal("the puppet was not let in");   // first, so that it is asked to evaluate round 0
    for (int slot = 0; slot < kHostile; ++slot) {
      honest.push_back(std::make_unique<RoomMember>(world.prepare(backend, slot, run), room.channel(slot), backend, slot));
      if (!honest.back()->come()) qFatal("an honest member was not let in");
    }
    stub = std::make_unique<grpc::GenericStub>(room.channel(kHostile));
  }
  ~Game() {
    gate.open(kRounds + 1);
    executor->stop(true);
    executor->wait();
    puppet.reset();
    honest.clear();
    executor.reset();
  }
  std::string payload() const {
    adapter::AdapterState delta = adapter::AdapterState::zeros(layout);
    for (size_t i = 0; i < delta.values.size(); ++i) delta.values[i] = 0.01f * static_cast<float>(i % 7);
    return (*codec::make_codec("f32"))->encode(delta, nullptr);
  }
  wire::UpdateHeader header(const wire::Task& task, const std::string& bytes) const {
    wire::UpdateHeader header = Puppet::header(task);
    header.set_run(run);
    header.set_client(kHostile);
    header.set_total_bytes(bytes.size());
    header.set_crc32(crc32(bytes));
    header.set_train_seconds(1);
    header.set_pull_seconds(0.5);
    header.set_wait_seconds(0.25);
    header.set_tokens(100);
    return header;
  }
  bool has(const std::string& kind, int round, int client = -1) const {
    for (const ledger::Event& event : events_of(*ledger, run, kind))
      if (event.round == round && (client < 0 || event.client == client)) return true;
    return false;
  }
  bool wait_until(const std::string& kind, int round) const {
    for (int i = 0; i < 6000 && !has(kind, round); ++i) QTest::qSleep(5);
    return has(kind, round);
  }

  Gate gate;
  std::map<uint64_t, int> round_of;   // by what training is seeded with
  RoomWorld world;
  Room room;
  NoopBackend backend;
  std::unique_ptr<ledger::Ledger> ledger;
  std::string run;
  std::unique_ptr<node::RunExecutor> executor;
  std::vector<std::unique_ptr<RoomMember>> honest;
  adapter::LayoutPtr layout;
  std::unique_ptr<Puppet> puppet;
  std::unique_ptr<grpc::GenericStub> stub;
};

wire::PushMessage part(const wire::UpdateHeader& header) {
  wire::PushMessage message;
  *message.mutable_header() = header;
  return message;
}
wire::PushMessage part(const std::string& chunk) {
  wire::PushMessage message;
  message.set_chunk(chunk);
  return message;
}

}  // namespace

class TestFuzzFederation : public QObject {
  Q_OBJECT

  // What the service would read from these messages as one update.
  struct Read {
    wire::UpdateHeader header;
    std::string payload;
    bool whole = true;
  };
  static Read read(const std::vector<std::string>& messages) {
    Read update;
    for (const std::string& bytes : messages) {
      wire::PushMessage message;
      if (!message.ParseFromString(bytes)) update.whole = false;
      if (message.has_header()) update.header = message.header();
      if (message.has_chunk()) update.payload += message.chunk();
    }
    return update;
  }

  static bool may_be_accepted(const Game& game, const wire::Task& task, const Read& update) {
    const wire::UpdateHeader& header = update.header;
    if (!update.whole || header.run() != game.run || header.client() != kHostile || header.round() != task.round()) return false;
    if (header.base_version() != task.version() || header.base_key() != task.payload_hash() || header.codec() != "f32") return false;
    if (header.num_examples() < 1 || header.num_examples() > 36 || !header.failure().empty()) return false;
    for (const double number : {header.mean_loss(), header.train_seconds(), header.pull_seconds(), header.wait_seconds()})
      if (!std::isfinite(number)) return false;
    const auto delta = (*codec::make_codec("f32"))->decode(update.payload, game.layout);
    return delta.ok() && adapter::all_finite(*delta) && crc32(update.payload) == header.crc32();
  }

  // An update with one thing wrong, or several: header, chunks, or the numbers under a checksum that fits.
  static std::vector<std::string> update(Fuzz& fuzz, const Game& game, const wire::Task& task) {
    std::string bytes = game.payload();
    if (fuzz.below(3) == 0) {
      const size_t body = bytes.size() - 4;
      for (int flips = 0; flips < 3; ++flips) bytes[fuzz.below(body)] ^= static_cast<char>(1 << fuzz.below(8));
      const uint32_t crc = crc32(std::string_view(bytes).substr(0, body));
      std::memcpy(bytes.data() + body, &crc, 4);
    }
    std::vector<std::string> messages = {part(game.header(task, bytes)).SerializeAsString()};
    const size_t half = fuzz.below(2) == 0 ? bytes.size() : bytes.size() / 2;
    messages.push_back(part(bytes.substr(0, half)).SerializeAsString());
    if (half < bytes.size()) messages.push_back(part(bytes.substr(half)).SerializeAsString());
    const size_t which = fuzz.below(messages.size() + 1);
    if (which < messages.size()) messages[which] = fuzz.mutate.message(messages[which], messages[fuzz.below(messages.size())]);
    if (fuzz.below(16) == 0) messages.push_back(messages[fuzz.below(messages.size())]);
    if (fuzz.below(16) == 0) messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(fuzz.below(messages.size())));
    return messages;
  }

  static std::string report_message(const Game& game, const wire::Task& task) {
    wire::ReportRequest report;
    report.set_run(game.run);
    report.set_client(kHostile);
    report.set_round(task.round());
    report.set_started(true);
    report.set_pull_seconds(0.5);
    for (int step = 1; step <= 2; ++step) {
      wire::StepReport* one = report.add_steps();
      one->set_step(step);
      one->set_loss(1.5);
      one->set_tokens(10);
      one->set_seconds(0.1);
    }
    return report.SerializeAsString();
  }
  static std::string evaluation_message(const Game& game, const wire::Task& task) {
    wire::EvaluationReport report;
    report.set_run(game.run);
    report.set_client(kHostile);
    report.set_round(task.round());
    report.set_version_key(task.payload_hash());
    for (const char* topic : {"", "tool"}) {
      wire::TopicSums* sums = report.add_sums();
      sums->set_topic(topic);
      sums->set_loss_sum(240);
      sums->set_tokens(240);
      sums->set_exact(3);
      sums->set_records(24);
    }
    report.set_seconds(0.1);
    return report.SerializeAsString();
  }

  template <class Message>
  static bool parses(const std::string& bytes) {
    return Message().ParseFromString(bytes);
  }

  // What would replace the puppet's own stream of tasks is not tried.
  static bool attends_for_another(const std::string& bytes) {
    wire::AttendRequest attend;
    return attend.ParseFromString(bytes) && attend.client() != kHostile;
  }

  // One call with a mutated message; how it was answered.
  static void call(Fuzz& fuzz, const Game& game, const std::string& method, const std::string& valid, const std::string& other, bool (*parses)(const std::string&),
                   double seconds = 10) {
    const std::string& bytes = fuzz.trying(fuzz.mutate.message(valid, other));
    if (parses(bytes)) fuzz.parsed();
    else if (parses == attends_for_another && wire::AttendRequest().ParseFromString(bytes)) return;
    const RawAnswer answer = raw_call(*game.stub, kService + method, {bytes}, seconds);
    fuzz.answer(method + " " + code_text(answer.status));
  }

  static void small_talk(Fuzz& fuzz, const Game& game, const wire::Task& task) {
    wire::JoinRequest join;
    join.set_protocol(node::kFederationProtocol);
    join.set_run(game.run);
    join.set_client(kHostile);
    join.set_name("eve");
    join.set_examples(36);
    join.set_test_examples(24);
    wire::PullRequest pull;
    pull.set_run(game.run);
    pull.set_client(kHostile);
    pull.set_version(task.version());
    wire::AttendRequest attend;
    attend.set_run(game.run);
    attend.set_client(kHostile);
    const std::string report = report_message(game, task), evaluation = evaluation_message(game, task);
    switch (fuzz.below(24)) {
      case 0: return call(fuzz, game, "Attend", attend.SerializeAsString(), report, attends_for_another, 0.003);
      case 1: case 2: case 3: case 4: return call(fuzz, game, "Join", join.SerializeAsString(), report, parses<wire::JoinRequest>);
      case 5: case 6: case 7: case 8: return call(fuzz, game, "Pull", pull.SerializeAsString(), report, parses<wire::PullRequest>);
      case 9: case 10: case 11: case 12: case 13: case 14: case 15:
        return call(fuzz, game, "Evaluated", evaluation, join.SerializeAsString(), parses<wire::EvaluationReport>);
      default: return call(fuzz, game, "Report", report, evaluation, parses<wire::ReportRequest>);
    }
  }

  // True where an update was accepted.
  static bool push(Fuzz& fuzz, const Game& game, const wire::Task& task, bool taken) {
    const std::vector<std::string> messages = update(fuzz, game, task);
    std::string all;
    for (const std::string& one : messages) all += one;
    fuzz.trying(all);
    const Read read = TestFuzzFederation::read(messages);
    if (read.whole) fuzz.parsed();
    const RawAnswer answer = raw_call(*game.stub, std::string(kService) + "Push", messages);
    const bool accepted = answer.reply<wire::PushReply>().accepted();
    fuzz.answer(accepted ? "Push accepted" : answer.status.ok() ? "Push refused" : "Push " + code_text(answer.status));
    if (!accepted) return false;
    if (taken) qWarning("a second update of one round was accepted");
    if (!may_be_accepted(game, task, read)) qWarning("%s", read.header.ShortDebugString().c_str());
    const bool right = !taken && may_be_accepted(game, task, read);
    return QTest::qVerify(right, "an accepted update is this round's, whole and finite", "", __FILE__, __LINE__);
  }

  static wire::Task task(Game& game, wire::Task::Kind kind, int round) {
    const wire::Task task = game.puppet->next(kind);
    if (task.round() == round && task.kind() == kind) return task;
    for (const ledger::Event& event : events_of(*game.ledger, game.run))
      if (event.round == round || event.kind == "failed") qWarning("%s of %d: %s", event.kind.c_str(), event.client.value_or(-1), event.detail.c_str());
    if (game.executor->finished()) qWarning("the run ended: %s", game.executor->wait().error.c_str());
    return {};
  }

  static void train_round(Fuzz& fuzz, Game& game, int round, int mutations) {
    const wire::Task train = task(game, wire::Task::TRAIN, round);
    QCOMPARE(train.round(), round);
    bool accepted = false;
    for (int i = 0; i < mutations && fuzz.next(); ++i) {
      if (fuzz.below(2) == 0) accepted |= push(fuzz, game, train, accepted);
      else small_talk(fuzz, game, train);
    }
    const std::string bytes = game.payload();
    const auto last = raw_call(*game.stub, std::string(kService) + "Push",
                               {part(game.header(train, bytes)).SerializeAsString(), part(bytes).SerializeAsString()});
    QCOMPARE(last.reply<wire::PushReply>().accepted(), !accepted);
    game.gate.open(round);
  }

  static void evaluate_round(Fuzz& fuzz, Game& game, int round, int mutations) {
    const wire::Task ask = task(game, wire::Task::EVALUATE, round);
    QCOMPARE(ask.kind(), wire::Task::EVALUATE);
    const std::string valid = evaluation_message(game, ask);
    for (int i = 0; i < mutations && fuzz.next(); ++i) call(fuzz, game, "Evaluated", valid, report_message(game, ask), parses<wire::EvaluationReport>);
    (void)raw_call(*game.stub, std::string(kService) + "Evaluated", {valid});
  }

  static void look_at(const Game& game, int round) {
    QVERIFY2(game.wait_until("round_committed", round), qPrintable(QString::number(round)));
    for (int slot = 0; slot < kHostile && round > 0; ++slot) {
      const bool counted = game.has("client_update", round, slot);
      for (const ledger::Event& event : events_of(*game.ledger, game.run, counted ? "none" : "client_rejected"))
        qWarning("round %d, client %d: %s", event.round.value_or(-1), event.client.value_or(-1), event.detail.c_str());
      QVERIFY(counted);
    }
    for (const ledger::Event& event : events_of(*game.ledger, game.run)) {
      if (event.round != round || event.kind == "client_rejected") continue;
      for (const auto& [key, value] : event.metrics)
        QVERIFY2(!std::isinf(value) && (std::isfinite(value) || key != "loss"), (event.kind + " " + key).c_str());
    }
  }

 private slots:
  void rounds() {
    Fuzz fuzz("federation", 1'000, 60'000);
    while (fuzz.left() > 0 && !QTest::currentTestFailed()) {
      Game game;
      evaluate_round(fuzz, game, 0, 30);
      for (int round = 1; round <= kRounds && !QTest::currentTestFailed(); ++round) {
        train_round(fuzz, game, round, 150);
        if (!QTest::currentTestFailed()) evaluate_round(fuzz, game, round, 30);
        if (!QTest::currentTestFailed()) look_at(game, round);
      }
      if (QTest::currentTestFailed()) break;
      QCOMPARE(game.executor->wait().state, ledger::RunState::done);
      for (const auto& member : game.honest) QCOMPARE(member->trained(), kRounds);
    }
    QVERIFY(fuzz.answered("Push refused") > 0 && fuzz.answered("Push accepted") > 0);
    QVERIFY(fuzz.memory_is_bounded());
  }
};

QTEST_GUILESS_MAIN(TestFuzzFederation)
#include "tst_fuzz_federation.moc"
