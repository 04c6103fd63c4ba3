#include "net/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/file.h"

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.private_file";

Status system_error(const std::string& what, const std::string& path, int error) {
  const Code code = error == ENOENT                      ? Code::not_found
                    : error == EEXIST                    ? Code::already_exists
                    : error == EACCES || error == EPERM  ? Code::permission_denied
                    : error == ENOSPC || error == EDQUOT ? Code::resource_exhausted
                                                         : Code::unknown;
  return {code, what + " " + path + ": " + std::strerror(error), kWhere};
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status check_private(const struct stat& info, const std::string& path) {
  if (!S_ISREG(info.st_mode)) return invalid_argument("expected a file, got something else: " + path, kWhere);
  if (info.st_uid != ::geteuid()) return {Code::permission_denied, "expected to own " + path + ", another user does", kWhere};
  if ((info.st_mode & 077) != 0)
    return {Code::permission_denied, "others may read " + path + "; close it with: chmod 600 " + path, kWhere};
  if (info.st_size > static_cast<off_t>(kMaxPrivateFile))
    return invalid_argument(
        "expected at most " + std::to_string(kMaxPrivateFile) + " bytes, got " + std::to_string(info.st_size) + ": " + path,
        kWhere);
  return {};
}

Status write_durably(const std::string& path, std::string_view bytes) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0) return system_error("cannot create", path, errno);
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (::fsync(fd.get()) != 0) return system_error("cannot write", path, errno);
  return {};
}

void sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Fd fd(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) ::fsync(fd.get());
}

std::string temp_beside(const std::string& path) {
  static std::atomic<unsigned> count{0};
  return path + ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

// place: rename or link of the finished file.
Status write_and_place(const std::string& path, std::string_view bytes, int (*place)(const char*, const char*)) {
  const std::string temp = temp_beside(path);
  ::unlink(temp.c_str());
  Status status = write_durably(temp, bytes);
  if (status.ok() && place(temp.c_str(), path.c_str()) != 0) status = system_error("cannot write", path, errno);
  ::unlink(temp.c_str());
  if (status.ok()) sync_folder_of(path);
  return status;
}

}  // namespace

Result<std::string> read_private_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd.get() < 0) return system_error("cannot open", path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error("cannot read", path, errno);
  FEDLLM_RETURN_IF_ERROR(check_private(info, path));
  std::string bytes(kMaxPrivateFile + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot read", path, errno);
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  if (size > kMaxPrivateFile) return invalid_argument("grew while it was read: " + path, kWhere);
  bytes.resize(size);
  return bytes;
}

Status write_private_file(const std::string& path, std::string_view bytes) { return write_and_place(path, bytes, ::rename); }

Status create_private_file(const std::string& path, std::string_view bytes) { return write_and_place(path, bytes, ::link); }

Status make_private_folder(const std::string& path) {
  FEDLLM_RETURN_IF_ERROR(make_dirs(path));
  if (::chmod(path.c_str(), 0700) != 0) return system_error("cannot close to others", path, errno);
  return {};
}

}  // namespace fedllm::net
