#include "ui/lab/consent_card.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/lab/lab_text.h"
#include "ui/run/run_text.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

// A shipped model needs no word about how the file names it.
QString modelName(const std::string& name) {
  const QString prefix = QStringLiteral("builtin:"), shown = lab_text::from(name);
  return shown.startsWith(prefix) ? shown.mid(prefix.size()) : shown;
}

}  // namespace

ConsentCard::ConsentCard(Theme* theme, QWidget* parent) : Card(tr("Do you want to take part?"), parent), theme_(theme) {
  setObjectName(QStringLiteral("card.lab.consent"));
  auto* form = new QGridLayout;
  form->setHorizontalSpacing(16);
  form->setVerticalSpacing(8);
  form->setColumnStretch(1, 1);
  who_ = row(form, tr("Who asks"), "label.lab.consentWho");
  base_ = row(form, tr("Base model"), "label.lab.consentBase");
  trained_ = row(form, tr("What is trained"), "label.lab.consentTrained");
  leaves_ = row(form, tr("What leaves this machine"), "label.lab.consentLeaves");
  stays_ = row(form, tr("What stays"), "label.lab.consentStays");
  cost_ = row(form, tr("What it costs"), "label.lab.consentCost");
  stays_->setText(tr("Your records, their text and your file names."));
  labels_ = new QCheckBox(tr("Also tell the host how many &records each label has"));
  labels_->setObjectName(QStringLiteral("check.lab.tellLabels"));
  labels_->setWhatsThis(tr("Off: the host learns how many records you have, but not of which kind."));
  agree_ = button(tr("&Take part"), "btn.lab.consent", tr("Training begins when the host starts it. You can pause or leave at any time."));
  notNow_ = button(tr("&Not now"), "btn.lab.decline", tr("Leaves the room. Nothing has left this machine."));
  agree_->setAutoDefault(true);
  notNow_->setDefault(true);
  auto* last = new QHBoxLayout;
  last->addStretch();
  last->addWidget(notNow_);
  last->addWidget(agree_);
  body()->addLayout(form);
  body()->addWidget(labels_);
  body()->addLayout(last);
  connect(agree_, &QPushButton::clicked, this, [this] { emit decided(true, labels_->isChecked()); });
  connect(notNow_, &QPushButton::clicked, this, [this] { emit decided(false, false); });
  setFocusProxy(notNow_);
}

QLabel* ConsentCard::row(QGridLayout* form, const QString& title, const char* name) {
  auto* head = new QLabel(title);
  enlarge(head, 1, true);
  QLabel* text = paragraph({}, name);
  const int at = form->rowCount();
  form->addWidget(head, at, 0, Qt::AlignTop);
  form->addWidget(text, at, 1);
  return text;
}

void ConsentCard::setMembership(const wire::Membership& membership, bool live) {
  const wire::ConsentFacts& facts = membership.consent();
  const QString who = lab_text::from(facts.who().empty() ? membership.host_name() : facts.who());
  who_->setText(tr("%1 at %2, check code %3").arg(who, lab_text::from(membership.address()), lab_text::code(membership.check_code())));
  base_->setText(tr("%1, %2, SHA-256 %3…")
                     .arg(modelName(facts.base_model()), run_text::bytes(double(facts.base_bytes())), lab_text::hash(facts.base_sha256())));
  base_->setToolTip(lab_text::from(facts.base_sha256()));
  QString trained = sentenceText(lab_text::from(facts.trained()));
  trained += QStringLiteral("; ") + tr("%n round(s)", nullptr, facts.rounds());
  if (facts.steps() > 0) trained += QStringLiteral(", ") + tr("%n local step(s) in all", nullptr, int(facts.steps()));
  trained_->setText(trained);
  QStringList leaves{tr("%1 of updates a round").arg(run_text::bytes(double(facts.payload_bytes_round())))};
  if (facts.numbers_size() > 0) leaves[0] += tr(", and these numbers:");
  for (const auto& number : facts.numbers()) leaves << QStringLiteral("• ") + sentenceText(lab_text::from(number));
  leaves_->setText(leaves.join(u'\n'));
  cost_->setText(tr("%n core(s) and about %1 of memory while a round goes on.", nullptr, facts.cores()).arg(run_text::bytes(double(facts.memory_bytes()))));
  labels_->setVisible(membership.readiness().labels_size() > 0);
  agree_->setEnabled(live && membership.readiness().problems().empty());
  agree_->setToolTip(membership.readiness().problems().empty() ? agree_->whatsThis() : tr("Your data cannot take part as it is"));
  notNow_->setEnabled(live);
  setEdge(theme_->accent());
}

// Enter never agrees by accident: it agrees only on the button itself.
void ConsentCard::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) return notNow_->click();
  Card::keyPressEvent(event);
}

}  // namespace fedllm::ui
