#include "ui/shell/settings.h"

namespace fedllm::ui {
namespace {
constexpr int kRecentLimit = 10;
}

StudioSettings::StudioSettings(const QString& home, QObject* parent)
    : QObject(parent), store_(home + QStringLiteral("/studio.ini"), QSettings::IniFormat) {}

void StudioSettings::setReduceMotion(bool on) {
  store_.setValue("reduce_motion", on);
  emit motionChanged();
}

void StudioSettings::addRecent(const QString& path) {
  QStringList list = recent();
  list.removeAll(path);
  list.prepend(path);
  store_.setValue("recent", QStringList(list.mid(0, kRecentLimit)));
  emit recentChanged();
}

void StudioSettings::forgetRecent(const QString& path) {
  QStringList list = recent();
  list.removeAll(path);
  store_.setValue("recent", list);
  emit recentChanged();
}

void StudioSettings::forgetLayout() {
  store_.remove("geometry");
  store_.remove("layout");
}

}  // namespace fedllm::ui
