// InvitePanel: how others get in: the ticket as a QR code and as text (copy, save), until when and for how many, a new one,
// the addresses, and whether the network shows the room. Objects: qr.ticket, text.lab.ticket, btn.lab.copyTicket,
// btn.lab.newTicket.
#pragma once

#include "ui/lab/card.h"
#include "wire/lab.pb.h"

class QPlainTextEdit;

namespace fedllm::ui {

class QrView;
class Theme;

class InvitePanel : public Card {
  Q_OBJECT
 public:
  explicit InvitePanel(Theme* theme, QWidget* parent = nullptr);
  void setRoom(const wire::HostedRoom& room, qint64 nowMs, bool live);
  static QString validity(const wire::HostedRoom& room, qint64 nowMs);   // "for 11 h 20 min, 61 machines"

 signals:
  void newTicketWanted();

 private:
  void copy();
  void save();

  Theme* theme_;
  QrView* qr_;
  QPlainTextEdit* ticket_;
  QLabel *valid_, *addresses_, *announced_, *copied_;
  QPushButton* new_;
};

}  // namespace fedllm::ui
