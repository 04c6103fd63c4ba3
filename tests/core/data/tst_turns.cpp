// Conversations read from records: what is understood, and one sentence for each thing that is not.
#include <QtTest>

#include "data/turns.h"
#include "import_helpers.h"
#include "temp_folder.h"

using namespace fedllm;
using namespace fedllm::data;
using namespace fedllm::test;

class TestTurns : public QObject {
  Q_OBJECT
 private slots:
  void reads_roles_and_contents();
  void refuses_data();
  void refuses();
  void finds_the_field();
  void import_counts_turns();
  void import_names_bad_conversations();
  void import_takes_mixed_records();
};

void TestTurns::reads_roles_and_contents() {
  const auto turns = parse_turns(R"([{"role":"system","content":null},{"from":"Human","value":"ä\n"},{"role":"assistant",
    "content":"b","weight":1},{"from":"function","value":"{}"},{"from":"gpt","value":"c"}])");
  QVERIFY2(turns.ok(), turns.status().to_string().c_str());
  QCOMPARE(turns->size(), size_t{5});
  QCOMPARE((*turns)[0].text, std::string());
  QVERIFY((*turns)[1].role == Role::user && (*turns)[1].text == "ä\n");
  QVERIFY((*turns)[3].role == Role::tool && (*turns)[4].role == Role::assistant);
  QVERIFY(parse_turns(R"([{"role":"assistant","content":"a","id":123456789012345678901234567890}])").ok());
}

void TestTurns::refuses_data() {
  QTest::addColumn<QString>("json");
  QTest::addColumn<QString>("reason");
  const auto row = [](const char* name, const char* json, const char* reason) { QTest::newRow(name) << json << reason; };
  row("bad JSON", "[{", "the conversation is not JSON: ");
  row("empty", "", "the conversation is not JSON: ");
  row("no list", R"({"role":"user"})", "expected the conversation as a list of turns, got an object");
  row("no turns", "[]", "the conversation has no turns");
  row("a text as turn", R"(["hi"])", "turn 1: expected an object with a role and a content, got a string");
  row("no role", R"([{"content":"a"}])", "turn 1: expected a \"role\" or a \"from\", got neither");
  row("a number as role", R"([{"role":3,"content":"a"}])", "turn 1: expected a role as text, got a number");
  row("unknown role", R"([{"role":"user","content":"a"},{"role":"robot","content":"b"}])",
      "turn 2: expected a role of system, user (human), assistant (gpt) or tool, got \"robot\"");
  row("no content", R"([{"role":"user"}])", "turn 1: expected a \"content\" or a \"value\", got neither");
  row("a number as content", R"([{"role":"user","content":3}])", "turn 1: expected the content as text, got a number");
  row("an image", R"([{"role":"user","content":[{"type":"image_url"}]}])",
      "turn 1: expected parts of text only in the content, got an object");
  row("empty question", R"([{"role":"user","content":" \n"},{"role":"assistant","content":"b"}])",
      "turn 1: expected a text from the user, got nothing");
  row("empty answer", R"([{"from":"human","value":"a"},{"from":"gpt","value":""}])", "turn 2: expected a text from the assistant, got nothing");
  row("no answer", R"([{"from":"human","value":"a"}])", "the conversation has no assistant turn, so there is nothing to learn");
}

void TestTurns::refuses() {
  QFETCH(QString, json);
  QFETCH(QString, reason);
  const auto turns = parse_turns(json.toStdString());
  QVERIFY(!turns.ok());
  const QString message = QString::fromStdString(turns.status().message());
  QVERIFY2(message.startsWith(reason), qPrintable(message));
  QVERIFY(!message.contains('\n'));
}

void TestTurns::finds_the_field() {
  QCOMPARE(turns_field({"id", "Messages"}), std::string("Messages"));
  QCOMPARE(turns_field({"conversations", "messages"}), std::string("messages"));
  QCOMPARE(turns_field({"message", "text"}), std::string());
  QVERIFY(!find_turns({{"messages", ""}, {"text", "a"}}));
}

void TestTurns::import_counts_turns() {
  TempFolder folder;
  const std::string path = folder.write("chat.jsonl",
      "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}\n"
      "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"a\"},"
      "{\"role\":\"assistant\",\"content\":\"b\"}]}\n");
  ImportOptions options = options_for({path});
  options.home = folder.path();
  for (int time = 0; time < 2; ++time) {   // read, then found again
    const auto dataset = Dataset::import(options);
    QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
    QCOMPARE((*dataset)->turns(), int64_t{5});
    QCOMPARE((*dataset)->size(), int64_t{2});
  }
}

void TestTurns::import_names_bad_conversations() {
  TempFolder folder;
  const std::string path = folder.write("chat.jsonl",
      "{\"conversations\":[{\"from\":\"human\",\"value\":\"a\"},{\"from\":\"gpt\",\"value\":\"b\"}]}\n"
      "{\"conversations\":[{\"from\":\"gpt\",\"value\":\"b\"},{\"from\":\"human\",\"value\":\"a\"}]}\n"
      "{\"conversations\":[{\"from\":\"bot\",\"value\":\"b\"}]}\n"
      "{\"conversations\":[]}\n");
  ImportOptions options = options_for({path});
  options.turns_format = "gemma";
  expect_refused(options, "line 2: turn 1: expected user, got assistant: in the format gemma user and assistant alternate");
  options.turns_format = "chatml";
  expect_refused(options, "line 3: turn 1: expected a role of system, user (human), assistant (gpt) or tool, got \"bot\"");
  options.spec.bad_lines = "skip";
  const auto dataset = *Dataset::import(options);
  QCOMPARE(dataset->size(), int64_t{2});
  QCOMPARE(dataset->skipped_count(), int64_t{2});
  QCOMPARE(dataset->skipped()[1].reason, std::string("the conversation has no turns"));
}

void TestTurns::import_takes_mixed_records() {
  TempFolder folder;
  const std::string chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}\n";
  const std::string share = "{\"conversations\":[{\"from\":\"human\",\"value\":\"a\"},{\"from\":\"gpt\",\"value\":\"b\"}]}\n";
  const std::string single = "{\"instruction\":\"a\",\"output\":\"b\"}\n", other = "{\"title\":\"a\"}\n";
  for (const std::string& text : {chat + share + single, single + chat + share}) {
    ImportOptions options = options_for({folder.write("mixed.jsonl", text)});
    options.spec.text_template.name = "zephyr";
    const auto dataset = Dataset::import(options);
    QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
    QCOMPARE((*dataset)->turns(), int64_t{4});
    const auto resolved = *resolve_template(options.spec.text_template, (*dataset)->fields());
    for (int64_t record = 0; record < 3; ++record)
      QCOMPARE(render(*(*dataset)->read(record), resolved)->text, std::string("<|user|>\na</s>\n<|assistant|>\nb</s>\n"));
    options.spec.files = {folder.write("other.jsonl", text + other)};
    expect_refused(options, "line 4: lacks the field");
  }
}

QTEST_GUILESS_MAIN(TestTurns)
#include "tst_turns.moc"
