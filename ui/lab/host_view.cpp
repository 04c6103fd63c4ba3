#include "ui/lab/host_view.h"

#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedLayout>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/lab/asking_cards.h"
#include "ui/lab/card.h"
#include "ui/lab/invite_panel.h"
#include "ui/lab/lab_text.h"
#include "ui/lab/member_model.h"
#include "ui/lab/members_table.h"
#include "ui/lab/projector.h"
#include "ui/lab/room_text.h"
#include "ui/lab/slot_strip.h"
#include "ui/link/lab_link.h"
#include "ui/plot/refresh_governor.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {
constexpr int kInviteWidth = 262, kWidestInvite = 400, kAllColumns = 1530;
constexpr int kMostSlots = 10'000;              // the core takes no more
}

HostView::HostView(std::string room, LabLink* lab, Theme* theme, QWidget* parent)
    : QWidget(parent), room_(std::move(room)), lab_(lab), theme_(theme) {
  setObjectName(QStringLiteral("host"));
  model_ = new RoomMemberModel(theme, this);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(14, 10, 14, 10);
  column->setSpacing(8);
  buildHead(column);
  asking_ = new AskingCards(theme);
  column->addWidget(asking_);
  invite_ = new InvitePanel(theme);
  auto* scroll = new QScrollArea;                      // low windows scroll the invitation, not the members
  scroll->setObjectName(QStringLiteral("scroll.lab.invite"));
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(invite_);
  scroll->setFixedWidth(kInviteWidth);
  inviteArea_ = scroll;
  auto* row = new QHBoxLayout;
  row->setSpacing(10);
  row->addWidget(buildMembers(), 1);
  row->addWidget(scroll);
  column->addLayout(row, 1);

  connect(inviteButton_, &QPushButton::toggled, scroll, &QWidget::setVisible);
  connect(asking_, &AskingCards::decided, this, [this](const QString& member, bool admit) {
    command(admit ? wire::HostCommand::ADMIT : wire::HostCommand::REFUSE, member.toStdString());
  });
  connect(invite_, &InvitePanel::newTicketWanted, this, [this] { command(wire::HostCommand::NEW_TICKET); });
  connect(table_, &MembersTable::selectedChanged, this, &HostView::showSelected);
  refresher_ = new Refresher(this, [this] { refresh(); });
  connect(lab, &LabLink::changed, this, [this] { refresher_->mark(); });
  connect(theme, &Theme::changed, this, [this] { refresher_->mark(); });
  second_.setInterval(1000);
  connect(&second_, &QTimer::timeout, this, [this] {
    if (isVisible()) model_->setNow(lab_->nowMs()), showSelected();
  });
  second_.start();
  refresh();
}

// Once every column of the members fits, the code grows, to be read from some steps away.
void HostView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  inviteArea_->setFixedWidth(std::clamp(kInviteWidth + (width() - kAllColumns) / 2, kInviteWidth, kWidestInvite));
}

void HostView::buildHead(QVBoxLayout* column) {
  name_ = new QLabel;
  name_->setTextFormat(Qt::PlainText);
  name_->setObjectName(QStringLiteral("label.lab.room"));
  enlarge(name_, 1.3, true);
  headline_ = new QLabel;
  headline_->setObjectName(QStringLiteral("label.lab.phase"));
  enlarge(headline_, 1.3);
  who_ = new QLabel;
  who_->setObjectName(QStringLiteral("label.lab.who"));
  sentence_ = paragraph({}, "label.lab.sentence");
  problem_ = paragraph({}, "label.lab.commandProblem");
  rounds_ = new QProgressBar;
  rounds_->setTextVisible(false);
  rounds_->setFixedSize(110, 8);
  rounds_->setAccessibleName(tr("Rounds done"));
  start_ = button(tr("&Start training"), "btn.lab.start", tr("Starts the run with the members that are ready."), "play");
  pause_ = button(tr("&Pause all"), "btn.lab.pauseAll", tr("Everybody stops after the present local step, until you go on."), "pause");
  stop_ = button(tr("S&top…"), "btn.lab.stopAll", tr("Ends the run for everybody. Rounds that are done stay."), "stop");
  openRun_ = button(tr("Open &run"), "btn.lab.openRun", tr("Curves, traffic and tiles of this run, on the Run page."), "run");
  tiles_ = button(tr("Pro&jector"), "btn.lab.projector", tr("Every member as a large tile, to be read from the back row. Esc leaves it."));
  inviteButton_ = button(tr("&Invite"), "btn.lab.invite", tr("Shows or hides the ticket."));
  inviteButton_->setCheckable(true);
  inviteButton_->setChecked(true);
  close_ = button(tr("&Close room…"), "btn.lab.closeRoom", tr("Ends the room. Members are told."));
  auto* first = new QHBoxLayout;
  first->setSpacing(10);
  first->addWidget(name_);
  first->addWidget(headline_);
  first->addWidget(rounds_);
  first->addWidget(who_, 1);
  auto* second = new QHBoxLayout;
  second->setSpacing(6);
  for (QPushButton* one : {start_, pause_, stop_, openRun_}) second->addWidget(one);
  second->addStretch();
  auto* doctor = button(tr("&Doctor…"), "btn.lab.hostDoctor", tr("Looks why members do not see or reach this room, and says what to do."));
  for (QPushButton* one : {tiles_, inviteButton_, doctor, close_}) second->addWidget(one);
  column->addLayout(first);
  column->addLayout(second);
  column->addWidget(sentence_);
  column->addWidget(problem_);
  problem_->hide();
  connect(start_, &QPushButton::clicked, this, [this] { command(wire::HostCommand::START); });
  connect(pause_, &QPushButton::clicked, this, [this] {
    const wire::HostedRoom* room = lab_->room(room_);
    if (room) command(room_text::isPaused(*room) ? wire::HostCommand::UNPAUSE : wire::HostCommand::PAUSE);
  });
  connect(stop_, &QPushButton::clicked, this, [this] {
    confirm("dialog.lab.stop", tr("Stop the run"), tr("Training ends for everybody. Every saved round stays, and every member keeps its adapter."),
            tr("Stop and save"), [this] { command(wire::HostCommand::STOP); });
  });
  connect(close_, &QPushButton::clicked, this, [this] {
    confirm("dialog.lab.close", tr("Close the room"), tr("Members are told that the room is closed. Opened again under the same name it knows them."),
            tr("Close the room"), [this] { command(wire::HostCommand::CLOSE); });
  });
  connect(openRun_, &QPushButton::clicked, this, [this] {
    if (const wire::HostedRoom* room = lab_->room(room_)) emit runWanted(QString::fromStdString(room->run()));
  });
  connect(tiles_, &QPushButton::clicked, this, &HostView::showProjector);
  connect(doctor, &QPushButton::clicked, this, [this] {
    wire::DoctorRequest about;
    about.set_room(room_);
    emit doctorWanted(about);
  });
}

QWidget* HostView::buildMembers() {
  table_ = new MembersTable(model_);
  empty_ = new QLabel(tr("Nobody is here yet. Show the code, or hand out the ticket."));
  empty_->setObjectName(QStringLiteral("label.lab.nobody"));
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setWordWrap(true);
  selected_ = paragraph({}, "label.lab.selected");
  revoke_ = button(tr("&Remove…"), "btn.lab.revoke", tr("Cuts the selected member off at once. It cannot come back with this certificate."));
  slotMenu_ = new QMenu(this);
  slotMenu_->setObjectName(QStringLiteral("menu.lab.slot"));
  slot_ = button(tr("S&lot"), "btn.lab.slot", tr("Gives the selected member another slot of the scenario. Whoever has it takes this member's."));
  slot_->setMenu(slotMenu_);
  strip_ = new SlotStrip(theme_);
  strip_->hide();
  auto* below = new QHBoxLayout;
  below->addWidget(selected_, 1);
  below->addWidget(slot_, 0, Qt::AlignTop);
  below->addWidget(revoke_, 0, Qt::AlignTop);
  auto* widget = new QWidget;
  auto* column = new QVBoxLayout(widget);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(empty_, 1);
  column->addWidget(table_, 1);
  column->addWidget(strip_);
  column->addLayout(below);
  connect(slotMenu_, &QMenu::aboutToShow, this, &HostView::fillSlots);
  connect(table_, &MembersTable::dragged, strip_, &QWidget::setVisible);
  connect(table_, &MembersTable::slotWanted, this, &HostView::assign);
  connect(strip_, &SlotStrip::slotWanted, this, &HostView::assign);
  table_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(table_, &QWidget::customContextMenuRequested, this, &HostView::showMemberMenu);
  connect(revoke_, &QPushButton::clicked, this, &HostView::revoke);
  return widget;
}

void HostView::refresh() {
  const wire::HostedRoom* room = lab_->room(room_);
  if (!room) return;
  model_->setRoom(*room, lab_->nowMs());
  name_->setText(lab_text::from(room->name()));
  headline_->setText(room_text::headline(*room));
  paintText(headline_, room_text::isPaused(*room) ? theme_->warning() : theme_->accent());
  who_->setText(room_text::who(*room));
  paintText(who_, theme_->mutedText());
  rounds_->setRange(0, std::max(1, room->rounds()));
  rounds_->setValue(room->round());
  rounds_->setVisible(room_text::isRunning(*room));
  sentence_->setText(lab_text::sentence(room->sentence()));
  sentence_->setVisible(!room->sentence().empty());
  asking_->setRoom(*room, lab_->isLive());
  invite_->setRoom(*room, lab_->nowMs(), lab_->isLive());
  const bool any = room->members_size() > 0;
  empty_->setVisible(!any);
  table_->setVisible(any);
  paintText(empty_, theme_->mutedText());
  paintText(problem_, theme_->bad());
  strip_->setRoom(*room);
  table_->setMovable(lab_->isLive() && room->slots_fixed().empty());
  refreshButtons(*room);
  showSelected();
  if (projector_) projector_->setRoom(*room, lab_->nowMs());
}

void HostView::refreshButtons(const wire::HostedRoom& room) {
  const bool running = room_text::isRunning(room), live = lab_->isLive();
  start_->setVisible(!running);
  start_->setEnabled(live && room.ready() > 0);
  start_->setToolTip(room.ready() > 0 ? start_->whatsThis() : tr("Nobody is ready yet"));
  pause_->setVisible(running);
  pause_->setEnabled(live);
  pause_->setText(room_text::isPaused(room) ? tr("&Go on") : tr("&Pause all"));
  stop_->setVisible(running);
  stop_->setEnabled(live);
  openRun_->setVisible(!room.run().empty());
  close_->setEnabled(live);
}

void HostView::showSelected() {
  const int row = table_->currentIndex().row();
  const wire::RoomMemberInfo* member = model_->at(row);
  selected_->setText(member ? lab_text::from(member->name()) + QStringLiteral(": ") + model_->sentence(row) : QString());
  paintText(selected_, theme_->mutedText());
  revoke_->setVisible(member);
  const wire::HostedRoom* room = lab_->room(room_);
  const bool has = member && lab_text::canHaveSlot(*member);
  slot_->setVisible(has);
  slot_->setEnabled(has && room && room->slots_fixed().empty() && lab_->isLive());
  slot_->setToolTip(room && !room->slots_fixed().empty() ? lab_text::sentence(room->slots_fixed()) : slot_->whatsThis());
  revoke_->setEnabled(member && lab_->isLive() && member->state() != "revoked" && !lab_text::isAsking(*member));
}

void HostView::command(wire::HostCommand::Kind kind, const std::string& member, int slot) {
  wire::HostCommand command;
  command.set_room(room_);
  command.set_kind(kind);
  command.set_member(member);
  command.set_slot(slot);
  problem_->hide();
  lab_->roomCommand(command, this, [this](Result<wire::LabAck> ack) {
    problem_->setText(ack.ok() ? QString() : statusText(ack.status()));
    problem_->setVisible(!ack.ok());
  });
}

void HostView::confirm(const char* name, const QString& title, const QString& text, const QString& yes, std::function<void()> then) {
  auto* box = new QMessageBox(QMessageBox::Question, title, text, QMessageBox::NoButton, this);
  box->setObjectName(QLatin1String(name));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  QPushButton* go = box->addButton(yes, QMessageBox::AcceptRole);
  box->setDefaultButton(box->addButton(QMessageBox::Cancel));
  connect(box, &QMessageBox::buttonClicked, this, [go, then](QAbstractButton* chosen) {
    if (chosen == go) then();
  });
  box->open();
}

void HostView::revoke() {
  const wire::RoomMemberInfo* member = model_->at(table_->currentIndex().row());
  if (!member) return;
  confirm("dialog.lab.revoke", tr("Remove a member"),
          tr("%1 is cut off at once, its update of this round does not count, and it is refused from now on.").arg(lab_text::from(member->name())),
          tr("Remove"), [this, id = member->member()] { command(wire::HostCommand::REVOKE, id); });
}

// -------------------------------------------------------------------------------------------------------------- slots

void HostView::assign(const QString& member, int slot) { command(wire::HostCommand::ASSIGN_SLOT, member.toStdString(), slot); }

void HostView::fillSlots() {
  slotMenu_->clear();
  const wire::HostedRoom* room = lab_->room(room_);
  const wire::RoomMemberInfo* member = model_->at(table_->currentIndex().row());
  if (!room || !member) return;
  const QString id = QString::fromStdString(member->member());
  for (int slot = 0; slot < room_text::shownSlots(*room); ++slot) {
    QAction* action = slotMenu_->addAction(room_text::slotName(*room, slot).replace(u'&', QStringLiteral("&&")));
    action->setCheckable(true);
    action->setChecked(slot == member->slot());
    connect(action, &QAction::triggered, this, [this, id, slot] { assign(id, slot); });
  }
  if (room->places() > 0 && room->places() <= room_text::shownSlots(*room)) return;
  slotMenu_->addSeparator();
  connect(slotMenu_->addAction(tr("Another slot…")), &QAction::triggered, this, [this, id, at = member->slot(), places = room->places()] { askOtherSlot(id, at, places); });
}

void HostView::askOtherSlot(const QString& member, int at, int places) {
  auto* dialog = new QInputDialog(this);
  dialog->setObjectName(QStringLiteral("dialog.lab.slot"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Slot"));
  dialog->setLabelText(tr("The member is to be this client of the scenario:"));
  dialog->setInputMode(QInputDialog::IntInput);
  dialog->setIntRange(0, (places > 0 ? places : kMostSlots) - 1);
  dialog->setIntValue(std::max(0, at));
  connect(dialog, &QInputDialog::intValueSelected, this, [this, member](int slot) { assign(member, slot); });
  dialog->open();
}

void HostView::showMemberMenu(const QPoint& place) {
  const wire::RoomMemberInfo* member = model_->at(table_->currentIndex().row());
  if (!member) return;
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("menu.lab.member"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  if (slot_->isEnabled() && lab_text::canHaveSlot(*member)) {
    slotMenu_->setTitle(slot_->text());
    menu->addMenu(slotMenu_);
  }
  if (revoke_->isEnabled()) connect(menu->addAction(revoke_->text()), &QAction::triggered, this, &HostView::revoke);
  if (menu->isEmpty()) return void(menu->deleteLater());
  menu->popup(table_->viewport()->mapToGlobal(place));
}

Projector* HostView::projector() const { return projector_; }

void HostView::showProjector() {
  if (!projector_) {
    projector_ = new Projector(theme_, this);
    if (const wire::HostedRoom* room = lab_->room(room_)) projector_->setRoom(*room, lab_->nowMs());
  }
  projector_->showFullScreen();
  projector_->activateWindow();
}

}  // namespace fedllm::ui
