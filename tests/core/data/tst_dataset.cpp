// Dataset import: every format, every type of value, and what each bad line says.
#include <QtTest>

#include "core/data/import_helpers.h"
#include "core/data/temp_folder.h"

using namespace fedllm;
using namespace fedllm::data;
using namespace fedllm::test;

class TestDataset : public QObject {
  Q_OBJECT
 private slots:
  void jsonl();
  void json_array();
  void json_object_of_arrays();
  void json_object_of_objects();
  void csv();
  void csv_other_delimiters();
  void text_paragraphs();
  void values_of_all_types();
  void formats_are_detected();
  void several_files_keep_their_numbers();
  void long_records_cross_chunks();
  void one_bad_line_is_named_data();
  void one_bad_line_is_named();
  void bad_lines_are_skipped();
  void refuses_what_cannot_be_read();
};

void TestDataset::jsonl() {
  TempFolder folder;
  const auto path = folder.write("a.jsonl",
                                 "\xEF\xBB\xBF{\"text\":\"one\",\"topic\":\"b\"}\r\n\r\n{\"text\":\"tw\\u00f6\\n\",\"topic\":"
                                 "\"a\"}\n{\"topic\":\"b\",\"text\":\"three\"}");
  const auto dataset = Dataset::import(options_for({path}, "topic"));
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  const Dataset& d = **dataset;
  QCOMPARE(d.size(), 3);
  QCOMPARE(d.fields(), (std::vector<std::string>{"text", "topic"}));
  QCOMPARE(d.labels(), (std::vector<std::string>{"a", "b"}));
  QCOMPARE(d.label_of(0), 1);
  QCOMPARE(d.label_of(1), 0);
  QCOMPARE(read_value(d, 1, "text"), std::string("tw\xC3\xB6\n"));
  QCOMPARE(read_value(d, 2, "text"), std::string("three"));
  QCOMPARE(d.hash().size(), size_t{64});
  QCOMPARE(d.skipped_count(), 0);
  QVERIFY(!d.read(3).ok());
  QVERIFY(!d.read(-1).ok());
}

void TestDataset::json_array() {
  TempFolder folder;
  const auto path = folder.write("a.json", "[\n  {\"text\": \"a ] } \\\" b\", \"n\": 1},\n  {\"text\": \"c\", \"n\": 2}\n]\n");
  const auto dataset = Dataset::import(options_for({path}));
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  QCOMPARE((*dataset)->size(), 2);
  QCOMPARE(read_value(**dataset, 0, "text"), std::string("a ] } \" b"));
  QCOMPARE(read_value(**dataset, 1, "n"), std::string("2"));
}

void TestDataset::json_object_of_arrays() {
  TempFolder folder;
  const auto path = folder.write("c.json",
                                 "{\n \"version\": \"1\", \"train\": [[\"hi\", \"greet\"], [\"bye\", \"part\"]],\n \"val\": "
                                 "[[\"yo\", \"greet\"]], \"none\": []}");
  const auto dataset = Dataset::import(options_for({path}, "label"));
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  const Dataset& d = **dataset;
  QCOMPARE(d.size(), 3);
  QCOMPARE(d.fields(), (std::vector<std::string>{"split", "text", "label"}));
  QCOMPARE(read_value(d, 0, "split"), std::string("train"));
  QCOMPARE(read_value(d, 2, "split"), std::string("val"));
  QCOMPARE(read_value(d, 2, "text"), std::string("yo"));
  QCOMPARE(d.labels(), (std::vector<std::string>{"greet", "part"}));
  const auto escaped = Dataset::import(options_for({folder.write("e.json", R"({"tr\u00e4in \"1\"": [["hi", "greet"]]})")}));
  QVERIFY2(escaped.ok(), escaped.status().to_string().c_str());
  QCOMPARE(read_value(**escaped, 0, "split"), std::string("tr\xC3\xA4in \"1\""));
}

void TestDataset::json_object_of_objects() {
  TempFolder folder;
  const auto path =
      folder.write("p.json", "{ \"17\" : {\"q\": \"a\", \"parts\": [\"x\", \"y\"]},\n\"18\":{\"q\": \"b\", \"parts\": []}}");
  const auto dataset = Dataset::import(options_for({path}));
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  QCOMPARE((*dataset)->size(), 2);
  QCOMPARE(read_value(**dataset, 0, "id"), std::string("17"));
  QCOMPARE(read_value(**dataset, 0, "parts"), std::string("x\ny"));
  QCOMPARE(read_value(**dataset, 1, "q"), std::string("b"));
}

void TestDataset::csv() {
  TempFolder folder;
  const auto path =
      folder.write("a.csv", "text,label,text\r\n\"a, \"\"b\"\"\nsecond line\",x,1\r\nplain 5\" disk,y,\r\n\r\n,x,3");
  const auto dataset = Dataset::import(options_for({path}, "label"));
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  const Dataset& d = **dataset;
  QCOMPARE(d.size(), 3);
  QCOMPARE(d.fields(), (std::vector<std::string>{"text", "label", "text (2)"}));
  QCOMPARE(read_value(d, 0, "text"), std::string("a, \"b\"\nsecond line"));
  QCOMPARE(read_value(d, 1, "text"), std::string("plain 5\" disk"));
  QCOMPARE(read_value(d, 1, "text (2)"), std::string());
  QCOMPARE(read_value(d, 2, "text (2)"), std::string("3"));
}

void TestDataset::csv_other_delimiters() {
  TempFolder folder;
  const auto semicolons = Dataset::import(options_for({folder.write("a.csv", "text;n\none, two;2\n")}));
  const auto tabs = Dataset::import(options_for({folder.write("b.tsv", "text\tn\none, two\t2\n")}));
  QVERIFY(semicolons.ok() && tabs.ok());
  const auto quoted = Dataset::import(options_for({folder.write("c.csv", "text;\"two\nlines\";n\none;2;3\n")}));
  QVERIFY2(quoted.ok(), quoted.status().to_string().c_str());
  QCOMPARE((*quoted)->fields(), (std::vector<std::string>{"text", "two\nlines", "n"}));
  QCOMPARE((*quoted)->size(), 1);
  QCOMPARE(read_value(**semicolons, 0, "text"), std::string("one, two"));
  QCOMPARE(read_value(**tabs, 0, "n"), std::string("2"));
}

void TestDataset::text_paragraphs() {
  TempFolder folder;
  const auto path = folder.write("s.txt", "\n\nfirst\r\nsecond line\r\n  \r\nthird\n<|endoftext|>\nfourth");
  const auto dataset = Dataset::import(options_for({path}));
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  QCOMPARE((*dataset)->size(), 3);
  QCOMPARE(read_value(**dataset, 0, "text"), std::string("first\nsecond line"));
  QCOMPARE(read_value(**dataset, 1, "text"), std::string("third"));
  QCOMPARE(read_value(**dataset, 2, "text"), std::string("fourth"));
}

void TestDataset::values_of_all_types() {
  TempFolder folder;
  const auto path = folder.write(
      "v.jsonl",
      R"({"i":-7,"d":0.5,"b":true,"n":null,"l":["a","b"],"m":[1,"b"],"o":{"k":[1]},"big":123456789012345678901234567890})"
      "\n"
      R"({"i":-7,"d":0.5,"b":true,"n":null,"l":["a","b"],"m":[1,"b"],"o":{"k":[1]}})");
  const auto dataset = Dataset::import(options_for({path}));
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  QCOMPARE(read_value(**dataset, 0, "i"), std::string("-7"));
  QCOMPARE(read_value(**dataset, 0, "big"), std::string("123456789012345678901234567890"));
  QCOMPARE(read_value(**dataset, 1, "d"), std::string("0.5"));
  QCOMPARE(read_value(**dataset, 1, "b"), std::string("true"));
  QCOMPARE(read_value(**dataset, 1, "n"), std::string());
  QCOMPARE(read_value(**dataset, 1, "l"), std::string("a\nb"));
  QCOMPARE(read_value(**dataset, 1, "m"), std::string("[1,\"b\"]"));
  QCOMPARE(read_value(**dataset, 1, "o"), std::string("{\"k\":[1]}"));
}

void TestDataset::formats_are_detected() {
  TempFolder folder;
  const std::vector<std::pair<std::string, std::string>> files = {
      {"lines.json", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n"}, {"array.data", " [{\"text\":\"a\"},{\"text\":\"b\"}]"},
      {"object.json", "{\"x\":[{\"text\":\"a\"},{\"text\":\"b\"}]}"}, {"plain", "a\n\nb\n"}, {"rows.CSV", "text\na\nb\n"}};
  for (const auto& [name, bytes] : files) {
    const auto dataset = Dataset::import(options_for({folder.write(name, bytes)}));
    QVERIFY2(dataset.ok(), (name + dataset.status().to_string()).c_str());
    QCOMPARE((*dataset)->size(), 2);
    QCOMPARE(read_value(**dataset, 1, "text"), std::string("b"));
  }
}

void TestDataset::several_files_keep_their_numbers() {
  TempFolder folder;
  const auto a = folder.write("a.jsonl", "{\"text\":\"1\"}\n{\"text\":\"2\"}\n"), b = folder.write("b.csv", "text\n3\n");
  const auto dataset = Dataset::import(options_for({a, b}));
  QVERIFY(dataset.ok());
  QCOMPARE((*dataset)->file_of(1), 0);
  QCOMPARE((*dataset)->file_of(2), 1);
  QCOMPARE(read_value(**dataset, 2, "text"), std::string("3"));
  QCOMPARE((*dataset)->files(), (std::vector<std::string>{a, b}));
}

void TestDataset::long_records_cross_chunks() {
  TempFolder folder;
  std::string lines, array = "[", rows = "text,n\n", text;
  std::vector<std::string> values;
  for (int i = 0; i < 7; ++i) values.push_back(std::string(700'000 + 1'000 * static_cast<size_t>(i), static_cast<char>('a' + i)));
  values.push_back(std::string(9'000'000, 'z'));   // grows the window several times
  for (const std::string& v : values) {
    lines += "{\"text\":\"" + v + "\"}\n";
    array += (array.size() > 1 ? "," : "") + ("\n{\"text\":\"" + v + "\"}");
    rows += "\"" + v + "\",1\n";
    text += v + "\n\n";
  }
  for (const auto& path : {folder.write("l.jsonl", lines), folder.write("a.json", array + "]"), folder.write("r.csv", rows),
                           folder.write("t.txt", text)}) {
    const auto dataset = Dataset::import(options_for({path}));
    QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
    QCOMPARE((*dataset)->size(), 8);
    for (int i = 0; i < 8; ++i) QVERIFY(read_value(**dataset, i, "text") == values[static_cast<size_t>(i)]);
  }
}

void TestDataset::one_bad_line_is_named_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QByteArray>("bytes");
  QTest::addColumn<QString>("label");
  QTest::addColumn<QString>("message");
  const auto row = [](const char* name, const char* file, QByteArray bytes, const char* label, const char* message) {
    QTest::newRow(name) << QString(file) << bytes << QString(label) << QString(message);
  };
  row("not json", "a.jsonl", "{\"text\":\"a\"}\nhello\n", "", "line 2: not JSON");
  row("cut json", "a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\n", "", "line 2: not JSON");
  row("two objects", "a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"} {\"text\":\"c\"}\n", "", "line 2: not JSON");
  row("a number", "a.jsonl", "{\"text\":\"a\"}\n\n17\n", "", "line 3: expected an object, got a number");
  row("utf8 jsonl", "a.jsonl", QByteArray("{\"text\":\"a\"}\n{\"text\":\"\xC3(\"}\n"), "", "line 2: invalid UTF-8 at byte 10");
  row("utf8 csv", "a.csv", QByteArray("text\nok\na\xFFz\n"), "", "line 3: invalid UTF-8 at byte 2");
  row("utf8 text", "a.txt", QByteArray("ok\n\na\xED\xA0\x80z\n"), "", "line 3: invalid UTF-8 at byte 2");
  row("no label", "a.jsonl", "{\"text\":\"a\",\"topic\":\"x\"}\n{\"text\":\"b\",\"topik\":\"x\"}\n", "topic",
      "line 2: lacks the label field \"topic\" (fields: text, topik); did you mean \"topik\"?");
  row("no field", "a.jsonl", "{\"question\":\"a\",\"answer\":\"x\"}\n{\"question\":\"b\"}\n", "",
      "line 2: lacks the field that the template uses, \"answer\"");
  row("columns", "a.csv", "text,n\na,1\nb,2,3\n", "", "line 3: expected 2 columns as in the header row, got 3");
  row("after quote", "a.csv", "text,n\n\"a\"b,1\n", "", "line 2: column 1 has text after its closing quote");
  row("open quote", "a.csv", "text,n\na,1\n\"b,1\nc,2\n", "", "line 3: a quote in column 1 is not closed");
  row("quoted lines are counted", "a.csv", "text,n\n\"a\nb\nc\",1\nd\n", "", "line 5: expected 2 columns");
  row("array element", "a.json", "[{\"text\":\"a\"},\n{\"text\":}]", "", "line 2: not JSON");
  row("array cut", "a.json", "[{\"text\":\"a\"},\n{\"text\":\"b\"}\n", "",
      "line 3: expected ',' or ']', got the end of the file");
  row("array record cut", "a.json", "[{\"text\":\"a\"},\n{\"text\":\"b\"", "",
      "line 2: the record that begins here is not closed");
  row("array no comma", "a.json", "[{\"text\":\"a\"}\n{\"text\":\"b\"}]", "", "line 2: expected ',' or ']' after a record");
  row("bad key", "a.json", "{\"a\\q\": [\n{\"text\":\"a\"}]}", "", "line 1: a key is not JSON");
  row("utf8 value", "a.json", QByteArray("{\"7\": {\"t\":\"\xC3(\"}}"), "", "line 1: invalid UTF-8 at byte 12");
  row("no value", "a.json", QByteArray("[\n,]"), "", "line 2: expected a value, got ','");
  row("after the end", "a.json", "[{\"text\":\"a\"}]\n]", "", "line 2: expected the end of the file");
}

void TestDataset::one_bad_line_is_named() {
  QFETCH(QString, name);
  QFETCH(QByteArray, bytes);
  QFETCH(QString, label);
  QFETCH(QString, message);
  TempFolder folder;
  const auto path = folder.write(name.toStdString(), std::string_view(bytes.data(), static_cast<size_t>(bytes.size())));
  auto options = options_for({path}, label.toStdString());
  options.home = folder.path("home");
  expect_refused(options, path + ": " + message.toStdString());
  QCOMPARE(folder.files(), (std::vector<std::string>{name.toStdString()}));   // nothing left in the home
}

void TestDataset::bad_lines_are_skipped() {
  TempFolder folder;
  std::string bytes = "{\"text\":\"a\"}\noops\n";
  for (int i = 0; i < 150; ++i) bytes += "{\"txt\":\"b\"}\n";
  bytes += "{\"text\":\"c\"}\n";
  auto options = options_for({folder.write("a.jsonl", bytes)});
  options.home = folder.path("home");
  options.spec.bad_lines = "skip";
  const auto dataset = Dataset::import(options);
  QVERIFY2(dataset.ok(), dataset.status().to_string().c_str());
  QCOMPARE((*dataset)->size(), 2);
  QCOMPARE(read_value(**dataset, 1, "text"), std::string("c"));
  QCOMPARE((*dataset)->skipped_count(), 151);
  QCOMPARE((*dataset)->skipped().size(), size_t{100});
  QCOMPARE((*dataset)->skipped()[0].line, uint64_t{2});
  QCOMPARE((*dataset)->skipped()[0].file, options.spec.files[0]);
  QVERIFY((*dataset)->skipped()[1].reason.find("lacks the field") != std::string::npos);
  const auto again = Dataset::import(options);   // from the index
  QVERIFY(again.ok());
  QCOMPARE((*again)->skipped_count(), 151);
  QCOMPARE((*again)->skipped()[0].file, options.spec.files[0]);
  options.spec.bad_lines = "refuse";             // the index must not hide what was skipped
  expect_refused(options, "line 2: not JSON");
}

void TestDataset::refuses_what_cannot_be_read() {
  TempFolder folder;
  expect_refused(options_for({}), "expected at least one file");
  expect_refused(options_for({folder.path("none.jsonl")}), "none.jsonl");
  expect_refused(options_for({folder.write("empty.jsonl", "")}), "empty.jsonl is empty");
  expect_refused(options_for({folder.write("blank.jsonl", "\n\n  \n")}), "holds no records");
  expect_refused(options_for({folder.write("head.csv", "text,label\n")}), "holds no records");
  expect_refused(options_for({folder.write("array.json", "[]")}), "holds no records");
  expect_refused(options_for({folder.write("plain.json", "{\"a\": [],\n \"b\": 1}")}), "holds no records");
  expect_refused(options_for({folder.write("wide.txt", std::string("\xFF\xFE" "a\0", 4))}), "UTF-16");
  expect_refused(options_for({folder.path()}), folder.path());
  auto format = options_for({folder.write("a.jsonl", "{\"text\":\"a\"}\n")});
  format.spec.format = "parquet";
  expect_refused(format, "expected auto, jsonl, json, csv or text, got \"parquet\"");
  auto skip = options_for({folder.write("b.jsonl", "x\ny\n")});
  skip.spec.bad_lines = "skip";
  expect_refused(skip, "2 skipped, the first at line 1: not JSON");
  auto custom = options_for({folder.write("c.jsonl", "{\"text\":\"a\"}\n")});
  custom.spec.text_template = {"custom", "{question}", "{text}"};
  expect_refused(custom, "line 1: the template uses the field \"question\", but the fields are text");
  std::string wide = "a";
  for (int i = 0; i < 10'000; ++i) wide += ",a";
  expect_refused(options_for({folder.write("wide.csv", wide + "\n1\n")}), "line 1: expected at most 10000 columns, got 10001");
  std::string many;
  for (int i = 0; i <= 10'000; ++i) many += "{\"text\":\"a\",\"id\":" + std::to_string(i) + "}\n";
  expect_refused(options_for({folder.write("many.jsonl", many)}, "id"), "more than 10000 different values");
}

QTEST_GUILESS_MAIN(TestDataset)
#include "tst_dataset.moc"
