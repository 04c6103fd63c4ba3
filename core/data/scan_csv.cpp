// CSV as in RFC 4180: a header row, quoted fields that may hold delimiters, doubled quotes and line ends.
#include <algorithm>
#include <array>

#include "data/source_format.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr std::string_view kDelimiters = ",;\t";
constexpr size_t kMaxColumns = 10'000;

// Finds row ends. A quote opens a quoted field only where a field begins: until the header row has shown the delimiter,
// behind any of them.
class Rows {
 public:
  explicit Rows(ByteStream& stream) : stream_(stream) {}
  Status start();
  // False at the end. Afterwards `row()` is the row without its line end.
  Result<bool> next();
  std::string_view row() const { return stream_.window().substr(begin_, length_); }
  size_t begin() const { return begin_; }
  uint64_t line() const { return line_; }
  void set_delimiter(char delimiter) { delimiter_ = delimiter; }

 private:
  enum class State { field_start, plain, quoted, quote_in_quoted };
  bool step(char c);   // true at the end of the row
  bool is_delimiter(char c) const { return delimiter_ ? c == delimiter_ : kDelimiters.find(c) != std::string_view::npos; }
  ByteStream& stream_;
  char delimiter_ = '\0';   // not known yet
  size_t begin_ = 0, length_ = 0, at_ = 0;
  uint64_t line_ = 1, next_line_ = 1;
  State state_ = State::field_start;
};

Status Rows::start() {
  FEDLLM_ASSIGN_OR_RETURN(const bool any, stream_.more(0));
  if (any) {
    FEDLLM_ASSIGN_OR_RETURN(at_, byte_order_mark(stream_.window()));
  }
  begin_ = at_;
  return {};
}

bool Rows::step(char c) {
  if (c == '\n') ++next_line_;
  switch (state_) {
    case State::quoted:
      if (c == '"') state_ = State::quote_in_quoted;
      return false;
    case State::quote_in_quoted:
      if (c == '"') {
        state_ = State::quoted;
        return false;
      }
      [[fallthrough]];
    case State::plain: break;
    case State::field_start:
      if (c == '"') {
        state_ = State::quoted;
        return false;
      }
      break;
  }
  if (c == '\n') return true;
  state_ = is_delimiter(c) ? State::field_start : State::plain;
  return false;
}

Result<bool> Rows::next() {
  begin_ = at_;
  line_ = next_line_;
  state_ = State::field_start;
  for (;;) {
    const std::string_view window = stream_.window();
    while (at_ < window.size()) {
      if (!step(window[at_++])) continue;
      length_ = at_ - begin_ - 1;
      if (length_ > 0 && window[begin_ + length_ - 1] == '\r') --length_;
      return true;
    }
    if (at_ - begin_ > kMaxOpenBytes)
      return scan_error(line_, "a row that begins here does not end within 16 MiB; is a quote left open?");
    const size_t drop = begin_;
    FEDLLM_ASSIGN_OR_RETURN(const bool grew, stream_.more(drop));
    begin_ -= drop;
    at_ -= drop;
    if (!grew) break;
  }
  length_ = at_ - begin_;
  if (length_ > 0 && stream_.window()[begin_ + length_ - 1] == '\r') --length_;
  return length_ > 0;
}

// The delimiter that the header row uses most, outside quotes.
char find_delimiter(std::string_view header) {
  std::array<size_t, kDelimiters.size()> count{};
  bool quoted = false;
  for (char c : header) {
    if (c == '"') quoted = !quoted;
    const size_t which = kDelimiters.find(c);
    if (!quoted && which != std::string_view::npos) ++count[which];
  }
  return kDelimiters[static_cast<size_t>(std::max_element(count.begin(), count.end()) - count.begin())];
}

Status read_header(std::string_view row, SourceLayout& layout) {
  if (!is_valid_utf8(row)) return invalid_argument("the header row is not valid UTF-8");
  layout.delimiter = find_delimiter(row);
  std::vector<std::string> names;
  FEDLLM_RETURN_IF_ERROR(split_csv(row, layout.delimiter, names));
  if (names.size() > kMaxColumns)
    return invalid_argument("expected at most " + std::to_string(kMaxColumns) + " columns, got " + std::to_string(names.size()));
  for (std::string& name : names) {
    name.erase(0, std::min(name.find_first_not_of(' '), name.size()));
    name.erase(name.find_last_not_of(' ') + 1);
    if (name.empty()) name = "column " + std::to_string(layout.columns.size() + 1);
    const std::string first = name;
    for (int copy = 2; std::find(layout.columns.begin(), layout.columns.end(), name) != layout.columns.end(); ++copy)
      name = first + " (" + std::to_string(copy) + ")";
    layout.columns.push_back(name);
  }
  return {};
}

}  // namespace

Status split_csv(std::string_view row, char delimiter, std::vector<std::string>& fields) {
  size_t count = 0;
  for (size_t at = 0;;) {
    if (count == fields.size()) fields.emplace_back();
    std::string& field = fields[count++];
    field.clear();
    if (at < row.size() && row[at] == '"') {
      for (++at;;) {
        const size_t quote = row.find('"', at);
        if (quote == std::string_view::npos)
          return invalid_argument("a quote in column " + std::to_string(count) + " is not closed");
        field.append(row, at, quote - at);
        at = quote + 1;
        if (at >= row.size() || row[at] != '"') break;
        field += '"';
        ++at;
      }
      if (at < row.size() && row[at] != delimiter)
        return invalid_argument("column " + std::to_string(count) + " has text after its closing quote");
    } else {
      const size_t end = std::min(row.find(delimiter, at), row.size());
      field.assign(row, at, end - at);
      at = end;
    }
    if (at >= row.size()) break;
    ++at;
  }
  fields.resize(count);
  return {};
}

Status scan_csv(ByteStream& stream, SourceLayout& layout, RecordSink& sink) {
  Rows rows(stream);
  FEDLLM_RETURN_IF_ERROR(rows.start());
  for (;;) {
    FEDLLM_ASSIGN_OR_RETURN(const bool any, rows.next());
    if (!any) return {};
    const std::string_view row = rows.row();
    if (row.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (layout.columns.empty()) {
      if (Status header = read_header(row, layout); !header.ok()) return scan_error(rows.line(), header.message());
      rows.set_delimiter(layout.delimiter);
      continue;
    }
    FEDLLM_RETURN_IF_ERROR(sink.record({stream.offset() + rows.begin(), rows.line(), row, {}, false}));
  }
}

}  // namespace fedllm::data
