// Opening what a scenario names: facts without LibTorch, one import for many asks, and sentences for what is missing.
#include <QTest>

#include <atomic>
#include <filesystem>
#include <future>
#include <latch>
#include <thread>

#include "node/scenario_facts.h"
#include "node/token_store.h"
#include "spec/forecast.h"
#include "support/mini_world.h"
#include "support/random_model.h"
#include "train/backend.h"
#include "train/lora_layout.h"

using namespace fedllm;
using namespace fedllm::node;
using fedllm::tests::MiniWorld;
using fedllm::tests::write_text;

namespace {

// One caller is in the middle of an import, held in its progress callback; another has asked for the same files.
struct TwoImports {
  TwoImports() {
    std::filesystem::copy_file(world.path("/train.jsonl"), world.path("/more.jsonl"));
    world.scenario.dataset.files = {"train.jsonl", "more.jsonl"};  // two files: a stop is seen between them
    first.progress = [this](const data::ImportProgress&) {
      begun = true;
      while (!go_on) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
    second.progress = [this](const data::ImportProgress&) { ++second_progress; };
    one = std::async(std::launch::async, [this] { return facts.open(world.scenario, world.path(), first).status(); });
    while (!begun) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    other = std::async(std::launch::async, [this] { return facts.open(world.scenario, world.path(), second).status(); });
    (void)QTest::qWaitFor([this] { return second_progress > 0; }, 1000);
  }
  ~TwoImports() { go_on = true; }
  void let_the_first_go_on() { go_on = true; }
  Status first_status() { return one.get(); }
  Status second_status() {
    if (other.wait_for(std::chrono::seconds(10)) != std::future_status::ready) go_on = true;
    return other.get();
  }

  MiniWorld world;
  ScenarioFacts facts{world.path("/home")};
  OpenOptions first, second;
  std::atomic<bool> begun = false, go_on = false;
  std::atomic<int> second_progress = 0;
  std::future<Status> one, other;
};

}  // namespace

class TestScenarioFacts : public QObject {
  Q_OBJECT
 private slots:
  void model_facts_come_from_the_headers() {
    MiniWorld world;
    const auto facts = model_facts(world.path("/base"));
    QVERIFY2(facts.ok(), facts.status().to_string().c_str());
    QCOMPARE(facts->linears.size(), size_t{15});   // 7 a layer and the head
    QCOMPARE(facts->linears[0].name, std::string("model.layers.0.self_attn.q_proj"));
    QCOMPARE(facts->linears[1].name, std::string("model.layers.0.self_attn.k_proj"));
    QCOMPARE(facts->linears[1].in_features, 16);
    QCOMPARE(facts->linears[1].out_features, 8);
    // 257 x 16 embeddings; per layer q, o 16 x 16, k, v 8 x 16, three of 32 x 16, two norms of 16; one norm.
    QCOMPARE(facts->parameters, int64_t{257 * 16 + 2 * (2 * 256 + 2 * 128 + 3 * 512 + 32) + 16});
    QCOMPARE(facts->weight_bytes, facts->parameters * 4);
    QCOMPARE(linear_suffixes(*facts), (std::vector<std::string>{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}));
  }
  void layers_are_in_model_order() {
    MiniWorld world({.layers = 12});
    const auto facts = model_facts(world.path("/base"));
    QCOMPARE(facts->linears[2 * 7].name, std::string("model.layers.2.self_attn.q_proj"));
    QCOMPARE(facts->linears[11 * 7 + 3].name, std::string("model.layers.11.self_attn.o_proj"));
  }
  // What the forecast counts is what the engine would train, whatever the architecture calls its modules.
  void forecasts_count_what_the_engine_trains() {
    QTemporaryDir dir;
    for (const nlohmann::json& config : fedllm::tests::tiny_configs()) {
      const std::string type = config["model_type"], folder = dir.filePath(QString::fromStdString(type)).toStdString();
      std::filesystem::create_directories(folder);
      fedllm::tests::write_random_model(folder, config);
      const auto facts = model_facts(folder);
      QVERIFY2(facts.ok(), facts.status().message().c_str());
      const bool gpt2 = type == "gpt2", neox = type == "gpt_neox";
      for (const auto& targets : {std::vector<std::string>{"all-linear"}, {gpt2 ? "c_attn" : neox ? "query_key_value" : "v_proj"}, {"all-linear", neox ? "embed_out" : "lm_head"}})
        for (const bool head : {false, true}) {
          spec::Scenario scenario;
          scenario.lora.rank = 3, scenario.lora.target_modules = targets;
          if (head) scenario.lora.modules_to_save = {neox ? "embed_out" : "lm_head"};
          const auto layout = train::lora_layout(*facts, scenario.lora);
          QVERIFY2(layout.ok(), layout.status().message().c_str());
          QCOMPARE(spec::forecast(scenario, *facts, {}, 1).adapter_parameters, static_cast<int64_t>((*layout)->size()));
          if (!train::backend_present()) continue;
          const auto base = (*train::open_backend())->load_base(folder, 0);
          QVERIFY2(base.ok(), base.status().message().c_str());
          QVERIFY(**(*base)->lora_layout(scenario.lora) == **layout);
          QCOMPARE((*base)->facts().parameters, facts->parameters);
          QCOMPARE((*base)->facts().weight_bytes, facts->weight_bytes);
        }
    }
  }
  void shards_are_read_by_their_index() {
    MiniWorld world;
    const std::string base = world.path("/base");
    const auto whole = model_facts(base);
    std::filesystem::rename(base + "/model.safetensors", base + "/part-1.safetensors");
    write_text(base + "/model.safetensors.index.json", R"({"weight_map": {"a": "part-1.safetensors"}})");
    const auto parts = model_facts(base);
    QVERIFY2(parts.ok(), parts.status().to_string().c_str());
    QCOMPARE(parts->parameters, whole->parameters);
    write_text(base + "/model.safetensors.index.json", "{}");
    QVERIFY(model_facts(base).status().message().ends_with("has no \"weight_map\""));
  }
  void a_broken_model_is_named() {
    MiniWorld world;
    QVERIFY(model_facts(world.path("/nowhere")).status().message().ends_with("nowhere: the folder does not exist"));
    write_text(world.path("/base/config.json"), "{");
    QVERIFY(model_facts(world.path("/base")).status().message().ends_with("config.json is not a JSON object"));
    fedllm::tests::write_model(world.path("/base"));
    std::filesystem::remove(world.path("/base/model.safetensors"));
    std::filesystem::create_symlink("model.safetensors", world.path("/base/model.safetensors"));  // a loop
    QVERIFY(model_facts(world.path("/base")).status().message().starts_with("neither model.safetensors nor model.safetensors.index.json in "));
    std::filesystem::remove(world.path("/base/config.json"));
    QVERIFY(model_facts(world.path("/base")).status().message().find("config.json") != std::string::npos);
  }

  void everything_opens() {
    MiniWorld world;
    ScenarioFacts facts(world.path("/home"));
    const auto opened = facts.open(world.scenario, world.path());
    QVERIFY2(opened.ok(), opened.status().to_string().c_str());
    QCOMPARE(opened->dataset->size(), int64_t{120});
    QCOMPARE(opened->controls.size(), size_t{1});
    QCOMPARE(opened->controls[0].topic_of(0), std::string("size"));
    QCOMPARE(opened->tokenizer->vocab_size(), 257);
    const auto counts = opened->counts();
    const auto partition = opened->partition();
    QVERIFY(counts.ok() && partition.ok());
    QCOMPARE(counts->client_records, partition->counts.client_records);
    const spec::DataFacts data = opened->data_facts(*counts);
    QCOMPARE(data.train_records, int64_t{96});
    QCOMPARE(data.test_records, int64_t{24});
    const auto text = opened->render(0);
    QVERIFY(text.ok());
    QVERIFY(text->text.find("Which animal is number 0?") != std::string::npos);
    QCOMPARE(text->text.substr(text->response_start).substr(0, 1), text->text.substr(text->response_start, 1));
    QVERIFY(text->response_start > 0 && text->response_start < text->text.size());
  }
  void parts_not_asked_for_stay_closed() {
    MiniWorld world;
    ScenarioFacts facts(world.path("/home"));
    OpenOptions options;
    options.dataset = options.held_out = options.tokenizer = false;
    const auto opened = facts.open(world.scenario, world.path(), options);
    QVERIFY(opened.ok());
    QVERIFY(!opened->dataset && !opened->tokenizer && !opened->partition_input);
    QCOMPARE(opened->model.linears.size(), size_t{15});
  }
  void test_files_leave_the_training_data_whole() {
    MiniWorld world;
    world.scenario.dataset.test_files = {"train.jsonl"};
    ScenarioFacts facts(world.path("/home"));
    const auto opened = facts.open(world.scenario, world.path());
    QVERIFY(opened.ok());
    const auto counts = opened->counts();
    QCOMPARE(opened->data_facts(*counts).train_records, int64_t{120});
    QCOMPARE(opened->data_facts(*counts).test_records, int64_t{120});
  }
  void a_dataset_is_imported_once_until_it_changes() {
    MiniWorld world;
    ScenarioFacts facts(world.path("/home"));
    std::vector<std::shared_ptr<const data::Dataset>> seen(8);
    std::vector<std::thread> threads;
    for (auto& one : seen) threads.emplace_back([&] { one = facts.open(world.scenario, world.path())->dataset; });
    for (auto& thread : threads) thread.join();
    for (const auto& one : seen) QCOMPARE(one.get(), seen[0].get());
    // A slider step is not a new import.
    spec::Scenario moved = world.scenario;
    moved.partition.method = "dirichlet";
    moved.partition.alpha = 0.1;
    QCOMPARE(facts.open(moved, world.path())->dataset.get(), seen[0].get());
    std::ofstream(world.path("/train.jsonl"), std::ios::app) << fedllm::tests::record_line("tool", 99);
    const auto changed = facts.open(world.scenario, world.path());
    QCOMPARE(changed->dataset->size(), int64_t{121});
  }
  void a_cancelled_import_does_not_take_down_another() {
    TwoImports two;
    two.first.stop.request();
    two.let_the_first_go_on();
    QCOMPARE(two.first_status().code(), Code::cancelled);
    const Status second = two.second_status();
    QVERIFY2(second.ok(), second.to_string().c_str());
    QVERIFY(two.second_progress.load() > 0);  // it saw the first one's while it waited
  }
  void who_waits_for_another_s_import_may_leave_at_once() {
    TwoImports two;
    two.second.stop.request();
    QCOMPARE(two.second_status().code(), Code::cancelled);  // while the first one still stands in its progress callback
    two.let_the_first_go_on();
    const Status first = two.first_status();
    QVERIFY2(first.ok(), first.to_string().c_str());
  }
  void a_failed_import_is_tried_again() {
    MiniWorld world;
    std::filesystem::rename(world.path("/train.jsonl"), world.path("/away.jsonl"));
    ScenarioFacts facts(world.path("/home"));
    QCOMPARE(facts.open(world.scenario, world.path()).status().code(), Code::not_found);
    std::filesystem::rename(world.path("/away.jsonl"), world.path("/train.jsonl"));
    QVERIFY(facts.open(world.scenario, world.path()).ok());
  }
  void a_scenario_with_errors_is_not_opened() {
    MiniWorld world;
    world.scenario.lora.rank = 0;
    ScenarioFacts facts(world.path("/home"));
    const Status status = facts.open_json(spec::to_json(world.scenario), world.path()).status();
    QVERIFY2(status.message().starts_with("lora.rank: "), status.message().c_str());
    QVERIFY(!facts.open_json("{", world.path()).ok());
  }

  void tokens_are_stored_once_and_read_back() {
    MiniWorld world;
    ScenarioFacts facts(world.path("/home"));
    const auto opened = facts.open(world.scenario, world.path());
    WorkerPool pool(2);
    TokenSource source{opened->dataset, opened->text_template, opened->tokenizer, opened->model_dir, 64};
    const auto store = TokenStore::open(source, world.path("/home"), pool, {});
    QVERIFY2(store.ok(), store.status().to_string().c_str());
    QCOMPARE((*store)->size(), int64_t{120});
    for (int64_t record = 0; record < 120; ++record) {
      const data::Example direct = *tokenize_record(source, record), stored = (*store)->example(record);
      QCOMPARE(stored.ids, direct.ids);
      QCOMPARE(stored.prompt_length, direct.prompt_length);
      QCOMPARE(stored.label, direct.label);
      QCOMPARE(stored.truncated, direct.truncated);
    }
    // Another length is another file, with its records cut.
    source.max_length = 8;
    const auto cut = TokenStore::open(source, world.path("/home"), pool, {});
    QVERIFY(cut.ok());
    QVERIFY((*cut)->truncated(0));
    QCOMPARE((*cut)->tokens(0), int64_t{8});
    QVERIFY(!(*store)->truncated(0));
  }
  void a_token_file_wanted_twice_at_the_same_time_is_whole() {
    MiniWorld world;
    ScenarioFacts facts(world.path("/home"));
    const auto opened = facts.open(world.scenario, world.path());
    for (int max_length = 20; max_length < 60; ++max_length) {
      const TokenSource source{opened->dataset, opened->text_template, opened->tokenizer, opened->model_dir, max_length};
      std::latch ready(4);
      std::vector<std::future<Status>> all;
      for (int i = 0; i < 4; ++i)
        all.push_back(std::async(std::launch::async, [&] {
          WorkerPool pool(2);
          ready.arrive_and_wait();
          const auto store = TokenStore::open(source, world.path("/home"), pool, {});
          if (!store.ok()) return store.status();
          for (int64_t record = 0; record < 120; ++record)
            if ((*store)->example(record).ids != tokenize_record(source, record)->ids) return data_loss("a record is not whole");
          return Status();
        }));
      for (auto& one : all) {
        const Status status = one.get();
        QVERIFY2(status.ok(), status.to_string().c_str());
      }
    }
  }
  void version_1_of_the_token_file_stays_as_it_is() {
    MiniWorld world;
    ScenarioFacts facts(world.path("/home"));
    const auto opened = facts.open(world.scenario, world.path());
    WorkerPool pool(2);
    QVERIFY(TokenStore::open({opened->dataset, opened->text_template, opened->tokenizer, opened->model_dir, 12},
                             world.path("/home"), pool, {})
                .ok());
    std::string written;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world.path("/home"))) {
      if (entry.path().filename().string().starts_with("tokens-")) written = *read_file(entry.path().string());
    }
    const std::string golden = std::string(FEDLLM_SOURCE_DIR) + "/tests/core/node/golden/tokens_v1.bin";
    if (qEnvironmentVariableIsSet("FEDLLM_WRITE_GOLDEN")) QVERIFY(write_file_atomic(golden, written).ok());
    QVERIFY(!written.empty());
    QCOMPARE(written, *read_file(golden));
  }
  void stopping_leaves_no_half_token_file() {
    MiniWorld world;
    ScenarioFacts facts(world.path("/home"));
    const auto opened = facts.open(world.scenario, world.path());
    WorkerPool pool(1);
    StopFlag stop;
    stop.request();
    const auto store = TokenStore::open({opened->dataset, opened->text_template, opened->tokenizer, opened->model_dir, 64},
                                        world.path("/home"), pool, stop);
    QCOMPARE(store.status().code(), Code::cancelled);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(world.path("/home"))) {
      QVERIFY2(!entry.path().filename().string().starts_with("tokens-"), entry.path().c_str());
    }
  }
};

QTEST_GUILESS_MAIN(TestScenarioFacts)
#include "tst_scenario_facts.moc"
