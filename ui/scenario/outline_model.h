// OutlineModel: the federation as a tree, coordinator > groups > clients > link: the canvas's twin and the surface that
// screen readers and keyboards use. Columns: name (editable; a mark where there are problems) and own settings. On one
// ScenarioEditor; GUI thread.
#pragma once

#include <QAbstractItemModel>
#include <memory>

#include "ui/scenario/scenario_editor.h"

namespace fedllm::ui {

class OutlineModel : public QAbstractItemModel {
  Q_OBJECT
 public:
  explicit OutlineModel(ScenarioEditor* editor, QObject* parent = nullptr);
  ~OutlineModel() override;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& child) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  QModelIndex indexOf(const NodeId& node) const;
  // False for a group's row.
  bool nodeAt(const QModelIndex& index, NodeId* node) const;

 private:
  struct Item;
  void refresh();
  std::unique_ptr<Item> build() const;
  QString nameOf(const Item& item) const;
  QString settingsOf(const Item& item) const;
  const Item* itemAt(const QModelIndex& index) const;

  ScenarioEditor* editor_;
  std::unique_ptr<Item> root_;
  QString shape_;                            // changes when rows come or go
};

}  // namespace fedllm::ui
