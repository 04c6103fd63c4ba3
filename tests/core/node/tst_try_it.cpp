// The try-it box's two questions, on a finished run: prompts worth clicking, and one prompt under one adapter.
#include <QTest>

#include <algorithm>
#include <cmath>
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
    QCOMPARE(try_it_->try_prompt(request).status().message(), std::string("the prompt has 1000 tokens, the model has 256 positions"));
    request.set_run("nobody");
    QCOMPARE(try_it_->try_prompt(request).status().code(), Code::not_found);
  }

  // The numbers that have no meaning, in the words of `fedllm generate`.
  void bad_sampling_is_refused_in_one_sentence() {
    const auto said = [&](auto change) {
      wire::TryRequest request = ask(1, -1);
      change(request);
      return QString::fromStdString(try_it_->try_prompt(request).status().message());
    };
    QCOMPARE(said([](auto& r) { r.set_temperature(-0.5); }), QStringLiteral("expected a temperature of 0 or more, got -0.5"));
    QCOMPARE(said([](auto& r) { r.set_temperature(std::nan("")); }), QStringLiteral("expected a temperature of 0 or more, got nan"));
    QCOMPARE(said([](auto& r) { r.set_top_p(0); }), QStringLiteral("expected a top-p in (0, 1], got 0"));
    QCOMPARE(said([](auto& r) { r.set_top_p(1.5); }), QStringLiteral("expected a top-p in (0, 1], got 1.5"));
    QCOMPARE(said([](auto& r) { r.set_top_p(std::nan("")); }), QStringLiteral("expected a top-p in (0, 1], got nan"));
    QCOMPARE(said([](auto& r) { r.set_top_k(-3); }), QStringLiteral("expected a top-k of 0 or more, got -3"));
    QCOMPARE(said([](auto& r) { r.set_repetition_penalty(0); }), QStringLiteral("expected a repetition penalty above 0, got 0"));
    QCOMPARE(said([](auto& r) { r.set_max_new_tokens(-1); }), QStringLiteral("expected 0 new tokens or more, got -1"));
  }

  // A letter of two bytes and a sign of four come in tokens of a byte each; nobody hears a part of one.
  void text_comes_in_order_and_in_whole_letters() {
    backend_.speech = tokens_of("naïve 🙂 end");
    const Heard heard = listen(ask(1, -1));
    backend_.speech.clear();
    QVERIFY2(heard.reply.ok(), heard.reply.status().to_string().c_str());
    std::string joined;
    for (const std::string& part : heard.parts) {
      QVERIFY2(QString::fromStdString(part).toStdString() == part && !QString::fromStdString(part).contains(QChar::ReplacementCharacter), part.c_str());
      joined += part;
    }
    QCOMPARE(joined, std::string("naïve 🙂 end"));
    QCOMPARE(heard.reply->answer(), joined);
    QVERIFY(heard.parts.size() > 5);
    QVERIFY(std::is_sorted(heard.tokens.begin(), heard.tokens.end()));
    QCOMPARE(heard.reply->tokens(), heard.tokens.back());
    QCOMPARE(heard.reply->prompt_tokens(), 3);
  }

  void a_stop_text_is_never_heard_not_even_its_beginning() {
    backend_.speech = tokens_of("one STOP two");
    wire::TryRequest request = ask(1, -1);
    request.add_stop("STOP");
    request.add_stop("never");
    const Heard stopped = listen(request);
    backend_.speech = tokens_of("one STO");   // the beginning alone is text
    const Heard whole = listen(request);
    backend_.speech.clear();
    QVERIFY(stopped.reply.ok() && whole.reply.ok());
    for (const std::string& part : stopped.parts) QVERIFY2(part.find('S') == std::string::npos, part.c_str());
    QCOMPARE(stopped.reply->answer(), std::string("one"));
    QCOMPARE(stopped.reply->ended(), std::string("stop"));
    QCOMPARE(stopped.reply->tokens(), 8);
    QCOMPARE(whole.reply->answer(), std::string("one STO"));
    QVERIFY(whole.reply->ended() != "stop");
  }

  void the_same_seed_says_the_same() {
    wire::TryRequest request = ask(1, -1);
    request.set_temperature(1);
    request.set_seed(7);
    const auto one = try_it_->try_prompt(request), same = try_it_->try_prompt(request);
    request.set_seed(8);
    const auto other = try_it_->try_prompt(request);
    QVERIFY(one.ok() && same.ok() && other.ok());
    QCOMPARE(one->answer(), same->answer());
    QVERIFY(one->answer() != other->answer());
    QCOMPARE(one->tokens(), 32);
    QCOMPARE(one->ended(), std::string("length"));
    request.set_max_new_tokens(5);
    QCOMPARE(try_it_->try_prompt(request)->tokens(), 5);
  }

  void a_listener_can_stop_it() {
    backend_.speech = tokens_of("never said to the end");
    node::Listener listener;
    listener.on_text = [&](const std::string&, int tokens) {
      if (tokens == 3) listener.stop.request();
    };
    const auto reply = try_it_->try_prompt(ask(1, -1), listener);
    backend_.speech.clear();
    QCOMPARE(reply.status().code(), Code::cancelled);
    QCOMPARE(reply.status().message(), std::string("generation stopped after 3 tokens"));
  }

 private:
  struct Heard {
    std::vector<std::string> parts;    // that were not empty
    std::vector<int> tokens;
    Result<wire::TryReply> reply;
  };
  Heard listen(const wire::TryRequest& request) {
    Heard heard{{}, {}, Result<wire::TryReply>(wire::TryReply())};
    node::Listener listener;
    listener.on_text = [&](const std::string& text, int tokens) {
      if (!text.empty()) heard.parts.push_back(text);
      heard.tokens.push_back(tokens);
    };
    heard.reply = try_it_->try_prompt(request, listener);
    return heard;
  }
  std::vector<int32_t> tokens_of(const std::string& text) const {
    const auto tokenizer = data::Tokenizer::load(world_.path("/base"));
    return (*tokenizer)->encode(text, false);
  }
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
