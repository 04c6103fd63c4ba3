#include "lab/blob_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.blob_store";

Code code_of(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG ? Code::resource_exhausted : Code::unavailable;
}

Status system_error(const std::string& what, const std::string& path, int error) {
  return {code_of(error), "cannot " + what + " " + path + ": " + std::strerror(error), kWhere};
}

Status check_hash(const std::string& sha256) {
  if (is_sha256(sha256)) return {};
  return invalid_argument("expected a blob's name of 64 hex digits, got " + std::to_string(sha256.size()) + " characters",
                          kWhere);
}

Status private_folder(const std::string& folder) {
  FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
  if (::chmod(folder.c_str(), 0700) != 0) return system_error("protect", folder, errno);
  return {};
}

uint64_t size_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

Status check_room(const std::string& folder, uint64_t bytes) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return {};  // unknown: writing will tell
  const uint64_t free = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (free >= bytes) return {};
  return {Code::resource_exhausted,
          "the disk has no room for a blob: " + format_bytes(bytes) + " are missing, " + format_bytes(free) + " are free",
              kWhere};
}

// The part of a blob that one receiver writes at a time.
Result<int> open_part(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_error("create", path, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  ::close(fd);
  return Status(Code::already_exists, "the blob " + path + " is being received already", kWhere);
}

}  // namespace

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

struct BlobStore::Incoming::State {
  Blob blob;
  std::string part, path;
  int fd = -1;
  uint64_t have = 0;
  ~State() {
    if (fd >= 0) ::close(fd);
  }
};

BlobStore::BlobStore(std::string home) : folder_(std::move(home) + "/blobs") {}

bool BlobStore::has(const std::string& sha256) const { return path(sha256).ok(); }

Result<std::string> BlobStore::path(const std::string& sha256) const {
  FEDLLM_RETURN_IF_ERROR(check_hash(sha256));
  const std::string path = folder_ + "/" + sha256;
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode)) return path;
  return not_found("there is no blob " + sha256.substr(0, 12) + "… here", kWhere);
}

Result<Blob> BlobStore::put(const std::string& name, std::string_view bytes) {
  Blob blob{sha256_hex(bytes), bytes.size(), name};
  if (has(blob.sha256)) return blob;
  FEDLLM_ASSIGN_OR_RETURN(const auto incoming, receive(blob, bytes.size()));
  FEDLLM_RETURN_IF_ERROR(incoming->add(bytes.substr(std::min<size_t>(bytes.size(), incoming->have()))));
  FEDLLM_RETURN_IF_ERROR(incoming->finish());
  return blob;
}

Result<std::unique_ptr<BlobStore::Incoming>> BlobStore::receive(const Blob& blob, uint64_t limit) {
  FEDLLM_RETURN_IF_ERROR(check_hash(blob.sha256));
  if (blob.bytes > limit)
    return Status(Code::resource_exhausted,
                  "expected a blob of at most " + format_bytes(limit) + ", the peer declares " + format_bytes(blob.bytes),
                      kWhere);
  FEDLLM_RETURN_IF_ERROR(private_folder(folder_));
  auto state = std::make_unique<Incoming::State>();
  state->blob = blob;
  state->path = folder_ + "/" + blob.sha256;
  state->part = state->path + ".part";
  FEDLLM_ASSIGN_OR_RETURN(state->fd, open_part(state->part));
  state->have = size_of(state->fd);
  // More than the blob has cannot be its beginning.
  if (state->have > blob.bytes) {
    if (::ftruncate(state->fd, 0) != 0) return system_error("empty", state->part, errno);
    state->have = 0;
  }
  FEDLLM_RETURN_IF_ERROR(check_room(folder_, blob.bytes - state->have));
  auto incoming = std::make_unique<Incoming>();
  incoming->state_ = std::move(state);
  return incoming;
}

BlobStore::Incoming::Incoming() = default;
BlobStore::Incoming::~Incoming() = default;

uint64_t BlobStore::Incoming::have() const { return state_->have; }

Status BlobStore::Incoming::add(std::string_view piece) {
  if (piece.size() > state_->blob.bytes - state_->have)
    return invalid_argument("expected a blob of " + std::to_string(state_->blob.bytes) + " bytes, got at least " +
                                std::to_string(state_->have + piece.size()),
                            kWhere);
  while (!piece.empty()) {
    const ssize_t wrote = ::pwrite(state_->fd, piece.data(), piece.size(), static_cast<off_t>(state_->have));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return system_error("write", state_->part, wrote < 0 ? errno : ENOSPC);
    piece.remove_prefix(static_cast<size_t>(wrote));
    state_->have += static_cast<uint64_t>(wrote);
  }
  return {};
}

Status BlobStore::Incoming::finish() {
  const Blob& blob = state_->blob;
  if (state_->have != blob.bytes)
    return data_loss("expected a blob of " + std::to_string(blob.bytes) + " bytes, got " + std::to_string(state_->have), kWhere);
  if (::fsync(state_->fd) != 0) return system_error("write", state_->part, errno);
  FEDLLM_ASSIGN_OR_RETURN(const std::string got, sha256_file(state_->part));
  if (got != blob.sha256) {
    ::unlink(state_->part.c_str());
    return data_loss("a blob is not what was announced: expected SHA-256 " + blob.sha256.substr(0, 12) + "…, got " +
                         got.substr(0, 12) + "…",
                     kWhere);
  }
  if (::rename(state_->part.c_str(), state_->path.c_str()) != 0) return system_error("rename", state_->part, errno);
  return {};
}

}  // namespace fedllm::lab
