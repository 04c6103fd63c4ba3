#include "ui/lab/host_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QSysInfo>
#include <QToolButton>
#include <QVBoxLayout>

#include "spec/method_facts.h"
#include "spec/scenario_json.h"
#include "ui/lab/card.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/settings.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

const QString kOpenOne = QStringLiteral("document");   // the scenario that is open in the studio
const QString kBrowse = QStringLiteral("browse");
constexpr int kDefaultUses = 64, kDefaultHours = 12, kMostMembers = 256, kNameLength = 64;

// ADDR:PORT, [ADDR]:PORT or nothing; the core looks closer.
bool looksLikeBind(const QString& text) {
  static const QRegularExpression address(QStringLiteral("^(\\[[0-9A-Fa-f:.%a-z]+\\]|[^\\s:\\[\\]]+):[0-9]{1,5}$"));
  return text.isEmpty() || address.match(text).hasMatch();
}

}  // namespace

HostForm::HostForm(const StudioContext& context, QWidget* parent) : QWidget(parent), context_(context) {
  setObjectName(QStringLiteral("form.lab.host"));
  name_ = new QLineEdit(tr("Lab on %1").arg(QSysInfo::machineHostName().section(u'.', 0, 0)));
  name_->setObjectName(QStringLiteral("edit.lab.roomName"));
  name_->setMaxLength(kNameLength);
  name_->setWhatsThis(tr("Shown to those who look for a room. The same name opened again is the same room: its members need no new ticket."));
  scenario_ = new QComboBox;
  scenario_->setObjectName(QStringLiteral("combo.lab.scenario"));
  scenario_->setWhatsThis(tr("What is trained: base model, adapter, rounds and the fields that every member's data must have."));
  scenario_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  scenario_->setMinimumContentsLength(12);
  about_ = new QLabel;
  about_->setObjectName(QStringLiteral("label.lab.scenario"));
  about_->setWordWrap(true);
  problem_ = new QLabel;
  problem_->setObjectName(QStringLiteral("label.lab.hostProblem"));
  problem_->setWordWrap(true);
  problem_->hide();
  ask_ = new QCheckBox(tr("&Admit each member by hand"));
  ask_->setObjectName(QStringLiteral("check.lab.ask"));
  ask_->setWhatsThis(tr("On: whoever comes with the ticket waits until you compared the check code. Off: the ticket is enough."));
  announce_ = new QCheckBox(tr("Show the room on the &network"));
  announce_->setObjectName(QStringLiteral("check.lab.announce"));
  announce_->setChecked(true);
  announce_->setWhatsThis(tr("The room's name appears in the lists of studios on this network. Joining still takes a ticket."));
  handOut_ = new QCheckBox(tr("&Hand out shards of the scenario's data"));
  handOut_->setObjectName(QStringLiteral("check.lab.handOut"));
  handOut_->setWhatsThis(tr("For a class: members without data of their own get a part of this scenario's dataset."));
  program_ = new QCheckBox(tr("Let the scenario's &program combine the updates here"));
  program_->setObjectName(QStringLiteral("check.lab.program"));
  program_->setWhatsThis(tr("The scenario names a program of its own as the aggregator. It runs here, with your rights, after every round; members do not run it."));
  program_->hide();
  open_ = new QPushButton(tr("&Open the room"));
  open_->setObjectName(QStringLiteral("btn.lab.host"));
  open_->setDefault(true);
  open_->setWhatsThis(tr("Opens the room and shows its ticket. Nothing is trained yet."));

  auto* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->addRow(tr("&Name"), name_);
  form->addRow(tr("&Scenario"), scenario_);
  form->addRow(QString(), about_);
  form->addRow(tr("Training starts"), buildStart());
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(form);
  for (QWidget* widget : std::initializer_list<QWidget*>{program_, ask_, announce_, handOut_}) layout->addWidget(widget);
  layout->addWidget(buildMore());
  layout->addWidget(problem_);
  auto* last = new QHBoxLayout;
  last->addStretch();
  last->addWidget(open_);
  layout->addLayout(last);

  connect(scenario_, &QComboBox::activated, this, &HostForm::scenarioChosen);
  connect(open_, &QPushButton::clicked, this, &HostForm::ask);
  connect(name_, &QLineEdit::returnPressed, this, &HostForm::ask);
  connect(name_, &QLineEdit::textChanged, this, &HostForm::refreshButton);
  connect(context.theme, &Theme::changed, this, [this] { refresh(); });
  fillScenarios();
  refresh();
}

QWidget* HostForm::buildStart() {
  byHand_ = new QRadioButton(tr("when I say so"));
  byHand_->setObjectName(QStringLiteral("radio.lab.byHand"));
  byHand_->setChecked(true);
  whenReady_ = new QRadioButton(tr("as soon as"));
  whenReady_->setObjectName(QStringLiteral("radio.lab.whenReady"));
  whenReady_->setAccessibleName(tr("As soon as enough members are ready"));
  members_ = new QSpinBox;
  members_->setObjectName(QStringLiteral("spin.lab.members"));
  members_->setRange(1, kMostMembers);
  members_->setValue(4);
  members_->setAccessibleName(tr("Members that must be ready"));
  members_->setWhatsThis(tr("Training starts by itself when so many members are ready."));
  members_->setEnabled(false);
  connect(whenReady_, &QRadioButton::toggled, members_, &QWidget::setEnabled);
  auto* widget = new QWidget;
  auto* grid = new QVBoxLayout(widget);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(2);
  auto* row = new QHBoxLayout;
  row->addWidget(whenReady_);
  row->addWidget(members_);
  row->addWidget(new QLabel(tr("are ready")));
  row->addStretch();
  grid->addWidget(byHand_);
  grid->addLayout(row);
  return widget;
}

QWidget* HostForm::buildMore() {
  bind_ = new QLineEdit;
  bind_->setObjectName(QStringLiteral("edit.lab.bind"));
  bind_->setPlaceholderText(tr("every interface, port 47110"));
  bind_->setWhatsThis(tr("Address and port to listen on, such as 192.168.1.20:47110 or [fe80::1]:47110. Empty: every interface."));
  uses_ = new QSpinBox;
  uses_->setObjectName(QStringLiteral("spin.lab.uses"));
  uses_->setRange(1, kMostMembers);
  uses_->setValue(kDefaultUses);
  uses_->setWhatsThis(tr("How many machines may join with one ticket."));
  valid_ = new QComboBox;
  valid_->setObjectName(QStringLiteral("combo.lab.valid"));
  for (int hours : {1, kDefaultHours, 24, 24 * 7})
    valid_->addItem(hours < 48 ? tr("%n hour(s)", nullptr, hours) : tr("%n day(s)", nullptr, hours / 24), hours * 3600);
  valid_->setCurrentIndex(1);
  valid_->setWhatsThis(tr("After this time nobody new gets in with the ticket; members stay."));
  more_ = new QWidget;
  auto* form = new QFormLayout(more_);
  form->setContentsMargins(18, 0, 0, 0);
  form->addRow(tr("&Listen on"), bind_);
  form->addRow(tr("Ticket for"), uses_);
  form->addRow(tr("Ticket &valid for"), valid_);
  uses_->setAccessibleName(tr("Machines that may use the ticket"));
  uses_->setSuffix(tr(" machines"));
  more_->hide();
  moreButton_ = new QToolButton;
  moreButton_->setObjectName(QStringLiteral("btn.lab.more"));
  moreButton_->setText(tr("More"));
  moreButton_->setAutoRaise(true);
  moreButton_->setCheckable(true);
  moreButton_->setArrowType(Qt::RightArrow);
  moreButton_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  connect(moreButton_, &QToolButton::toggled, this, [this](bool on) {
    more_->setVisible(on);
    moreButton_->setArrowType(on ? Qt::DownArrow : Qt::RightArrow);
  });
  auto* widget = new QWidget;
  auto* column = new QVBoxLayout(widget);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(moreButton_);
  column->addWidget(more_);
  return widget;
}

void HostForm::fillScenarios() {
  scenario_->clear();
  scenario_->addItem(QString(), kOpenOne);
  if (context_.settings)
    for (const QString& path : context_.settings->recent())
      if (path != context_.document->path() && QFileInfo::exists(path)) {
        scenario_->addItem(QFileInfo(path).completeBaseName(), path);
        scenario_->setItemData(scenario_->count() - 1, path, Qt::ToolTipRole);
      }
  scenario_->insertSeparator(scenario_->count());
  scenario_->addItem(tr("Another file…"), kBrowse);
  const int at = scenario_->findData(chosen_);
  scenario_->setCurrentIndex(std::max(0, at));
}

void HostForm::chooseScenario(const QString& path) {
  if (path.isEmpty()) return;
  chosen_ = path;
  if (scenario_->findData(path) < 0) scenario_->insertItem(1, QFileInfo(path).completeBaseName(), path);
  scenario_->setCurrentIndex(scenario_->findData(path));
  refresh();
}

void HostForm::scenarioChosen() {
  const QString data = scenario_->currentData().toString();
  if (data != kBrowse) {
    chosen_ = data;
    return refresh();
  }
  scenario_->setCurrentIndex(std::max(0, scenario_->findData(chosen_)));
  chooseScenario(QFileDialog::getOpenFileName(this, tr("Choose a scenario"), context_.document->baseDir(), tr("Scenarios (*.json *.fedscn);;All files (*)")));
}

void HostForm::readScenario() {
  const QString choice = scenario_->currentData().toString();
  unreadable_.clear();
  if (choice == kOpenOne) {
    wantedScenario_ = context_.document->scenario();
    baseDir_ = context_.document->baseDir();
    return;
  }
  auto scenario = spec::load_scenario(choice.toStdString());
  baseDir_ = QFileInfo(choice).absolutePath();
  if (scenario.ok()) wantedScenario_ = std::move(scenario).value();
  else unreadable_ = statusText(scenario.status());
}

void HostForm::refresh() {
  const QString open = QString::fromStdString(context_.document->scenario().name);
  scenario_->setItemText(0, open.isEmpty() ? tr("without a name") : open);
  scenario_->setItemData(0, tr("Open in the studio"), Qt::ToolTipRole);
  readScenario();
  const QString model = QFileInfo(QString::fromStdString(wantedScenario_.base_model).section(u':', -1)).fileName();
  QString about = tr("%1, LoRA rank %2, %n round(s)", nullptr, wantedScenario_.rounds).arg(model).arg(wantedScenario_.lora.rank);
  if (scenario_->currentIndex() == 0) about = tr("Open in the studio") + QStringLiteral(" · ") + about;
  about_->setText(unreadable_.isEmpty() ? about : unreadable_);
  paintText(about_, unreadable_.isEmpty() ? context_.theme->mutedText() : context_.theme->bad());
  paintText(problem_, context_.theme->bad());
  askForProgram();
  refreshButton();
}

// Consent is to one program: another one is asked for anew.
void HostForm::askForProgram() {
  const std::string& aggregator = wantedScenario_.strategy.aggregator;
  program_->setVisible(spec::is_script(aggregator));
  program_->setToolTip(QString::fromStdString(aggregator).mid(static_cast<int>(spec::kScriptPrefix.size())));
  if (aggregator != asked_) program_->setChecked(false);
  asked_ = aggregator;
}

void HostForm::refreshButton() {
  open_->setEnabled(!busy_ && unreadable_.isEmpty() && !name_->text().trimmed().isEmpty());
  open_->setText(busy_ ? tr("Opening…") : tr("&Open the room"));
}

void HostForm::setBusy(bool busy) {
  busy_ = busy;
  refreshButton();
}

void HostForm::setProblem(const QString& sentence) {
  problem_->setText(sentence);
  problem_->setVisible(!sentence.isEmpty());
}

void HostForm::ask() {
  if (!open_->isEnabled()) return;
  const QString bind = bind_->text().trimmed();
  if (!looksLikeBind(bind)) {
    moreButton_->setChecked(true);
    bind_->setFocus();
    return setProblem(tr("Listen on: expected an address and a port such as 192.168.1.20:47110, got “%1”.").arg(bind));
  }
  setProblem({});
  wire::HostRoomRequest request;
  request.set_name(name_->text().trimmed().toStdString());
  request.set_scenario_json(spec::to_json(wantedScenario_));
  request.set_base_dir(baseDir_.toStdString());
  request.set_bind(bind.toStdString());
  request.set_min_members(whenReady_->isChecked() ? members_->value() : 0);
  request.set_ask(ask_->isChecked());
  request.set_announce(announce_->isChecked());
  request.set_hand_out_data(handOut_->isChecked());
  request.set_allow_program(program_->isVisibleTo(this) && program_->isChecked());
  request.set_ticket_uses(uses_->value());
  request.set_ticket_valid_s(valid_->currentData().toLongLong());
  emit wanted(request);
}

}  // namespace fedllm::ui
