// What the fuzz targets of the record readers do with a file, and the replay of their corpora too: cut it into records,
// parse each, find its template, render it and read its conversation. Everything that is accepted must be usable; all else
// is a Status.
#pragma once

#include <string>
#include <string_view>

#include "data/byte_stream.h"
#include "data/chat_format.h"
#include "data/source_format.h"
#include "data/text_template.h"
#include "memory_file.h"

namespace fedllm::test {

class RecordReader final : public data::RecordSink {
 public:
  RecordReader(const data::SourceLayout& layout, std::string_view file) : layout_(layout), file_(file) {}
  int records() const { return records_; }

  Status record(const data::RawRecord& raw) override {
    must(raw.offset <= file_.size() && raw.bytes.size() <= file_.size() - raw.offset, "a record lies in its file");
    must(file_.substr(raw.offset, raw.bytes.size()) == raw.bytes, "a record is a range of its file");
    ++records_;
    if (!parser_.parse(layout_, raw.bytes, raw.key, raw.own_key, true, record_).ok()) return {};
    data::Record again;
    must(parser_.parse(layout_, raw.bytes, raw.key, raw.own_key, false, again).ok() && again == record_, "padding changes nothing");
    render_as("auto");
    render_as("zephyr");
    render_as("gemma");
    return {};
  }
  Status bad(uint64_t, std::string reason) override {
    must(!reason.empty(), "a bad line has a reason");
    return {};
  }

 private:
  void render_as(const char* name) {
    std::vector<std::string> fields;
    for (const auto& [field, text] : record_) fields.push_back(field);
    const auto resolved = data::resolve_template({name, "", "", ""}, fields);
    if (!resolved.ok()) return;
    const auto rendered = data::render(record_, *resolved);
    if (!rendered.ok()) return;
    must(rendered->response_start <= rendered->text.size(), "the response starts inside the text");
    size_t done = 0;
    for (const data::TextSpan& span : rendered->scored) {
      must(done <= span.begin && span.begin <= span.end && span.end <= rendered->text.size(), "scored spans ascend");
      done = span.end;
    }
  }

  const data::SourceLayout& layout_;
  std::string_view file_;
  data::RecordParser parser_;
  data::Record record_;
  int records_ = 0;
};

// The number of records found; -1 where the scan ended with an error.
inline int read_records(std::string_view bytes, data::Format format) {
  const MemoryFile file(bytes);
  (void)data::detect_format("file", bytes);
  auto stream = data::ByteStream::open(file.path(), [](size_t) { return Status(); });
  must(stream.ok(), "a file in memory opens");
  data::SourceLayout layout;
  layout.format = format;
  RecordReader reader(layout, bytes);
  const Status status = data::scan(*stream, layout, reader);
  must(status.ok() || !status.message().empty(), "an error has a sentence");
  return status.ok() ? reader.records() : -1;
}

}  // namespace fedllm::test
