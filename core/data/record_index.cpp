#include "data/record_index.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/sha256.h"

namespace fedllm::data {
namespace {

static_assert(std::endian::native == std::endian::little, "the index is written as the machine holds it");

constexpr const char* kWhere = "data.index";
constexpr std::string_view kMagic = "FEDLLMIX";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 128;
constexpr size_t kPendingBytes = 1 << 16;
using OrderedJson = nlohmann::ordered_json;

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

std::string summary_json(const IndexSummary& summary) {
  OrderedJson json;
  json["hash"] = summary.hash;
  json["files"] = OrderedJson::array();
  for (const IndexedFile& file : summary.files) {
    json["files"].push_back({{"size", file.size}, {"records", file.records}, {"format", format_name(file.layout.format)},
                             {"delimiter", std::string(1, file.layout.delimiter)}, {"columns", file.layout.columns}});
  }
  json["fields"] = summary.fields;
  json["labels"] = summary.labels;
  json["keys"] = summary.keys;
  json["skipped_count"] = summary.skipped_count;
  json["skipped"] = OrderedJson::array();
  for (const BadLine& bad : summary.skipped) json["skipped"].push_back({{"file", bad.file}, {"line", bad.line}, {"reason", bad.reason}});
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

// The checksum has matched, so the shape is what the writer wrote; a writer's mistake still must not end the program.
Result<IndexSummary> parse_summary(std::string_view text) try {
  const OrderedJson json = OrderedJson::parse(text);
  IndexSummary summary;
  summary.hash = json.at("hash");
  for (const auto& item : json.at("files")) {
    IndexedFile file;
    file.size = item.at("size");
    file.records = item.at("records");
    FEDLLM_ASSIGN_OR_RETURN(file.layout.format, format_from(item.at("format")));
    const std::string delimiter = item.at("delimiter");
    file.layout.delimiter = delimiter.empty() ? ',' : delimiter[0];
    file.layout.columns = item.at("columns").get<std::vector<std::string>>();
    summary.files.push_back(std::move(file));
  }
  summary.fields = json.at("fields").get<std::vector<std::string>>();
  summary.labels = json.at("labels").get<std::vector<std::string>>();
  summary.keys = json.at("keys").get<std::vector<std::string>>();
  summary.skipped_count = json.at("skipped_count");
  for (const auto& item : json.at("skipped")) summary.skipped.push_back({item.at("file"), item.at("line"), item.at("reason")});
  return summary;
} catch (const nlohmann::json::exception& error) {
  return data_loss(std::string("the index's summary is damaged: ") + error.what(), kWhere);
}

Status system_error(const std::string& what, const std::string& path) {
  const int error = errno;
  const Code code = error == ENOSPC || error == EDQUOT ? Code::resource_exhausted : error == EACCES ? Code::permission_denied : Code::unknown;
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
