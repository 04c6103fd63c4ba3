// BlobShelf: what a host serves.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>

#include "base/sha256.h"
#include "lab/blob_store.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.blob_shelf";

struct Fd {
  int value = -1;
  ~Fd() {
    if (value >= 0) ::close(value);
  }
};

Status unreadable(const std::string& path, int error) {
  return {error == ENOENT ? Code::not_found : Code::unavailable, "cannot read " + path + ": " + std::strerror(error), kWhere};
}

// Changes whenever a file's content is likely to have changed.
struct Stamp {
  uint64_t bytes = 0;
  int64_t seconds = 0, nanoseconds = 0;
  bool operator==(const Stamp&) const = default;
};

Result<Stamp> stamp_of(int fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return unreadable(path, errno);
  if (!S_ISREG(info.st_mode)) return invalid_argument("expected a file: " + path, kWhere);
  return Stamp{static_cast<uint64_t>(info.st_size), info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

Status open_file(const std::string& path, Fd& fd) {
  fd.value = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  return fd.value < 0 ? unreadable(path, errno) : Status();
}

}  // namespace

struct BlobShelf::Entry {
  std::string path;  // empty: the bytes are here
  std::string bytes;
  Stamp stamp;
};

struct BlobShelf::Shelf {
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<const Entry>> entries;

  void put(const std::string& sha256, Entry entry) {
    std::lock_guard lock(mutex);
    entries[sha256] = std::make_shared<const Entry>(std::move(entry));
  }
  std::shared_ptr<const Entry> find(const std::string& sha256) const {
    std::lock_guard lock(mutex);
    const auto it = entries.find(sha256);
    return it == entries.end() ? nullptr : it->second;
  }
};

BlobShelf::BlobShelf() : shelf_(std::make_shared<Shelf>()) {}

Result<Blob> BlobShelf::offer_file(const std::string& name, const std::string& path) {
  Fd fd;
  FEDLLM_RETURN_IF_ERROR(open_file(path, fd));
  FEDLLM_ASSIGN_OR_RETURN(const Stamp before, stamp_of(fd.value, path));
  FEDLLM_ASSIGN_OR_RETURN(const std::string sha256, sha256_file(path));
  FEDLLM_ASSIGN_OR_RETURN(const Stamp after, stamp_of(fd.value, path));
  if (before != after) return failed_precondition(path + " changed while it was read", kWhere);
  shelf_->put(sha256, {path, {}, after});
  return Blob{sha256, after.bytes, name};
}

Blob BlobShelf::offer_bytes(const std::string& name, std::string bytes) {
  Blob blob{sha256_hex(bytes), bytes.size(), name};
  Entry entry;
  entry.stamp.bytes = bytes.size();
  entry.bytes = std::move(bytes);
  shelf_->put(blob.sha256, std::move(entry));
  return blob;
}

bool BlobShelf::offers(const std::string& sha256) const { return shelf_->find(sha256) != nullptr; }

uint64_t BlobShelf::size(const std::string& sha256) const {
  const auto entry = shelf_->find(sha256);
  return entry ? entry->stamp.bytes : 0;
}

Result<std::string> BlobShelf::read(const std::string& sha256, uint64_t offset, size_t count) const {
  const auto entry = shelf_->find(sha256);
  if (!entry) return not_found("this blob is not on offer", kWhere);
  const uint64_t size = entry->stamp.bytes;
  if (offset > size)
    return Status(Code::out_of_range,
                  "expected an offset of at most " + std::to_string(size) + ", got " + std::to_string(offset), kWhere);
  count = static_cast<size_t>(std::min<uint64_t>(count, size - offset));
  if (entry->path.empty()) return entry->bytes.substr(static_cast<size_t>(offset), count);
  Fd fd;
  FEDLLM_RETURN_IF_ERROR(open_file(entry->path, fd));
  FEDLLM_ASSIGN_OR_RETURN(const Stamp now, stamp_of(fd.value, entry->path));
  if (now != entry->stamp) return failed_precondition(entry->path + " changed since it was offered", kWhere);
  std::string bytes(count, '\0');
  for (size_t done = 0; done < count;) {
    const ssize_t got = ::pread(fd.value, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return unreadable(entry->path, got < 0 ? errno : EIO);
    done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace fedllm::lab
