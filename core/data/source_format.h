// Source formats: how a file is cut into records (scanning, one pass) and how one record's bytes become fields. A record
// is a byte range of its file; what lies outside the range (CSV header, key of a JSON array) is the SourceLayout's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/byte_stream.h"
#include "data/dataset.h"

namespace fedllm::data {

enum class Format { jsonl, json, csv, text };
std::string_view format_name(Format format);
Result<Format> format_from(const std::string& name);
// By extension and the first bytes.
Result<Format> detect_format(const std::string& path, std::string_view head);

// What a file says once for all its records.
struct SourceLayout {
  Format format = Format::jsonl;
  char delimiter = ',';                  // csv
  std::vector<std::string> columns;      // csv: header row
};

inline constexpr uint32_t kNoKey = 0xffffffff;      // the record stands alone
inline constexpr uint32_t kOwnKey = 0xfffffffe;     // json object of objects: the range begins with the record's key
inline constexpr uint64_t kMaxRecordBytes = 256u << 20;
inline constexpr uint64_t kMaxOpenBytes = 16u << 20;   // csv quote or text paragraph without an end

struct RawRecord {
  uint64_t offset = 0;      // in the file
  uint64_t line = 0;        // of its first byte, from 1
  std::string_view bytes;   // followed by kPadding readable bytes; valid during the call
  std::string_view key;     // json object of arrays: the array's name
  bool own_key = false;
};

// Receives what a scan finds. An error from either call ends the scan with it.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual Status record(const RawRecord& record) = 0;
  virtual Status bad(uint64_t line, std::string reason) = 0;
};

// Reads the stream to its end. Fills the layout's columns and delimiter before the first record. What cannot be read
// past (a broken JSON array, a quote without an end) is an error with its line, also when bad lines are skipped.
Status scan(ByteStream& stream, SourceLayout& layout, RecordSink& sink);
Status scan_jsonl(ByteStream& stream, RecordSink& sink);
Status scan_json(ByteStream& stream, RecordSink& sink);
Status scan_csv(ByteStream& stream, SourceLayout& layout, RecordSink& sink);
Status scan_text(ByteStream& stream, RecordSink& sink);
Status scan_error(uint64_t line, const std::string& reason);   // "line 7: reason"
// Length of the UTF-8 byte order mark, or an error naming UTF-16.
Result<size_t> byte_order_mark(std::string_view head);

// Turns bytes into fields. Keeps buffers between calls: one parser a thread.
class RecordParser {
 public:
  RecordParser();
  ~RecordParser();
  // `padded`: kPadding bytes after `bytes` may be read. The error's message is the reason alone, without a line.
  Status parse(const SourceLayout& layout, std::string_view bytes, std::string_view key, bool own_key, bool padded,
               Record& record);

 private:
  struct Json;
  Status parse_csv(const SourceLayout& layout, std::string_view bytes, Record& record);
  std::unique_ptr<Json> json_;
};

// Fields of one CSV row; an error for text after a closing quote or a quote that is not closed.
Status split_csv(std::string_view row, char delimiter, std::vector<std::string>& fields);

}  // namespace fedllm::data
