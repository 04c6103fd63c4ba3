// ImportPanel: the files of the dataset, their format, what to do with bad lines, and the import's progress. Emits
// imported() with what the core found. The import starts by itself when the files change; it can be cancelled.
#pragma once

#include <QTimer>
#include <QWidget>

#include "base/status.h"
#include "ui/shell/page.h"
#include "wire/control.pb.h"

class QComboBox;
class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace fedllm::ui {

class ImportPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ImportPanel(const StudioContext& context, QWidget* parent = nullptr);
  void addFiles(const QStringList& files);
  void showScenario();                       // the document changed
  void importNow();
  bool importing() const { return token_ != 0 || soon_.isActive(); }
  const wire::DatasetInfo& dataset() const { return dataset_; }

 signals:
  void imported();                           // dataset() is new
  void failed();

 private:
  void build();
  void chooseFiles();
  void removeSelected();
  void cancelImport();
  void showProgress(const wire::ImportReply& reply);
  void finish(const Status& status);
  QString wantedKey() const;                 // what an import depends on

  StudioContext context_;
  QListWidget* files_ = nullptr;
  QComboBox* format_ = nullptr;
  QComboBox* badLines_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QPushButton* cancel_ = nullptr;
  QLabel* summary_ = nullptr;
  wire::DatasetInfo dataset_;
  QString importedKey_, importedFiles_;
  QTimer soon_;                              // while a template is typed
  quint64 token_ = 0;
  quint64 imports_ = 0;
};

}  // namespace fedllm::ui
