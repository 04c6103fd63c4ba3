// StudioSettings: what the window remembers in its home (studio.ini): theme, language, geometry, recent scenarios. Written
// when changed. GUI thread; a home that cannot be written to costs the memory, nothing else.
#pragma once

#include <QObject>
#include <QSettings>
#include <QStringList>

namespace fedllm::ui {

class StudioSettings : public QObject {
  Q_OBJECT
 public:
  explicit StudioSettings(const QString& home, QObject* parent = nullptr);
  QString theme() const { return text("theme", QStringLiteral("system")); }
  QString language() const { return text("language", {}); }     // empty: the system's
  bool reduceMotion() const { return store_.value("reduce_motion", false).toBool(); }
  bool keepRunning() const { return store_.value("keep_running", false).toBool(); }
  QStringList recent() const { return store_.value("recent").toStringList(); }
  QByteArray geometry() const { return store_.value("geometry").toByteArray(); }

  void setTheme(const QString& name) { store_.setValue("theme", name); }
  void setLanguage(const QString& code) { store_.setValue("language", code); }
  void setReduceMotion(bool on);
  void setKeepRunning(bool on) { store_.setValue("keep_running", on); }
  void setGeometry(const QByteArray& geometry) { store_.setValue("geometry", geometry); }
  void addRecent(const QString& path);
  void forgetRecent(const QString& path);
  // Widths of splitters and the like, by objectName.
  QByteArray layout(const QString& name) const { return store_.value("layout/" + name).toByteArray(); }
  void setLayout(const QString& name, const QByteArray& state) { store_.setValue("layout/" + name, state); }
  void forgetLayout();

 signals:
  void recentChanged();
  void motionChanged();

 private:
  QString text(const char* key, const QString& fallback) const { return store_.value(QLatin1String(key), fallback).toString(); }
  QSettings store_;
};

}  // namespace fedllm::ui
