// A JSON document of records: an array, an object of arrays, or an object of objects. Only brackets and strings are
// followed here; each record's bytes are checked by the parser.
#include <simdjson.h>

#include <algorithm>

#include "data/source_format.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

class JsonScan {
 public:
  JsonScan(ByteStream& stream, RecordSink& sink) : stream_(stream), sink_(sink) {}
  Status run();

 private:
  // The next byte that is not white space, or -1 at the end.
  Result<int> peek();
  Status expect_end();
  // Moves past the value at the position; afterwards [begin, at_) is the value.
  Status skip_value(size_t& begin);
  Status skip_nested(size_t& begin);
  Result<bool> skip_string(size_t& begin);
  Result<bool> grow(size_t& begin);
  Result<bool> read_separator(char close);
  Status array(std::string_view key);
  Status object();
  Status member();
  uint64_t line_at(size_t position);
  Result<std::string> unquoted(const std::string& text);
  Status problem(const std::string& reason) { return scan_error(line_at(at_), reason); }
  Status emit(size_t begin, std::string_view key, bool own_key);

  ByteStream& stream_;
  RecordSink& sink_;
  size_t at_ = 0;            // in the window
  uint64_t counted_ = 0;     // file offset up to which line ends are counted
  uint64_t lines_ = 1;
};

// Line ends before `position` are counted once, as the window moves on.
uint64_t JsonScan::line_at(size_t position) {
  const std::string_view window = stream_.window();
  const size_t from = static_cast<size_t>(counted_ - stream_.offset());
  position = std::min(position, window.size());
  if (position > from) {
    lines_ += static_cast<uint64_t>(std::count(window.begin() + from, window.begin() + position, '\n'));
    counted_ = stream_.offset() + position;
  }
  return lines_;
}

Result<bool> JsonScan::grow(size_t& begin) {
  if (at_ - begin > kMaxRecordBytes) return scan_error(line_at(begin), "a record is longer than 256 MiB");
  line_at(begin);
  const size_t drop = begin;
  FEDLLM_ASSIGN_OR_RETURN(const bool grew, stream_.more(drop));
  at_ -= drop;
  begin = 0;
  return grew;
}

Result<int> JsonScan::peek() {
  for (;;) {
    const std::string_view window = stream_.window();
    at_ = std::min(window.find_first_not_of(kSpace, at_), window.size());
    if (at_ < window.size()) return static_cast<unsigned char>(window[at_]);
    size_t begin = at_;
    FEDLLM_ASSIGN_OR_RETURN(const bool grew, grow(begin));
    if (!grew) return -1;
  }
}

// From the byte after the opening quote to the byte after the closing one. False at the end of the file.
Result<bool> JsonScan::skip_string(size_t& begin) {
  for (;;) {
    const std::string_view window = stream_.window();
    while (at_ < window.size() && window[at_] != '"' && window[at_] != '\\') ++at_;
    const bool needs_two = at_ < window.size() && window[at_] == '\\';
    if (at_ + (needs_two ? 2 : 1) <= window.size()) {
      at_ += needs_two ? 2 : 1;
      if (!needs_two) return true;
      continue;
    }
    FEDLLM_ASSIGN_OR_RETURN(const bool grew, grow(begin));
    if (!grew) return false;
  }
}

Status JsonScan::skip_nested(size_t& begin) {
  int64_t depth = 0;
  const uint64_t first = line_at(begin);
  for (;;) {
    const std::string_view window = stream_.window();
    while (at_ < window.size()) {
      const char c = window[at_++];
      if (c == '"') {
        FEDLLM_ASSIGN_OR_RETURN(const bool closed, skip_string(begin));
        if (!closed) return scan_error(first, "a string in the record that begins here is not closed");
        break;   // the window may have moved
      }
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return {};
    }
    if (at_ < stream_.window().size()) continue;
    FEDLLM_ASSIGN_OR_RETURN(const bool grew, grow(begin));
    if (!grew) return scan_error(first, "the record that begins here is not closed before the end of the file");
  }
}

Status JsonScan::skip_value(size_t& begin) {
  FEDLLM_ASSIGN_OR_RETURN(const int first, peek());
  begin = at_;
  if (first < 0) return problem("expected a value, got the end of the file");
  if (first == '{' || first == '[') return skip_nested(begin);
  if (first == '"') {
    ++at_;
    FEDLLM_ASSIGN_OR_RETURN(const bool closed, skip_string(begin));
    return closed ? Status() : problem("a string is not closed before the end of the file");
  }
  for (;;) {
    const std::string_view window = stream_.window();
    while (at_ < window.size() && std::string_view(" \t\r\n,]}").find(window[at_]) == std::string_view::npos) ++at_;
    if (at_ < window.size()) break;
    FEDLLM_ASSIGN_OR_RETURN(const bool grew, grow(begin));
    if (!grew) break;
  }
  if (at_ == begin) return problem("expected a value, got " + repair_utf8("'" + std::string(1, static_cast<char>(first)) + "'"));
  return {};
}

Status JsonScan::emit(size_t begin, std::string_view key, bool own_key) {
  const uint64_t line = line_at(begin);
  return sink_.record({stream_.offset() + begin, line, stream_.window().substr(begin, at_ - begin), key, own_key});
}

// After a value: true for a comma, false for the closing bracket.
Result<bool> JsonScan::read_separator(char close) {
  FEDLLM_ASSIGN_OR_RETURN(const int c, peek());
  if (c < 0) return problem(std::string("expected ',' or '") + close + "', got the end of the file");
  if (c != ',' && c != close) return problem(std::string("expected ',' or '") + close + "' after a record");
  ++at_;
  return c == ',';
}

Status JsonScan::array(std::string_view key) {
  ++at_;
  FEDLLM_ASSIGN_OR_RETURN(const int first, peek());
  if (first == ']') {
    ++at_;
    return {};
  }
  for (bool again = true; again;) {
    size_t begin = 0;
    FEDLLM_RETURN_IF_ERROR(skip_value(begin));
    FEDLLM_RETURN_IF_ERROR(emit(begin, key, false));
    FEDLLM_ASSIGN_OR_RETURN(again, read_separator(']'));
  }
  return {};
}

// What a key's quotes and escapes stand for.
Result<std::string> JsonScan::unquoted(const std::string& text) {
  simdjson::dom::parser parser;
  std::string_view key;
  if (const auto error = parser.parse(text).get(key))
    return problem(std::string("a key is not JSON: ") + simdjson::error_message(error));
  return std::string(key);
}

Status JsonScan::member() {
  FEDLLM_ASSIGN_OR_RETURN(const int quote, peek());
  if (quote != '"') return problem("expected a key in quotes");
  size_t begin = at_++;
  FEDLLM_ASSIGN_OR_RETURN(const bool closed, skip_string(begin));
  if (!closed) return problem("a key is not closed before the end of the file");
  const size_t key_length = at_ - begin;
  const std::string quoted_key(stream_.window().substr(begin, key_length));
  // The colon is looked for by hand so that the key stays in the window for records that own it.
  for (;;) {
    const std::string_view window = stream_.window();
    at_ = std::min(window.find_first_not_of(kSpace, begin + key_length), window.size());
    if (at_ + 1 < window.size()) {
      if (window[at_] != ':') return problem("expected ':' after a key");
      const size_t value = std::min(window.find_first_not_of(kSpace, at_ + 1), window.size());
      if (value < window.size()) {
        at_ = value;
        break;
      }
    }
    FEDLLM_ASSIGN_OR_RETURN(const bool grew, grow(begin));
    if (!grew) return problem("expected a value after a key, got the end of the file");
  }
  const char kind = stream_.window()[at_];
  if (kind == '[') {
    FEDLLM_ASSIGN_OR_RETURN(const std::string key, unquoted(quoted_key));
    return array(key);
  }
  if (kind == '{') {
    FEDLLM_RETURN_IF_ERROR(skip_nested(begin));
    return emit(begin, {}, true);
  }
  return skip_value(begin);   // a plain value beside the records says something about the file
}

Status JsonScan::object() {
  ++at_;
  FEDLLM_ASSIGN_OR_RETURN(const int first, peek());
  if (first == '}') {
    ++at_;
    return {};
  }
  for (bool again = true; again;) {
    FEDLLM_RETURN_IF_ERROR(member());
    FEDLLM_ASSIGN_OR_RETURN(again, read_separator('}'));
  }
  return {};
}

Status JsonScan::expect_end() {
  FEDLLM_ASSIGN_OR_RETURN(const int rest, peek());
  return rest < 0 ? Status() : problem("expected the end of the file after the records");
}

Status JsonScan::run() {
  FEDLLM_ASSIGN_OR_RETURN(const bool any, stream_.more(0));
  if (!any) return {};
  FEDLLM_ASSIGN_OR_RETURN(at_, byte_order_mark(stream_.window()));
  FEDLLM_ASSIGN_OR_RETURN(const int first, peek());
  if (first < 0) return {};
  if (first != '[' && first != '{') return problem("not JSON: expected '[' or '{'");
  FEDLLM_RETURN_IF_ERROR(first == '[' ? array({}) : object());
  return expect_end();
}

}  // namespace

Status scan_json(ByteStream& stream, RecordSink& sink) { return JsonScan(stream, sink).run(); }

}  // namespace fedllm::data
