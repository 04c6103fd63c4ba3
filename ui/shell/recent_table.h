// RecentTable: what was opened and what was run lately, newest first. Enter or a double click opens it. A file that is gone
// is greyed. GUI thread.
#pragma once

#include <QTableWidget>

#include "wire/control.pb.h"

namespace fedllm::ui {

class Theme;

class RecentTable : public QTableWidget {
  Q_OBJECT
 public:
  explicit RecentTable(Theme* theme, QWidget* parent = nullptr);
  void setFiles(const QStringList& paths);
  void setRuns(const wire::ListRunsReply& runs, int limit);

 signals:
  void runChosen(const QString& run);
  void fileChosen(const QString& path);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  struct Row { QString kind, name, when, result, run, path; qint64 timeMs = 0; bool missing = false; };
  void fill();
  void choose(int row);

  Theme* theme_;
  std::vector<Row> files_, runs_, rows_;
};

}  // namespace fedllm::ui
