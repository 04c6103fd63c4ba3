// JoinForm: the rooms that the network shows and, always beside them, the field for a ticket or an address (paste, load,
// drop). Says in words when no list can be had. Asks by signals; knows nothing of the core. Objects: table.lab.rooms,
// edit.lab.ticket, btn.lab.join, btn.lab.doctor.
#pragma once

#include <QWidget>

#include "ui/lab/found_model.h"
#include "ui/shell/page.h"

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace fedllm::ui {

class JoinForm : public QWidget {
  Q_OBJECT
 public:
  explicit JoinForm(const StudioContext& context, QWidget* parent = nullptr);
  void setFound(const wire::FoundRooms& found, bool searching);
  void setTicket(const QString& text);
  bool loadTicket(const QString& path);        // false: no ticket in it, and says so
  void setFiles(const QStringList& files);     // the member's data; may also be chosen later
  void setBusy(bool busy);
  void setProblem(const QString& sentence);
  QString ticketOrAddress() const;             // what is in the field

 signals:
  void wanted(const fedllm::wire::JoinRoomRequest& request);
  void doctorWanted(const QString& ticketOrAddress);

 private:
  QWidget* buildRooms();
  QWidget* buildTicket();
  QWidget* buildData();
  void refresh();
  void ask();

  StudioContext context_;
  FoundRoomModel* model_;
  QTableView* rooms_;
  QStackedWidget* list_;
  QLabel *state_, *problem_, *files_;
  QPlainTextEdit* ticket_;
  QLineEdit* name_;
  QPushButton *join_, *doctor_, *noFiles_;
  QStringList data_;
  QString listProblem_;
  bool busy_ = false, searching_ = true;
};

}  // namespace fedllm::ui
