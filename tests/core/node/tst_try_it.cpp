// The try-it box's two questions, on a finished run: prompts worth clicking, and one prompt under one adapter.
#include <QTest>

#include <map>
#include <set>

#include "base/sha256.h"
#include "node/try_it.h"
#include "support/run_watch.h"

using namespace fedllm;
using namespace fedllm::tests;

class TestTryIt : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    ledger_ = world_.open_ledger();
    run_ = world_.create_run(*ledger_);
    const node::RunOutcome outcome = run_to_end(world_, *ledger_, backend_, run_);
    QVERIFY2(outcome.state == ledger::RunState::done, outcome.error.c_str());
    try_it_ = std::make_unique<node::TryIt>(
        *ledger_, [this]() -> Result<train::Backend*> { return &backend_; }, world_.home());
  }

  void items_cover_every_topic_and_the_control() {
    const auto items = try_it_->try_items(run_);
    QVERIFY2(items.ok(), items.status().to_string().c_str());
    std::map<std::string, int> topics;
    for (const wire::TryItem& item : items->items()) {
      ++topics[item.topic()];
      QVERIFY(!item.prompt().empty() && !item.expected().empty());
      if (item.topic() == "size") QCOMPARE(item.expected(), std::string("small"));
    }
    QCOMPARE(topics, (std::map<std::string, int>{{"animal", 8}, {"colour", 8}, {"tool", 8}, {"size", 8}}));
    QCOMPARE(items->clients(), 4);
    QCOMPARE(std::vector<int>(items->rounds().begin(), items->rounds().end()), (std::vector<int>{0, 1, 2, 3}));
    QCOMPARE(std::vector<int>(items->client_rounds().begin(), items->client_rounds().end()), (std::vector<int>{1, 3}));
  }

  void a_prompt_is_answered_and_judged() {
    wire::TryRequest request = ask(3, -1);
    request.set_expected("ey");  // the no-op backend repeats the prompt's last two bytes
    const auto reply = try_it_->try_prompt(request);
    QVERIFY2(reply.ok(), reply.status().to_string().c_str());
    QCOMPARE(reply->answer(), std::string("ey"));
    QVERIFY(reply->right());
    QCOMPARE(reply->adapter_sha256(), ledger_->versions(run_)->back().sha256);
    QCOMPARE(reply->first_choices().size(), 2);
    QCOMPARE(reply->first_choices(0).text(), std::string("e"));
    QCOMPARE(reply->first_choices(0).probability(), 0.75);
    request.set_expected("eye");
    QVERIFY(!try_it_->try_prompt(request)->right());
    request.clear_expected();
    QVERIFY(!try_it_->try_prompt(request)->right());
  }
  void base_global_and_own_adapters_differ() {
    const auto base = try_it_->try_prompt(ask(-1, -1)), global = try_it_->try_prompt(ask(1, -1)),
               own = try_it_->try_prompt(ask(1, 2)), other = try_it_->try_prompt(ask(1, 3));
    QVERIFY(base.ok() && global.ok() && own.ok() && other.ok());
    QCOMPARE(base->first_choices(0).probability(), 0.5);
    QCOMPARE(
        std::set<std::string>({base->adapter_sha256(), global->adapter_sha256(), own->adapter_sha256(), other->adapter_sha256()})
            .size(),
        size_t{4});
    QCOMPARE(own->adapter_sha256(), *sha256_file(ledger_->run_dir(run_) + "/rounds/0001/client-2/adapter_model.safetensors"));
  }
  void the_base_is_loaded_once() {
    const int loads = backend_.loads();
    for (int i = 0; i < 3; ++i) QVERIFY(try_it_->try_prompt(ask(i, -1)).ok());
    QVERIFY(backend_.loads() <= loads + 1);
    const int after = backend_.loads();
    QVERIFY(try_it_->try_prompt(ask(2, -1)).ok());
    QCOMPARE(backend_.loads(), after);
  }
  void what_is_not_there_is_named() {
    QCOMPARE(try_it_->try_prompt(ask(9, -1)).status().message(),
             "run " + run_ + " has no adapter of round 9; rounds with one: 0, 1, 2, 3");
    QCOMPARE(try_it_->try_prompt(ask(2, 1)).status().message(),
             std::string("client 1 has no adapter of its own at round 2; rounds with one: 1, 3"));
    wire::TryRequest request = ask(1, -1);
    request.set_prompt("");
    QCOMPARE(try_it_->try_prompt(request).status().message(), std::string("the prompt is empty"));
    request.set_prompt(std::string(1000, 'x'));
    QCOMPARE(try_it_->try_prompt(request).status().message(),
             std::string("the prompt is too long: the base model takes 224 tokens before an answer of 32"));
    request.set_run("nobody");
    QCOMPARE(try_it_->try_prompt(request).status().code(), Code::not_found);
  }

 private:
  wire::TryRequest ask(int round, int client) const {
    wire::TryRequest request;
    request.set_run(run_);
    request.set_prompt("Hey");
    request.set_round(round);
    request.set_client(client);
    return request;
  }

  MiniWorld world_;
  NoopBackend backend_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::string run_;
  std::unique_ptr<node::TryIt> try_it_;
};

QTEST_GUILESS_MAIN(TestTryIt)
#include "tst_try_it.moc"
