#include "ui/shell/shortcut_sheet.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QRegularExpression>
#include <QTableWidget>
#include <QVBoxLayout>

namespace fedllm::ui {
namespace {

// "Save(&S)" and "&Save" without their mnemonics.
QString plainText(const QAction* action) {
  static const QRegularExpression mnemonic(QStringLiteral("\\(&\\w\\)"));
  return action->text().remove(mnemonic).remove(QLatin1Char('&'));
}

}  // namespace

ShortcutSheet::ShortcutSheet(const QList<QAction*>& actions, QWidget* parent)
    : QDialog(parent), search_(new QLineEdit), table_(new QTableWidget(0, 3)) {
  setObjectName(QStringLiteral("shortcuts"));
  setWindowTitle(tr("Keyboard shortcuts"));
  resize(620, 560);
  auto* column = new QVBoxLayout(this);
  search_->setPlaceholderText(tr("Type to search"));
  search_->setAccessibleName(tr("Search shortcuts"));
  search_->setWhatsThis(tr("Shows only the shortcuts whose text or keys contain these words."));
  search_->setClearButtonEnabled(true);
  column->addWidget(search_);
  table_->setAccessibleName(tr("Shortcuts"));
  table_->setHorizontalHeaderLabels({tr("Where"), tr("What"), tr("Keys")});
  table_->verticalHeader()->hide();
  table_->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setTabKeyNavigation(false);
  column->addWidget(table_);
  for (const QAction* action : actions) {
    if (action->shortcuts().isEmpty()) continue;
    addRow(tr("Window"), plainText(action), QKeySequence::listToString(action->shortcuts(), QKeySequence::NativeText));
  }
  addPageKeys();
  table_->resizeColumnToContents(0);
  table_->resizeColumnToContents(2);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  column->addWidget(buttons);
  connect(search_, &QLineEdit::textChanged, this, &ShortcutSheet::filter);
}

void ShortcutSheet::addPageKeys() {
  const QString canvas = tr("Scenario"), data = tr("Data"), plots = tr("Run");
  addRow(canvas, tr("Next or previous node"), tr("Tab, Shift+Tab"));
  addRow(canvas, tr("Go to the neighbour in that direction"), tr("Arrow keys"));
  addRow(canvas, tr("Move the selected nodes"), tr("Ctrl+Arrow keys"));
  addRow(canvas, tr("Add a client"), tr("Ins or A"));
  addRow(canvas, tr("Delete the selected clients"), tr("Del"));
  addRow(canvas, tr("Rename"), tr("F2"));
  addRow(canvas, tr("Duplicate"), tr("Ctrl+D"));
  addRow(canvas, tr("Group"), tr("Ctrl+G"));
  addRow(canvas, tr("Ungroup"), tr("Ctrl+Shift+G"));
  addRow(canvas, tr("Select all clients"), tr("Ctrl+A"));
  addRow(canvas, tr("Select or deselect"), tr("Space"));
  addRow(canvas, tr("Go to the settings of the node"), tr("Enter"));
  addRow(canvas, tr("Zoom in, zoom out, fit"), tr("+, -, F"));
  addRow(data, tr("Go from cell to cell"), tr("Arrow keys"));
  addRow(data, tr("First client, held-out records"), tr("Home, End"));
  addRow(data, tr("Show as table"), tr("Ctrl+T"));
  addRow(plots, tr("Previous or next round"), tr("Left, Right"));
  addRow(plots, tr("Back to the newest round"), tr("Esc"));
  addRow(plots, tr("Other client"), tr("Up, Down"));
  addRow(plots, tr("Show as table"), tr("Ctrl+T"));
  addRow(tr("Try it"), tr("Ask"), tr("Enter, Ctrl+Enter"));
  addRow(tr("Try it"), tr("Stop the answers"), tr("Esc"));
}

void ShortcutSheet::addRow(const QString& where, const QString& what, const QString& keys) {
  const int row = table_->rowCount();
  table_->insertRow(row);
  const QStringList cells{where, what, keys};
  for (int i = 0; i < 3; ++i) table_->setItem(row, i, new QTableWidgetItem(cells[i]));
}

void ShortcutSheet::filter(const QString& words) {
  for (int row = 0; row < table_->rowCount(); ++row) {
    QString line;
    for (int i = 0; i < 3; ++i) line += table_->item(row, i)->text() + QLatin1Char(' ');
    table_->setRowHidden(row, !line.contains(words, Qt::CaseInsensitive));
  }
}

}  // namespace fedllm::ui
