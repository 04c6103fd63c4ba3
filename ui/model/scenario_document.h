// ScenarioDocument: the scenario being edited. A pure value changed only by named, undoable, serialisable commands; every
// command is appended to a crash journal, which a clean save or close deletes. GUI thread only.
#pragma once

#include <QObject>
#include <QString>
#include <QUndoStack>
#include <functional>
#include <vector>

#include "base/status.h"
#include "spec/scenario.h"
#include "spec/validate.h"

namespace fedllm::ui {

class ScenarioDocument : public QObject {
  Q_OBJECT
 public:
  explicit ScenarioDocument(QObject* parent = nullptr);
  ~ScenarioDocument() override;

  const spec::Scenario& scenario() const;
  const std::vector<spec::Problem>& problems() const;     // validate() of the present value
  QUndoStack* undoStack();
  // One named undo step. Consecutive edits with the same non-empty mergeKey (a drag, a slider) become one.
  // Edits that change nothing push nothing.
  void edit(const QString& name, const std::function<void(spec::Scenario&)>& change, const QString& mergeKey = {});
  void endMerge();                                        // the gesture is over: the next edit starts a new step

  void reset(const spec::Scenario& scenario, const QString& path);   // new or opened: clears undo and journal
  QString path() const;                                   // empty: never saved
  QString baseDir() const;                                // folder against which relative paths resolve
  bool isModified() const;
  Status save(const QString& path);                       // JSON, atomic
  Status load(const QString& path);

  // Crash recovery. setJournalFolder enables the journal; recoverable() finds what a crash left (number of edits).
  void setJournalFolder(const QString& folder);
  struct Recoverable { QString journalFile; QString name; int edits = 0; };
  std::vector<Recoverable> recoverable() const;
  Status recover(const Recoverable& journal);
  static void discard(const Recoverable& journal);

 signals:
  void changed();                                         // after every edit, undo, redo, reset
  void modifiedChanged(bool modified);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::ui
