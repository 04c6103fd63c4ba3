#include "ui/scenario/file_pane.h"

#include <QFontDatabase>
#include <QGuiApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "spec/scenario_json.h"
#include "ui/shell/icons.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

QString quoted(const QString& path) {
  static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_./:+-]+$"));
  return plain.match(path).hasMatch()
             ? path
             : QLatin1Char('\'') + QString(path).replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
}

}  // namespace

FilePane::FilePane(ScenarioDocument* document, const Theme* theme, QWidget* parent)
    : QWidget(parent), document_(document), theme_(theme), text_(new QPlainTextEdit), note_(new QLabel),
      apply_(new QPushButton(tr("Apply"))), revert_(new QPushButton(tr("Revert"))), command_(new QLineEdit) {
  setObjectName(QStringLiteral("pane.file"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(8, 8, 8, 8);
  column->setSpacing(6);
  auto* head = new QLabel(tr("As a &file"));
  head->setBuddy(text_);
  column->addWidget(head);
  const QFont mono = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  text_->setObjectName(QStringLiteral("file.text"));
  text_->setAccessibleName(tr("The scenario as JSON"));
  text_->setWhatsThis(tr("The scenario exactly as it is saved. Edit it and press Apply: one undoable step."));
  text_->setFont(mono);
  text_->setLineWrapMode(QPlainTextEdit::NoWrap);
  text_->setTabChangesFocus(true);
  column->addWidget(text_, 1);
  note_->setObjectName(QStringLiteral("file.note"));
  note_->setWordWrap(true);
  column->addWidget(note_);
  auto* row = new QHBoxLayout;
  apply_->setObjectName(QStringLiteral("file.apply"));
  revert_->setObjectName(QStringLiteral("file.revert"));
  row->addWidget(apply_);
  row->addWidget(revert_);
  row->addStretch(1);
  column->addLayout(row);
  auto* line = new QHBoxLayout;
  command_->setObjectName(QStringLiteral("file.command"));
  command_->setReadOnly(true);
  command_->setFont(mono);
  command_->setAccessibleName(tr("Command that repeats this run in a terminal"));
  command_->setWhatsThis(tr("Type this in a terminal to run the same scenario without a window."));
  auto* copy = new QToolButton;
  copy->setIcon(themedIcon(QStringLiteral("duplicate")));
  copy->setToolTip(tr("Copy the command"));
  copy->setAccessibleName(copy->toolTip());
  connect(copy, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(command_->text()); });
  line->addWidget(command_, 1);
  line->addWidget(copy);
  column->addLayout(line);
  connect(apply_, &QPushButton::clicked, this, &FilePane::apply);
  connect(revert_, &QPushButton::clicked, this, &FilePane::revert);
  connect(text_, &QPlainTextEdit::textChanged, this, &FilePane::edited);
  connect(document, &ScenarioDocument::changed, this, &FilePane::refresh);
  connect(theme, &Theme::changed, this, &FilePane::edited);
  revert();
}

// The file on disk where it holds this very scenario, else the way to get one.
QString FilePane::commandLine() const {
  if (!document_->path().isEmpty() && !document_->isModified()) return QStringLiteral("fedllm run ") + quoted(document_->path());
  const QString path = document_->path().isEmpty() ? QStringLiteral("scenario.json") : document_->path();
  return QStringLiteral("fedllm run ") + quoted(path);
}

void FilePane::refresh() {
  command_->setText(commandLine());
  command_->setToolTip(document_->path().isEmpty() || document_->isModified() ? tr("Save the scenario first") : QString());
  if (QString::fromStdString(spec::to_json(document_->scenario())) == shown_) return;
  if (text_->toPlainText() == shown_) return revert();
  note_->setText(tr("The scenario was changed elsewhere. Apply overwrites that, Revert shows it."));
  note_->show();
}

void FilePane::revert() {
  shown_ = QString::fromStdString(spec::to_json(document_->scenario()));
  command_->setText(commandLine());
  if (text_->toPlainText() == shown_) return edited();
  const int scroll = text_->verticalScrollBar()->value();
  text_->setPlainText(shown_);
  text_->verticalScrollBar()->setValue(scroll);
}

// Says what is wrong while typing; nothing is applied before it reads.
void FilePane::edited() {
  const bool dirty = text_->toPlainText() != shown_;
  revert_->setEnabled(dirty);
  QString problem;
  if (dirty) {
    const auto parsed = spec::parse_scenario(text_->toPlainText().toStdString());
    if (!parsed.ok()) problem = statusText(parsed.status());
  }
  apply_->setEnabled(dirty && problem.isEmpty());
  QPalette palette = note_->palette();
  palette.setColor(QPalette::WindowText, problem.isEmpty() ? theme_->mutedText() : theme_->bad());
  note_->setPalette(palette);
  note_->setText(problem.isEmpty() ? (dirty ? tr("Edited, not applied yet") : QString()) : problem);
  note_->setVisible(!note_->text().isEmpty());
}

bool FilePane::apply() {
  const auto parsed = spec::parse_scenario(text_->toPlainText().toStdString());
  if (!parsed.ok()) return edited(), false;
  shown_ = text_->toPlainText();             // so that the change is not taken for somebody else's
  document_->edit(tr("Edit the file"), [&](spec::Scenario& scenario) { scenario = *parsed; });
  revert();
  return true;
}

}  // namespace fedllm::ui
