#include "ui/lab/taking_part.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/lab/lab_text.h"
#include "ui/run/run_text.h"
#include "ui/shell/icons.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {
constexpr int kIcon = 30, kLimitsAfterMs = 400;
constexpr double kLargestCap = 10'000;
}  // namespace

TakingPart::TakingPart(Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  setObjectName(QStringLiteral("panel.lab.part"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(10);
  column->addWidget(buildNow());
  column->addWidget(buildLimits());
  limitsLater_.setSingleShot(true);
  limitsLater_.setInterval(kLimitsAfterMs);
  connect(&limitsLater_, &QTimer::timeout, this, [this] { emit limitsWanted(upload_->value(), gentle_->isChecked()); });
}

QWidget* TakingPart::buildNow() {
  nowCard_ = new Card({});
  nowCard_->setObjectName(QStringLiteral("card.lab.now"));
  icon_ = new QLabel;
  now_ = new QLabel;
  now_->setObjectName(QStringLiteral("label.lab.now"));
  enlarge(now_, 1.5, true);
  sentence_ = paragraph({}, "label.lab.memberSentence");
  host_ = figure({}, "label.lab.host");
  rounds_ = new QProgressBar;
  rounds_->setTextVisible(false);
  rounds_->setFixedHeight(8);
  rounds_->setAccessibleName(tr("Rounds done"));
  pause_ = button(tr("&Pause"), "btn.lab.pause", tr("Stops this machine's part after the present local step. The room goes on without it."), "pause");
  run_ = button(tr("Open &run"), "btn.lab.memberRun", tr("Your own losses and the global ones, on the Run page."), "run");
  auto* top = new QHBoxLayout;
  top->setSpacing(10);
  top->addWidget(icon_);
  top->addWidget(now_, 1);
  top->addWidget(pause_);
  top->addWidget(run_);
  nowCard_->body()->addLayout(top);
  nowCard_->body()->addWidget(rounds_);
  nowCard_->body()->addWidget(sentence_);
  nowCard_->body()->addWidget(host_);
  connect(pause_, &QPushButton::clicked, this, [this] { emit pauseWanted(!paused_); });
  connect(run_, &QPushButton::clicked, this, &TakingPart::runWanted);
  return nowCard_;
}

QWidget* TakingPart::buildLimits() {
  auto* ledger = new Card(tr("What left this machine"));
  left_ = paragraph({}, "label.lab.left");
  enlarge(left_, 1.15);
  wire_ = paragraph({}, "label.lab.wire");
  ledger->body()->addWidget(left_);
  ledger->body()->addWidget(wire_);
  ledger->body()->addStretch();
  limits_ = new Card(tr("How this machine takes part"));
  upload_ = new QDoubleSpinBox;
  upload_->setObjectName(QStringLiteral("spin.lab.upload"));
  upload_->setRange(0, kLargestCap);
  upload_->setDecimals(1);
  upload_->setSuffix(tr(" Mbit/s"));
  upload_->setSpecialValueText(tr("not limited"));
  upload_->setAccessibleName(tr("Limit for sending"));
  upload_->setWhatsThis(tr("Updates are sent no faster than this. 0: as fast as the network takes them."));
  gentle_ = new QCheckBox(tr("&Gentle: half the cores, lowest priority"));
  gentle_->setObjectName(QStringLiteral("check.lab.gentle"));
  gentle_->setWhatsThis(tr("Leaves the machine quick for other work; rounds take longer."));
  auto* form = new QFormLayout;
  form->addRow(tr("Send at &most"), upload_);
  limits_->body()->addLayout(form);
  limits_->body()->addWidget(gentle_);
  limits_->body()->addStretch();
  connect(upload_, &QDoubleSpinBox::valueChanged, this, [this] { limitsLater_.start(); });
  connect(gentle_, &QCheckBox::toggled, this, [this] { limitsLater_.start(); });
  auto* widget = new QWidget;
  widget->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  auto* row = new QHBoxLayout(widget);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(10);
  row->addWidget(ledger, 1);
  row->addWidget(limits_, 1);
  return widget;
}

void TakingPart::setMembership(const wire::Membership& membership, qint64 nowMs, bool live) {
  const std::string& state = membership.state();
  const QColor color = lab_text::stateColor(state, *theme_);
  paused_ = state == "paused";
  icon_->setPixmap(iconPixmap(lab_text::stateIcon(state), kIcon, color, devicePixelRatioF()));
  const QString word = lab_text::membershipState(state);
  now_->setText(membership.round() > 0 ? tr("%1, round %2 of %3").arg(word).arg(membership.round()).arg(membership.rounds()) : word);
  paintText(now_, color);
  nowCard_->setEdge(color);
  nowCard_->setAccessibleName(now_->text());
  rounds_->setRange(0, std::max(1, membership.rounds()));
  rounds_->setValue(state == "done" ? rounds_->maximum() : membership.round());
  rounds_->setVisible(membership.rounds() > 0);
  sentence_->setText(lab_text::sentence(membership.sentence()));
  sentence_->setVisible(!membership.sentence().empty());
  QString host = tr("Host last heard of %1").arg(lab_text::age(nowMs, membership.host_seen_ms()));
  if (membership.slot() >= 0) host += QStringLiteral(" · ") + tr("your slot is %1").arg(membership.slot());
  host_->setText(host);
  paintText(host_, theme_->mutedText());
  pause_->setText(paused_ ? tr("&Go on") : tr("&Pause"));
  pause_->setIcon(themedIcon(QString::fromLatin1(paused_ ? "play" : "pause")));
  const bool over = lab_text::isEnd(state);
  limits_->setVisible(!over);
  pause_->setVisible(!over);
  pause_->setEnabled(live);
  run_->setVisible(!membership.run().empty());
  left_->setText(lab_text::left(membership.left()));
  wire_->setText(tr("%1 of messages in all, before encryption").arg(run_text::bytes(double(membership.left().wire_bytes()))));
  paintText(wire_, theme_->mutedText());
  if (limitsLater_.isActive() || upload_->hasFocus()) return;
  const QSignalBlocker quietUpload(upload_), quietGentle(gentle_);
  upload_->setValue(membership.upload_cap_mbit_s());
  gentle_->setChecked(membership.gentle());
}

}  // namespace fedllm::ui
