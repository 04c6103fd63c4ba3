// Journal: one file of lines that lets an unsaved scenario survive a crash. The first line is the scenario the edits began
// from, every further line one step: {"push": name, "key": merge key, "scenario": …} or {"index": n} (undo and redo).
// The writer holds an flock on its file, so a file whose lock is free was left by a crash. GUI thread; write errors turn the
// journal off and are reported once by failed().
#pragma once

#include <QString>
#include <optional>
#include <vector>

#include "spec/scenario.h"

namespace fedllm::ui {

class Journal {
 public:
  ~Journal();
  void setFolder(const QString& folder);
  QString folder() const { return folder_; }
  bool active() const { return fd_ >= 0; }
  QString file() const { return file_; }
  bool failed() const { return failed_; }

  // Opens a new file on first use; `base` is the scenario before the first step, `path` where it was saved, if ever.
  void push(const spec::Scenario& base, const QString& path, const QString& name, const QString& key,
            const spec::Scenario& after);
  void index(int steps);
  void close();                              // deletes the file: saved, or let go

  struct Step { QString name, key; spec::Scenario scenario; int index = -1; };   // index >= 0: an undo or redo
  struct Content { QString path; spec::Scenario base; std::vector<Step> steps; int edits() const; };
  static std::optional<Content> read(const QString& file);
  static bool isOrphan(const QString& file);   // nobody holds its lock

 private:
  void open(const spec::Scenario& base, const QString& path);
  void writeLine(const QByteArray& line);

  QString folder_, file_;
  int fd_ = -1;
  bool failed_ = false;
};

}  // namespace fedllm::ui
