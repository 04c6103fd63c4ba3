#include "ui/dataset/import_panel.h"

#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/problem_text.h"

namespace fedllm::ui {
namespace {

constexpr int kTypingMs = 400;

void selectData(QComboBox* combo, const QString& value) {
  const QSignalBlocker quiet(combo);
  combo->setCurrentIndex(std::max(0, combo->findData(value)));
}

}  // namespace

ImportPanel::ImportPanel(const StudioContext& context, QWidget* parent) : QWidget(parent), context_(context) {
  setObjectName("panel.import");
  soon_.setSingleShot(true);
  connect(&soon_, &QTimer::timeout, this, &ImportPanel::importNow);
  build();
  showScenario();
}

void ImportPanel::build() {
  files_ = new QListWidget;
  files_->setObjectName("list.files");
  files_->setAccessibleName(tr("Dataset files"));
  files_->setWhatsThis(tr("JSONL, JSON, CSV or plain text. Files are read in place, in one pass, and never copied."));
  files_->setMaximumHeight(84);
  files_->setTextElideMode(Qt::ElideMiddle);
  auto* add = new QPushButton(tr("Add files…"));
  add->setObjectName("btn.addFiles");
  auto* remove = new QPushButton(tr("Remove"));
  remove->setObjectName("btn.removeFiles");
  format_ = new QComboBox;
  format_->setObjectName("combo.format");
  for (const char* name : {"auto", "jsonl", "json", "csv", "text"}) format_->addItem(name == QByteArray("auto") ? tr("recognise") : QString(name).toUpper(), QString(name));
  format_->setWhatsThis(tr("How the files are read. Recognised from their names and first bytes unless chosen here."));
  badLines_ = new QComboBox;
  badLines_->setObjectName("combo.badLines");
  badLines_->addItem(tr("stop at the first"), "refuse");
  badLines_->addItem(tr("skip and count"), "skip");
  badLines_->setWhatsThis(tr("What happens to lines that cannot be read or lack a field."));
  progress_ = new QProgressBar;
  progress_->setObjectName("progress.import");
  progress_->setAccessibleName(tr("Import progress"));
  cancel_ = new QPushButton(tr("Cancel"));
  cancel_->setObjectName("btn.cancelImport");
  summary_ = new QLabel;
  summary_->setObjectName("label.importSummary");
  summary_->setWordWrap(true);
  summary_->setTextInteractionFlags(Qt::TextSelectableByMouse);

  auto* buttons = new QHBoxLayout;
  buttons->addWidget(add);
  buttons->addWidget(remove);
  buttons->addStretch();
  auto* form = new QFormLayout;
  form->addRow(tr("&Format"), format_);
  form->addRow(tr("&Bad lines"), badLines_);
  auto* running = new QHBoxLayout;
  running->addWidget(progress_, 1);
  running->addWidget(cancel_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(files_);
  layout->addLayout(buttons);
  layout->addLayout(form);
  layout->addLayout(running);
  layout->addWidget(summary_);
  progress_->hide();
  cancel_->hide();

  const auto mayRemove = [this, remove] {
    remove->setEnabled(files_->currentRow() >= 0);
    remove->setToolTip(remove->isEnabled() ? tr("Takes the selected file out of the dataset") : tr("Select a file first"));
  };
  connect(files_, &QListWidget::currentRowChanged, this, mayRemove);
  mayRemove();
  connect(add, &QPushButton::clicked, this, &ImportPanel::chooseFiles);
  connect(remove, &QPushButton::clicked, this, &ImportPanel::removeSelected);
  connect(cancel_, &QPushButton::clicked, this, &ImportPanel::cancelImport);
  connect(format_, &QComboBox::activated, this, [this] {
    const std::string value = format_->currentData().toString().toStdString();
    context_.document->edit(tr("Set the dataset format"), [value](spec::Scenario& s) { s.dataset.format = value; });
  });
  connect(badLines_, &QComboBox::activated, this, [this] {
    const std::string value = badLines_->currentData().toString().toStdString();
    context_.document->edit(tr("Choose what happens to bad lines"), [value](spec::Scenario& s) { s.dataset.bad_lines = value; });
  });
}

void ImportPanel::chooseFiles() {
  addFiles(QFileDialog::getOpenFileNames(this, tr("Add dataset files"), context_.document->baseDir(),
                                         tr("Datasets (*.jsonl *.json *.csv *.tsv *.txt);;All files (*)")));
}

void ImportPanel::addFiles(const QStringList& files) {
  if (files.isEmpty()) return;
  context_.document->edit(tr("Add %n dataset file(s)", nullptr, int(files.size())), [&files](spec::Scenario& s) {
    std::vector<std::string> kept;
    for (const std::string& file : s.dataset.files)
      if (file.rfind("builtin:", 0) != 0) kept.push_back(file);    // own files replace the shipped sample
    if (kept.size() != s.dataset.files.size()) {
      s.dataset.test_files.clear();
      s.dataset.label.clear();
      s.dataset.text_template = {};
      s.evaluation.control_files.clear();
    }
    s.dataset.files = kept;
    for (const QString& file : files) s.dataset.files.push_back(file.toStdString());
  });
}

void ImportPanel::removeSelected() {
  const int row = files_->currentRow();
  if (row < 0) return;
  context_.document->edit(tr("Remove a dataset file"), [row](spec::Scenario& s) {
    if (row < int(s.dataset.files.size())) s.dataset.files.erase(s.dataset.files.begin() + row);
  });
}

QString ImportPanel::wantedKey() const {
  spec::Scenario only;
  only.dataset = context_.document->scenario().dataset;
  only.dataset.test_fraction = 0;
  return context_.document->baseDir() + "\n" + QString::fromStdString(spec::to_json(only));
}

void ImportPanel::showScenario() {
  const spec::DatasetSpec& dataset = context_.document->scenario().dataset;
  QStringList names;
  for (const std::string& file : dataset.files) names << QString::fromStdString(file);
  QStringList shown;
  for (int i = 0; i < files_->count(); ++i) shown << files_->item(i)->data(Qt::UserRole).toString();
  if (names != shown) {
    files_->clear();
    for (const QString& name : names) {
      auto* item = new QListWidgetItem(name.startsWith("builtin:") ? name : QFileInfo(name).fileName(), files_);
      item->setData(Qt::UserRole, name);
      item->setToolTip(name);
    }
  }
  selectData(format_, QString::fromStdString(dataset.format));
  selectData(badLines_, QString::fromStdString(dataset.bad_lines));
  if (!isVisible() || wantedKey() == importedKey_) return soon_.stop();
  // Each letter typed into a template would read the files again: only the last one does.
  if (importedFiles_ == names.join(QLatin1Char('\n'))) soon_.start(kTypingMs);
  else importNow();
}

void ImportPanel::importNow() {
  soon_.stop();
  const QString key = wantedKey();
  if (token_ != 0 && key == importedKey_) return;   // already at it
  if (token_ != 0) context_.link->cancel(token_);
  token_ = 0;
  importedKey_ = key;
  QStringList names;
  for (const std::string& file : context_.document->scenario().dataset.files) names << QString::fromStdString(file);
  importedFiles_ = names.join(QLatin1Char('\n'));
  dataset_.Clear();
  if (context_.document->scenario().dataset.files.empty()) {
    summary_->setText(tr("No data yet. Add JSONL, JSON, CSV or text files."));
    emit imported();
    return;
  }
  wire::ImportRequest request;
  request.set_scenario_json(spec::to_json(context_.document->scenario()));
  request.set_base_dir(context_.document->baseDir().toStdString());
  request.set_import_id(QString::number(++imports_).toStdString());
  progress_->setRange(0, 0);
  summary_->setText(tr("Reading…"));
  const quint64 generation = imports_;
  token_ = context_.link->importDataset(request, this,
      [this, generation](const wire::ImportReply& reply) { if (generation == imports_) showProgress(reply); },
      [this, generation](Status status) {
        if (generation == imports_) finish(status);
      });
  progress_->show();
  cancel_->show();
}

void ImportPanel::showProgress(const wire::ImportReply& reply) {
  if (reply.has_dataset()) dataset_ = reply.dataset();
  if (reply.bytes_total() == 0) return;
  progress_->setRange(0, 1000);
  progress_->setValue(int(1000.0 * reply.bytes_done() / reply.bytes_total()));
  const QLocale locale;
  summary_->setText(tr("%1 of %2, %3 records").arg(locale.formattedDataSize(qint64(reply.bytes_done())),
                                                  locale.formattedDataSize(qint64(reply.bytes_total())),
                                                  locale.toString(qulonglong(reply.records()))));
}

void ImportPanel::finish(const Status& status) {
  token_ = 0;
  progress_->hide();
  cancel_->hide();
  if (!status.ok()) {
    dataset_.Clear();
    summary_->setText(status.code() == Code::cancelled ? tr("Import cancelled. Nothing was kept.") : statusText(status));
    emit failed();
    return;
  }
  const QLocale locale;
  QString text = tr("%1 records, %2 fields").arg(locale.toString(qlonglong(dataset_.records()))).arg(dataset_.fields_size());
  if (dataset_.labels_size() > 0) text += tr(", %1 labels").arg(dataset_.labels_size());
  if (dataset_.turns() > 0) text += tr(", %1 turns").arg(locale.toString(qlonglong(dataset_.turns())));
  text += tr(". Content hash %1").arg(QString::fromStdString(dataset_.hash()).left(10));
  if (dataset_.skipped() > 0) {
    text += "\n" + tr("%n line(s) skipped", nullptr, int(dataset_.skipped()));
    for (int i = 0; i < std::min(3, dataset_.bad_lines_size()); ++i) text += "\n" + QString::fromStdString(dataset_.bad_lines(i));
  }
  summary_->setText(text);
  emit imported();
}

void ImportPanel::cancelImport() {
  if (token_ == 0) return;
  context_.link->cancel(token_);
  ++imports_;
  finish(cancelled());
}

}  // namespace fedllm::ui
