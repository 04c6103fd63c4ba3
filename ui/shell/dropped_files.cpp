#include "ui/shell/dropped_files.h"

#include <QFileInfo>
#include <QMimeData>
#include <QUrl>
#include <algorithm>

#include "spec/scenario_json.h"

namespace fedllm::ui {
namespace {

constexpr qint64 kLargestScenario = 4 << 20;  // bytes; a larger .json is data and not read while it hovers

bool isData(const QString& path) {
  static const QStringList endings{QStringLiteral("jsonl"), QStringLiteral("json"), QStringLiteral("csv"), QStringLiteral("tsv"),
                                   QStringLiteral("txt")};
  const QFileInfo file(path);
  return file.isFile() && endings.contains(file.suffix().toLower());
}

// A .json file may be either: it is a scenario if it reads as one.
bool isScenario(const QString& path) {
  const QFileInfo file(path);
  if (!file.isFile()) return false;
  const QString ending = file.suffix().toLower();
  if (ending == QLatin1String("fedscn")) return true;
  return ending == QLatin1String("json") && file.size() <= kLargestScenario && spec::load_scenario(path.toStdString()).ok();
}

}  // namespace

DroppedFiles droppedFiles(const QMimeData* mime) {
  DroppedFiles dropped;
  for (const QUrl& url : mime->urls())
    if (url.isLocalFile()) dropped.paths << url.toLocalFile();
  using Kind = DroppedFiles::Kind;
  if (dropped.paths.isEmpty()) return dropped;
  const bool data = std::all_of(dropped.paths.begin(), dropped.paths.end(), isData);
  dropped.kind = dropped.paths.size() == 1 && isScenario(dropped.paths[0]) ? Kind::Scenario : data ? Kind::Data : Kind::Other;
  return dropped;
}

}  // namespace fedllm::ui
