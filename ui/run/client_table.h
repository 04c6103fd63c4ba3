// ClientTable: the legend of the Run page and its accessible surface: swatch and name, last and best loss, bytes up, state,
// and whether its curve is shown; where the round cursor stands, all of them as of that round. Selecting a row puts the client
// in focus; S = solo, H = hide, Space = show. Objects: table.clients.
#pragma once

#include <QAbstractTableModel>
#include <QTableView>

#include "ui/run/run_focus.h"

namespace fedllm::ui {

class Refresher;
class Theme;

class ClientTableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, Last, Best, Up, State, Count };
  ClientTableModel(RunFocus* focus, Theme* theme, QObject* parent = nullptr);
  void refresh();

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

 private:
  QString text(int client, int column) const;
  QString toolTip(int client, int column) const;
  double best(int client) const;

  RunFocus* focus_;
  Theme* theme_;
  int rows_ = 0;
  // Points seen and lowest step loss so far; scanned only where points were added.
  mutable std::vector<std::pair<size_t, double>> best_;
};

class ClientTable : public QTableView {
  Q_OBJECT
 public:
  ClientTable(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  QSize sizeHint() const override { return {300, 200}; }
  QSize minimumSizeHint() const override { return {200, 90}; }
  void mark();

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void followFocus();
  void fitColumns();
  RunFocus* focus_;
  ClientTableModel* model_;
  Refresher* refresher_;
  bool following_ = false;
};

}  // namespace fedllm::ui
