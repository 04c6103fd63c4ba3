#include "core_launcher.h"

#include <QFile>
#include <QFileInfo>
#include <QProcess>

#include "base/home.h"

namespace fedllm::app {
namespace {

constexpr qint64 kLogLimit = 1 << 20;

// What the core says before it has a window to say it to; begun anew when it has grown.
QString logFile(const QString& home) {
  const QString path = home + QStringLiteral("/core.log");
  if (QFileInfo(path).size() > kLogLimit) QFile::remove(path);
  return path;
}

// One thread a client: several OpenMP or BLAS threads a client spin at barriers and run many times slower.
QProcessEnvironment environment() {
  QProcessEnvironment env = QProcessEnvironment::systemEnvironment();
  env.insert(QStringLiteral("OMP_WAIT_POLICY"), QStringLiteral("PASSIVE"));
  env.insert(QStringLiteral("OMP_NUM_THREADS"), QStringLiteral("1"));
  env.insert(QStringLiteral("OPENBLAS_NUM_THREADS"), QStringLiteral("1"));
  return env;
}

}  // namespace

bool launchCore(const QString& home) {
  QProcess core;
  core.setProgram(QString::fromStdString(program_dir()) + QStringLiteral("/fedllm"));
  core.setArguments({QStringLiteral("core"), QStringLiteral("--home"), home});
  core.setProcessEnvironment(environment());
  core.setStandardInputFile(QProcess::nullDevice());
  core.setStandardOutputFile(QProcess::nullDevice());
  core.setStandardErrorFile(logFile(home), QIODevice::Append);
  core.setWorkingDirectory(QStringLiteral("/"));
  return core.startDetached();
}

}  // namespace fedllm::app
