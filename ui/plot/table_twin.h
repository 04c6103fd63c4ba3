// TableTwin: the table behind every "Show as table": the same figures as the picture, from the same source, refreshed with
// it. Numbers keep their unit in the column title; absent values are empty cells, never zero. PicturePanel: a title, its
// controls, the picture and its table in one place; Ctrl+T goes from one to the other. GUI thread.
#pragma once

#include <QAbstractTableModel>
#include <QVariant>
#include <QWidget>
#include <functional>
#include <vector>

class QHBoxLayout;
class QLabel;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace fedllm::ui {

class Refresher;

struct TableData {
  enum class Kind { Text, Number, Bytes, Seconds, Share };   // Share in [0, 1], shown in %
  struct Column { QString title; Kind kind = Kind::Number; };
  std::vector<Column> columns;
  std::vector<std::vector<QVariant>> rows;
};

class TableTwin : public QAbstractTableModel {
  Q_OBJECT
 public:
  TableTwin(std::function<TableData()> source, QObject* parent = nullptr);
  void refresh();
  QByteArray csv() const;              // plain numbers with a decimal point, header line, LF

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::function<TableData()> source_;
  TableData data_;
};

class PicturePanel : public QWidget {
  Q_OBJECT
 public:
  PicturePanel(const QString& title, QWidget* parent = nullptr);
  void setPicture(QWidget* picture, std::function<TableData()> table);
  void addControl(QWidget* control);   // right of the title, left of the table switch
  void setTitle(const QString& title);
  void setNote(const QString& note);   // muted text after the title
  void hideTitle();                    // where a tab says it already
  bool showsTable() const;
  void showTable(bool table);
  TableTwin* table() const { return twin_; }
  void markTable();                    // the data changed

 private:
  QLabel *title_, *note_;
  QHBoxLayout* controls_;
  QStackedWidget* stack_;
  QToolButton* switch_;
  QTableView* view_ = nullptr;
  TableTwin* twin_ = nullptr;
  Refresher* refresher_ = nullptr;
};

}  // namespace fedllm::ui
