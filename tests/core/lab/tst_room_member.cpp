// A room's members against a real host over TLS on loopback, with the no-op trainer: from ticket to adapter, the same adapter as
// the simulation's, what the member's own ledger then holds, consent, bad data, restarts and a host that goes away.
#include "support/member_lab.h"
#include "support/piece_writer.h"

#include <QElapsedTimer>
#include <QTest>

#include <sys/stat.h>

#include <filesystem>

#include "adapter/peft.h"
#include "base/file.h"
#include "base/sha256.h"
#include "lab/member_model.h"
#include "lab/member_store.h"

using namespace fedllm;
using namespace fedllm::lab;
using namespace fedllm::tests;

namespace {

using Lab = MemberLab;

}  // namespace

class TestRoomMember : public QObject {
  Q_OBJECT
 private slots:
  void a_network_run_gives_the_simulations_adapter() {
    Lab lab([](spec::Scenario& s) { s.codec = "f32"; });
    const std::string expected = lab.simulated();
    lab.open_room(kMembers);
    for (int k = 0; k < kMembers; ++k) lab.join(k);
    for (auto& member : lab.members) {
      const Status ended = member->wait();
      QVERIFY2(ended.ok(), ended.to_string().c_str());
    }
    const auto host_run = lab.room->state().run();
    QVERIFY(soon([&] { return lab.host->ledger->run(host_run)->state == ledger::RunState::done; }));
    QCOMPARE(nlohmann::json::parse(lab.host->ledger->run(host_run)->summary_json)["adapter_sha256"].get<std::string>(), expected);
    for (int k = 0; k < kMembers; ++k) verify_member(lab, k, expected);
  }

  // modules_to_save: whole tensors travel, are averaged and end in the member's files like the factors.
  void a_network_run_trains_a_module_whole() {
    Lab lab([](spec::Scenario& s) { s.codec = "f32", s.lora.modules_to_save = {"lm_head"}; });
    const std::string expected = lab.simulated();
    lab.open_room(kMembers);
    for (int k = 0; k < kMembers; ++k) lab.join(k);
    for (auto& member : lab.members) {
      const Status ended = member->wait();
      QVERIFY2(ended.ok(), ended.to_string().c_str());
    }
    const auto host_run = lab.room->state().run();
    QVERIFY(soon([&] { return lab.host->ledger->run(host_run)->state == ledger::RunState::done; }));
    QCOMPARE(nlohmann::json::parse(lab.host->ledger->run(host_run)->summary_json)["adapter_sha256"].get<std::string>(), expected);
    const std::string hosts = lab.host->ledger->absolute(lab.host->ledger->versions(host_run)->back().path);
    const std::string own = lab.machines[0]->ledger->run_dir(lab.members[0]->state().run()) + "/adapter";
    for (const std::string& folder : {hosts, own}) {
      const auto adapter = adapter::open_peft(folder);
      QVERIFY2(adapter.ok(), adapter.status().to_string().c_str());
      QCOMPARE(adapter->config.modules_to_save, (std::vector<std::string>{"lm_head"}));
      QCOMPARE(adapter->state.layout->saved().at(0).shape, (std::vector<int64_t>{257, 16}));
      QVERIFY(adapter->state.saved(0)[0] != 0.01f);
      QCOMPARE(adapter::adapter_sha256(adapter->state), expected);
    }
  }

  // Many base models come with SentencePiece's file alone.
  void a_base_with_tokenizer_model_alone_is_hosted_and_joined() {
    Lab lab;
    const std::string base = lab.world.path("/base");
    for (const char* name : {"/tokenizer.json", "/tokenizer_config.json"}) std::filesystem::remove(base + name);
    write_text(base + "/tokenizer.model", letters_model());
    const std::string expected = lab.simulated();
    lab.open_room(kMembers);
    for (int k = 0; k < kMembers; ++k) lab.join(k);
    for (auto& member : lab.members) {
      const Status ended = member->wait();
      QVERIFY2(ended.ok(), ended.to_string().c_str());
    }
    QVERIFY(soon([&] { return lab.host->ledger->run(lab.room->state().run())->state == ledger::RunState::done; }));
    QCOMPARE(nlohmann::json::parse(lab.host->ledger->run(lab.room->state().run())->summary_json)["adapter_sha256"].get<std::string>(), expected);
  }

  void a_lossy_codec_keeps_what_it_owes() {
    Lab lab;
    const std::string expected = lab.simulated();
    lab.open_room(kMembers);
    for (int k = 0; k < kMembers; ++k) lab.join(k);
    for (auto& member : lab.members) QVERIFY(member->wait().ok());
    QVERIFY(soon([&] { return lab.host->ledger->run(lab.room->state().run())->state == ledger::RunState::done; }));
    QCOMPARE(nlohmann::json::parse(lab.host->ledger->run(lab.room->state().run())->summary_json)["adapter_sha256"].get<std::string>(), expected);
  }

  void consent_is_asked_and_no_means_no() {
    Lab lab;
    lab.open_room(1);
    MemberOptions options = lab.options(0);
    options.consent = false;
    RoomMember& member = lab.join(0, options);
    QVERIFY(soon([&] { return member.state().state() == "consenting"; }));
    const wire::Membership m = member.state();
    QVERIFY(m.consent().payload_bytes_round() > 0 && m.consent().rounds() == 3 && m.consent().numbers_size() > 3);
    QVERIFY(m.consent().memory_bytes() > 0 && m.consent().base_sha256().size() == 64);
    QCOMPARE(m.readiness().records(), int64_t{130});
    QCOMPARE(m.check_code().size(), size_t{9});
    QCOMPARE(lab.machines[0]->backend.loads(), 0);  // nothing runs before consent
    QVERIFY(member.consent(false, false).ok());
    const Status ended = member.wait();
    QCOMPARE(ended.code(), Code::permission_denied);
    QCOMPARE(member.state().state(), std::string("refused"));
    QCOMPARE(lab.machines[0]->backend.loads(), 0);
    QVERIFY(!member.consent(true, false).ok());
  }

  void data_that_do_not_fit_are_told_before_anything_leaves() {
    Lab lab;
    lab.open_room(1);
    write_text(lab.world.path("/other.csv"), "frage,antwort,label\nwas?,das,tool\nwer?,der,tool\nwo?,da,tool\n");
    MemberOptions options = lab.options(0);
    options.files = {lab.world.path("/other.csv")};
    const Status ended = lab.join(0, options).wait();
    QCOMPARE(ended.code(), Code::invalid_argument);
    QVERIFY2(ended.message().find("frage, antwort, label") != std::string::npos, ended.message().c_str());
    // The same as a person would: look, then map.
    options.consent = false;
    RoomMember& member = lab.join(1, options);
    QVERIFY(soon([&] { return member.state().state() == "mapping" && member.state().readiness().problems_size() > 0; }));
    QCOMPARE(member.state().available_columns_size(), 3);
    QVERIFY(member.set_data({options.files}, "csv", {{"instruction", "frage"}, {"response", "antwort"}}).ok());
    QVERIFY(soon([&] { return member.state().state() == "consenting"; }));
    QCOMPARE(member.state().readiness().records(), int64_t{3});
    QVERIFY(member.consent(true, false).ok());
    QVERIFY(soon([&] { return member.state().state() != "consenting" && member.state().state() != "mapping"; }));
  }

  void a_member_that_restarts_goes_on() {
    Lab lab([](spec::Scenario& s) {
      s.rounds = 6;
      s.network.deadline_s = 0;
    });
    const std::string expected = lab.simulated();
    for (auto& machine : lab.machines) machine->backend.step_seconds = 0.02;
    lab.open_room(kMembers);
    for (int k = 0; k < kMembers; ++k) lab.join(k);
    RoomMember& first = *lab.members[0];
    QVERIFY(soon([&] { return first.state().round() >= 3 && first.state().state() == "training"; }));
    const std::string run = first.state().run();
    lab.members.erase(lab.members.begin());  // gone without a word
    QCOMPARE(lab.machines[0]->ledger->run(run)->state, ledger::RunState::interrupted);
    RoomMember& again = lab.join(0);
    for (auto& member : lab.members) {
      const Status ended = member->wait();
      QVERIFY2(ended.ok(), ended.to_string().c_str());
    }
    QCOMPARE(again.state().run(), run);  // the same run of its ledger
    QVERIFY(!events_of(*lab.machines[0]->ledger, run, "resumed").empty());
    QCOMPARE(lab.machines[0]->ledger->run(run)->state, ledger::RunState::done);
    QVERIFY(!expected.empty());
  }

  void members_without_data_get_shards() {
    Lab lab;
    lab.open_room(2, true);
    for (int k = 0; k < 2; ++k) {
      MemberOptions options = lab.options(k);
      options.files.clear();
      lab.join(k, options);
    }
    for (auto& member : lab.members) {
      const Status ended = member->wait();
      QVERIFY2(ended.ok(), ended.to_string().c_str());
      QVERIFY(summary_of(*member)["adapter_sha256"].is_string());
    }
  }

  // The adapter is that of the simulation whose clients are in these slots.
  void members_train_in_the_slots_that_the_host_gives() {
    Lab lab([](spec::Scenario& s) { s.codec = "f32"; });
    std::swap(lab.world.scenario.dataset.files[0], lab.world.scenario.dataset.files[2]);
    const std::string expected = lab.simulated();
    lab.open_room(0);
    for (int k = 0; k < kMembers; ++k) lab.join(k);
    QVERIFY(soon([&] { return lab.room->state().ready() == kMembers; }));
    const wire::HostedRoom before = lab.room->state();
    for (const auto& one : before.members())
      if (one.name() == "machine 0") QVERIFY(lab.room->assign(one.member(), 2).ok());
    QVERIFY(soon([&] { return lab.members[0]->state().slot() == 2 && lab.members[2]->state().slot() == 0; }));
    const auto run = lab.room->start();
    QVERIFY2(run.ok(), run.status().to_string().c_str());
    const auto now = lab.room->state();
    QVERIFY(!lab.room->assign(now.members(0).member(), 1).ok());
    for (auto& member : lab.members) QVERIFY(soon([&] { return member->state().state() == "done"; }));
    QCOMPARE(summary_of(*lab.members[0])["adapter_sha256"].get<std::string>(), expected);
  }

  void alone_is_trained_on_request() {
    Lab lab;
    lab.open_room(1);
    RoomMember& member = lab.join(0);
    QVERIFY(!member.run_alone().ok());
    QVERIFY(member.wait().ok());
    QVERIFY(soon([&] { return member.state().state() == "done"; }));
    QVERIFY(member.run_alone().ok());
    QVERIFY(soon([&] { return member.state().card().has_alone(); }));
    const auto card = member.state().card();
    QVERIFY(card.has_base() && card.has_together() && card.alone().records() == card.together().records());
    QVERIFY(card.alone().low() <= card.alone().exact() && card.alone().exact() <= card.alone().high());
    QVERIFY(std::filesystem::exists(lab.machines[0]->ledger->run_dir(member.state().run()) + "/alone/adapter_model.safetensors"));
  }

  void a_wrong_ticket_is_refused_in_one_sentence() {
    Lab lab;
    lab.open_room(1);
    MemberOptions options = lab.options(0);
    options.ticket.secret[3] ^= 1;
    const Status refused = lab.join(0, options).wait();
    QVERIFY2(!refused.ok() && !refused.message().empty(), refused.to_string().c_str());
    options = lab.options(1);
    options.ticket.authority[0] ^= 1;
    QVERIFY(!lab.join(1, options).wait().ok());
    options = lab.options(2);
    options.ticket.addresses = {{"127.0.0.1", 1}};
    QCOMPARE(lab.join(2, options).wait().code(), Code::unavailable);
  }

  void leaving_and_being_removed_end_it() {
    Lab lab;
    lab.open_room(5);
    RoomMember& leaver = lab.join(0);
    RoomMember& removed = lab.join(1);
    QVERIFY(soon([&] { return leaver.state().state() == "ready" && removed.state().state() == "ready"; }));
    leaver.leave();
    QVERIFY(leaver.wait().ok());
    QVERIFY(soon([&] { return leaver.state().state() == "left"; }));
    const wire::HostedRoom now = lab.room->state();
    for (const auto& one : now.members())
      if (one.name() == "machine 1") QVERIFY(lab.room->revoke(one.member()).ok());
    const Status ended = removed.wait();
    QCOMPARE(ended.code(), Code::permission_denied);
    QCOMPARE(removed.state().state(), std::string("refused"));
  }

  // Nobody waits for a step that a pause holds.
  void leaving_while_paused_ends_it_at_once() {
    Lab lab;
    std::atomic<bool> in_step = false, go_on = false;
    lab.machines[0]->backend.hook = [&](const train::LocalOptions&, int, adapter::AdapterState&, double&) {
      in_step = true;
      while (!go_on) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    lab.open_room(1);
    RoomMember& leaver = lab.join(0);
    QVERIFY(soon([&] { return in_step.load(); }));
    leaver.pause(true);
    go_on = true;
    QVERIFY(soon([&] { return leaver.state().state() == "paused"; }));
    QElapsedTimer timer;
    timer.start();
    leaver.leave();
    QVERIFY(leaver.wait().ok());
    QVERIFY2(timer.elapsed() < 7000, qPrintable(QString::number(timer.elapsed())));   // was 10 s
    QCOMPARE(leaver.state().state(), std::string("left"));
  }

  void a_models_files_keep_our_names() {
    const auto blob = [](const std::string& name, uint64_t bytes = 3) { return Blob{sha256_hex(name), bytes, name}; };
    const std::vector<Blob> whole = {blob("config.json"), blob("tokenizer.json"), blob("model.safetensors")};
    QVERIFY(model_files(whole).ok());
    for (const char* name : {"../config.json", "/etc/passwd", "", "x.py", "model-1-of-2.safetensors", "model-00001-of-00002.safetensors/..",
                             "config.json"}) {
      auto with = whole;
      with.push_back(blob(name));
      QVERIFY2(!model_files(with).ok(), name);
    }
    QVERIFY(!model_files({blob("config.json"), blob("tokenizer.json")}).ok());
    QVERIFY(model_files({blob("config.json"), blob("tokenizer.model"), blob("model.safetensors")}).ok());
    const Status lacks = model_files({blob("config.json"), blob("model.safetensors")}).status();
    QVERIFY2(lacks.message().ends_with("lacks tokenizer.json and tokenizer.model"), lacks.message().c_str());
    QVERIFY(shipped_model("builtin:../../etc", *model_files(whole)).empty());
    // An index that points elsewhere is refused.
    QTemporaryDir dir;
    const std::string home = dir.path().toStdString();
    BlobStore store(home);
    std::vector<Blob> offered;
    for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
             {"config.json", "{}"}, {"tokenizer.json", "{}"}, {"model.safetensors.index.json", R"({"weight_map":{"a":"../../secret"}})"}}) {
      offered.push_back(*store.put(name, text));
      offered.back().name = name;
    }
    QVERIFY(!assemble_model(home, store, *model_files(offered)).ok());
  }

  void keys_and_state_are_private() {
    QTemporaryDir dir;
    const std::string home = dir.path().toStdString();
    net::Digest authority{};
    auto store = MembershipStore::open(home, authority);
    QVERIFY(store.ok());
    QVERIFY(store->facts().slot == -1 && store->kept("r", "residual").empty());
    MembershipFacts facts;
    facts.slot = 4;
    facts.room_name = "lab \xff";
    facts.addresses = {{"::1", 7}, {"10.0.0.1", 80}};
    facts.left.numbers = 12;
    QVERIFY(store->set_facts(facts).ok());
    QVERIFY(store->set_kept("r", "residual", {{2, {1.5f, -2}}, {3, {}}}).ok());
    QCOMPARE(store->facts().slot, 4);
    QCOMPARE(store->facts().addresses, facts.addresses);
    QCOMPARE(store->facts().left.numbers, int64_t{12});
    QCOMPARE(store->kept("r", "residual").at(2), (std::vector<float>{1.5f, -2}));
    struct stat info {};
    for (const char* name : {"/membership.json", "/residual-r.bin"}) {
      QCOMPARE(::stat((store->folder() + name).c_str(), &info), 0);
      QCOMPARE(info.st_mode & 0777, 0600u);
    }
    std::string bytes = *read_file(store->folder() + "/residual-r.bin");
    bytes[20] ^= 1;
    write_text(store->folder() + "/residual-r.bin", bytes);
    QVERIFY(store->kept("r", "residual").empty());
    write_text(store->folder() + "/membership.json", "{\"slot\": 1e99, \"addresses\": 7}");
    QCOMPARE(store->facts().slot, -1);
    QVERIFY(!RoomMember::forget(home, "../memberships").ok());
    QVERIFY(RoomMember::forget(home, store->id()).ok());
    QVERIFY(!std::filesystem::exists(store->folder()));
  }

 private:
  void verify_member(const Lab& lab, int k, const std::string& expected) {
    const RoomMember& member = *lab.members[static_cast<size_t>(k)];
    const ledger::Ledger& ledger = *lab.machines[static_cast<size_t>(k)]->ledger;
    const wire::Membership m = member.state();
    const auto row = ledger.run(m.run());
    QVERIFY(row.ok());
    QCOMPARE(row->state, ledger::RunState::done);
    QCOMPARE(row->rounds_done, 3);
    QCOMPARE(row->name, std::string("mini"));
    QVERIFY(row->request_id.starts_with("room:"));
    const auto summary = summary_of(member);
    QCOMPARE(summary["adapter_sha256"].get<std::string>(), expected);
    QCOMPARE(*sha256_file(summary["adapter_dir"].get<std::string>() + "/adapter_model.safetensors"), expected);
    QVERIFY(summary["initial_eval_loss"].is_number() && summary["final_eval_loss"].is_number());
    QVERIFY(summary["final_eval_loss"] < summary["initial_eval_loss"]);
    QCOMPARE(summary["left_text_bytes"].get<int>(), 0);
    QVERIFY(summary["left_numbers"].get<int>() > 10);
    QCOMPARE(summary["left_update_bytes"].get<int64_t>(), summary["uplink_payload_bytes"].get<int64_t>());
    QCOMPARE(m.left().text_bytes(), int64_t{0});
    QVERIFY(m.card().has_together() && m.card().together().records() >= 16);
    // Its ledger: one client, itself; the global curve; every version.
    QCOMPARE(ledger.versions(m.run())->size(), size_t{4});
    QCOMPARE(events_of(ledger, m.run(), "round_committed").size(), size_t{4});
    QCOMPARE(events_of(ledger, m.run(), "client_update").size(), size_t{3});
    QCOMPARE(events_of(ledger, m.run(), "client_step").size(), size_t(k == 1 ? 9 : 18));
    QCOMPARE(*metric(events_of(ledger, m.run(), "run_started").at(0), "clients"), 1.0);
    for (const auto& event : events_of(ledger, m.run())) QVERIFY(event.client.value_or(0) == 0);
    int global = 0;
    for (const auto& event : events_of(ledger, m.run(), "eval")) global += detail(event)["adapter"] == "global" && detail(event)["topic"] == "";
    QCOMPARE(global, 4);
    double uplink = 0;
    const double update = summary["uplink_payload_bytes"].get<double>() / 3;
    for (const auto& event : events_of(ledger, m.run(), "round_committed")) QCOMPARE(*metric(event, "uplink_payload_bytes"), *event.round > 0 ? update : 0);
    for (const auto& event : events_of(ledger, m.run(), "round_committed")) uplink += *metric(event, "uplink_payload_bytes");
    QCOMPARE(uplink, summary["uplink_payload_bytes"].get<double>());
  }
};

QTEST_GUILESS_MAIN(TestRoomMember)
#include "tst_room_member.moc"
