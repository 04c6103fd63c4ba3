// RunSession: the run being looked at and the one it is compared with. Starts runs, watches them, pauses, resumes, stops.
// Keeps a RunRecord for the present run and, after "Duplicate and change one thing", one for the previous run. Errors come
// as the core's sentences, by signal. GUI thread.
#pragma once

#include <QObject>
#include <QString>

#include "spec/scenario.h"
#include "ui/model/run_record.h"

namespace fedllm::ui {

class CoreLink;

class RunSession : public QObject {
  Q_OBJECT
 public:
  explicit RunSession(CoreLink* link, QObject* parent = nullptr);
  RunRecord* current() const;                  // null: none
  RunRecord* previous() const;                 // null: none; drawn faintly behind
  QString differenceSentence() const;          // of the two scenarios; empty without a previous one
  // Starts the scenario; on success current() is the new run. `previousRun` draws that run behind it.
  void start(const spec::Scenario& scenario, const QString& baseDir, const QString& previousRun = {});
  void open(const QString& run);               // an old or running run, from seq 0
  void reload();                               // from seq 0 again: another language
  void pause();
  void resume();
  void stop(bool abandon);
  bool starting() const;

 signals:
  void currentChanged();                       // another run (or none) is looked at
  void startFailed(const QString& sentence);
  void commandFailed(const QString& sentence);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace fedllm::ui
