#include "ui/lab/join_form.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QSysInfo>
#include <QTableView>
#include <QVBoxLayout>

#include "ui/lab/card.h"
#include "ui/lab/lab_text.h"
#include "ui/lab/ticket_text.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {
constexpr int kNameLength = 64;
}

JoinForm::JoinForm(const StudioContext& context, QWidget* parent) : QWidget(parent), context_(context) {
  setObjectName(QStringLiteral("form.lab.join"));
  problem_ = paragraph({}, "label.lab.joinProblem");
  problem_->hide();
  join_ = button(tr("&Join"), "btn.lab.join", tr("Asks to be let in. Nothing runs and nothing leaves this machine before you agree to it."));
  join_->setDefault(true);
  doctor_ = button(tr("Connection &doctor…"), "btn.lab.doctor", tr("Looks why a room is not seen or not reached, and says what to do."));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(buildRooms(), 1);
  layout->addWidget(buildTicket());
  layout->addWidget(buildData());
  layout->addWidget(problem_);
  auto* last = new QHBoxLayout;
  last->addWidget(doctor_);
  last->addStretch();
  last->addWidget(join_);
  layout->addLayout(last);
  connect(join_, &QPushButton::clicked, this, &JoinForm::ask);
  connect(doctor_, &QPushButton::clicked, this, [this] { emit doctorWanted(ticketOrAddress()); });
  connect(context.theme, &Theme::changed, this, &JoinForm::refresh);
  refresh();
}

QWidget* JoinForm::buildRooms() {
  model_ = new FoundRoomModel(this);
  rooms_ = new QTableView;
  rooms_->setObjectName(QStringLiteral("table.lab.rooms"));
  rooms_->setAccessibleName(tr("Rooms on this network"));
  rooms_->setWhatsThis(tr("Rooms that announce themselves on this network. A room that you belong to is joined without a ticket."));
  rooms_->setModel(model_);
  rooms_->setSelectionBehavior(QAbstractItemView::SelectRows);
  rooms_->setSelectionMode(QAbstractItemView::SingleSelection);
  rooms_->setShowGrid(false);
  rooms_->setTabKeyNavigation(false);
  rooms_->setWordWrap(false);
  rooms_->verticalHeader()->hide();
  rooms_->verticalHeader()->setDefaultSectionSize(rooms_->fontMetrics().height() + 10);
  rooms_->horizontalHeader()->setHighlightSections(false);
  rooms_->horizontalHeader()->setSectionResizeMode(FoundRoomModel::Name, QHeaderView::Stretch);
  for (int column : {FoundRoomModel::Host, FoundRoomModel::Members, FoundRoomModel::Address})
    rooms_->horizontalHeader()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
  connect(rooms_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] { refresh(); });
  connect(rooms_, &QTableView::activated, this, [this] { ask(); });
  state_ = new QLabel;
  state_->setObjectName(QStringLiteral("label.lab.rooms"));
  state_->setWordWrap(true);
  state_->setAlignment(Qt::AlignCenter);
  list_ = new QStackedWidget;
  list_->addWidget(state_);
  list_->addWidget(rooms_);
  list_->setMinimumHeight(104);
  return list_;
}

QWidget* JoinForm::buildTicket() {
  ticket_ = new QPlainTextEdit;
  ticket_->setObjectName(QStringLiteral("edit.lab.ticket"));
  ticket_->setAccessibleName(tr("Ticket or address"));
  ticket_->setPlaceholderText(tr("fedllm1…, or an address such as 192.168.1.20:47110"));
  ticket_->setWhatsThis(tr("Paste the ticket that the host of the room gave you, or drop the file that it is in. An address alone is enough for a room "
                           "that you belong to."));
  ticket_->setTabChangesFocus(true);
  ticket_->setLineWrapMode(QPlainTextEdit::WidgetWidth);
  ticket_->setWordWrapMode(QTextOption::WrapAnywhere);
  ticket_->setFixedHeight(ticket_->fontMetrics().lineSpacing() * 3 + 14);
  auto* label = new QLabel(tr("&Ticket or address"));
  label->setBuddy(ticket_);
  auto* paste = button(tr("&Paste"), "btn.lab.paste", tr("Takes what is on the clipboard."));
  auto* load = button(tr("From a &file…"), "btn.lab.ticketFile", tr("Reads the ticket from a file, such as one on a USB stick."));
  connect(paste, &QPushButton::clicked, this, [this] { setTicket(QApplication::clipboard()->text()); });
  connect(load, &QPushButton::clicked, this, [this] {
    const QString path = QFileDialog::getOpenFileName(this, tr("Choose the file with the ticket"), {}, tr("Tickets (*.fedticket *.txt);;All files (*)"));
    if (!path.isEmpty()) loadTicket(path);
  });
  connect(ticket_, &QPlainTextEdit::textChanged, this, [this] {
    setProblem({});
    refresh();
  });
  auto* widget = new QWidget;
  auto* column = new QVBoxLayout(widget);
  column->setContentsMargins(0, 0, 0, 0);
  auto* head = new QHBoxLayout;
  head->addWidget(label, 1);
  head->addWidget(paste);
  head->addWidget(load);
  column->addLayout(head);
  column->addWidget(ticket_);
  return widget;
}

QWidget* JoinForm::buildData() {
  name_ = new QLineEdit(QSysInfo::machineHostName().section(u'.', 0, 0));
  name_->setObjectName(QStringLiteral("edit.lab.memberName"));
  name_->setMaxLength(kNameLength);
  name_->setWhatsThis(tr("Under this name the host sees this machine."));
  files_ = new QLabel;
  files_->setObjectName(QStringLiteral("label.lab.joinFiles"));
  files_->setWordWrap(true);
  auto* choose = button(tr("Choose…"), "btn.lab.joinFiles", tr("The data files to take part with. They are read in place and never sent."));
  choose->setAccessibleName(tr("Choose data files"));
  noFiles_ = button(tr("None"), "btn.lab.noFiles", tr("Choose the data after joining."));
  connect(choose, &QPushButton::clicked, this, [this] {
    const QStringList files = QFileDialog::getOpenFileNames(this, tr("Choose your data"), {}, tr("Datasets (*.jsonl *.json *.csv *.tsv *.txt);;All files (*)"));
    if (!files.isEmpty()) setFiles(files);
  });
  connect(noFiles_, &QPushButton::clicked, this, [this] { setFiles({}); });
  auto* row = new QHBoxLayout;
  row->addWidget(files_, 1);
  row->addWidget(choose);
  row->addWidget(noFiles_);
  auto* widget = new QWidget;
  auto* form = new QFormLayout(widget);
  form->setContentsMargins(0, 0, 0, 0);
  form->addRow(tr("Your &name"), name_);
  form->addRow(tr("Your data"), row);
  setFiles({});
  return widget;
}

void JoinForm::setFound(const wire::FoundRooms& found, bool searching) {
  searching_ = searching;
  listProblem_ = sentenceText(lab_text::from(found.problem()));
  model_->setRooms(found);
  refresh();
}

void JoinForm::refresh() {
  const bool any = model_->rowCount() > 0;
  list_->setCurrentIndex(any ? 1 : 0);
  if (!listProblem_.isEmpty())
    state_->setText(tr("Rooms cannot be listed here: %1\nEverything else works: paste the ticket or its address below.").arg(listProblem_));
  else
    state_->setText(searching_ ? tr("Looking for rooms on this network…")
                               : tr("No room is announced on this network. A ticket works without this list."));
  paintText(state_, context_.theme->mutedText());
  paintText(problem_, context_.theme->bad());
  paintText(files_, context_.theme->mutedText());
  const bool something = readJoinText(ticket_->toPlainText()).kind != JoinText::Kind::Nothing || model_->at(rooms_->currentIndex().row());
  join_->setEnabled(!busy_ && something);
  join_->setText(busy_ ? tr("Joining…") : tr("&Join"));
}

void JoinForm::setTicket(const QString& text) {
  ticket_->setPlainText(text.trimmed());
  ticket_->setFocus();
}

bool JoinForm::loadTicket(const QString& path) {
  const QString ticket = ticketInFile(path);
  if (ticket.isEmpty()) {
    setProblem(tr("There is no ticket in %1: expected a text that begins with fedllm1.").arg(QFileInfo(path).fileName()));
    return false;
  }
  setTicket(ticket);
  join_->setFocus();
  return true;
}

void JoinForm::setFiles(const QStringList& files) {
  data_ = files;
  QStringList names;
  for (const QString& file : files) names << QFileInfo(file).fileName();
  files_->setText(names.isEmpty() ? tr("can be chosen after joining") : names.join(QStringLiteral(", ")));
  noFiles_->setVisible(!files.isEmpty());
}

void JoinForm::setBusy(bool busy) {
  busy_ = busy;
  refresh();
}

void JoinForm::setProblem(const QString& sentence) {
  problem_->setText(sentence);
  problem_->setVisible(!sentence.isEmpty());
}

QString JoinForm::ticketOrAddress() const {
  const JoinText typed = readJoinText(ticket_->toPlainText());
  if (typed.kind != JoinText::Kind::Nothing) return typed.text;
  const wire::FoundRoom* room = model_->at(rooms_->currentIndex().row());
  return room && !room->addresses().empty() ? QString::fromStdString(room->addresses(0)) : QString();
}

void JoinForm::ask() {
  if (busy_) return;
  const JoinText typed = readJoinText(ticket_->toPlainText());
  const wire::FoundRoom* room = model_->at(rooms_->currentIndex().row());
  if (typed.kind == JoinText::Kind::Nonsense)
    return setProblem(tr("This is neither a ticket (it begins with fedllm1) nor an address such as 192.168.1.20:47110."));
  if (typed.kind == JoinText::Kind::Nothing && !room) return;
  if (typed.kind == JoinText::Kind::Nothing && !room->known()) {
    ticket_->setFocus();
    return setProblem(tr("“%1” takes a ticket: ask %2 for it and paste it here.").arg(lab_text::from(room->name()), lab_text::from(room->host_name())));
  }
  setProblem({});
  wire::JoinRoomRequest request;
  request.set_ticket(typed.kind == JoinText::Kind::Nothing ? room->room() : typed.text.toStdString());
  for (const QString& file : data_) request.add_files(file.toStdString());
  request.set_format("auto");
  request.set_slot(-1);
  request.set_name(name_->text().trimmed().toStdString());
  emit wanted(request);
}

}  // namespace fedllm::ui
