#include "ui/scenario/problem_list.h"

#include <QPainter>
#include <algorithm>

#include "ui/shell/icons.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

QString lineOf(const spec::Problem& problem) {
  const QString path = QString::fromStdString(problem.path);
  return path.isEmpty() ? problemText(problem) : ProblemList::tr("%1: %2").arg(fieldTitle(path), problemText(problem));
}

}  // namespace

ProblemList::ProblemList(ScenarioEditor* editor, const Theme* theme, QWidget* parent)
    : QListWidget(parent), editor_(editor), theme_(theme) {
  setObjectName(QStringLiteral("list.problems"));
  setAccessibleName(tr("Problems"));
  setWhatsThis(tr("Problems of this scenario. Errors keep it from running, warnings do not. Enter goes to the setting."));
  setWordWrap(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  connect(editor, &ScenarioEditor::problemsChanged, this, &ProblemList::refresh);
  connect(theme, &Theme::changed, this, &ProblemList::refresh);
  const auto go = [this](QListWidgetItem* item) { emit chosen(item->data(Qt::UserRole).toString()); };
  connect(this, &QListWidget::itemActivated, this, go);
  connect(this, &QListWidget::itemClicked, this, go);
  refresh();
}

void ProblemList::refresh() {
  const int row = currentRow();
  clear();
  for (const auto& problem : editor_->problems()) {
    const bool error = problem.severity == spec::Problem::Severity::error;
    auto* item = new QListWidgetItem(QIcon(iconPixmap(error ? QStringLiteral("error") : QStringLiteral("warning"), 18,
                                                      error ? theme_->bad() : theme_->warning(), devicePixelRatioF())),
                                     lineOf(problem));
    item->setData(Qt::UserRole, QString::fromStdString(problem.path));
    item->setData(Qt::AccessibleTextRole, (error ? tr("Error. %1") : tr("Warning. %1")).arg(item->text()));
    item->setToolTip(QString::fromStdString(problem.path));
    addItem(item);
  }
  setCurrentRow(std::min(row, count() - 1));   // the keyboard stays where it was
}

void ProblemList::paintEvent(QPaintEvent* event) {
  QListWidget::paintEvent(event);
  if (count() > 0) return;
  QPainter painter(viewport());
  painter.setPen(theme_->mutedText());
  painter.drawText(viewport()->rect().adjusted(8, 6, -8, -6), Qt::AlignLeading | Qt::AlignTop | Qt::TextWordWrap,
                   tr("No problems"));
}

}  // namespace fedllm::ui
