#include "ui/lab/doctor_dialog.h"

#include <QApplication>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/lab/card.h"
#include "ui/lab/lab_text.h"
#include "ui/lab/ticket_text.h"
#include "ui/link/lab_link.h"
#include "ui/shell/icons.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kIcon = 20;

struct Mark {
  const char* icon;
  QColor color;
  QString word;
};

Mark markOf(const std::string& state, const Theme& theme) {
  if (state == "ok") return {"ok", theme.good(), DoctorDialog::tr("fine")};
  if (state == "problem") return {"error", theme.bad(), DoctorDialog::tr("problem")};
  return {"warning", theme.warning(), DoctorDialog::tr("note")};
}

}  // namespace

DoctorDialog::DoctorDialog(LabLink* lab, Theme* theme, const wire::DoctorRequest& about, QWidget* parent)
    : QDialog(parent), lab_(lab), theme_(theme), about_(about) {
  setObjectName(QStringLiteral("dialog.lab.doctor"));
  setAttribute(Qt::WA_DeleteOnClose);
  setWindowTitle(tr("Connection doctor"));
  resize(640, 520);
  auto* label = new QLabel(tr("&Ticket or address to reach"));
  address_ = new QLineEdit(QString::fromStdString(about.ticket_or_address()));
  address_->setObjectName(QStringLiteral("edit.lab.doctorAddress"));
  address_->setPlaceholderText(tr("none: only this machine and its network are examined"));
  address_->setWhatsThis(tr("The room that cannot be reached. Empty: this machine and its network."));
  label->setBuddy(address_);
  examine_ = button(tr("&Examine"), "btn.lab.examine", tr("Takes up to ten seconds."));
  examine_->setDefault(true);
  busy_ = new QProgressBar;
  busy_->setRange(0, 0);
  busy_->setTextVisible(false);
  busy_->setFixedHeight(6);
  busy_->setAccessibleName(tr("Examining"));
  summary_ = paragraph({}, "label.lab.doctorSummary");
  enlarge(summary_, 1.1, true);
  auto* inside = new QWidget;
  lines_ = new QVBoxLayout(inside);
  lines_->setContentsMargins(0, 0, 0, 0);
  lines_->addStretch();
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(inside);
  copy_ = button(tr("&Copy all"), "btn.lab.copyDoctor", tr("Puts everything on the clipboard, for whoever looks after the network."), "copy");
  auto* row = new QHBoxLayout;
  row->addWidget(address_, 1);
  row->addWidget(examine_);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  buttons->addButton(copy_, QDialogButtonBox::ActionRole);
  auto* column = new QVBoxLayout(this);
  column->addWidget(label);
  column->addLayout(row);
  column->addWidget(busy_);
  column->addWidget(summary_);
  column->addWidget(scroll, 1);
  column->addWidget(buttons);
  connect(examine_, &QPushButton::clicked, this, &DoctorDialog::examine);
  connect(copy_, &QPushButton::clicked, this, &DoctorDialog::copyAll);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  examine();
}

void DoctorDialog::examine() {
  const JoinText typed = readJoinText(address_->text());
  if (typed.kind == JoinText::Kind::Nonsense) {
    summary_->setText(tr("This is neither a ticket (it begins with fedllm1) nor an address such as 192.168.1.20:47110."));
    paintText(summary_, theme_->bad());
    return busy_->hide();
  }
  wire::DoctorRequest request = about_;
  request.set_ticket_or_address(typed.text.toStdString());
  busy_->show();
  examine_->setEnabled(false);
  copy_->setEnabled(false);
  summary_->setText(tr("Examining…"));
  paintText(summary_, theme_->text());
  lab_->doctor(request, this, [this](Result<wire::DoctorReply> reply) { show(std::move(reply)); });
}

QWidget* DoctorDialog::line(const wire::DoctorLine& line) {
  const Mark mark = markOf(line.state(), *theme_);
  auto* card = new Card({});
  card->setObjectName(QStringLiteral("line.lab.doctor"));
  card->setEdge(mark.color);
  auto* icon = new QLabel;
  icon->setPixmap(iconPixmap(QLatin1String(mark.icon), kIcon, mark.color, devicePixelRatioF()));
  auto* word = new QLabel(mark.word);
  paintText(word, mark.color);
  QLabel* check = figure(lab_text::sentence(line.check()));
  enlarge(check, 1, true);
  QLabel* sentence = paragraph(lab_text::sentence(line.sentence()), "label.lab.doctorSentence");
  auto* grid = new QGridLayout;
  grid->setColumnStretch(2, 1);
  grid->addWidget(icon, 0, 0);
  grid->addWidget(word, 0, 1);
  grid->addWidget(check, 0, 2);
  grid->addWidget(sentence, 1, 1, 1, 2);
  card->body()->addLayout(grid);
  card->setAccessibleName(mark.word + QStringLiteral(": ") + check->text() + QStringLiteral(". ") + sentence->text());
  report_ += mark.word + QStringLiteral(": ") + check->text() + QStringLiteral(". ") + sentence->text() + u'\n';
  if (line.command().empty()) return card;
  auto* command = new QLineEdit(lab_text::from(line.command()));
  command->setObjectName(QStringLiteral("edit.lab.command"));
  command->setReadOnly(true);
  command->setFont(QFont(QStringLiteral("monospace")));
  command->setAccessibleName(tr("Command that helps"));
  command->setWhatsThis(tr("To be run in a terminal by somebody who may administer this machine."));
  command->setCursorPosition(0);
  auto* copy = button(tr("Copy"), "btn.lab.copyCommand", tr("Puts the command on the clipboard."), "copy");
  copy->setAutoDefault(false);
  connect(copy, &QPushButton::clicked, this, [command] { QApplication::clipboard()->setText(command->text()); });
  auto* row = new QHBoxLayout;
  row->addWidget(command, 1);
  row->addWidget(copy);
  grid->addLayout(row, 2, 1, 1, 2);
  report_ += QStringLiteral("  $ ") + command->text() + u'\n';
  return card;
}

void DoctorDialog::show(Result<wire::DoctorReply> reply) {
  busy_->hide();
  examine_->setEnabled(true);
  report_.clear();
  while (lines_->count() > 1) {
    QLayoutItem* item = lines_->takeAt(0);
    item->widget()->hide();
    item->widget()->deleteLater();
    delete item;
  }
  if (!reply.ok()) {
    summary_->setText(statusText(reply.status()));
    return paintText(summary_, theme_->bad());
  }
  int problems = 0, notes = 0;
  for (const auto& one : reply->lines()) {
    problems += one.state() == "problem";
    notes += one.state() != "ok" && one.state() != "problem";
    lines_->insertWidget(lines_->count() - 1, line(one));
  }
  summary_->setText(problems > 0 ? tr("%n problem(s) found", nullptr, problems) : notes > 0 ? tr("No problem, %n thing(s) to know", nullptr, notes) : tr("Everything is fine"));
  paintText(summary_, problems > 0 ? theme_->bad() : notes > 0 ? theme_->warning() : theme_->good());
  copy_->setEnabled(true);
}

void DoctorDialog::copyAll() { QApplication::clipboard()->setText(report_); }

}  // namespace fedllm::ui
