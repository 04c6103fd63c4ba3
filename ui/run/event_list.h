// EventList: what happened, newest last, with a filter. Rejections and warnings carry an icon, a word and a colour. It follows
// the newest until the reader scrolls up; where the round cursor stands, that round is shaded and scrolled to, and back to
// live it follows again. A click or Enter on an event puts its client and round in focus. Objects: list.events, events.filter.
#pragma once

#include <QAbstractTableModel>
#include <QWidget>

#include "ui/run/run_focus.h"

class QLineEdit;
class QSortFilterProxyModel;
class QTableView;

namespace fedllm::ui {

class Refresher;
class Theme;

class EventModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Time, Round, Client, Text, Count };
  EventModel(RunFocus* focus, Theme* theme, QObject* parent = nullptr);
  void refresh();                      // appends what came since
  int firstOf(int round) const;        // row of a round's first event, -1: none

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  RunFocus* focus_;
  Theme* theme_;
  int rows_ = 0;
};

class EventList : public QWidget {
  Q_OBJECT
 public:
  EventList(RunFocus* focus, Theme* theme, QWidget* parent = nullptr);
  void mark();

 private:
  void refresh();
  void choose(const QModelIndex& index);
  void showRound();
  RunFocus* focus_;
  EventModel* model_;
  QSortFilterProxyModel* filtered_;
  QTableView* view_;
  QLineEdit* filter_;
  Refresher* refresher_;
  bool following_ = true;              // the end, until the reader scrolls up
};

}  // namespace fedllm::ui
