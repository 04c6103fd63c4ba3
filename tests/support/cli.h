// Cli: the real `fedllm`, from the outside: a home of its own, exit code, stdout and stderr, JSON lines. Tiny scenarios on
// the shipped model and data, so that a whole training run takes a second or two.
#pragma once

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace fedllm::tests {

using Json = nlohmann::json;

struct CliResult {
  int code = -1;  // 128 + signal when it was killed
  QByteArray out, err;

  std::vector<QByteArray> lines() const {
    std::vector<QByteArray> lines;
    for (const QByteArray& line : out.split('\n'))
      if (!line.isEmpty()) lines.push_back(line);
    return lines;
  }
  // Every line as JSON; a line that is not JSON is discarded() there.
  std::vector<Json> objects() const {
    std::vector<Json> objects;
    for (const QByteArray& line : lines()) objects.push_back(Json::parse(line.toStdString(), nullptr, false));
    return objects;
  }
  Json last() const { return out.isEmpty() ? Json() : objects().back(); }
  std::string error() const { return err.trimmed().toStdString(); }
  // The contract of a failure: one line on standard error, a newline at its end.
  bool one_line() const { return err.count('\n') == 1 && err.endsWith('\n') && err.size() > 10; }
};

class Cli {
 public:
  Cli() {
    environment_ = QProcessEnvironment::systemEnvironment();
    environment_.remove(QStringLiteral("FEDLLM_HOME"));
    environment_.insert(QStringLiteral("XDG_RUNTIME_DIR"), path("/run"));
    QDir().mkpath(path("/run"));
  }
  static QString program() {
    const QString folder = qEnvironmentVariable("FEDLLM_BIN", QCoreApplication::applicationDirPath() + "/../bin");
    return folder + "/fedllm";
  }
  static bool can_train() {
    const QString module =
        qEnvironmentVariable("FEDLLM_TRAIN_MODULE", QCoreApplication::applicationDirPath() + "/../lib/fedllm/libfedllm_train.so");
    return QFile::exists(module) && QFile::exists(assets() + "/models/microworld/model.safetensors");
  }
  static QString assets() { return qEnvironmentVariable("FEDLLM_ASSETS", QStringLiteral(FEDLLM_SOURCE_DIR "/resources")); }

  QString path(const QString& below = {}) const { return dir_.path() + below; }
  QString home() const { return path("/home"); }
  QProcessEnvironment& environment() { return environment_; }
  const QProcessEnvironment& environment() const { return environment_; }

  void write(const QString& below, const QByteArray& bytes) const {
    QFile file(path(below));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("cannot write %s", qPrintable(below));
  }

  std::unique_ptr<QProcess> start(const QStringList& arguments) const {
    auto process = std::make_unique<QProcess>();
    process->setProcessEnvironment(environment_);
    process->setWorkingDirectory(path());
    process->start(program(), arguments + QStringList{"--home", home()});
    if (!process->waitForStarted()) qFatal("cannot start %s", qPrintable(program()));
    return process;
  }
  static CliResult finish(QProcess& process, int timeout_ms = 120'000) {
    if (!process.waitForFinished(timeout_ms)) {
      process.kill();
      process.waitForFinished();
    }
    CliResult result;
    result.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 128 + process.exitCode();
    result.out = process.readAllStandardOutput();
    result.err = process.readAllStandardError();
    return result;
  }
  CliResult run(const QStringList& arguments) const { return finish(*start(arguments)); }

  // Reads stdout until `enough` says so of a line, or the process ends. What was read is kept in `out`.
  static bool read_until(QProcess& process, CliResult& so_far, const std::function<bool(const Json&)>& enough,
                         int timeout_ms = 60'000) {
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < timeout_ms) {
      while (process.canReadLine()) {
        const QByteArray line = process.readLine();
        so_far.out += line;
        const Json object = Json::parse(line.toStdString(), nullptr, false);
        if (object.is_object() && enough(object)) return true;
      }
      if (process.state() == QProcess::NotRunning) return false;
      process.waitForReadyRead(50);
    }
    return false;
  }

  // A scenario file on the shipped model and data: 3 clients, 3 rounds of 4 steps.
  QString tiny(const QStringList& sets = {}) const {
    QStringList arguments{"new",
                          "--template",
                          "desk-iid",
                          "--set",
                          "name=tiny",
                          "--set",
                          "clients=[]",
                          "--set",
                          "partition.clients=3",
                          "--set",
                          "rounds=3",
                          "--set",
                          "training.local_steps=4",
                          "--set",
                          "training.batch_size=4",
                          "--set",
                          "lora.rank=2",
                          "--set",
                          "lora.alpha=4",
                          "--set",
                          "evaluation.max_records=4"};
    for (const QString& set : sets) arguments += {"--set", set};
    const CliResult made = run(arguments);
    if (made.code != 0) qFatal("%s", made.err.constData());
    const QString name = QStringLiteral("/tiny%1.json").arg(++files_);
    write(name, made.out);
    return path(name);
  }

 private:
  QTemporaryDir dir_;
  QProcessEnvironment environment_;
  mutable int files_ = 0;
};

inline std::string text_of(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
}

#define SKIP_WITHOUT_TRAINING() \
  if (!fedllm::tests::Cli::can_train()) QSKIP("the training module or the shipped base model is missing")
#define VERIFY_OK(result) QVERIFY2((result).code == 0 && (result).err.isEmpty(), (result).err.constData())

}  // namespace fedllm::tests
