// FilePane: "Show as file": the scenario as the JSON that is saved, editable both ways, and the command that repeats the
// run in a terminal. Apply is one undo step; what does not parse is said and changes nothing. GUI thread.
#pragma once

#include <QWidget>

#include "ui/model/scenario_document.h"

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;

namespace fedllm::ui {

class Theme;

class FilePane : public QWidget {
  Q_OBJECT
 public:
  FilePane(ScenarioDocument* document, const Theme* theme, QWidget* parent = nullptr);
  bool apply();

 private:
  void refresh();
  void edited();
  void revert();
  QString commandLine() const;

  ScenarioDocument* document_;
  const Theme* theme_;
  QPlainTextEdit* text_;
  QLabel* note_;
  QPushButton *apply_, *revert_;
  QLineEdit* command_;
  QString shown_;                            // the document as last shown
};

}  // namespace fedllm::ui
