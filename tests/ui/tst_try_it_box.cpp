// Try-it box: slots from the run's own prompts, three columns, a slider that asks only for the newest place, verdicts, the
// hash on each answer, and what it says while it waits or fails.
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSlider>
#include <QTest>

#include "ui/chat/answer_card.h"
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
  struct Asked { wire::TryRequest request; std::function<void(Result<wire::TryReply>)> answer; };
  std::vector<Asked> asked;
  wire::TryItemsReply items = deskItems();
  Status itemsStatus;

  TryItBox::Core calls() {
    TryItBox::Core core;
    core.ask = [this](const wire::TryRequest& request, std::function<void(Result<wire::TryReply>)> answer) { asked.push_back({request, std::move(answer)}); };
    core.items = [this](const QString&, std::function<void(Result<wire::TryItemsReply>)> answer) {
      if (itemsStatus.ok()) answer(items);
      else answer(itemsStatus);
    };
    return core;
  }
  void answerAll(const char* text, bool right) {
    auto waiting = std::exchange(asked, {});
    for (Asked& one : waiting) {
      wire::TryReply reply;
      reply.set_answer(text);
      reply.set_right(right);
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
    QCOMPARE(core.asked[1].request.client(), 0);
    QCOMPARE(core.asked[1].request.round(), 5);
    QCOMPARE(core.asked[2].request.client(), -1);
    QCOMPARE(core.asked[2].request.round(), 5);
    QCOMPARE(QString::fromStdString(core.asked[2].request.expected()), QStringLiteral("plumbing"));
    auto* global = box.findChild<AnswerCard*>("tryit.global");
    QVERIFY(global->verdict().startsWith("waiting for the core"));
    core.answerAll("plumbing", true);
    QCOMPARE(global->verdict(), QStringLiteral("✔ right"));
    QCOMPARE(global->answer(), QStringLiteral("plumbing"));
    QVERIFY(box.findChild<QLabel*>("tryit.global.stamp")->text().contains("3fa94c21"));
    QCOMPARE(box.findChild<QLabel*>("tryit.base.stamp")->text(), QStringLiteral("base, no adapter"));
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
    slider->setValue(2);
    QTest::qWait(250);
    slider->setValue(3);
    QTest::qWait(250);
    QCOMPARE(core.asked.size(), size_t(2));                      // global r1 and client r1; the rest waits its turn
    core.answerAll("tap", false);
    QCOMPARE(core.asked.size(), size_t(1));
    QCOMPARE(core.asked[0].request.round(), 3);                  // round 2 was never asked
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
