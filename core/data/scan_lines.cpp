// JSONL and plain text: records made of whole lines.
#include <cstring>

#include "data/source_format.h"

namespace fedllm::data {
namespace {

// Lines of a stream without their end, "\n" or "\r\n".
class Lines {
 public:
  explicit Lines(ByteStream& stream) : stream_(stream) {}

  // False at the end. `keep` is the window position from which bytes must stay, npos for this line only.
  Result<bool> next(size_t& keep) {
    begin_ = end_;
    if (number_ == 0) {
      FEDLLM_RETURN_IF_ERROR(start());
    }
    size_t searched = begin_;
    for (;;) {
      const std::string_view window = stream_.window();
      if (const void* found = std::memchr(window.data() + searched, '\n', window.size() - searched)) {
        close(static_cast<size_t>(static_cast<const char*>(found) - window.data()), 1);
        return true;
      }
      if (window.size() - std::min(keep, begin_) > kMaxRecordBytes)
        return scan_error(number_ + 1, "longer than 256 MiB");
      const size_t line_bytes = window.size() - begin_;
      FEDLLM_ASSIGN_OR_RETURN(const bool grew, fill(keep));
      if (!grew) break;
      searched = begin_ + line_bytes;   // what is there has no line end
    }
    if (begin_ == stream_.window().size()) return false;
    close(stream_.window().size(), 0);
    return true;
  }
  size_t begin() const { return begin_; }
  std::string_view text() const { return stream_.window().substr(begin_, length_); }
  uint64_t number() const { return number_; }

 private:
  Status start() {
    FEDLLM_ASSIGN_OR_RETURN(const bool any, stream_.more(0));
    if (!any) return {};
    FEDLLM_ASSIGN_OR_RETURN(begin_, byte_order_mark(stream_.window()));
    return {};
  }
  Result<bool> fill(size_t& keep) {
    const size_t drop = std::min(keep, begin_);
    FEDLLM_ASSIGN_OR_RETURN(const bool grew, stream_.more(drop));
    begin_ -= drop;
    if (keep != std::string_view::npos) keep -= drop;
    return grew;
  }
  void close(size_t end, size_t newline) {
    ++number_;
    length_ = end - begin_;
    end_ = end + newline;
    if (length_ > 0 && stream_.window()[end - 1] == '\r') --length_;
  }

  ByteStream& stream_;
  size_t begin_ = 0, length_ = 0, end_ = 0;
  uint64_t number_ = 0;
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\f\v") == std::string_view::npos; }

}  // namespace

Status scan_jsonl(ByteStream& stream, RecordSink& sink) {
  Lines lines(stream);
  for (;;) {
    size_t keep = std::string_view::npos;
    FEDLLM_ASSIGN_OR_RETURN(const bool any, lines.next(keep));
    if (!any) return {};
    if (is_blank(lines.text())) continue;
    FEDLLM_RETURN_IF_ERROR(sink.record({stream.offset() + lines.begin(), lines.number(), lines.text(), {}, false}));
  }
}

Status scan_text(ByteStream& stream, RecordSink& sink) {
  Lines lines(stream);
  size_t begin = std::string_view::npos, end = 0;   // of the paragraph, in the window
  uint64_t first_line = 0;
  const auto flush = [&]() -> Status {
    if (begin == std::string_view::npos) return {};
    const RawRecord record{stream.offset() + begin, first_line, stream.window().substr(begin, end - begin), {}, false};
    begin = std::string_view::npos;
    return sink.record(record);
  };
  for (;;) {
    const size_t length = end - begin;
    size_t keep = begin;
    FEDLLM_ASSIGN_OR_RETURN(const bool any, lines.next(keep));
    begin = keep;
    if (begin != std::string_view::npos) end = begin + length;
    if (!any) return flush();
    // Story collections put their end token on a line of its own.
    if (is_blank(lines.text()) || lines.text() == "<|endoftext|>") {
      FEDLLM_RETURN_IF_ERROR(flush());
      continue;
    }
    if (begin == std::string_view::npos) begin = lines.begin(), first_line = lines.number();
    end = lines.begin() + lines.text().size();
    if (end - begin > kMaxOpenBytes)
      return scan_error(first_line, "expected a blank line between paragraphs, found none within 16 MiB");
  }
}

}  // namespace fedllm::data
