#include "ui/model/rebase.h"

#include <QDir>
#include <QFileInfo>

namespace fedllm::ui {
namespace {

QString real(const QString& folder) {
  const QString known = QFileInfo(folder).canonicalFilePath();
  return known.isEmpty() ? QDir::cleanPath(folder) : known;
}

}  // namespace

spec::Scenario rebased(spec::Scenario scenario, const QString& from, const QString& to) {
  if (from == to) return scenario;
  const QDir old(real(from)), now(real(to));
  if (old == now) return scenario;
  const auto move = [&](std::string& path) {
    if (path.empty() || path.rfind("builtin:", 0) == 0 || path.front() == '/') return;
    path = now.relativeFilePath(old.absoluteFilePath(QString::fromStdString(path))).toStdString();
  };
  move(scenario.base_model);
  for (auto* files : {&scenario.dataset.files, &scenario.dataset.test_files, &scenario.evaluation.control_files})
    for (std::string& file : *files) move(file);
  return scenario;
}

}  // namespace fedllm::ui
