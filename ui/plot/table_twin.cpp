#include "ui/plot/table_twin.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QShortcut>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/plot/refresh_governor.h"
#include "ui/shell/elided_label.h"

namespace fedllm::ui {
namespace {

bool isNumber(const QVariant& value) {
  const int type = value.typeId();
  return type == QMetaType::Double || type == QMetaType::Int || type == QMetaType::LongLong || type == QMetaType::Float;
}

bool isAbsent(const QVariant& value) {
  return !value.isValid() || (value.typeId() == QMetaType::Double && std::isnan(value.toDouble()));
}

QString shown(const QVariant& value, TableData::Kind kind) {
  if (isAbsent(value)) return {};
  if (!isNumber(value) || kind == TableData::Kind::Text) return value.toString();
  const QLocale locale;
  const double number = value.toDouble();
  switch (kind) {
    case TableData::Kind::Bytes: return locale.formattedDataSize(qint64(number), 2, QLocale::DataSizeIecFormat);
    case TableData::Kind::Seconds: return TableTwin::tr("%1 s").arg(locale.toString(number, 'f', 2));
    case TableData::Kind::Share: return TableTwin::tr("%1 %").arg(locale.toString(100 * number, 'f', 1));
    default: return value.typeId() == QMetaType::Double ? locale.toString(number, 'g', 4) : locale.toString(value.toLongLong());
  }
}

QByteArray quoted(const QString& text) {
  QString result = text;
  if (!text.contains(QLatin1Char(',')) && !text.contains(QLatin1Char('"')) && !text.contains(QLatin1Char('\n'))) return result.toUtf8();
  return '"' + result.replace(QLatin1String("\""), QLatin1String("\"\"")).toUtf8() + '"';
}

}  // namespace

TableTwin::TableTwin(std::function<TableData()> source, QObject* parent)
    : QAbstractTableModel(parent), source_(std::move(source)) {}

void TableTwin::refresh() {
  TableData fresh = source_();
  bool grown = fresh.columns.size() == data_.columns.size() && fresh.rows.size() >= data_.rows.size();
  for (size_t i = 0; grown && i < fresh.columns.size(); ++i) grown = fresh.columns[i].title == data_.columns[i].title;
  if (!grown) {
    beginResetModel();
    data_ = std::move(fresh);
    endResetModel();
    return;
  }
  // A new round is a new row: who reads the table keeps the place.
  const int before = rowCount(), after = int(fresh.rows.size());
  if (after > before) beginInsertRows({}, before, after - 1);
  data_ = std::move(fresh);
  if (after > before) endInsertRows();
  if (before > 0) emit dataChanged(index(0, 0), index(before - 1, columnCount() - 1));
}

QByteArray TableTwin::csv() const {
  QByteArray out;
  for (size_t i = 0; i < data_.columns.size(); ++i) out += (i ? "," : "") + quoted(data_.columns[i].title);
  out += '\n';
  for (const auto& row : data_.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i) out += ',';
      if (isAbsent(row[i])) continue;
      out += isNumber(row[i]) ? QByteArray::number(row[i].toDouble(), 'g', 17) : quoted(row[i].toString());
    }
    out += '\n';
  }
  return out;
}

int TableTwin::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(data_.rows.size()); }
int TableTwin::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(data_.columns.size()); }

QVariant TableTwin::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || size_t(index.column()) >= data_.rows[index.row()].size()) return {};
  const QVariant& value = data_.rows[index.row()][index.column()];
  if (role == Qt::DisplayRole) return shown(value, data_.columns[index.column()].kind);
  if (role == Qt::TextAlignmentRole) return int((isNumber(value) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  return {};
}

QVariant TableTwin::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role != Qt::DisplayRole) return {};
  return orientation == Qt::Horizontal ? QVariant(data_.columns[section].title) : QVariant(section + 1);
}

PicturePanel::PicturePanel(const QString& title, QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(2);
  controls_ = new QHBoxLayout;
  controls_->setSpacing(6);
  controls_->setContentsMargins(4, 2, 2, 0);
  title_ = new QLabel(title);
  QFont bold = title_->font();
  bold.setBold(true);
  title_->setFont(bold);
  note_ = new ElidedLabel;
  note_->setObjectName(QStringLiteral("picture.note"));
  note_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  note_->setForegroundRole(QPalette::PlaceholderText);
  switch_ = new QToolButton;
  switch_->setText(tr("Table"));
  switch_->setToolTip(tr("Show as table (Ctrl+T)"));
  switch_->setAccessibleName(tr("Show %1 as table").arg(title));
  switch_->setCheckable(true);
  switch_->setAutoRaise(true);
  controls_->addWidget(title_);
  controls_->addWidget(note_, 1);
  controls_->addWidget(switch_);
  stack_ = new QStackedWidget;
  layout->addLayout(controls_);
  layout->addWidget(stack_, 1);
  connect(switch_, &QToolButton::toggled, this, &PicturePanel::showTable);
}

void PicturePanel::setPicture(QWidget* picture, std::function<TableData()> table) {
  view_ = new QTableView;
  view_->setAccessibleName(tr("%1, as table").arg(title_->text()));
  view_->setAlternatingRowColors(true);
  view_->setSelectionBehavior(QAbstractItemView::SelectRows);
  view_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  view_->setTabKeyNavigation(false);
  view_->verticalHeader()->setVisible(false);
  view_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
  twin_ = new TableTwin(std::move(table), this);
  view_->setModel(twin_);
  stack_->addWidget(picture);
  stack_->addWidget(view_);
  refresher_ = new Refresher(view_, [this] { twin_->refresh(); });
  auto* shortcut = new QShortcut(QKeySequence(Qt::CTRL | Qt::Key_T), this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
  connect(shortcut, &QShortcut::activated, this, [this] { showTable(!showsTable()); });
}

void PicturePanel::addControl(QWidget* control) { controls_->insertWidget(controls_->count() - 1, control); }
void PicturePanel::setTitle(const QString& title) { title_->setText(title); }
void PicturePanel::setNote(const QString& note) { note_->setText(note); }
void PicturePanel::hideTitle() { title_->hide(); }
bool PicturePanel::showsTable() const { return stack_->currentIndex() == 1; }

void PicturePanel::showTable(bool table) {
  const bool hadFocus = stack_->currentWidget() && stack_->currentWidget()->hasFocus();
  if (table) twin_->refresh();
  stack_->setCurrentIndex(table ? 1 : 0);
  switch_->setChecked(table);
  if (table) view_->resizeColumnsToContents();
  if (hadFocus) stack_->currentWidget()->setFocus();
}

void PicturePanel::markTable() {
  if (refresher_) refresher_->mark();
}

}  // namespace fedllm::ui
