// Prompt formats recognised from a model's files.
#include <QtTest>
#include <filesystem>

#include "data/format_guess.h"
#include "temp_folder.h"

using namespace fedllm::data;
using fedllm::test::TempFolder;

class TestFormatGuess : public QObject {
  Q_OBJECT
 private slots:
  void knows_chat_templates_data();
  void knows_chat_templates();
  void notes_what_a_template_does_beyond();
  void reads_the_files();
  void reads_official_files();
  void refuses_a_broken_file();
};

void TestFormatGuess::knows_chat_templates_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("name");
  QTest::newRow("chatml") << "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>'}}" << "chatml";
  QTest::newRow("llama-3") << "'<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' ... '<|eot_id|>'" << "llama-3";
  QTest::newRow("llama-2") << "'<<SYS>>\\n' + system ... bos_token + '[INST] ' + content.strip() + ' [/INST]'" << "llama-2";
  QTest::newRow("mistral") << "{{ bos_token }} ' [INST] ' + message['content'] + ' [/INST]'" << "mistral";
  QTest::newRow("gemma") << "'<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n'" << "gemma";
  QTest::newRow("zephyr") << "'<|user|>\\n' + message['content'] + eos_token" << "zephyr";
  QTest::newRow("phi-3") << "'<|user|>\\n' + message['content'] + '<|end|>\\n'" << "phi-3";
  QTest::newRow("phi-3.5") << "'<|' + message['role'] + '|>' + '\\n' + message['content'] + '<|end|>\\n'" << "phi-3";
  QTest::newRow("alpaca") << "### Instruction:\\n ... ### Response:\\n" << "alpaca";
  QTest::newRow("another") << "USER: ... ASSISTANT: ..." << "";
}

void TestFormatGuess::knows_chat_templates() {
  QFETCH(QString, text);
  QFETCH(QString, name);
  const FormatGuess guess = guess_from_template(text.toStdString());
  QCOMPARE(QString::fromStdString(guess.name), name);
  QVERIFY(guess.reason.starts_with("its chat template "));
  QVERIFY(guess.notes.empty());
}

void TestFormatGuess::notes_what_a_template_does_beyond() {
  const auto own = guess_from_template(
      "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou are a helpful assistant<|im_end|>\\n' }}{% endif %}"
      "{{'<|im_start|>system\\n' + message['content'] + '<|im_end|>'}}");
  QCOMPARE(own.name, std::string("chatml"));
  QCOMPARE(own.notes, (std::vector<std::string>{"its own template adds the system turn \"You are a helpful assistant\" where a "
                                                "record has none; dataset.template.system can say it"}));
  QCOMPARE(guess_from_template("<|start_header_id|> Cutting Knowledge Date: <|eot_id|>").notes.size(), size_t{1});
  QCOMPARE(guess_from_template("\"[INST] \" + message[\"content\"] + \"[/INST]\"").notes.size(), size_t{1});
}

void TestFormatGuess::reads_the_files() {
  TempFolder folder;
  QCOMPARE(guess_format(folder.path())->reason, std::string("its files name no prompt format"));
  folder.write("tokenizer.json", R"({"added_tokens":[{"id":1,"content":"<|im_start|>"},{"id":2,"content":"<|im_end|>"}]})");
  QCOMPARE(guess_format(folder.path())->name, std::string("chatml"));
  QCOMPARE(guess_format(folder.path())->reason, std::string("its tokenizer has the tokens <|im_start|> and <|im_end|>"));
  folder.write("tokenizer_config.json", R"({"model_max_length":1000000000000000019884624838656,
    "added_tokens_decoder":{"5":{"content":"<start_of_turn>"},"6":{"content":"<end_of_turn>"}}})");
  QCOMPARE(guess_format(folder.path())->name, std::string("gemma"));
  folder.write("tokenizer_config.json", R"({"chat_template":"<|user|> eos_token"})");
  QCOMPARE(guess_format(folder.path())->name, std::string("zephyr"));
  folder.write("tokenizer_config.json",
               R"({"chat_template":[{"name":"tool_use","template":"<|im_start|><|im_end|>"},{"name":"default","template":"[INST] <<SYS>>"}]})");
  QCOMPARE(guess_format(folder.path())->name, std::string("llama-2"));
  folder.write("chat_template.jinja", "<|user|> <|end|>");   // newer files keep it apart
  QCOMPARE(guess_format(folder.path())->name, std::string("phi-3"));
}

void TestFormatGuess::reads_official_files() {
  const std::string folder = FEDLLM_SOURCE_DIR "/../shared/data/tokenizers/";
  if (!std::filesystem::exists(folder)) QSKIP("no official tokenizers here");
  const auto qwen = guess_format(folder + "qwen3");
  QCOMPARE(qwen->name, std::string("chatml"));
  QCOMPARE(qwen->notes.size(), size_t{1});   // <think>
  for (const char* name : {"gpt2", "mistral_v1", "gpt_neox_20b"}) QCOMPARE(guess_format(folder + name)->name, std::string());
}

void TestFormatGuess::refuses_a_broken_file() {
  TempFolder folder;
  const std::string path = folder.write("tokenizer_config.json", "[");
  QCOMPARE(guess_format(folder.path()).status().message(), "expected a JSON object in " + path);
}

QTEST_GUILESS_MAIN(TestFormatGuess)
#include "tst_format_guess.moc"
