#include "ui/lab/invite_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QTimer>
#include <QVBoxLayout>

#include "ui/lab/lab_text.h"
#include "ui/lab/qr_view.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {
constexpr int kNoteMs = 2500;
constexpr int kAddressesShown = 3, kTicketLines = 6;
}  // namespace

InvitePanel::InvitePanel(Theme* theme, QWidget* parent) : Card(tr("Invite"), parent), theme_(theme) {
  setObjectName(QStringLiteral("panel.lab.invite"));
  qr_ = new QrView;
  ticket_ = new QPlainTextEdit;
  ticket_->setObjectName(QStringLiteral("text.lab.ticket"));
  ticket_->setAccessibleName(tr("Ticket"));
  ticket_->setWhatsThis(tr("Whoever has this text can ask to join. Hand it only to those whom you invite."));
  ticket_->setReadOnly(true);
  ticket_->setTabChangesFocus(true);
  ticket_->setWordWrapMode(QTextOption::WrapAnywhere);
  ticket_->setFont(QFont(QStringLiteral("monospace")));
  enlarge(ticket_, 0.85);
  ticket_->setFixedHeight(QFontMetrics(ticket_->font()).lineSpacing() * kTicketLines + 12);
  auto* copy = button(tr("&Copy"), "btn.lab.copyTicket", tr("Puts the ticket on the clipboard."), "copy");
  auto* save = button(tr("Sa&ve…"), "btn.lab.saveTicket", tr("Writes the ticket into a file, to be carried on a stick."));
  new_ = button(tr("New &ticket"), "btn.lab.newTicket", tr("Makes a new ticket; the old one ends. Members stay."));
  copied_ = new QLabel;
  copied_->setObjectName(QStringLiteral("label.lab.copied"));
  valid_ = paragraph({}, "label.lab.validity");
  addresses_ = paragraph({}, "label.lab.addresses");
  announced_ = paragraph({}, "label.lab.announced");
  auto* buttons = new QGridLayout;
  buttons->addWidget(copy, 0, 0);
  buttons->addWidget(save, 0, 1);
  buttons->addWidget(new_, 1, 0, 1, 2);
  body()->addWidget(qr_);
  body()->addWidget(valid_);
  body()->addWidget(ticket_);
  body()->addLayout(buttons);
  body()->addWidget(copied_);
  body()->addWidget(addresses_);
  body()->addWidget(announced_);
  body()->addStretch(1);
  copied_->hide();
  connect(copy, &QPushButton::clicked, this, &InvitePanel::copy);
  connect(save, &QPushButton::clicked, this, &InvitePanel::save);
  connect(new_, &QPushButton::clicked, this, &InvitePanel::newTicketWanted);
}

QString InvitePanel::validity(const wire::HostedRoom& room, qint64 nowMs) {
  const qint64 left = (room.ticket_expires_ms() - nowMs) / 1000;
  if (room.ticket().empty()) return tr("No ticket is valid.");
  if (left <= 0) return tr("The ticket has expired. Make a new one to invite more.");
  if (room.ticket_uses_left() <= 0) return tr("The ticket is used up. Make a new one to invite more.");
  return tr("Valid for %1 and %2.").arg(lab_text::duration(left), tr("%n more machine(s)", nullptr, room.ticket_uses_left()));
}

void InvitePanel::setRoom(const wire::HostedRoom& room, qint64 nowMs, bool live) {
  const QString text = QString::fromStdString(room.ticket());
  const bool valid = !text.isEmpty() && room.ticket_expires_ms() > nowMs && room.ticket_uses_left() > 0;
  qr_->setText(valid ? text : QString());
  qr_->setVisible(valid);
  if (ticket_->toPlainText() != text) ticket_->setPlainText(text);
  ticket_->setEnabled(valid);
  valid_->setText(validity(room, nowMs));
  paintText(valid_, valid ? theme_->mutedText() : theme_->warning());
  QStringList addresses;
  for (const auto& address : room.addresses()) addresses << lab_text::from(address);
  addresses_->setToolTip(addresses.join(u'\n'));
  if (addresses.size() > kAddressesShown) addresses = addresses.mid(0, kAddressesShown) << QStringLiteral("…");
  addresses_->setText(tr("Listening on %1").arg(addresses.join(QStringLiteral(", "))));
  addresses_->setVisible(!addresses.isEmpty());
  paintText(addresses_, theme_->mutedText());
  announced_->setText(room.announced() == "not announced"
                          ? tr("Not shown in the lists of this network.")
                          : tr("Not in the lists of this network: %1").arg(sentenceText(lab_text::from(room.announced()))));
  announced_->setVisible(!room.announced().empty());
  paintText(announced_, theme_->mutedText());
  new_->setEnabled(live);
}

void InvitePanel::copy() {
  QApplication::clipboard()->setText(ticket_->toPlainText());
  copied_->setText(tr("Copied."));
  copied_->show();
  QTimer::singleShot(kNoteMs, copied_, &QWidget::hide);
}

void InvitePanel::save() {
  const QString path = QFileDialog::getSaveFileName(this, tr("Save the ticket"), QStringLiteral("room.fedticket"), tr("Tickets (*.fedticket)"));
  if (path.isEmpty()) return;
  QSaveFile file(path);
  const bool saved = file.open(QIODevice::WriteOnly) && file.write(ticket_->toPlainText().toUtf8() + '\n') > 0 && file.commit();
  copied_->setText(saved ? tr("Saved.") : tr("The ticket was not saved: %1").arg(file.errorString()));
  copied_->show();
  if (saved) QTimer::singleShot(kNoteMs, copied_, &QWidget::hide);
}

}  // namespace fedllm::ui
