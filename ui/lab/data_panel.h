// DataPanel: a member's own data against the room's contract: files, which column is which field, and what the core found in
// them: records, tokens, problems, hints, samples. All of it happens on this machine. Asks by a signal. Objects:
// list.lab.files, combo.lab.column.FIELD, btn.lab.useData, report.lab.
#pragma once

#include <QHash>
#include <QWidget>

#include "ui/lab/contract.h"
#include "wire/lab.pb.h"

class QComboBox;
class QFormLayout;
class QLabel;
class QListWidget;
class QPlainTextEdit;
class QPushButton;

namespace fedllm::ui {

class ReadinessView;
class Theme;

class DataPanel : public QWidget {
  Q_OBJECT
 public:
  explicit DataPanel(Theme* theme, QWidget* parent = nullptr);
  void setMembership(const wire::Membership& membership, bool live);
  void addFiles(const QStringList& files);
  void answered(bool taken);                   // by the core, to what was chosen

 signals:
  void dataChosen(const QStringList& files, const QString& format, const QHash<QString, QString>& columns);

 private:
  QWidget* buildFiles();
  void chooseFiles();
  void showFiles();
  void rebuildMapping(const QStringList& wanted, const QStringList& columns);
  void presetMapping(const wire::Membership& membership);
  void refreshButtons();
  void use();

  Theme* theme_;
  QLabel *now_, *contractText_, *noColumns_;
  QListWidget* list_;
  QComboBox* format_;
  QFormLayout* mapping_;
  QHash<QString, QComboBox*> columns_;
  QStringList files_, taken_, wanted_, available_;
  QPushButton *remove_, *use_;
  ReadinessView* report_;
  bool edited_ = false, live_ = true;
};

}  // namespace fedllm::ui
