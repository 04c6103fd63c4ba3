#include "ui/lab/data_panel.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/lab/card.h"
#include "ui/lab/lab_text.h"
#include "ui/lab/readiness_view.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {

DataPanel::DataPanel(Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  setObjectName(QStringLiteral("panel.lab.data"));
  contractText_ = paragraph({}, "label.lab.contract");
  now_ = paragraph({}, "label.lab.dataNow");
  auto* files = new Card(tr("Your data"));
  files->body()->addWidget(now_);
  files->body()->addWidget(contractText_);
  files->body()->addWidget(buildFiles());
  mapping_ = new QFormLayout;
  mapping_->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  noColumns_ = paragraph(tr("Choose files and their columns appear here."), "label.lab.noColumns");
  use_ = button(tr("&Use this data"), "btn.lab.useData", tr("Reads the files on this machine and reports what is in them. Nothing is sent."));
  use_->setDefault(true);
  auto* last = new QHBoxLayout;
  last->addStretch();
  last->addWidget(use_);
  files->body()->addLayout(mapping_);
  files->body()->addWidget(noColumns_);
  files->body()->addLayout(last);
  files->body()->addStretch();
  report_ = new ReadinessView(theme);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(10);
  row->addWidget(files, 5, Qt::AlignTop);
  row->addWidget(report_, 6, Qt::AlignTop);
  connect(use_, &QPushButton::clicked, this, &DataPanel::use);
  showFiles();
}

QWidget* DataPanel::buildFiles() {
  list_ = new QListWidget;
  list_->setObjectName(QStringLiteral("list.lab.files"));
  list_->setAccessibleName(tr("Your data files"));
  list_->setWhatsThis(tr("JSONL, JSON, CSV or plain text. Files are read in place and never leave this machine."));
  list_->setTextElideMode(Qt::ElideMiddle);
  list_->setFixedHeight(fontMetrics().lineSpacing() * 4 + 8);
  auto* add = button(tr("&Add files…"), "btn.lab.addFiles", tr("The data to take part with."));
  remove_ = button(tr("R&emove"), "btn.lab.removeFiles", tr("Takes the selected files off the list."));
  format_ = new QComboBox;
  format_->setObjectName(QStringLiteral("combo.lab.format"));
  format_->setAccessibleName(tr("Format"));
  format_->setWhatsThis(tr("How the files are read. Recognised from their names and first bytes unless chosen here."));
  format_->addItem(tr("recognise"), QStringLiteral("auto"));
  for (const char* name : {"jsonl", "json", "csv", "text"}) format_->addItem(QString::fromLatin1(name).toUpper(), QString::fromLatin1(name));
  connect(add, &QPushButton::clicked, this, &DataPanel::chooseFiles);
  connect(remove_, &QPushButton::clicked, this, [this] {
    for (QListWidgetItem* item : list_->selectedItems()) files_.removeAll(item->data(Qt::UserRole).toString());
    edited_ = true;
    showFiles();
  });
  connect(format_, &QComboBox::activated, this, [this] {
    edited_ = true;
    refreshButtons();
  });
  auto* widget = new QWidget;
  auto* column = new QVBoxLayout(widget);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(list_);
  auto* row = new QHBoxLayout;
  row->addWidget(add);
  row->addWidget(remove_);
  row->addStretch();
  row->addWidget(format_);
  column->addLayout(row);
  return widget;
}

void DataPanel::chooseFiles() {
  addFiles(QFileDialog::getOpenFileNames(this, tr("Choose your data"), {}, tr("Datasets (*.jsonl *.json *.csv *.tsv *.txt);;All files (*)")));
}

// The columns are only known once the core has read the files, so that new files are read at once.
void DataPanel::addFiles(const QStringList& files) {
  if (files.isEmpty()) return;
  for (const QString& file : files)
    if (!files_.contains(file)) files_ << file;
  edited_ = true;
  showFiles();
  use();
}

// Until the state with them comes, the files that the core took are the present ones.
void DataPanel::answered(bool taken) {
  if (!taken) return;
  edited_ = false;
  taken_ = files_;
}

void DataPanel::showFiles() {
  list_->clear();
  for (const QString& file : files_) {
    auto* item = new QListWidgetItem(QFileInfo(file).fileName(), list_);
    item->setData(Qt::UserRole, file);
    item->setToolTip(file);
  }
  refreshButtons();
}

void DataPanel::setMembership(const wire::Membership& membership, bool live) {
  live_ = live;
  const DataContract contract = DataContract::read(membership.contract_json());
  contractText_->setText(contract.sentence());
  contractText_->setVisible(!membership.contract_json().empty());
  paintText(contractText_, theme_->mutedText());
  paintText(noColumns_, theme_->mutedText());
  now_->setText(lab_text::sentence(membership.sentence()));
  now_->setVisible(!membership.sentence().empty() && membership.state() == "mapping");
  QStringList files, columns;
  for (const auto& file : membership.files()) files << QString::fromStdString(file);
  for (const auto& column : membership.available_columns()) columns << QString::fromStdString(column);
  if (files == taken_) taken_.clear();
  if (!edited_ && taken_.isEmpty() && files != files_) files_ = files, showFiles();
  if (contract.wanted() != wanted_ || columns != available_) {
    rebuildMapping(contract.wanted(), columns);
    presetMapping(membership);
  }
  report_->setReport(membership.readiness(), !edited_);
  refreshButtons();
}

void DataPanel::rebuildMapping(const QStringList& wanted, const QStringList& columns) {
  wanted_ = wanted;
  available_ = columns;
  while (mapping_->rowCount() > 0) mapping_->removeRow(0);
  columns_.clear();
  noColumns_->setVisible(columns.isEmpty());
  if (columns.isEmpty()) return;
  for (const QString& field : wanted) {
    auto* combo = new QComboBox;
    combo->setObjectName(QStringLiteral("combo.lab.column.") + field);
    combo->setAccessibleName(tr("Column for %1").arg(field));
    combo->setWhatsThis(tr("Which column of your files is the room's field %1.").arg(field));
    combo->addItem(tr("(choose a column)"), QString());
    for (const QString& column : columns) combo->addItem(column, column);
    auto* label = new QLabel(field);
    label->setTextFormat(Qt::PlainText);
    label->setBuddy(combo);
    mapping_->addRow(label, combo);
    columns_.insert(field, combo);
    connect(combo, &QComboBox::activated, this, [this] {
      edited_ = true;
      refreshButtons();
    });
  }
}

// What the core uses; else a column of the same name.
void DataPanel::presetMapping(const wire::Membership& membership) {
  for (auto it = columns_.begin(); it != columns_.end(); ++it) {
    const auto chosen = membership.columns().find(it.key().toStdString());
    const QString column = chosen != membership.columns().end() ? QString::fromStdString(chosen->second) : it.key();
    it.value()->setCurrentIndex(std::max(0, it.value()->findData(column)));
  }
}

void DataPanel::refreshButtons() {
  bool mapped = true;
  for (QComboBox* combo : std::as_const(columns_)) mapped = mapped && combo->currentIndex() > 0;
  remove_->setEnabled(!files_.isEmpty());
  use_->setEnabled(live_ && !files_.isEmpty() && mapped);
  use_->setToolTip(!mapped ? tr("Choose a column for every field") : use_->whatsThis());
}

void DataPanel::use() {
  if (files_.isEmpty()) return;
  QHash<QString, QString> chosen;
  for (auto it = columns_.begin(); it != columns_.end(); ++it)
    if (const QString column = it.value()->currentData().toString(); !column.isEmpty()) chosen.insert(it.key(), column);
  emit dataChosen(files_, format_->currentData().toString(), chosen);
}

}  // namespace fedllm::ui
