// Templates, the mask, and the tokens of a record.
#include <QtTest>

#include "data/text_template.h"

using namespace fedllm;
using namespace fedllm::data;
using spec::TemplateSpec;

namespace {

// One id a byte; 256 opens, 257 ends a text. A text that does not continue gets a space, as Llama's tokenizers do.
class ByteTokenizer final : public Tokenizer {
 public:
  explicit ByteTokenizer(bool adds_eos = false, bool has_bos = true) : adds_eos_(adds_eos), has_bos_(has_bos) {}
  std::vector<int32_t> encode(std::string_view text, bool special) const override {
    std::vector<int32_t> ids;
    if (special && has_bos_) ids.push_back(256);
    if (!text.empty()) ids.push_back(' ');
    for (unsigned char c : text) ids.push_back(c);
    if (special && adds_eos_) ids.push_back(257);
    return ids;
  }
  std::vector<int32_t> encode_continuation(std::string_view text) const override { return {text.begin(), text.end()}; }
  std::string decode(std::span<const int32_t> ids, bool) const override { return {ids.begin(), ids.end()}; }
  std::string token_text(int32_t id) const override { return std::string(1, static_cast<char>(id)); }
  int vocab_size() const override { return 258; }
  int32_t bos_id() const override { return has_bos_ ? 256 : -1; }
  int32_t eos_id() const override { return 257; }

 private:
  bool adds_eos_, has_bos_;
};

void expect_refused(const TemplateSpec& wanted, const std::vector<std::string>& fields, const std::string& part) {
  const auto resolved = resolve_template(wanted, fields);
  QVERIFY2(!resolved.ok(), part.c_str());
  QVERIFY2(resolved.status().message().find(part) != std::string::npos, resolved.status().to_string().c_str());
}

std::string rendered(const TemplateSpec& spec, const Record& record) {
  const auto text = render(record, spec);
  if (!text.ok()) return text.status().to_string();
  return text->text.substr(0, text->response_start) + "|" + text->text.substr(text->response_start);
}

std::string show(const Example& example) {
  std::string out;
  for (size_t i = 0; i < example.ids.size(); ++i) {
    if (static_cast<int32_t>(i) == example.prompt_length) out += '|';
    out += example.ids[i] == 256 ? "<s>" : example.ids[i] == 257 ? "</s>" : std::string(1, static_cast<char>(example.ids[i]));
  }
  return out;
}

}  // namespace

class TestTemplate : public QObject {
  Q_OBJECT
 private slots:
  void auto_recognises_data();
  void auto_recognises();
  void renders_optional_parts();
  void braces_that_name_nothing_are_text();
  void space_before_the_response_belongs_to_it();
  void lists_required_fields();
  void refuses_with_fields_and_nearest_name();
  void tokenises_prompt_and_response_apart();
  void cuts_at_max_length();
};

void TestTemplate::auto_recognises_data() {
  QTest::addColumn<QStringList>("fields");
  QTest::addColumn<QString>("name");
  QTest::addColumn<QString>("expected");
  QTest::newRow("dolly") << QStringList{"instruction", "context", "response", "category"} << "instruction"
                         << "### Instruction:\n<instruction>\n\n### Context:\n<context>\n\n### Response:\n|<response>";
  QTest::newRow("alpaca") << QStringList{"instruction", "input", "output"} << "instruction"
                          << "### Instruction:\n<instruction>\n\n### Context:\n<input>\n\n### Response:\n|<output>";
  QTest::newRow("no context") << QStringList{"instruction", "answer"} << "instruction"
                              << "### Instruction:\n<instruction>\n\n### Response:\n|<answer>";
  QTest::newRow("gsm8k") << QStringList{"question", "answer"} << "question" << "Question: <question>\nAnswer:| <answer>";
  QTest::newRow("capitals") << QStringList{"QUESTION", "LONG_ANSWER"} << "question"
                            << "Question: <QUESTION>\nAnswer:| <LONG_ANSWER>";
  QTest::newRow("completion") << QStringList{"prompt", "completion"} << "prompt" << "<prompt>|<completion>";
  QTest::newRow("text") << QStringList{"id", "text", "label"} << "text" << "|<text>";
}

void TestTemplate::auto_recognises() {
  QFETCH(QStringList, fields);
  QFETCH(QString, name);
  QFETCH(QString, expected);
  std::vector<std::string> names;
  Record record;
  for (const QString& field : fields) {
    names.push_back(field.toStdString());
    record.emplace_back(field.toStdString(), "<" + field.toStdString() + ">");
  }
  const auto resolved = resolve_template({}, names);
  QVERIFY2(resolved.ok(), resolved.status().to_string().c_str());
  QCOMPARE(QString::fromStdString(resolved->name), name);
  QCOMPARE(QString::fromStdString(rendered(*resolved, record)), expected);
  QCOMPARE(resolve_template(*resolved, names)->prompt, resolved->prompt);   // resolving twice changes nothing
}

void TestTemplate::renders_optional_parts() {
  const TemplateSpec spec{"custom", "{?a}A={a}{?b} and {b}{/b};{/a}Q", "{r}"};
  QCOMPARE(rendered(spec, {{"a", "1"}, {"b", "2"}, {"r", "x"}}), std::string("A=1 and 2;Q|x"));
  QCOMPARE(rendered(spec, {{"a", "1"}, {"b", ""}, {"r", "x"}}), std::string("A=1;Q|x"));
  QCOMPARE(rendered(spec, {{"b", "2"}, {"r", "x"}}), std::string("Q|x"));
}

void TestTemplate::braces_that_name_nothing_are_text() {
  const TemplateSpec spec{"custom", "{\"k\": {v}} {} { v } {\n} {", "{v}"};
  QCOMPARE(rendered(spec, {{"v", "{v}"}}), std::string("{\"k\": {v}} {} { v } {\n} {|{v}"));   // values are not read again
}

void TestTemplate::space_before_the_response_belongs_to_it() {
  QCOMPARE(rendered({"custom", "Q: {q} ", "{r}"}, {{"q", "a"}, {"r", "b"}}), std::string("Q: a| b"));
  QCOMPARE(rendered({"custom", "Q: {q}\n", "{r}"}, {{"q", "a"}, {"r", "b"}}), std::string("Q: a\n|b"));
}

void TestTemplate::lists_required_fields() {
  QCOMPARE(required_fields({"custom", "{q}{?c}{c}{x}{/c}{q}", "{r}"}), (std::vector<std::string>{"q", "r"}));
}

void TestTemplate::refuses_with_fields_and_nearest_name() {
  expect_refused({"custom", "{qestion}", "{answer}"}, {"question", "answer"},
                 "uses the field \"qestion\", but the fields are question, answer; did you mean \"question\"?");
  expect_refused({"instruction", "", ""}, {"instruction", "reply"}, "uses the field \"response\"");
  expect_refused({"question", "", ""}, {"text"}, "uses the field \"question\"");
  expect_refused({}, {"a", "b"}, "no template fits the fields a, b");
  expect_refused({"poem", "", ""}, {"a"}, "got \"poem\"");
  expect_refused({"custom", "{a}", ""}, {"a"}, "no response");
  expect_refused({"custom", "{?a}x", "{a}"}, {"a"}, "opens {?a} and does not close it");
  expect_refused({"custom", "{/a}x", "{a}"}, {"a"}, "closes {/a} where it is not open");
  QVERIFY(rendered({"custom", "{a}", "{b}"}, {{"a", "1"}}).find("uses the field \"b\"") != std::string::npos);
}

void TestTemplate::tokenises_prompt_and_response_apart() {
  const RenderedRecord record{"ask yes", 3};
  QCOMPARE(show(*tokenize(record, ByteTokenizer(), 100)), std::string("<s> ask| yes</s>"));
  QCOMPARE(show(*tokenize(record, ByteTokenizer(true), 100)), std::string("<s> ask| yes</s>"));   // no end inside
  QCOMPARE(show(*tokenize(record, ByteTokenizer(false, false), 100)), std::string(" ask| yes</s>"));
  QCOMPARE(show(*tokenize({"story", 0}, ByteTokenizer(), 100)), std::string("<s>| story</s>"));   // a text of its own
  QVERIFY(!tokenize({"story", 9}, ByteTokenizer(), 100).ok());
  QVERIFY(!tokenize(record, ByteTokenizer(), 0).ok());
}

void TestTemplate::cuts_at_max_length() {
  const RenderedRecord record{"ask yes", 3};
  const auto cut = tokenize(record, ByteTokenizer(), 7);
  QCOMPARE(show(*cut), std::string("<s> ask| y"));
  QVERIFY(cut->truncated);
  const auto prompt_only = tokenize(record, ByteTokenizer(), 3);
  QCOMPARE(prompt_only->prompt_length, 3);
  QCOMPARE(prompt_only->ids.size(), size_t{3});
  QVERIFY(!tokenize(record, ByteTokenizer(), 10)->truncated);
}

QTEST_GUILESS_MAIN(TestTemplate)
#include "tst_template.moc"
