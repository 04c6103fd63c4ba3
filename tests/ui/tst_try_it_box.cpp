// Try-it box: slots from the run's own prompts, three columns written while answers come, a slider whose newest place counts,
// verdicts, the hash on each answer, stopping, settings, and what it says while it waits or fails.
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QTest>

#include "ui/chat/answer_card.h"
#include "ui/chat/answer_settings.h"
#include "ui/chat/try_it_box.h"
#include "ui/shell/theme.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

void add(wire::TryItemsReply& reply, const char* prompt, const char* expected, const char* topic) {
  auto* item = reply.add_items();
  item->set_prompt(prompt);
  item->set_expected(expected);
  item->set_topic(topic);
}

wire::TryItemsReply deskItems() {
  wire::TryItemsReply reply;
  add(reply, "Which desk: leak tap pipe?", "plumbing", "plumbing");
  add(reply, "Which desk: screen cable boot?", "hardware", "hardware");
  for (int r = 0; r <= 5; ++r) reply.add_rounds(r);
  reply.add_client_rounds(1);
  reply.add_client_rounds(5);
  reply.set_clients(2);
  return reply;
}

// Keeps the questions and answers when told to.
struct FakeCore {
  struct Asked { quint64 call; wire::TryRequest request; TryItBox::TakePart part; TryItBox::TakeReply answer; };
  std::vector<Asked> asked;
  std::vector<quint64> cancelled;
  quint64 calls_ = 0;
  wire::TryItemsReply items = deskItems();
  Status itemsStatus;

  TryItBox::Core calls() {
    TryItBox::Core core;
    core.ask = [this](const wire::TryRequest& request, TryItBox::TakePart part, TryItBox::TakeReply answer) {
      asked.push_back({++calls_, request, std::move(part), std::move(answer)});
      return calls_;
    };
    core.cancel = [this](quint64 call) {
      cancelled.push_back(call);
      std::erase_if(asked, [call](const Asked& one) { return one.call == call; });
    };
    core.items = [this](const QString&, std::function<void(Result<wire::TryItemsReply>)> answer) {
      if (itemsStatus.ok()) answer(items);
      else answer(itemsStatus);
    };
    return core;
  }
  void say(const char* text, int tokens) {
    wire::TryPart part;
    part.set_text(text);
    part.set_tokens(tokens);
    for (const Asked& one : asked) one.part(part);
  }
  void answerAll(const char* text, bool right) {
    auto waiting = std::exchange(asked, {});
    for (Asked& one : waiting) {
      wire::TryReply reply;
      reply.set_answer(text);
      reply.set_right(right);
      reply.set_tokens(12);
      reply.set_prompt_tokens(9);
      reply.set_tokens_per_s(84.6);
      reply.set_ended("length");
      if (one.request.round() >= 0) reply.set_adapter_sha256("3fa94c21b07d55aa");
      auto* choice = reply.add_first_choices();
      choice->set_text(text);
      choice->set_probability(0.8);
      one.answer(reply);
    }
  }
};

}  // namespace

class TestTryIt : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { theme_.apply("light"); }

  void promptsOfOneQuestionBecomeASlot() {
    const auto templates = findTemplates(deskItems());
    QCOMPARE(templates.size(), size_t(1));
    QCOMPARE(templates[0].label(), QStringLiteral("Which desk: … ?"));
    QCOMPARE(templates[0].items[1].slot, QStringLiteral("screen cable boot"));
    QCOMPARE(templates[0].items[1].prompt, QStringLiteral("Which desk: screen cable boot?"));
  }

  void phrasingsStayApart() {
    wire::TryItemsReply reply;
    for (const char* thing : {"lamp", "wooden chair"}) {
      add(reply, qPrintable(QStringLiteral("What colour is the %1?").arg(thing)), "red", "colour");
      add(reply, qPrintable(QStringLiteral("Name the colour of the %1:").arg(thing)), "red", "colour");
      add(reply, qPrintable(QStringLiteral("What kind is the %1?").arg(thing)), "tool", "kind");
    }
    QStringList labels;
    for (const auto& one : findTemplates(reply)) labels << one.label();
    labels.sort();
    QCOMPARE(labels, QStringList({"Name the colour of the … :", "What colour is the … ?", "What kind is the … ?"}));
  }

  void freeTextsStayWhole() {
    wire::TryItemsReply reply;
    add(reply, "Write a poem about rain.", "", "creative");
    add(reply, "When did the war end?", "1945", "qa");
    const auto templates = findTemplates(reply);
    QCOMPARE(templates.size(), size_t(2));
    QCOMPARE(templates[0].items[0].prompt, QStringLiteral("Write a poem about rain."));
    QVERIFY(findTemplates({}).empty());
  }

  void asksThreeColumnsAndMarksRightAndWrong() {
    FakeCore core;
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.setRun("r1", {"A", "B"});
    QCOMPARE(core.asked.size(), size_t(3));                      // the first prompt is asked at once
    QCOMPARE(core.asked[0].request.round(), -1);
    QCOMPARE(core.asked[1].request.client(), -1);                // base and global side by side, then the client's
    QCOMPARE(core.asked[1].request.round(), 5);
    QCOMPARE(core.asked[2].request.client(), 0);
    QCOMPARE(core.asked[2].request.round(), 5);
    QCOMPARE(QString::fromStdString(core.asked[2].request.expected()), QStringLiteral("plumbing"));
    auto* global = box.findChild<AnswerCard*>("tryit.global");
    QVERIFY(global->verdict().startsWith("waiting for the core"));
    core.answerAll("plumbing", true);
    QCOMPARE(global->verdict(), QStringLiteral("✔ right"));
    QCOMPARE(global->answer(), QStringLiteral("plumbing"));
    QVERIFY(box.findChild<QLabel*>("tryit.global.stamp")->text().contains("3fa94c21"));
    QCOMPARE(box.findChild<QLabel*>("tryit.base.stamp")->text(), QStringLiteral("85 tokens/s · base, no adapter"));
    QVERIFY(box.findChild<QLabel*>("tryit.base.stamp")->toolTip().contains("12 token(s) behind a prompt of 9"));
    box.findChild<QComboBox*>("tryit.slot")->setCurrentIndex(1);
    emit box.findChild<QComboBox*>("tryit.slot")->activated(1);
    core.answerAll("travel", false);
    QCOMPARE(global->verdict(), QStringLiteral("✖ wrong: hardware"));
  }

  void sliderAsksOnlyForTheNewestPlaceAndRemembers() {
    FakeCore core;
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.setRun("r1", {"A", "B"});
    core.answerAll("plumbing", true);
    auto* slider = box.findChild<QSlider*>("tryit.round");
    for (int r = 4; r >= 1; --r) slider->setValue(r);
    QTRY_VERIFY(!core.asked.empty());
    for (const auto& one : core.asked) QCOMPARE(one.request.round(), 1);
    QCOMPARE(core.asked.size(), size_t(2));                      // global r1 and client r1; the base is known
    const auto first = core.asked;
    slider->setValue(3);
    QTRY_COMPARE(core.cancelled.size(), size_t(1));              // the client's adapter of round 1 still answers
    QCOMPARE(core.cancelled[0], first[0].call);
    QCOMPARE(core.asked.size(), size_t(2));
    QCOMPARE(core.asked[0].call, first[1].call);
    QCOMPARE(core.asked[1].request.round(), 3);
    core.answerAll("plumbing", true);
    slider->setValue(5);
    QTest::qWait(250);
    QVERIFY(core.asked.empty());                                 // known already
    QCOMPARE(box.findChild<AnswerCard*>("tryit.global")->answer(), QStringLiteral("plumbing"));
  }

  void clientsAnswerAtTheRoundsThatWereKept() {
    FakeCore core;
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.setRun("r1", {"A", "B"});
    core.answerAll("x", false);
    box.findChild<QSlider*>("tryit.round")->setValue(3);
    box.setClient(1);
    QTest::qWait(250);
    bool asked = false;
    for (const auto& one : core.asked)
      if (one.request.client() == 1) {
        asked = true;
        QCOMPARE(one.request.round(), 1);
      }
    QVERIFY(asked);
  }

  void textIsWrittenWhileItComes() {
    FakeCore core;
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.setRun("r1", {"A"});
    auto* global = box.findChild<AnswerCard*>("tryit.global");
    core.say(" \n", 1);
    QCOMPARE(global->answer(), QString());
    core.say("Once ", 2);
    core.say("upon", 3);
    QCOMPARE(global->answer(), QStringLiteral("Once upon"));
    QCOMPARE(global->verdict(), QStringLiteral("writing, 3 token(s)"));
    QCOMPARE(box.findChild<AnswerCard*>("tryit.base")->answer(), QStringLiteral("Once upon"));
    core.answerAll("Once upon", true);
    QCOMPARE(global->answer(), QStringLiteral("Once upon"));
    QCOMPARE(global->verdict(), QStringLiteral("✔ right"));
  }

  void escapeStopsAndKeepsWhatWasWritten() {
    FakeCore core;
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.activateWindow();
    box.setRun("r1", {"A"});
    auto* stop = box.findChild<QPushButton*>("tryit.stop");
    auto* global = box.findChild<AnswerCard*>("tryit.global");
    QVERIFY(stop->isEnabled());
    core.say("Once", 2);
    const auto late = core.asked;
    auto* prompt = box.findChild<QLineEdit*>("tryit.prompt");
    prompt->setFocus();
    QVERIFY(QTest::qWaitForWindowActive(&box));
    QTest::keyClick(prompt, Qt::Key_Escape);
    QCOMPARE(core.cancelled.size(), size_t(3));
    QVERIFY(!stop->isEnabled());
    QCOMPARE(global->answer(), QStringLiteral("Once"));
    QCOMPARE(global->verdict(), QStringLiteral("stopped after 2 token(s)"));
    for (const auto& one : late) one.answer(wire::TryReply());   // what was under way changes nothing
    QCOMPARE(global->answer(), QStringLiteral("Once"));
    QTest::keyClick(prompt, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(core.asked.size(), size_t(3));
    stop->click();
    QCOMPARE(core.cancelled.size(), size_t(6));
    QCOMPARE(global->verdict(), QStringLiteral("stopped"));
  }

  void settingsGoWithTheQuestion() {
    FakeCore core;
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.setRun("r1", {"A"});
    QCOMPARE(core.asked[0].request.temperature(), 0.0);
    QVERIFY(!core.asked[0].request.has_seed());
    core.answerAll("greedy", true);
    auto* button = box.findChild<SettingsButton*>();
    QCOMPARE(button->text(), QStringLiteral("Greedy ▾"));
    QVERIFY(!button->findChild<QSpinBox*>("tryit.seed")->isEnabled());
    button->findChild<QDoubleSpinBox*>("tryit.temperature")->setValue(0.8);
    button->findChild<QSpinBox*>("tryit.top_k")->setValue(40);
    button->findChild<QDoubleSpinBox*>("tryit.top_p")->setValue(0.9);
    button->findChild<QDoubleSpinBox*>("tryit.repetition_penalty")->setValue(1.1);
    button->findChild<QSpinBox*>("tryit.seed")->setValue(7);
    button->findChild<QSpinBox*>("tryit.new_tokens")->setValue(100);
    button->findChild<QLineEdit*>("tryit.stops")->setText("\\n\\n|User:");
    QCOMPARE(button->text(), QStringLiteral("Temperature 0.8 ▾"));
    QCOMPARE(button->toolTip(), QStringLiteral("temperature 0.8 · top-k 40 · top-p 0.9 · seed 7 · repetition penalty 1.1 · at most 100 new tokens · stops at \\n\\n|User:"));
    box.ask();
    QCOMPARE(core.asked.size(), size_t(3));
    const wire::TryRequest& request = core.asked[0].request;
    QCOMPARE(request.temperature(), 0.8);
    QCOMPARE(request.top_k(), 40);
    QCOMPARE(request.top_p(), 0.9);
    QCOMPARE(request.repetition_penalty(), 1.1);
    QCOMPARE(request.seed(), quint64(7));
    QCOMPARE(request.max_new_tokens(), 100);
    QCOMPARE(request.stop_size(), 2);
    QCOMPARE(QString::fromStdString(request.stop(0)), QStringLiteral("\n\n"));
    core.answerAll("drawn", false);
    button->open();
    auto* popover = button->findChild<QFrame*>("tryit.popover");
    QVERIFY(popover->isVisible() && button->findChild<QDoubleSpinBox*>("tryit.temperature")->hasFocus());
    QTest::keyClick(button->findChild<QDoubleSpinBox*>("tryit.temperature"), Qt::Key_Escape);
    QVERIFY(!popover->isVisible());
    button->findChild<QPushButton*>("tryit.usual")->click();
    QVERIFY(button->settings() == AnswerSettings());
    box.ask();
    QVERIFY(core.asked.empty());                                 // the greedy answer is known
    QCOMPARE(box.findChild<AnswerCard*>("tryit.global")->answer(), QStringLiteral("greedy"));
  }

  void anEmptyRunSaysWhatToDo() {
    FakeCore core;
    core.items = {};
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.setRun("r1", {"A"});
    QVERIFY(box.findChild<QLabel*>("tryit.hint")->isVisible());
    QVERIFY(box.findChild<QLabel*>("tryit.hint")->text().startsWith("Type a prompt and press Enter"));
    QVERIFY(core.asked.empty());
    QVERIFY(!box.findChild<QPushButton*>("tryit.stop")->isEnabled());
  }

  void freePromptHasNoVerdict() {
    FakeCore core;
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.setRun("r1", {"A"});
    core.answerAll("x", false);
    auto* prompt = box.findChild<QLineEdit*>("tryit.prompt");
    prompt->setText("Tell me a story");
    QTest::keyClick(prompt, Qt::Key_Return);
    core.answerAll("Once", true);
    QCOMPARE(box.findChild<AnswerCard*>("tryit.global")->verdict(), QString());
    prompt->clear();
    QVERIFY(!box.findChild<QPushButton*>("tryit.ask")->isEnabled());
    QTest::keyClick(prompt, Qt::Key_Return);
    QVERIFY(core.asked.empty());
  }

  void failuresAreSaidInOneSentence() {
    FakeCore core;
    core.itemsStatus = unavailable("the core is not running");
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.setRun("r1", {"A"});
    QVERIFY(box.findChild<QLabel*>("tryit.hint")->text().contains("the core is not running"));
    core.itemsStatus = {};
    box.reload();
    QVERIFY(!box.findChild<QLabel*>("tryit.hint")->isVisible());
    for (auto& one : std::exchange(core.asked, {})) one.answer(not_found("round 5 has no adapter"));
    QCOMPARE(box.findChild<AnswerCard*>("tryit.global")->verdict(), QStringLiteral("✖ round 5 has no adapter"));
  }

  void answersOfAnotherRunAreDropped() {
    FakeCore core;
    TryItBox box(core.calls(), &theme_);
    box.show();
    box.setRun("r1", {"A"});
    auto late = std::exchange(core.asked, {});
    box.setRun("r2", {"A"});
    wire::TryReply reply;
    reply.set_answer("from the old run");
    for (auto& one : late) one.answer(reply);
    QVERIFY(box.findChild<AnswerCard*>("tryit.global")->answer() != QStringLiteral("from the old run"));
    core.answerAll("new", true);
    QCOMPARE(box.findChild<AnswerCard*>("tryit.global")->answer(), QStringLiteral("new"));
  }

 private:
  Theme theme_;
};

QTEST_MAIN(TestTryIt)
#include "tst_try_it_box.moc"
