#include "data/file_dataset.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <numeric>

namespace fedllm::data {
namespace {

constexpr const char* kWhere = "data.dataset";

Status cannot_read(const std::string& path, int error) {
  return {error == ENOENT ? Code::not_found : Code::unknown, "cannot read " + path + ": " + std::strerror(error), kWhere};
}

// More files than this are opened anew for each read: the system's limit on open files is often 1024.
constexpr size_t kFilesKeptOpen = 256;

// Reads up to `size` bytes; fewer at the end of the file.
Result<size_t> read_at(int fd, char* out, size_t size, uint64_t offset, const std::string& path) {
  size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pread(fd, out + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_read(path, errno);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

}  // namespace

Result<std::string> read_head(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return cannot_read(path, errno);
  std::string head(1 << 16, '\0');
  const auto size = read_at(fd, head.data(), head.size(), 0, path);
  ::close(fd);
  if (!size.ok()) return size.status();
  head.resize(*size);
  return head;
}

FileDataset::FileDataset(std::vector<std::string> files, std::shared_ptr<const RecordIndex> index)
    : files_(std::move(files)), index_(std::move(index)), descriptors_(files_.size()) {
  for (auto& fd : descriptors_) fd = -1;
  const IndexSummary& summary = index_->summary();
  std::vector<int32_t> order(summary.labels.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return summary.labels[a] < summary.labels[b]; });
  sorted_label_.resize(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    labels_.push_back(summary.labels[order[i]]);
    sorted_label_[order[i]] = static_cast<int32_t>(i);
  }
  for (BadLine bad : summary.skipped) {
    size_t file = 0;
    std::from_chars(bad.file.data(), bad.file.data() + bad.file.size(), file);
    if (file < files_.size()) bad.file = files_[file];
    skipped_.push_back(std::move(bad));
  }
}

FileDataset::~FileDataset() {
  for (auto& fd : descriptors_)
    if (fd >= 0) ::close(fd);
}

int32_t FileDataset::label_of(int64_t record) const {
  const int32_t label = index_->entry(record).label;
  return label >= 0 && label < static_cast<int32_t>(sorted_label_.size()) ? sorted_label_[label] : -1;
}

Status FileDataset::changed(size_t file) const {
  return data_loss(files_[file] + " has changed since it was imported; import it again", kWhere);
}

Result<int> FileDataset::descriptor(size_t file) const {
  int known = descriptors_[file].load(std::memory_order_acquire);
  if (known >= 0) return known;
  const int fd = ::open(files_[file].c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return cannot_read(files_[file], errno);
  struct stat info {};
  if (::fstat(fd, &info) != 0 || static_cast<uint64_t>(info.st_size) != index_->summary().files[file].size) {
    ::close(fd);
    return changed(file);
  }
  if (file >= kFilesKeptOpen) return fd;
  if (descriptors_[file].compare_exchange_strong(known, fd, std::memory_order_acq_rel)) return fd;
  ::close(fd);   // another thread was faster
  return known;
}

Result<Record> FileDataset::read(int64_t record) const {
  if (record < 0 || record >= size())
    return Status(Code::out_of_range,
                  "expected a record from 0 to " + std::to_string(size() - 1) + ", got " + std::to_string(record), kWhere);
  const IndexEntry entry = index_->entry(record);
  const IndexSummary& summary = index_->summary();
  if (entry.file >= files_.size() || entry.length > kMaxRecordBytes || (entry.key < kOwnKey && entry.key >= summary.keys.size()))
    return data_loss("the index of " + files_[0] + " is damaged at record " + std::to_string(record) + "; import the files again",
                     kWhere);
  FEDLLM_ASSIGN_OR_RETURN(const int fd, descriptor(entry.file));
  thread_local RecordParser parser;
  thread_local std::string buffer;
  buffer.resize(entry.length + kPadding);
  const auto got = read_at(fd, buffer.data(), entry.length, entry.offset, files_[entry.file]);
  if (entry.file >= kFilesKeptOpen) ::close(fd);
  if (!got.ok()) return got.status();
  if (*got != entry.length) return changed(entry.file);
  Record fields;
  const std::string_view key = entry.key < kOwnKey ? std::string_view(summary.keys[entry.key]) : std::string_view();
  const std::string_view bytes(buffer.data(), entry.length);
  if (!parser.parse(summary.files[entry.file].layout, bytes, key, entry.key == kOwnKey, true, fields).ok())
    return changed(entry.file);
  return fields;
}

}  // namespace fedllm::data
