#include "ui/scenario/outline_model.h"

#include <QFont>
#include <QGuiApplication>
#include <QLocale>
#include <map>

#include "ui/scenario/scenario_edits.h"
#include "ui/shell/icons.h"
#include "ui/shell/problem_text.h"

namespace fedllm::ui {

struct OutlineModel::Item {
  enum class Kind { Root, Coordinator, Group, Client, Link };
  Kind kind = Kind::Root;
  int client = -1;
  QString group;
  Item* parent = nullptr;
  int row = 0;
  std::vector<std::unique_ptr<Item>> children;

  Item* add(Kind childKind, int childClient = -1, const QString& childGroup = {}) {
    children.push_back(std::make_unique<Item>());
    Item* child = children.back().get();
    child->kind = childKind;
    child->client = childClient;
    child->group = childGroup;
    child->parent = this;
    child->row = int(children.size()) - 1;
    return child;
  }
};

OutlineModel::OutlineModel(ScenarioEditor* editor, QObject* parent) : QAbstractItemModel(parent), editor_(editor) {
  refresh();
  connect(editor, &ScenarioEditor::changed, this, &OutlineModel::refresh);
  connect(editor, &ScenarioEditor::problemsChanged, this, &OutlineModel::refresh);
}

OutlineModel::~OutlineModel() = default;

std::unique_ptr<OutlineModel::Item> OutlineModel::build() const {
  auto root = std::make_unique<Item>();
  Item* coordinator = root->add(Item::Kind::Coordinator);
  std::map<QString, Item*> groups;
  for (int i = 0; i < editor_->clients(); ++i) {
    Item* parent = coordinator;
    if (const QString group = edits::groupOf(editor_->scenario(), i); !group.isEmpty()) {
      Item*& holder = groups[group];
      if (!holder) holder = coordinator->add(Item::Kind::Group, -1, group);
      parent = holder;
    }
    parent->add(Item::Kind::Client, i)->add(Item::Kind::Link, i);
  }
  return root;
}

// Rows are built again only when some came or went: expanded branches and the current row survive an edit of a value.
void OutlineModel::refresh() {
  QString shape = QString::number(editor_->clients());
  for (int i = 0; i < editor_->clients(); ++i) shape += QLatin1Char('|') + edits::groupOf(editor_->scenario(), i);
  if (shape != shape_ || !root_) {
    beginResetModel();
    root_ = build();
    shape_ = shape;
    endResetModel();
    return;
  }
  const std::function<void(const QModelIndex&)> tell = [&](const QModelIndex& parent) {
    const int rows = rowCount(parent);
    if (rows == 0) return;
    emit dataChanged(index(0, 0, parent), index(rows - 1, 1, parent));
    for (int row = 0; row < rows; ++row) tell(index(row, 0, parent));
  };
  tell({});
}

const OutlineModel::Item* OutlineModel::itemAt(const QModelIndex& index) const {
  return index.isValid() ? static_cast<const Item*>(index.internalPointer()) : root_.get();
}

QModelIndex OutlineModel::index(int row, int column, const QModelIndex& parent) const {
  const Item* item = itemAt(parent);
  if (row < 0 || row >= int(item->children.size()) || column < 0 || column >= 2) return {};
  return createIndex(row, column, item->children[row].get());
}

QModelIndex OutlineModel::parent(const QModelIndex& child) const {
  Item* up = itemAt(child)->parent;
  return !up || up == root_.get() ? QModelIndex() : createIndex(up->row, 0, up);
}

int OutlineModel::rowCount(const QModelIndex& parent) const {
  return parent.column() > 0 ? 0 : int(itemAt(parent)->children.size());
}
int OutlineModel::columnCount(const QModelIndex&) const { return 2; }

QString OutlineModel::nameOf(const Item& item) const {
  switch (item.kind) {
    case Item::Kind::Coordinator: return tr("Coordinator");
    case Item::Kind::Group: return item.group;
    case Item::Kind::Client: return edits::clientName(editor_->scenario(), item.client);
    case Item::Kind::Link: return tr("Link");
    default: return {};
  }
}

QString OutlineModel::settingsOf(const Item& item) const {
  const auto& scenario = editor_->scenario();
  const auto* o = edits::overrideOf(scenario, item.client);
  const QLocale locale;
  if (item.kind == Item::Kind::Coordinator) return tr("%n round(s)", nullptr, scenario.rounds);
  if (item.kind == Item::Kind::Group) return tr("%n client(s)", nullptr, int(item.children.size()));
  if (item.kind == Item::Kind::Link)
    return tr("%1 / %2 Mbit/s, %3 ms")
        .arg(locale.toString(o && o->uplink_mbit_s ? *o->uplink_mbit_s : scenario.network.uplink_mbit_s, 'g', 4),
             locale.toString(o && o->downlink_mbit_s ? *o->downlink_mbit_s : scenario.network.downlink_mbit_s, 'g', 4),
             locale.toString(o && o->latency_ms ? *o->latency_ms : scenario.network.latency_ms, 'g', 4));
  QStringList own;
  if (o && o->speed) own << tr("speed %1×").arg(locale.toString(*o->speed, 'g', 3));
  if (o && o->local_steps) own << tr("%n step(s)", nullptr, *o->local_steps);
  if (o && o->learning_rate) own << tr("rate %1").arg(locale.toString(*o->learning_rate, 'g', 3));
  return own.join(QStringLiteral(", "));
}

QVariant OutlineModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Item& item = *itemAt(index);
  NodeId node;
  const bool isNode = nodeAt(index, &node);
  const auto problems = isNode ? editor_->problemsOf(node) : std::vector<spec::Problem>();
  if (role == Qt::DisplayRole || role == Qt::EditRole) {
    if (index.column() == 0) return nameOf(item);
    return settingsOf(item);
  }
  if (role == Qt::DecorationRole && index.column() == 0 && !problems.empty()) {
    const bool error = problems[0].severity == spec::Problem::Severity::error;
    const QString name = error ? QStringLiteral("error") : QStringLiteral("warning");
    const QPalette palette = QGuiApplication::palette();
    QIcon icon(iconPixmap(name, 16, palette.color(QPalette::BrightText), qApp->devicePixelRatio()));
    icon.addPixmap(iconPixmap(name, 16, palette.color(QPalette::HighlightedText), qApp->devicePixelRatio()), QIcon::Selected);
    return icon;
  }
  if (role == Qt::ToolTipRole) {
    if (problems.empty())
      return item.kind == Item::Kind::Link ? tr("Up and down, latency: %1").arg(settingsOf(item)) : settingsOf(item);
    return problemText(problems[0]);
  }
  if (role == Qt::AccessibleTextRole) {
    QStringList words{nameOf(item), settingsOf(item)};
    if (!problems.empty()) words << tr("%n problem(s)", nullptr, int(problems.size()));
    words.removeAll(QString());
    return words.join(QStringLiteral(", "));
  }
  return {};
}

bool OutlineModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  const Item& item = *itemAt(index);
  if (role != Qt::EditRole || item.kind != Item::Kind::Client) return false;
  if (value.toString().trimmed() != nameOf(item)) editor_->rename({NodeId::Kind::Client, item.client}, value.toString());
  return true;
}

Qt::ItemFlags OutlineModel::flags(const QModelIndex& index) const {
  Qt::ItemFlags flags = QAbstractItemModel::flags(index);
  if (index.isValid() && index.column() == 0 && itemAt(index)->kind == Item::Kind::Client) flags |= Qt::ItemIsEditable;
  return flags;
}

QVariant OutlineModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  return section == 0 ? tr("Federation") : tr("Own settings");
}

bool OutlineModel::nodeAt(const QModelIndex& index, NodeId* node) const {
  if (!index.isValid()) return false;
  const Item& item = *itemAt(index);
  if (item.kind == Item::Kind::Group) return false;
  *node = item.kind == Item::Kind::Coordinator ? NodeId{}
          : NodeId{item.kind == Item::Kind::Client ? NodeId::Kind::Client : NodeId::Kind::Link, item.client};
  return true;
}

QModelIndex OutlineModel::indexOf(const NodeId& node) const {
  const std::function<QModelIndex(const QModelIndex&)> search = [&](const QModelIndex& parent) -> QModelIndex {
    for (int row = 0; row < rowCount(parent); ++row) {
      const QModelIndex child = index(row, 0, parent);
      NodeId here;
      if (nodeAt(child, &here) && here == node) return child;
      if (const QModelIndex deeper = search(child); deeper.isValid()) return deeper;
    }
    return {};
  };
  return search({});
}

}  // namespace fedllm::ui
