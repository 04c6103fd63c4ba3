// Prompt formats against what the models' own chat templates render (Jinja with trim_blocks and lstrip_blocks), and what of
// it is scored: between "[" and "]" below.
#include <QtTest>

#include "data/chat_format.h"
#include "data/text_template.h"

using namespace fedllm;
using namespace fedllm::data;

namespace {

const std::vector<Turn> kSingle = {{Role::user, "Hi?"}, {Role::assistant, "Yes."}};
const std::vector<Turn> kSystem = {{Role::system, "Be brief."}, {Role::user, " Hi?\n"}, {Role::assistant, " Yes.\n"}};
const std::vector<Turn> kMulti = {
    {Role::user, "One?"}, {Role::assistant, "Two."}, {Role::user, "Three?"}, {Role::assistant, "Four."}};
const std::vector<Turn> kAsk = {{Role::system, "Be brief."}, {Role::user, "Hi?"}};

std::string marked(const Result<RenderedRecord>& rendered) {
  if (!rendered.ok()) return rendered.status().message();
  std::string out;
  size_t done = 0;
  for (const TextSpan& span : rendered->scored) {
    out += rendered->text.substr(done, span.begin - done) + "⟦" + rendered->text.substr(span.begin, span.end - span.begin) + "⟧";
    done = span.end;
  }
  return out + rendered->text.substr(done);
}

std::string refusal(const std::vector<Turn>& turns, const std::string& format) { return marked(render_turns(turns, format)); }

}  // namespace

class TestChatFormat : public QObject {
  Q_OBJECT
 private slots:
  void renders_as_the_models_do_data();
  void renders_as_the_models_do();
  void asks_as_the_models_do_data();
  void asks_as_the_models_do();
  void tool_turns();
  void alpaca_with_input_and_system();
  void refuses_what_a_format_cannot_say();
  void records_data();
  void records();
  void resolves();
  void keeps_resolved_templates();
  void refuses_fields();
};

void TestChatFormat::renders_as_the_models_do_data() {
  QTest::addColumn<QString>("format");
  QTest::addColumn<QString>("single");
  QTest::addColumn<QString>("with_system");
  QTest::addColumn<QString>("multi");
  const auto row = [](const char* name, const char* single, const char* system, const char* multi) {
    QTest::newRow(name) << name << single << system << multi;
  };
  row("raw", "<s>Hi?⟦Yes.</s>⟧", "<s>Be brief. Hi?\n⟦ Yes.\n</s>⟧", "<s>One?⟦Two.</s>⟧Three?⟦Four.</s>⟧");
  row("alpaca",
      "<s>Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
      "### Instruction:\nHi?\n\n### Response:\n⟦Yes.</s>⟧",
      "<s>Be brief.\n\n### Instruction:\n Hi?\n\n\n### Response:\n⟦ Yes.\n</s>⟧",
      "<s>Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
      "### Instruction:\nOne?\n\n### Response:\n⟦Two.</s>⟧\n\n### Instruction:\nThree?\n\n### Response:\n⟦Four.</s>⟧");
  row("chatml", "<|im_start|>user\nHi?<|im_end|>\n<|im_start|>assistant\n⟦Yes.<|im_end|>⟧\n",
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi?\n<|im_end|>\n<|im_start|>assistant\n⟦ Yes.\n<|im_end|>⟧\n",
      "<|im_start|>user\nOne?<|im_end|>\n<|im_start|>assistant\n⟦Two.<|im_end|>⟧\n"
      "<|im_start|>user\nThree?<|im_end|>\n<|im_start|>assistant\n⟦Four.<|im_end|>⟧\n");
  row("llama-2", "<s>[INST] Hi? [/INST]⟦ Yes. </s>⟧", "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Hi? [/INST]⟦ Yes. </s>⟧",
      "<s>[INST] One? [/INST]⟦ Two. </s>⟧<s>[INST] Three? [/INST]⟦ Four. </s>⟧");
  row("llama-3",
      "<s><|start_header_id|>user<|end_header_id|>\n\nHi?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
      "⟦Yes.<|eot_id|>⟧",
      "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
      "Hi?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n⟦Yes.<|eot_id|>⟧",
      "<s><|start_header_id|>user<|end_header_id|>\n\nOne?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
      "⟦Two.<|eot_id|>⟧<|start_header_id|>user<|end_header_id|>\n\nThree?<|eot_id|>"
      "<|start_header_id|>assistant<|end_header_id|>\n\n⟦Four.<|eot_id|>⟧");
  row("mistral", "<s> [INST] Hi? [/INST]⟦ Yes.</s>⟧", "<s> [INST] Be brief.\n\n Hi?\n [/INST]⟦  Yes.\n</s>⟧",
      "<s> [INST] One? [/INST]⟦ Two.</s>⟧ [INST] Three? [/INST]⟦ Four.</s>⟧");
  row("zephyr", "<|user|>\nHi?</s>\n<|assistant|>\n⟦Yes.</s>⟧\n",
      "<|system|>\nBe brief.</s>\n<|user|>\n Hi?\n</s>\n<|assistant|>\n⟦ Yes.\n</s>⟧\n",
      "<|user|>\nOne?</s>\n<|assistant|>\n⟦Two.</s>⟧\n<|user|>\nThree?</s>\n<|assistant|>\n⟦Four.</s>⟧\n");
  row("gemma", "<s><start_of_turn>user\nHi?<end_of_turn>\n<start_of_turn>model\n⟦Yes.<end_of_turn>⟧\n",
      "<s><start_of_turn>user\nBe brief.\n\nHi?<end_of_turn>\n<start_of_turn>model\n⟦Yes.<end_of_turn>⟧\n",
      "<s><start_of_turn>user\nOne?<end_of_turn>\n<start_of_turn>model\n⟦Two.<end_of_turn>⟧\n"
      "<start_of_turn>user\nThree?<end_of_turn>\n<start_of_turn>model\n⟦Four.<end_of_turn>⟧\n");
  row("phi-3", "<|user|>\nHi?<|end|>\n<|assistant|>\n⟦Yes.<|end|>⟧\n</s>",
      "<|system|>\nBe brief.<|end|>\n<|user|>\n Hi?\n<|end|>\n<|assistant|>\n⟦ Yes.\n<|end|>⟧\n</s>",
      "<|user|>\nOne?<|end|>\n<|assistant|>\n⟦Two.<|end|>⟧\n<|user|>\nThree?<|end|>\n<|assistant|>\n⟦Four.<|end|>⟧\n</s>");
}

void TestChatFormat::renders_as_the_models_do() {
  QFETCH(QString, format);
  QFETCH(QString, single);
  QFETCH(QString, with_system);
  QFETCH(QString, multi);
  const std::string name = format.toStdString();
  QCOMPARE(QString::fromStdString(marked(render_turns(kSingle, name))), single);
  QCOMPARE(QString::fromStdString(marked(render_turns(kSystem, name))), with_system);
  QCOMPARE(QString::fromStdString(marked(render_turns(kMulti, name))), multi);
  const auto rendered = render_turns(kMulti, name);
  QCOMPARE(rendered->turns, 4);
  QCOMPARE(rendered->response_start, rendered->scored.front().begin);
  for (const TokenMark& mark : rendered->marks)
    QCOMPARE(rendered->text.substr(mark.begin, mark.end - mark.begin), mark.kind == TokenMark::Kind::eos ? "</s>" : "<s>");
}

void TestChatFormat::asks_as_the_models_do_data() {
  QTest::addColumn<QString>("prompt");
  QTest::newRow("raw") << "<s>Be brief.Hi?";
  QTest::newRow("alpaca") << "<s>Be brief.\n\n### Instruction:\nHi?\n\n### Response:\n";
  QTest::newRow("chatml") << "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi?<|im_end|>\n<|im_start|>assistant\n";
  QTest::newRow("llama-2") << "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi? [/INST]";
  QTest::newRow("llama-3") << "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
                              "<|start_header_id|>user<|end_header_id|>\n\nHi?<|eot_id|>"
                              "<|start_header_id|>assistant<|end_header_id|>\n\n";
  QTest::newRow("mistral") << "<s> [INST] Be brief.\n\nHi? [/INST]";
  QTest::newRow("zephyr") << "<|system|>\nBe brief.</s>\n<|user|>\nHi?</s>\n<|assistant|>\n";
  QTest::newRow("gemma") << "<s><start_of_turn>user\nBe brief.\n\nHi?<end_of_turn>\n<start_of_turn>model\n";
  QTest::newRow("phi-3") << "<|system|>\nBe brief.<|end|>\n<|user|>\nHi?<|end|>\n<|assistant|>\n";
}

void TestChatFormat::asks_as_the_models_do() {
  QFETCH(QString, prompt);
  const auto rendered = render_prompt(kAsk, QTest::currentDataTag());
  QCOMPARE(QString::fromStdString(marked(rendered)), prompt);
  QCOMPARE(rendered->response_start, rendered->text.size());
  QVERIFY(rendered->scored.empty());
  // What is asked with is how the record begins.
  std::vector<Turn> answered = kAsk;
  answered.push_back({Role::assistant, "Yes."});
  QVERIFY(render_turns(answered, QTest::currentDataTag())->text.starts_with(rendered->text));
  QVERIFY(!render_prompt(kSingle, QTest::currentDataTag()).ok());   // nothing to answer
}

void TestChatFormat::tool_turns() {
  const std::vector<Turn> turns = {{Role::user, "2+2?"}, {Role::assistant, "add"}, {Role::tool, "4"}, {Role::assistant, "Four."}};
  QCOMPARE(marked(render_turns(turns, "chatml")),
           std::string("<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n⟦add<|im_end|>⟧\n<|im_start|>tool\n4<|im_end|>\n"
                       "<|im_start|>assistant\n⟦Four.<|im_end|>⟧\n"));
  for (const char* format : {"alpaca", "zephyr", "phi-3", "llama-2"})
    QCOMPARE(refusal(turns, format), "turn 3: the format " + std::string(format) + " has no tool turns");
}

void TestChatFormat::alpaca_with_input_and_system() {
  const spec::TemplateSpec resolved = *resolve_template({"alpaca", "", "", ""}, {"instruction", "input", "output"});
  const Record with{{"instruction", "Add."}, {"input", "1 2"}, {"output", "3"}};
  QCOMPARE(marked(render(with, resolved)),
           std::string("<s>Below is an instruction that describes a task, paired with an input that provides further context. "
                       "Write a response that appropriately completes the request.\n\n"
                       "### Instruction:\nAdd.\n\n### Input:\n1 2\n\n### Response:\n⟦3</s>⟧"));
  const Record without{{"instruction", "Greet."}, {"input", ""}, {"output", "Hi"}};
  QVERIFY(marked(render(without, resolved)).find("task. Write") != std::string::npos);
}

void TestChatFormat::refuses_what_a_format_cannot_say() {
  const std::vector<Turn> answer_first = {{Role::assistant, "a"}, {Role::user, "b"}};
  for (const char* format : {"llama-2", "mistral", "gemma"})
    QCOMPARE(refusal(answer_first, format), "turn 1: expected user, got assistant: in the format " + std::string(format) +
                                                " user and assistant alternate");
  const std::vector<Turn> twice = {{Role::system, "s"}, {Role::user, "a"}, {Role::user, "b"}, {Role::assistant, "c"}};
  QCOMPARE(refusal(twice, "gemma"), std::string("turn 3: expected assistant, got user: in the format gemma user and assistant alternate"));
  const std::vector<Turn> late = {{Role::user, "a"}, {Role::system, "s"}, {Role::assistant, "c"}};
  QCOMPARE(refusal(late, "mistral"), std::string("turn 2: the format mistral takes a system turn only as the first"));
  QVERIFY(render_turns(late, "chatml").ok() && render_turns(twice, "zephyr").ok() && render_turns(answer_first, "llama-3").ok());
  QVERIFY(refusal(kSingle, "poem").starts_with("expected a prompt format of raw, alpaca, chatml"));
}

void TestChatFormat::records_data() {
  QTest::addColumn<QString>("field");
  QTest::addColumn<QString>("json");
  QTest::newRow("messages") << "messages" << R"([{"role":"user","content":"Hi?"},{"role":"assistant","content":"Yes."}])";
  QTest::newRow("ShareGPT") << "conversations" << R"([{"from":"human","value":"Hi?"},{"from":"gpt","value":"Yes."}])";
  QTest::newRow("mixed keys") << "Conversations" << R"([{"role":"HUMAN","value":"Hi?","id":3},{"from":"model","content":"Yes."}])";
  QTest::newRow("parts") << "messages"
                         << R"([{"role":"user","content":[{"type":"text","text":"H"},"i?"]},{"role":"assistant","content":"Yes."}])";
}

void TestChatFormat::records() {
  QFETCH(QString, field);
  QFETCH(QString, json);
  const Record record{{"id", "7"}, {field.toStdString(), json.toStdString()}};
  const spec::TemplateSpec resolved = *resolve_template({"zephyr", "", "", ""}, {"id", field.toStdString()});
  QCOMPARE(marked(render(record, resolved)), std::string("<|user|>\nHi?</s>\n<|assistant|>\n⟦Yes.</s>⟧\n"));
}

void TestChatFormat::resolves() {
  const std::vector<std::string> chat = {"id", "messages"}, single = {"instruction", "context", "response", "system"};
  QCOMPARE(resolve_template({}, chat)->name, std::string("chatml"));
  QCOMPARE(resolve_template({}, chat, "gemma")->name, std::string("gemma"));
  QCOMPARE(resolve_template({}, single, "gemma")->name, std::string("instruction"));   // as before there were formats
  QCOMPARE(required_fields(*resolve_template({}, chat)), (std::vector<std::string>{"messages"}));
  const spec::TemplateSpec resolved = *resolve_template({"chatml", "", "", ""}, single);
  QCOMPARE(resolved.prompt, std::string("{instruction}{?context}\n\n{context}{/context}"));
  const Record record{{"instruction", "Sum up."}, {"context", "A text."}, {"response", "T."}, {"system", "Be brief."}};
  QCOMPARE(marked(render(record, resolved)),
           std::string("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nSum up.\n\nA text.<|im_end|>\n"
                       "<|im_start|>assistant\n⟦T.<|im_end|>⟧\n"));
  const Record question{{"question", "Q"}, {"answer", "A"}};
  QCOMPARE(marked(render(question, *resolve_template({"mistral", "", "", "S"}, {"question", "answer"}))),
           std::string("<s> [INST] S\n\nQ [/INST]⟦ A</s>⟧"));
  QCOMPARE(marked(render({{"text", "Once."}}, *resolve_template({"raw", "", "", ""}, {"text"}))), std::string("<s>⟦Once.</s>⟧"));
  // A dataset with both: the conversation goes first where a record has one.
  const spec::TemplateSpec both = *resolve_template({"zephyr", "", "", ""}, {"messages", "prompt", "completion"});
  QCOMPARE(marked(render({{"prompt", "P"}, {"completion", "C"}}, both)), std::string("<|user|>\nP</s>\n<|assistant|>\n⟦C</s>⟧\n"));
  QVERIFY(marked(render({{"messages", R"([{"role":"assistant","content":"M"}])"}, {"prompt", "P"}}, both)).find("⟦M</s>⟧") !=
          std::string::npos);
}

void TestChatFormat::keeps_resolved_templates() {
  for (const std::string& fields : {std::string("messages"), std::string("instruction")}) {
    const std::vector<std::string> names = {fields, "response"};
    const spec::TemplateSpec once = *resolve_template({"phi-3", "", "", "Be brief."}, names);
    const auto twice = resolve_template(once, names);
    QVERIFY2(twice.ok(), twice.status().to_string().c_str());
    QVERIFY(*twice == once);
  }
  const spec::TemplateSpec own{"chatml", "Q: {q}", "{a}", "{?s}{s}{/s}"};
  QCOMPARE(marked(render({{"q", "1"}, {"a", "2"}, {"s", ""}}, *resolve_template(own, {"q", "a", "s"}))),
           std::string("<|im_start|>user\nQ: 1<|im_end|>\n<|im_start|>assistant\n⟦2<|im_end|>⟧\n"));
}

void TestChatFormat::refuses_fields() {
  const auto refused = resolve_template({"chatml", "", "", ""}, {"text", "label"});
  QVERIFY(!refused.ok());
  QVERIFY2(refused.status().message().find("the prompt format chatml fits none of the fields text, label") != std::string::npos,
           refused.status().message().c_str());
  QVERIFY(!resolve_template({"chatml", "{a}", "{b}", "{c}"}, {"a", "b"}).ok());   // the system text names a field too
  QCOMPARE(marked(render({{"messages", ""}}, *resolve_template({"chatml", "", "", ""}, {"messages"}))),
           std::string("the conversation has no turns"));
}

QTEST_GUILESS_MAIN(TestChatFormat)
#include "tst_chat_format.moc"
