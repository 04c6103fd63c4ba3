#include "data/record_index.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/sha256.h"
#include "data/json_view.h"
#include "data/utf8.h"

namespace fedllm::data {
namespace {

static_assert(std::endian::native == std::endian::little, "the index is written as the machine holds it");

constexpr const char* kWhere = "data.index";
constexpr std::string_view kMagic = "FEDLLMIX";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 128;
constexpr size_t kPendingBytes = 1 << 16;

// magic 8 | version 4 | entry size 4 | count 8 | summary offset 8 | summary length 8 | SHA-256 of the summary, 64 hex | 0
struct Header {
  uint64_t count = 0, summary_offset = 0, summary_length = 0;
  std::string summary_hash;
};

template <class T>
void put(std::string& out, T value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); }
template <class T>
T get(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string header_bytes(const Header& header) {
  std::string out(kMagic);
  put(out, kVersion);
  put(out, static_cast<uint32_t>(sizeof(IndexEntry)));
  put(out, header.count);
  put(out, header.summary_offset);
  put(out, header.summary_length);
  out += header.summary_hash;
  out.resize(kHeaderBytes, '\0');
  return out;
}

Result<Header> parse_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes)
    return data_loss("expected at least " + std::to_string(kHeaderBytes) + " bytes, got " + std::to_string(bytes.size()), kWhere);
  if (!bytes.starts_with(kMagic)) return data_loss("this is no record index", kWhere);
  if (get<uint32_t>(bytes, 8) != kVersion)
    return failed_precondition("expected index version 1, got " + std::to_string(get<uint32_t>(bytes, 8)), kWhere);
  Header header{get<uint64_t>(bytes, 16), get<uint64_t>(bytes, 24), get<uint64_t>(bytes, 32), std::string(bytes.substr(40, 64))};
  const uint64_t rest = bytes.size() - kHeaderBytes;
  const bool fits = get<uint32_t>(bytes, 12) == sizeof(IndexEntry) && header.count <= rest / sizeof(IndexEntry) &&
                    header.summary_offset == kHeaderBytes + header.count * sizeof(IndexEntry) &&
                    header.summary_length == bytes.size() - header.summary_offset;
  if (!fits) return data_loss("the index is cut short or its header is damaged", kWhere);
  return header;
}

// Text as a JSON string; bytes that are not UTF-8 (in the reason for a bad line) are replaced.
std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (char c : repair_utf8(text)) {
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (static_cast<unsigned char>(c) < 0x20) out += "\\u00", out += "01"[c >> 4], out += "0123456789abcdef"[c & 15];
    else out += c;
  }
  return out + "\"";
}

std::string json_list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const std::string& item : items) out += (out.size() > 1 ? "," : "") + json_text(item);
  return out + "]";
}

std::string summary_json(const IndexSummary& summary) {
  std::string files = "[", skipped = "[";
  for (const IndexedFile& file : summary.files) {
    files += (files.size() > 1 ? ",{" : "{") + ("\"size\":" + std::to_string(file.size)) +
             ",\"records\":" + std::to_string(file.records) + ",\"format\":" + json_text(format_name(file.layout.format)) +
             ",\"delimiter\":" + json_text(std::string(1, file.layout.delimiter)) +
             ",\"columns\":" + json_list(file.layout.columns) + "}";
  }
  for (const BadLine& bad : summary.skipped) {
    skipped += (skipped.size() > 1 ? ",{" : "{") + ("\"file\":" + json_text(bad.file)) + ",\"line\":" + std::to_string(bad.line) +
               ",\"reason\":" + json_text(bad.reason) + "}";
  }
  const std::string turns = summary.turns > 0 ? "\"turns\":" + std::to_string(summary.turns) + "," : "";
  return "{\"hash\":" + json_text(summary.hash) + ",\"files\":" + files + "],\"fields\":" + json_list(summary.fields) +
         ",\"labels\":" + json_list(summary.labels) + ",\"keys\":" + json_list(summary.keys) +
         "," + turns + "\"skipped_count\":" + std::to_string(summary.skipped_count) + ",\"skipped\":" + skipped + "]}";
}

Result<std::vector<std::string>> read_list(const Json& object, std::string_view key) {
  simdjson::dom::array items;
  if (object[key].get(items)) return data_loss("the index's summary lacks the list \"" + std::string(key) + "\"", kWhere);
  std::vector<std::string> out;
  for (const Json item : items) {
    std::string_view text;
    if (item.get(text)) return data_loss("the index's list \"" + std::string(key) + "\" holds something else than text", kWhere);
    out.emplace_back(text);
  }
  return out;
}

Result<IndexedFile> read_file_summary(const Json& item) {
  IndexedFile file;
  int64_t size = 0;
  std::string format, delimiter;
  FEDLLM_RETURN_IF_ERROR(read_optional(item, "size", size, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(item, "records", file.records, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(item, "format", format, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(item, "delimiter", delimiter, kWhere));
  file.size = static_cast<uint64_t>(size);
  FEDLLM_ASSIGN_OR_RETURN(file.layout.format, format_from(format));
  file.layout.delimiter = delimiter.empty() ? ',' : delimiter[0];
  FEDLLM_ASSIGN_OR_RETURN(file.layout.columns, read_list(item, "columns"));
  return file;
}

Result<IndexSummary> parse_summary(std::string_view text) {
  simdjson::dom::parser parser;
  Json json;
  simdjson::dom::array files, skipped;
  if (parser.parse(text.data(), text.size()).get(json) || json["files"].get(files) || json["skipped"].get(skipped))
    return data_loss("the index's summary is damaged", kWhere);
  IndexSummary summary;
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "hash", summary.hash, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "skipped_count", summary.skipped_count, kWhere));
  FEDLLM_RETURN_IF_ERROR(read_optional(json, "turns", summary.turns, kWhere));
  FEDLLM_ASSIGN_OR_RETURN(summary.fields, read_list(json, "fields"));
  FEDLLM_ASSIGN_OR_RETURN(summary.labels, read_list(json, "labels"));
  FEDLLM_ASSIGN_OR_RETURN(summary.keys, read_list(json, "keys"));
  for (const Json item : files) {
    FEDLLM_ASSIGN_OR_RETURN(IndexedFile file, read_file_summary(item));
    summary.files.push_back(std::move(file));
  }
  for (const Json item : skipped) {
    BadLine bad;
    int64_t line = 0;
    FEDLLM_RETURN_IF_ERROR(read_optional(item, "file", bad.file, kWhere));
    FEDLLM_RETURN_IF_ERROR(read_optional(item, "line", line, kWhere));
    FEDLLM_RETURN_IF_ERROR(read_optional(item, "reason", bad.reason, kWhere));
    bad.line = static_cast<uint64_t>(line);
    summary.skipped.push_back(std::move(bad));
  }
  return summary;
}

Status system_error(const std::string& what, const std::string& path) {
  const int error = errno;
  const Code code = error == ENOSPC || error == EDQUOT ? Code::resource_exhausted
                    : error == EACCES                  ? Code::permission_denied
                                                       : Code::unknown;
  return {code, what + " " + path + ": " + std::strerror(error), kWhere};
}

}  // namespace

Result<IndexWriter> IndexWriter::create(const std::string& folder) {
  static std::atomic<uint64_t> next{0};
  FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
  IndexWriter writer;
  writer.path_ = folder + "/.import-" + std::to_string(::getpid()) + "-" + std::to_string(next++) + ".tmp";
  writer.fd_ = ::open(writer.path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (writer.fd_ < 0) return system_error("cannot create", writer.path_);
  writer.pending_ = header_bytes({});   // replaced at the end: a file without it is not an index
  writer.pending_[0] = '\0';
  return writer;
}

IndexWriter::IndexWriter(IndexWriter&& other) noexcept
    : path_(std::move(other.path_)), fd_(other.fd_), pending_(std::move(other.pending_)), count_(other.count_),
      written_(other.written_), committed_(other.committed_) {
  other.fd_ = -1;
  other.path_.clear();
}

IndexWriter::~IndexWriter() {
  if (fd_ >= 0) ::close(fd_);
  if (!committed_ && !path_.empty()) ::unlink(path_.c_str());
}

Status IndexWriter::append(const IndexEntry& entry) {
  put(pending_, entry);
  ++count_;
  return pending_.size() < kPendingBytes ? Status() : flush();
}

Status IndexWriter::write_at(uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot write", path_);
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

Status IndexWriter::flush() {
  FEDLLM_RETURN_IF_ERROR(write_at(written_, pending_));
  written_ += pending_.size();
  pending_.clear();
  return {};
}

Status IndexWriter::commit(const IndexSummary& summary, const std::string& final_path) {
  FEDLLM_RETURN_IF_ERROR(flush());
  const std::string text = summary_json(summary);
  const Header header{count_, written_, text.size(), sha256_hex(text)};
  FEDLLM_RETURN_IF_ERROR(write_at(written_, text));
  FEDLLM_RETURN_IF_ERROR(write_at(0, header_bytes(header)));
  if (!final_path.empty()) {
    if (::fsync(fd_) != 0) return system_error("cannot write", path_);
    FEDLLM_RETURN_IF_ERROR(make_dirs(std::filesystem::path(final_path).parent_path().string()));
    if (::rename(path_.c_str(), final_path.c_str()) != 0) return system_error("cannot replace", final_path);
    path_ = final_path;
  }
  committed_ = true;
  return {};
}

Result<std::shared_ptr<const RecordIndex>> RecordIndex::open(const std::string& path) {
  FEDLLM_ASSIGN_OR_RETURN(auto file, MappedFile::open(path));
  auto index = parse(std::move(file));
  return index.ok() ? std::move(index) : Result<std::shared_ptr<const RecordIndex>>(index.status().with_prefix(path));
}

Result<std::shared_ptr<const RecordIndex>> RecordIndex::parse(std::shared_ptr<const MappedFile> file) {
  const std::string_view bytes = file->text();
  FEDLLM_ASSIGN_OR_RETURN(const Header header, parse_header(bytes));
  const std::string_view text = bytes.substr(header.summary_offset);
  if (sha256_hex(text) != header.summary_hash) return data_loss("the index's summary does not match its checksum", kWhere);
  auto index = std::make_shared<RecordIndex>();
  FEDLLM_ASSIGN_OR_RETURN(index->summary_, parse_summary(text));
  index->entries_ = bytes.data() + kHeaderBytes;
  index->count_ = static_cast<int64_t>(header.count);
  index->file_ = std::move(file);
  return std::shared_ptr<const RecordIndex>(std::move(index));
}

IndexEntry RecordIndex::entry(int64_t record) const {
  IndexEntry entry;
  std::memcpy(&entry, entries_ + static_cast<size_t>(record) * sizeof entry, sizeof entry);
  return entry;
}

}  // namespace fedllm::data
