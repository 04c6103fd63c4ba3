// What goes wrong around a run: each gets one clear sentence, and every committed round stays.
#include <QTest>

#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "support/proxy_ledger.h"
#include "support/run_watch.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

std::string read_all(const std::string& path) { return read_file(path).value(); }

// Runs the world's scenario and returns why it failed.
std::string failure_of(MiniWorld& world) {
  NoopBackend backend;
  auto ledger = world.open_ledger();
  const std::string run = world.create_run(*ledger);
  const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
  if (outcome.state != ledger::RunState::failed) return "it did not fail";
  if (ledger->run(run)->error != outcome.error) return "the ledger says something else: " + ledger->run(run)->error;
  if (events_of(*ledger, run).back().kind != "failed") return "no failed event";
  if (outcome.error.find('\n') != std::string::npos) return "more than one line: " + outcome.error;
  return outcome.error;
}

// A run stopped by a failing second commit; the home is as a crash would leave it.
std::string broken_off(MiniWorld& world, ledger::Ledger& real, NoopBackend& backend, const Status& why) {
  const std::string run = world.create_run(real);
  ProxyLedger ledger(real);
  ledger.before_commit = [&](const ledger::VersionRow& version) { return version.round == 2 ? why : Status(); };
  const node::RunOutcome outcome = run_to_end(world, ledger, backend, run);
  if (outcome.error != why.message()) qFatal("expected \"%s\", got \"%s\"", why.message().c_str(), outcome.error.c_str());
  return run;
}

}  // namespace

class TestBadDays : public QObject {
  Q_OBJECT
 private slots:
  void a_truncated_base_model_is_named() {
    MiniWorld world;
    const std::string path = world.path("/base/model.safetensors");
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100);
    const std::string error = failure_of(world);
    QVERIFY2(error.find("model.safetensors") != std::string::npos && error.find("expected") != std::string::npos, error.c_str());
  }
  void a_tokenizer_that_does_not_fit_is_refused() {
    MiniWorld world;
    write_tokenizer(world.path("/base"), 10);
    const std::string error = failure_of(world);
    QVERIFY2(error.find("267") != std::string::npos && error.find("257") != std::string::npos, error.c_str());
  }
  void a_missing_base_model_is_named() {
    MiniWorld world;
    world.scenario.base_model = "nowhere";
    const std::string error = failure_of(world);
    QVERIFY2(error.find("nowhere") != std::string::npos, error.c_str());
  }
  void a_missing_dataset_is_named() {
    MiniWorld world;
    world.scenario.dataset.files = {"missing.jsonl"};
    const std::string error = failure_of(world);
    QVERIFY2(error.find("missing.jsonl") != std::string::npos, error.c_str());
  }
  void a_line_that_is_not_json_is_named_by_number() {
    MiniWorld world;
    std::string text = read_all(world.path("/train.jsonl"));
    text.insert(text.find('\n') + 1, "{broken\n");
    write_text(world.path("/train.jsonl"), text);
    const std::string error = failure_of(world);
    QVERIFY2(error.find("train.jsonl") != std::string::npos && error.find("2") != std::string::npos, error.c_str());
  }
  void bad_lines_are_skipped_where_the_user_chose_so() {
    MiniWorld world;
    write_text(world.path("/train.jsonl"), "{broken\n" + read_all(world.path("/train.jsonl")));
    world.scenario.dataset.bad_lines = "skip";
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QVERIFY(detail(events_of(*ledger, run, "warning").front())["message"] == "1 bad lines of the dataset were skipped");
  }
  void a_module_that_the_model_lacks_is_named() {
    MiniWorld world;
    world.scenario.lora.target_modules = {"w_proj"};
    const std::string error = failure_of(world);
    QVERIFY2(error.find("w_proj") != std::string::npos, error.c_str());
  }
  void a_newer_scenario_is_refused_by_number() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    ledger::RunRow row;
    row.scenario_json = R"({"format_version": 99, "name": "from tomorrow"})";
    row.base_dir = world.path();
    const std::string run = ledger->create_run(row)->id;
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QCOMPARE(outcome.state, ledger::RunState::failed);
    QVERIFY2(outcome.error.find("99") != std::string::npos, outcome.error.c_str());
  }

  void a_full_disk_at_the_commit_keeps_committed_rounds() {
    MiniWorld world;
    NoopBackend backend;
    auto real = world.open_ledger();
    const std::string undisturbed = summary_of(run_to_end(world, *real, backend, world.create_run(*real)))["adapter_sha256"];
    const std::string run = broken_off(
        world, *real, backend, Status(Code::resource_exhausted, "cannot commit round 2: no space left on the disk", "ledger"));
    QCOMPARE(real->run(run)->state, ledger::RunState::failed);
    QCOMPARE(real->versions(run)->size(), size_t{2});
    const node::RunOutcome outcome = run_to_end(world, *real, backend, run);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    QCOMPARE(summary_of(outcome)["adapter_sha256"].get<std::string>(), undisturbed);
  }

  // Every file of the home stops growing in the middle of round 2, the ledger's included.
  void a_disk_that_fills_up_ends_the_run_and_it_can_go_on() {
    const ModelShape wide{.hidden = 128, .kv = 64};
    MiniWorld world(wide);
    world.scenario.lora.rank = 16;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string undisturbed = summary_of(run_to_end(world, *ledger, backend, world.create_run(*ledger)))["adapter_sha256"];
    const std::string run = world.create_run(*ledger);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_IGN);
    const uint64_t second_round = SeedTree(world.scenario.seed).child("round", 2).child("client", 0).value();
    backend.hook = [&](const train::LocalOptions& options, int step, adapter::AdapterState&, double&) {
      const rlimit full{32 << 10, before.rlim_max};
      if (options.seed == second_round && step == 1) setrlimit(RLIMIT_FSIZE, &full);
    };
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    setrlimit(RLIMIT_FSIZE, &before);
    backend.hook = nullptr;
    QCOMPARE(outcome.state, ledger::RunState::failed);
    QVERIFY2(!outcome.error.empty() && outcome.error.find('\n') == std::string::npos, outcome.error.c_str());
    qInfo("%s", outcome.error.c_str());
    ledger.reset();
    ledger = world.open_ledger();
    QCOMPARE(ledger->versions(run)->size(), size_t{2});
    const node::RunOutcome finished = run_to_end(world, *ledger, backend, run);
    QVERIFY2(finished.state == ledger::RunState::done, finished.error.c_str());
    QCOMPARE(summary_of(finished)["adapter_sha256"].get<std::string>(), undisturbed);
  }

  void an_artifact_that_cannot_be_written_fails_the_run_in_one_sentence() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = world.create_run(*ledger);
    std::filesystem::create_directories(ledger->run_dir(run) + "/rounds");
    write_text(ledger->run_dir(run) + "/rounds/0002", "a file where a folder must be");
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QCOMPARE(outcome.state, ledger::RunState::failed);
    QVERIFY2(outcome.error.find("rounds/0002") != std::string::npos, outcome.error.c_str());
    QCOMPARE(ledger->versions(run)->size(), size_t{2});
    std::filesystem::remove(ledger->run_dir(run) + "/rounds/0002");
    QCOMPARE(run_to_end(world, *ledger, backend, run).state, ledger::RunState::done);
  }

  void a_resumed_run_refuses_changed_data() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = broken_off(world, *ledger, backend, Status(Code::unavailable, "the plug was pulled"));
    write_text(world.path("/train.jsonl"), read_all(world.path("/train.jsonl")) + record_line("tool", 77));
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.error.starts_with("the dataset changed since this run began: expected "), outcome.error.c_str());
    QCOMPARE(ledger->versions(run)->size(), size_t{2});
  }
  void a_resumed_run_refuses_another_base_model() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = broken_off(world, *ledger, backend, Status(Code::unavailable, "the plug was pulled"));
    std::string weights = read_all(world.path("/base/model.safetensors"));
    weights.back() = static_cast<char>(weights.back() ^ 1);
    write_text(world.path("/base/model.safetensors"), weights);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.error.starts_with("the base model changed since this run began: expected "), outcome.error.c_str());
  }
  void a_damaged_checkpoint_is_named() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = broken_off(world, *ledger, backend, Status(Code::unavailable, "the plug was pulled"));
    const std::string path = ledger->run_dir(run) + "/rounds/0001/state.bin";
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(
        outcome.error.find("rounds/0001/state.bin") != std::string::npos && outcome.error.find("cut short") != std::string::npos,
        outcome.error.c_str());
  }
  void a_damaged_adapter_is_named() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string run = broken_off(world, *ledger, backend, Status(Code::unavailable, "the plug was pulled"));
    const std::string path = ledger->run_dir(run) + "/rounds/0001/adapter_model.safetensors";
    std::string bytes = read_all(path);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    write_text(path, bytes);
    const node::RunOutcome outcome = run_to_end(world, *ledger, backend, run);
    QVERIFY2(outcome.error.find("rounds/0001/adapter_model.safetensors is not the file that was committed") != std::string::npos,
             outcome.error.c_str());
  }
  void a_broken_token_cache_is_made_again() {
    MiniWorld world;
    NoopBackend backend;
    auto ledger = world.open_ledger();
    const std::string hash = summary_of(run_to_end(world, *ledger, backend, world.create_run(*ledger)))["adapter_sha256"];
    int broken = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world.path("/home/datasets"))) {
      if (!entry.path().filename().string().starts_with("tokens-")) continue;
      std::filesystem::resize_file(entry.path(), 100);
      ++broken;
    }
    QCOMPARE(broken, 1);
    QCOMPARE(summary_of(run_to_end(world, *ledger, backend, world.create_run(*ledger)))["adapter_sha256"].get<std::string>(),
             hash);
  }
  void a_dataset_without_records_is_refused() {
    MiniWorld world;
    write_text(world.path("/train.jsonl"), "\n\n");
    const std::string error = failure_of(world);
    QVERIFY2(error.find("record") != std::string::npos, error.c_str());
  }
};

QTEST_GUILESS_MAIN(TestBadDays)
#include "tst_bad_days.moc"
