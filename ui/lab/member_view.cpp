#include "ui/lab/member_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/lab/card.h"
#include "ui/lab/consent_card.h"
#include "ui/lab/data_panel.h"
#include "ui/lab/lab_text.h"
#include "ui/lab/readiness_view.h"
#include "ui/lab/score_card.h"
#include "ui/lab/stepper.h"
#include "ui/lab/taking_part.h"
#include "ui/link/lab_link.h"
#include "ui/plot/refresh_governor.h"
#include "ui/run/run_text.h"
#include "ui/shell/icons.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {
constexpr int kEndIcon = 40;

// A page of these alone, a little above its middle.
QWidget* centred(std::initializer_list<QWidget*> cards) {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->addStretch(1);
  for (QWidget* card : cards) column->addWidget(card);
  column->addStretch(2);
  return page;
}
}

MemberView::MemberView(std::string membership, LabLink* lab, Theme* theme, QWidget* parent)
    : QWidget(parent), membership_(std::move(membership)), lab_(lab), theme_(theme) {
  setObjectName(QStringLiteral("member"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(14, 10, 14, 10);
  column->setSpacing(10);
  buildHead(column);
  stack_ = new QStackedWidget;
  stack_->addWidget(askPage_ = scrolled(buildAsk()));
  stack_->addWidget(fetchPage_ = scrolled(buildFetch()));
  stack_->addWidget(dataPage_ = scrolled(data_ = new DataPanel(theme)));
  stack_->addWidget(agreePage_ = scrolled(buildAgree()));
  part_ = new TakingPart(theme);
  scores_ = new ScoreCard(theme);
  auto* part = new QWidget;
  auto* partColumn = new QVBoxLayout(part);
  partColumn->setContentsMargins(0, 0, 0, 0);
  partColumn->addWidget(scores_);
  partColumn->addWidget(part_);
  partColumn->addStretch();
  stack_->addWidget(partPage_ = scrolled(part));
  stack_->addWidget(endPage_ = scrolled(buildEnd()));
  column->addWidget(stack_, 1);

  connect(data_, &DataPanel::dataChosen, this, [this](const QStringList& files, const QString& format, const QHash<QString, QString>& columns) {
    wire::MembershipCommand command;
    command.set_kind(wire::MembershipCommand::SET_DATA);
    for (const QString& file : files) command.add_files(file.toStdString());
    command.set_format(format.toStdString());
    for (auto it = columns.begin(); it != columns.end(); ++it) (*command.mutable_columns())[it.key().toStdString()] = it.value().toStdString();
    send(std::move(command), [this](bool ok) { data_->answered(ok); });
  });
  connect(consent_, &ConsentCard::decided, this, [this](bool consent, bool tellLabels) {
    wire::MembershipCommand command;
    command.set_kind(consent ? wire::MembershipCommand::CONSENT : wire::MembershipCommand::DECLINE);
    command.set_tell_labels(tellLabels);
    send(std::move(command), [this, consent](bool ok) { consented_ = ok && consent; });
  });
  connect(part_, &TakingPart::pauseWanted, this, [this](bool on) { send(on ? wire::MembershipCommand::PAUSE : wire::MembershipCommand::UNPAUSE); });
  connect(part_, &TakingPart::limitsWanted, this, [this](double cap, bool gentle) {
    wire::MembershipCommand command;
    command.set_kind(wire::MembershipCommand::SET_LIMITS);
    command.set_upload_cap_mbit_s(cap);
    command.set_gentle(gentle);
    send(std::move(command));
  });
  connect(part_, &TakingPart::runWanted, this, [this] {
    if (const auto* membership = lab_->membership(membership_)) emit runWanted(QString::fromStdString(membership->run()));
  });
  connect(scores_, &ScoreCard::aloneWanted, this, [this] { send(wire::MembershipCommand::RUN_ALONE); });
  refresher_ = new Refresher(this, [this] { refresh(); });
  connect(lab, &LabLink::changed, this, [this] { refresher_->mark(); });
  connect(theme, &Theme::changed, this, [this] { refresher_->mark(); });
  second_.setInterval(1000);
  connect(&second_, &QTimer::timeout, this, [this] {
    const auto* membership = lab_->membership(membership_);
    if (membership && isVisible()) part_->setMembership(*membership, lab_->nowMs(), lab_->isLive());
  });
  second_.start();
  refresh();
}

QWidget* MemberView::scrolled(QWidget* content) {
  auto* scroll = new QScrollArea;
  scroll->setFocusPolicy(Qt::NoFocus);         // its fields take the focus, it only scrolls
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(content);
  return scroll;
}

void MemberView::buildHead(QVBoxLayout* column) {
  room_ = new QLabel;
  room_->setTextFormat(Qt::PlainText);
  room_->setObjectName(QStringLiteral("label.lab.memberRoom"));
  enlarge(room_, 1.3, true);
  host_ = new QLabel;
  host_->setTextFormat(Qt::PlainText);
  host_->setObjectName(QStringLiteral("label.lab.memberHost"));
  problem_ = paragraph({}, "label.lab.memberProblem");
  problem_->hide();
  stepper_ = new Stepper(theme_, {tr("Join"), tr("Fetch"), tr("Your data"), tr("Agree"), tr("Train"), tr("Result")});
  changeData_ = button(tr("Change my &data…"), "btn.lab.changeData", tr("Other files or other columns."));
  leave_ = button(tr("&Leave…"), "btn.lab.leave", tr("Ends this machine's part. The room goes on without it, and you may come back."), "leave");
  forget_ = button(tr("&Forget this room"), "btn.lab.forget", tr("Takes this room off the page. Adapters and runs stay; joining it again takes a ticket."));
  auto* doctor = button(tr("&Doctor…"), "btn.lab.memberDoctor", tr("Looks why the host is not reached, and says what to do."));
  auto* row = new QHBoxLayout;
  row->setSpacing(10);
  row->addWidget(room_);
  row->addWidget(host_, 1);
  for (QPushButton* one : {changeData_, doctor, leave_, forget_}) row->addWidget(one);
  column->addLayout(row);
  column->addWidget(problem_);
  column->addWidget(stepper_);
  connect(changeData_, &QPushButton::clicked, this, [this] {
    editingData_ = !editingData_;
    refresh();
  });
  connect(doctor, &QPushButton::clicked, this, [this] {
    wire::DoctorRequest about;
    if (const auto* membership = lab_->membership(membership_)) about.set_ticket_or_address(membership->address());
    about.set_membership(membership_);
    emit doctorWanted(about);
  });
  connect(leave_, &QPushButton::clicked, this, &MemberView::leave);
  connect(forget_, &QPushButton::clicked, this, [this] { send(wire::MembershipCommand::FORGET); });
}

QWidget* MemberView::buildAsk() {
  askSentence_ = paragraph({}, "label.lab.asking");
  enlarge(askSentence_, 1.15);
  askSentence_->setAlignment(Qt::AlignCenter);
  code_ = figure({}, "label.lab.checkCode");
  code_->setFont(QFont(QStringLiteral("monospace")));
  enlarge(code_, 4, true);
  code_->setAlignment(Qt::AlignCenter);
  codeHint_ = new QLabel(tr("The host's screen shows the same code. If it shows another one, do not go on."));
  codeHint_->setWordWrap(true);
  codeHint_->setAlignment(Qt::AlignCenter);
  auto* card = new Card({});
  card->body()->addWidget(askSentence_);
  card->body()->addWidget(code_);
  card->body()->addWidget(codeHint_);
  return centred({card});
}

QWidget* MemberView::buildFetch() {
  fetchSentence_ = paragraph({}, "label.lab.fetching");
  enlarge(fetchSentence_, 1.15);
  fetch_ = new QProgressBar;
  fetch_->setObjectName(QStringLiteral("progress.lab.fetch"));
  fetch_->setAccessibleName(tr("Fetched"));
  fetch_->setRange(0, 1000);
  fetchBytes_ = figure({}, "label.lab.fetched");
  auto* card = new Card(tr("Fetching what this machine lacks"));
  card->body()->addWidget(fetchSentence_);
  card->body()->addWidget(fetch_);
  card->body()->addWidget(fetchBytes_);
  return centred({card});
}

QWidget* MemberView::buildAgree() {
  consent_ = new ConsentCard(theme_);
  auto* report = new ReadinessView(theme_);
  report->setObjectName(QStringLiteral("report.lab.agree"));
  auto* page = new QWidget;
  auto* row = new QHBoxLayout(page);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(10);
  row->addWidget(consent_, 6, Qt::AlignTop);
  row->addWidget(report, 5, Qt::AlignTop);
  return page;
}

QWidget* MemberView::buildEnd() {
  endIcon_ = new QLabel;
  endIcon_->setAlignment(Qt::AlignCenter);
  endSentence_ = paragraph({}, "label.lab.end");
  enlarge(endSentence_, 1.2);
  endSentence_->setAlignment(Qt::AlignCenter);
  auto* card = new Card({});
  card->body()->addWidget(endIcon_);
  card->body()->addWidget(endSentence_);
  again_ = button(tr("Join a&gain"), "btn.lab.joinAgain", tr("Comes back to this room with the same data, without a ticket. You are asked again before anything is trained."), "link");
  card->body()->addWidget(again_, 0, Qt::AlignHCenter);
  connect(again_, &QPushButton::clicked, this, &MemberView::joinAgain);
  endScores_ = new ScoreCard(theme_);
  return centred({card, endScores_});
}

MemberView::Step MemberView::stepOf(const wire::Membership& membership) {
  const std::string& s = membership.state();
  if (s == "connecting" || s == "asking") return Ask;
  if (s == "fetching") return Fetch;
  if (s == "mapping") return Data;
  if (s == "consenting") return Agree;
  if (s == "done") return Outcome;
  if (s == "reconnecting" && membership.slot() < 0 && membership.run().empty()) return Ask;
  return Train;
}

void MemberView::refresh() {
  const wire::Membership* membership = lab_->membership(membership_);
  if (!membership) return;
  const bool over = lab_text::isEnd(membership->state());
  const QString room = lab_text::from(membership->room_name());
  room_->setText(room.isEmpty() ? tr("Joining a room") : room);
  const QString host = lab_text::from(membership->host_name()), address = lab_text::from(membership->address());
  host_->setText(host.isEmpty() ? address : tr("hosted by %1, %2").arg(host, address));
  paintText(host_, theme_->mutedText());
  paintText(problem_, theme_->bad());
  paintText(codeHint_, theme_->mutedText());
  const bool deciding = membership->state() == "consenting";
  editingData_ = editingData_ && deciding;
  changeData_->setVisible(deciding);
  changeData_->setText(editingData_ ? tr("&Back to the question") : tr("Change my &data…"));
  leave_->setVisible(!over || membership->state() == "done");   // the room may start another run
  leave_->setEnabled(lab_->isLive());
  forget_->setVisible(over);
  forget_->setEnabled(lab_->isLive());
  showStep(*membership);
}

void MemberView::showStep(const wire::Membership& membership) {
  const bool stopped = lab_text::isEnd(membership.state()) && membership.state() != "done";
  if (!stopped) last_ = editingData_ ? Data : stepOf(membership);
  else if (!membership.run().empty()) last_ = std::max(last_, Train);
  else if (!membership.contract_json().empty()) last_ = std::max(last_, Data);
  consented_ = consented_ && membership.state() != "consenting";
  if (consented_ && last_ == Data) last_ = Train;            // what was agreed to is being prepared
  stepper_->setStep(last_, stopped);
  const bool live = lab_->isLive();
  const bool scored = membership.card().base().records() > 0 || membership.card().together().records() > 0 || !membership.card().sentence().empty();
  data_->setMembership(membership, live);
  part_->setMembership(membership, lab_->nowMs(), live);
  scores_->setVisible(scored || membership.state() == "done");
  scores_->setCard(membership.card(), live);
  endScores_->setVisible(scored);
  endScores_->setCard(membership.card(), false);
  if (stopped) return showEnd(membership);
  switch (last_) {
    case Ask: return showAsking(membership);
    case Fetch: return showFetching(membership);
    case Data: return stack_->setCurrentWidget(dataPage_);
    case Agree: {
      consent_->setMembership(membership, live);
      agreePage_->findChild<ReadinessView*>(QStringLiteral("report.lab.agree"))->setReport(membership.readiness(), true);
      const bool arrived = stack_->currentWidget() != agreePage_;
      stack_->setCurrentWidget(agreePage_);
      if (arrived && isVisible()) consent_->setFocus();
      return;
    }
    case Train:
    case Outcome: return stack_->setCurrentWidget(partPage_);
  }
}

void MemberView::showAsking(const wire::Membership& membership) {
  const QString own = lab_text::sentence(membership.sentence());
  const bool asks = membership.state() == "asking";
  askSentence_->setText(asks ? tr("Waiting until the host admits this machine.") : own.isEmpty() ? tr("Connecting to %1…").arg(lab_text::from(membership.address())) : own);
  code_->setText(lab_text::code(membership.check_code()));
  code_->setAccessibleName(tr("Check code %1").arg(code_->text()));
  code_->setVisible(!membership.check_code().empty());
  codeHint_->setVisible(!membership.check_code().empty());
  stack_->setCurrentWidget(askPage_);
}

void MemberView::showFetching(const wire::Membership& membership) {
  const double done = double(membership.fetch_done()), total = double(membership.fetch_total());
  const QString own = lab_text::sentence(membership.sentence());
  fetchSentence_->setText(own.isEmpty() ? tr("The scenario and, if it is not here yet, the base model. Both stay for the next time.") : own);
  fetch_->setRange(0, total > 0 ? 1000 : 0);           // without a total: busy
  if (total > 0) fetch_->setValue(int(1000 * std::min(1.0, done / total)));
  fetchBytes_->setText(total > 0 ? tr("%1 of %2").arg(run_text::bytes(done), run_text::bytes(total)) : run_text::bytes(done));
  stack_->setCurrentWidget(fetchPage_);
}

void MemberView::showEnd(const wire::Membership& membership) {
  const std::string& state = membership.state();
  endIcon_->setPixmap(iconPixmap(lab_text::stateIcon(state), kEndIcon, lab_text::stateColor(state, *theme_), devicePixelRatioF()));
  const QString own = lab_text::sentence(membership.sentence());
  const QString said = state == "left" ? tr("You left this room. What was trained until then stays.")
                       : state == "revoked" ? tr("The host removed this machine from the room.")
                                            : tr("The host did not admit this machine.");
  const QString ledger = tr("Left this machine: %1.").arg(lab_text::left(membership.left()));
  again_->setVisible(state == "left");
  again_->setEnabled(lab_->isLive());
  endSentence_->setText((own.isEmpty() ? said : own) + u'\n' + ledger);
  stack_->setCurrentWidget(endPage_);
}

void MemberView::addFiles(const QStringList& files) {
  const wire::Membership* membership = lab_->membership(membership_);
  if (!membership) return;
  const Step step = stepOf(*membership);
  if (step == Agree) editingData_ = true;
  if (step != Data && step != Agree) {
    problem_->setText(tr("Data files can be chosen once the room's contract is here, and before training."));
    return problem_->show();
  }
  refresh();
  data_->addFiles(files);
}

void MemberView::send(wire::MembershipCommand::Kind kind) {
  wire::MembershipCommand command;
  command.set_kind(kind);
  send(std::move(command));
}

void MemberView::send(wire::MembershipCommand command, std::function<void(bool)> done) {
  command.set_membership(membership_);
  problem_->hide();
  lab_->memberCommand(command, this, [this, done](Result<wire::LabAck> ack) {
    problem_->setText(ack.ok() ? QString() : statusText(ack.status()));
    problem_->setVisible(!ack.ok());
    if (done) done(ack.ok());
  });
}

// The core knows this machine's certificate by the membership.
void MemberView::joinAgain() {
  const wire::Membership* membership = lab_->membership(membership_);
  if (!membership) return;
  wire::JoinRoomRequest request;
  request.set_ticket(membership_);
  *request.mutable_files() = membership->files();
  *request.mutable_columns() = membership->columns();
  request.set_slot(-1);
  problem_->hide();
  again_->setEnabled(false);
  lab_->joinRoom(request, this, [this](Result<wire::Membership> joined) {
    problem_->setText(joined.ok() ? QString() : statusText(joined.status()));
    problem_->setVisible(!joined.ok());
    refresh();
  });
}

void MemberView::leave() {
  auto* box = new QMessageBox(QMessageBox::Question, tr("Leave the room"),
                              tr("This machine stops training for the room. Its adapter and its runs stay here, and it may come back without a ticket."),
                              QMessageBox::NoButton, this);
  box->setObjectName(QStringLiteral("dialog.lab.leave"));
  box->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* go = box->addButton(tr("Leave"), QMessageBox::AcceptRole);
  box->setDefaultButton(box->addButton(QMessageBox::Cancel));
  connect(box, &QMessageBox::buttonClicked, this, [this, go](QAbstractButton* chosen) {
    if (chosen == go) send(wire::MembershipCommand::LEAVE);
  });
  box->open();
}

}  // namespace fedllm::ui
