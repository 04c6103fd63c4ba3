#include "base/home.h"

#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/sha256.h"

namespace fedllm {
namespace {

namespace fs = std::filesystem;

std::string env(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string default_home() {
  if (std::string home = env("FEDLLM_HOME"); !home.empty()) return home;
  if (std::string data = env("XDG_DATA_HOME"); !data.empty()) return data + "/fedllm";
  return env("HOME") + "/.local/share/fedllm";
}

// NFS, SMB/CIFS, 9p, AFS, Ceph and FUSE (sshfs): flock and mmap'd WAL are not reliable there.
bool is_network_file_system(const std::string& path) {
  if (env("FEDLLM_ASSUME_NETWORK_HOME") == "1") return true;  // lets tests take this road
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0) return false;
  switch (static_cast<unsigned long>(info.f_type) & 0xffffffffu) {
    case 0x6969: case 0x517B: case 0xFF534D42: case 0xFE534D42: case 0x5346414F: case 0x00c36400: case 0x65735546: return true;
    default: return false;
  }
}

// A folder of this user alone, in a place where others may write (and may have been first).
Result<std::string> private_dir(const std::string& dir) {
  if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST)
    return unavailable("cannot create the private folder " + dir, "base.home");
  struct stat info {};
  if (::lstat(dir.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::getuid())
    return Status(Code::permission_denied, "the private folder " + dir + " must be a folder owned by this user", "base.home");
  if ((info.st_mode & 0777) != 0700 && ::chmod(dir.c_str(), 0700) != 0)
    return Status(Code::permission_denied, "the private folder " + dir + " must have mode 0700", "base.home");
  return dir;
}

constexpr size_t kSocketPathLimit = 107, kSocketName = 30;   // "/", 24 hex digits, ".sock"

Result<std::string> runtime_dir() {
  const std::string xdg = env("XDG_RUNTIME_DIR"), below = xdg + "/fedllm";
  const bool usable = !xdg.empty() && fs::is_directory(xdg) && below.size() + kSocketName <= kSocketPathLimit;
  return private_dir(usable ? below : "/tmp/fedllm-" + std::to_string(::getuid()));
}

}  // namespace

Result<HomePaths> resolve_home(const std::string& requested) {
  HomePaths paths;
  const std::string wanted = requested.empty() ? default_home() : requested;
  FEDLLM_RETURN_IF_ERROR(make_dirs(wanted));
  std::error_code error;
  paths.home = fs::canonical(wanted, error).string();
  if (error) return unavailable("cannot use the home " + wanted + ": " + error.message(), "base.home");
  const std::string key = sha256_hex(paths.home).substr(0, 24);
  FEDLLM_ASSIGN_OR_RETURN(const std::string runtime, runtime_dir());
  paths.socket = runtime + "/" + key + ".sock";
  paths.ledger_dir = paths.home;
  paths.on_network_file_system = is_network_file_system(paths.home);
  if (paths.on_network_file_system) {
    FEDLLM_ASSIGN_OR_RETURN(const std::string local, private_dir("/var/tmp/fedllm-" + std::to_string(::getuid())));
    paths.ledger_dir = local + "/" + key;
    FEDLLM_RETURN_IF_ERROR(make_dirs(paths.ledger_dir));
  }
  paths.lock = paths.ledger_dir + "/core.lock";
  return paths;
}

std::string program_dir() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path().string();
}

std::string assets_dir() {
  if (std::string dir = env("FEDLLM_ASSETS"); !dir.empty()) return dir;
  return fs::path(program_dir() + "/../share/fedllm").lexically_normal().string();
}

std::string resolve_path(const std::string& value, const std::string& kind, const std::string& base_dir) {
  static constexpr std::string_view kBuiltin = "builtin:";
  if (value.rfind(kBuiltin, 0) == 0) return assets_dir() + "/" + kind + "/" + value.substr(kBuiltin.size());
  const fs::path path(value);
  if (path.is_absolute() || base_dir.empty()) return fs::absolute(path).lexically_normal().string();
  return (fs::absolute(base_dir) / path).lexically_normal().string();
}

}  // namespace fedllm
