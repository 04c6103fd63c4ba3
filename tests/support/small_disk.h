// SmallDisk: a folder on a disk of its own, a few MiB large, that a test can fill to the last byte and free again. The disk is in a
// mount namespace of this process: own_mounts() before any thread is started, and nothing of this machine's mounts is touched.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <QDir>
#include <QFile>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace fedllm::tests {

// What forbids it; empty: permitted. As root, or as the root of a user namespace of its own.
inline QString own_mounts() {
  const auto failed = [](const char* what) { return QStringLiteral("%1 is not permitted: %2").arg(what, std::strerror(errno)); };
  const uid_t uid = ::getuid();
  const gid_t gid = ::getgid();
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return failed("a mount namespace");
    const auto map = [](const char* file, const QByteArray& text) {
      QFile to(file);
      return to.open(QIODevice::WriteOnly | QIODevice::Unbuffered) && to.write(text) == text.size();
    };
    (void)map("/proc/self/setgroups", "deny");
    if (!map("/proc/self/uid_map", "0 " + QByteArray::number(uid) + " 1") ||
        !map("/proc/self/gid_map", "0 " + QByteArray::number(gid) + " 1"))
      return failed("a user of its own");
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("a private mount");
  return {};
}

class SmallDisk {
 public:
  SmallDisk(const QString& folder, int mib) : folder_(folder) {
    QDir().mkpath(folder_);
    const QByteArray size = "size=" + QByteArray::number(mib) + "m";
    if (::mount("fedllm", folder_.toLocal8Bit().constData(), "tmpfs", 0, size.constData()) != 0)
      why_not = QStringLiteral("a small disk is not permitted: %1").arg(std::strerror(errno));
  }
  ~SmallDisk() {
    if (why_not.isEmpty()) ::umount2(folder_.toLocal8Bit().constData(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;

  // To the last byte.
  void fill() const {
    QFile file(filler());
    if (!file.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered)) return;
    for (qint64 piece = 1 << 20; piece > 0; piece = piece > 4096 ? 4096 : 0) {
      const QByteArray bytes(piece, 'x');
      while (file.write(bytes) == piece) {
      }
    }
  }
  void free() const { QFile::remove(filler()); }
  qint64 left() const {
    struct statvfs facts {};
    return ::statvfs(folder_.toLocal8Bit().constData(), &facts) == 0 ? qint64(facts.f_bavail * facts.f_bsize) : -1;
  }

  QString why_not;

 private:
  QString filler() const { return folder_ + "/filler"; }
  const QString folder_;
};

}  // namespace fedllm::tests
