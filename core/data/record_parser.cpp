// One record's bytes -> fields.
#include <simdjson.h>

#include <algorithm>

#include "base/text.h"
#include "data/big_numbers.h"
#include "data/source_format.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

using simdjson::dom::element;

// Next free slot of a record whose strings are reused from the record before.
class RecordWriter {
 public:
  explicit RecordWriter(Record& record) : record_(record) {}
  std::string& field(std::string_view name) {
    if (count_ == record_.size()) record_.emplace_back();
    auto& [key, value] = record_[count_++];
    key.assign(name);
    value.clear();
    return value;
  }
  void finish() { record_.resize(count_); }

 private:
  Record& record_;
  size_t count_ = 0;
};

bool only_strings(const simdjson::dom::array& items) {
  for (const element item : items)
    if (!item.is_string()) return false;
  return true;
}

// Text of a value: strings as they are, null as nothing, a list of strings as its lines, anything else as JSON.
void append_text(const element& value, std::string& out) {
  std::string_view text;
  simdjson::dom::array items;
  if (value.get(text) == simdjson::SUCCESS) {
    out.append(text);
  } else if (value.get(items) == simdjson::SUCCESS && only_strings(items)) {
    bool first = true;
    for (const element item : items) {
      if (!first) out += '\n';
      first = false;
      out.append(item.get_string().value_unsafe());
    }
  } else if (!value.is_null()) {
    out += simdjson::minify(value);
  }
}

// Two strings in an array are a text and its label (CLINC150's layout); otherwise columns by number.
void append_row(const simdjson::dom::array& row, RecordWriter& writer) {
  const bool labelled = row.size() == 2 && only_strings(row);
  size_t i = 0;
  for (const element item : row) {
    ++i;
    append_text(item, writer.field(labelled ? (i == 1 ? "text" : "label") : "column " + std::to_string(i)));
  }
}

Status append_value(const element& value, RecordWriter& writer) {
  simdjson::dom::object object;
  simdjson::dom::array row;
  std::string_view text;
  if (value.get(object) == simdjson::SUCCESS) {
    for (const auto field : object) append_text(field.value, writer.field(field.key));
  } else if (value.get(row) == simdjson::SUCCESS) {
    append_row(row, writer);
  } else if (value.get(text) == simdjson::SUCCESS) {
    writer.field("text").assign(text);
  } else {
    return invalid_argument("expected an object, got " + std::string(value.is_null()   ? "null"
                                                                     : value.is_bool() ? "true or false"
                                                                                       : "a number"));
  }
  return {};
}

Status invalid_utf8(size_t at) { return invalid_argument("invalid UTF-8 at byte " + std::to_string(at + 1)); }

}  // namespace

struct RecordParser::Json {
  simdjson::dom::parser parser;
  std::string copy;   // padded copy of a record that is not padded itself
  std::vector<std::string> cells;
};

RecordParser::RecordParser() : json_(std::make_unique<Json>()) {}
RecordParser::~RecordParser() = default;

Status RecordParser::parse_csv(const SourceLayout& layout, std::string_view bytes, Record& record) {
  std::vector<std::string>& cells = json_->cells;
  FEDLLM_RETURN_IF_ERROR(split_csv(bytes, layout.delimiter, cells));
  if (cells.size() != layout.columns.size())
    return invalid_argument("expected " + std::to_string(layout.columns.size()) + " columns as in the header row, got " +
                            std::to_string(cells.size()));
  record.resize(cells.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    record[i].first.assign(layout.columns[i]);
    record[i].second.swap(cells[i]);
  }
  return {};
}

Status RecordParser::parse(const SourceLayout& layout, std::string_view bytes, std::string_view key, bool own_key, bool padded,
                           Record& record) {
  if (layout.format == Format::csv || layout.format == Format::text) {
    if (!simdjson::validate_utf8(bytes.data(), bytes.size())) return invalid_utf8(invalid_utf8_at(bytes));
    if (layout.format == Format::csv) return parse_csv(layout, bytes, record);
    record.resize(1);
    record[0].first.assign("text");
    record[0].second.clear();
    for (char c : bytes)
      if (c != '\r') record[0].second += c;
    return {};
  }
  if (own_key || !padded) {
    json_->copy.clear();
    if (own_key) json_->copy += '{';
    json_->copy.append(bytes);
    if (own_key) json_->copy += '}';
    json_->copy.reserve(json_->copy.size() + kPadding);
    bytes = json_->copy;
  }
  RecordWriter writer(record);
  element root;
  auto error = json_->parser.parse(bytes.data(), bytes.size(), false).get(root);
  if (error == simdjson::UTF8_ERROR) return invalid_utf8(invalid_utf8_at(bytes) - (own_key ? 1 : 0));   // not our brace
  if (error == simdjson::NUMBER_ERROR) error = json_->parser.parse(quote_big_integers(bytes)).get(root);
  if (error) return invalid_argument(std::string("not JSON: ") + simdjson::error_message(error));
  if (own_key) {
    simdjson::dom::object object;
    if (root.get(object) || object.size() != 1) return invalid_argument("not JSON: expected one key and its value");
    const auto member = *object.begin();
    writer.field("id").assign(member.key);
    FEDLLM_RETURN_IF_ERROR(append_value(member.value, writer));
  } else {
    if (!key.empty()) writer.field("split").assign(key);
    FEDLLM_RETURN_IF_ERROR(append_value(root, writer));
  }
  writer.finish();
  return {};
}

}  // namespace fedllm::data
