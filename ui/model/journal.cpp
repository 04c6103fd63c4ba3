#include "ui/model/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUuid>

#include "spec/scenario_json.h"

namespace fedllm::ui {
namespace {

QString textOf(const spec::Scenario& scenario) { return QString::fromStdString(spec::to_json(scenario)); }

std::optional<spec::Scenario> scenarioIn(const QJsonValue& value) {
  auto parsed = spec::parse_scenario(value.toString().toStdString());
  if (!parsed.ok()) return std::nullopt;
  return *parsed;
}

QByteArray lineOf(const QJsonObject& object) { return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n'; }

}  // namespace

Journal::~Journal() { close(); }

void Journal::setFolder(const QString& folder) {
  folder_ = folder;
  if (!folder.isEmpty()) QDir().mkpath(folder);
}

void Journal::open(const spec::Scenario& base, const QString& path) {
  file_ = folder_ + QLatin1Char('/') + QUuid::createUuid().toString(QUuid::Id128) + QStringLiteral(".jsonl");
  fd_ = ::open(QFile::encodeName(file_).constData(), O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    failed_ = true;
    return;
  }
  ::flock(fd_, LOCK_EX | LOCK_NB);
  writeLine(lineOf({{"path", path}, {"scenario", textOf(base)}}));
}

void Journal::writeLine(const QByteArray& line) {
  if (fd_ < 0) return;
  if (::write(fd_, line.constData(), size_t(line.size())) == line.size()) return;
  failed_ = true;                            // a full disk: the edits go on, without the net
  close();
}

void Journal::push(const spec::Scenario& base, const QString& path, const QString& name, const QString& key,
                   const spec::Scenario& after) {
  if (folder_.isEmpty() || failed_) return;
  if (fd_ < 0) open(base, path);
  writeLine(lineOf({{"push", name}, {"key", key}, {"scenario", textOf(after)}}));
}

void Journal::index(int steps) { writeLine(lineOf({{"index", steps}})); }

void Journal::close() {
  if (fd_ < 0) return;
  ::unlink(QFile::encodeName(file_).constData());
  ::close(fd_);
  fd_ = -1;
}

// Steps as the undo stack would count them: merged ones once, undone ones not at all.
int Journal::Content::edits() const {
  int count = 0;
  QString key;
  for (const Step& step : steps) {
    if (step.index >= 0) {
      count = step.index;
      key.clear();
      continue;
    }
    if (step.key.isEmpty() || step.key != key) ++count;
    key = step.key;
  }
  return count;
}

std::optional<Journal::Content> Journal::read(const QString& file) {
  QFile in(file);
  if (!in.open(QIODevice::ReadOnly)) return std::nullopt;
  const QJsonObject head = QJsonDocument::fromJson(in.readLine()).object();
  auto base = scenarioIn(head["scenario"]);
  if (!base) return std::nullopt;
  Content content{head["path"].toString(), *base, {}};
  while (!in.atEnd()) {
    const QJsonObject line = QJsonDocument::fromJson(in.readLine()).object();
    if (line.contains("index")) {
      content.steps.push_back({{}, {}, {}, line["index"].toInt()});
    } else if (auto scenario = scenarioIn(line["scenario"])) {
      content.steps.push_back({line["push"].toString(), line["key"].toString(), *scenario, -1});
    } else {
      break;                                 // the line that the crash cut short
    }
  }
  return content;
}

bool Journal::isOrphan(const QString& file) {
  const int fd = ::open(QFile::encodeName(file).constData(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool free = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  ::close(fd);
  return free;
}

}  // namespace fedllm::ui
