#include "ui/chat/try_it_box.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QShortcut>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "ui/chat/answer_card.h"
#include "ui/chat/answer_settings.h"
#include "ui/chat/chip_row.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

constexpr int kSliderRestMs = 150, kBaseRound = -1, kKeptAnswers = 500;

QLabel* buddy(const QString& text, QWidget* input) {
  auto* label = new QLabel(text);
  label->setBuddy(input);
  return label;
}

}  // namespace

TryItBox::TryItBox(Core core, Theme* theme, QWidget* parent) : QWidget(parent), core_(std::move(core)), theme_(theme) {
  setObjectName(QStringLiteral("tryit"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(4, 4, 4, 2);
  column->setSpacing(4);
  hint_ = new QLabel;
  hint_->setObjectName(QStringLiteral("tryit.hint"));
  hint_->setWordWrap(true);
  hint_->hide();
  column->addWidget(buildPromptRow());
  column->addWidget(buildChoiceRow());
  column->addWidget(hint_);
  auto* answers = new QHBoxLayout;
  const char* names[] = {"tryit.base", "tryit.client_answer", "tryit.global"};
  for (int i = 0; i < Columns; ++i) answers->addWidget(cards_[i] = new AnswerCard(QLatin1String(names[i]), theme), 1);
  column->addLayout(answers, 1);
  connectKeys();
  sliderRest_.setSingleShot(true);
  sliderRest_.setInterval(kSliderRestMs);
  connect(&sliderRest_, &QTimer::timeout, this, &TryItBox::ask);
  updateTitles();
}

QWidget* TryItBox::buildPromptRow() {
  auto* holder = new QWidget;
  auto* row = new QHBoxLayout(holder);
  row->setContentsMargins(0, 0, 0, 0);
  prompt_ = new QLineEdit;
  prompt_->setObjectName(QStringLiteral("tryit.prompt"));
  prompt_->setPlaceholderText(tr("Type a prompt, or click one below"));
  prompt_->setAccessibleName(tr("Prompt"));
  prompt_->setWhatsThis(tr("The exact text that the three columns continue. Enter asks, Esc stops the answers."));
  ask_ = new QPushButton(tr("Ask"));
  ask_->setObjectName(QStringLiteral("tryit.ask"));
  ask_->setEnabled(false);
  ask_->setToolTip(tr("Ask (Ctrl+Enter)"));
  stop_ = new QPushButton(tr("Stop"));
  stop_->setObjectName(QStringLiteral("tryit.stop"));
  stop_->setToolTip(tr("Stop the answers (Esc)"));
  settings_ = new SettingsButton;
  row->addWidget(prompt_, 1);
  row->addWidget(ask_);
  row->addWidget(stop_);
  row->addWidget(settings_);
  connect(prompt_, &QLineEdit::textChanged, this, [this](const QString& text) { ask_->setEnabled(!run_.isEmpty() && !text.trimmed().isEmpty()); });
  connect(prompt_, &QLineEdit::returnPressed, this, &TryItBox::ask);
  connect(ask_, &QPushButton::clicked, this, &TryItBox::ask);
  connect(stop_, &QPushButton::clicked, this, &TryItBox::stop);
  connect(settings_, &SettingsButton::askWanted, this, &TryItBox::ask);
  return holder;
}

QWidget* TryItBox::buildRoundPart() {
  auto* holder = new QWidget;
  auto* row = new QHBoxLayout(holder);
  row->setContentsMargins(0, 0, 0, 0);
  round_ = new QSlider(Qt::Horizontal);
  round_->setObjectName(QStringLiteral("tryit.round"));
  round_->setAccessibleName(tr("Round of the adapters"));
  round_->setWhatsThis(tr("Which round's adapters answer. Drag to see the same prompt answered round by round."));
  round_->setRange(0, 0);
  round_->setPageStep(1);
  round_->setTickPosition(QSlider::TicksBelow);
  round_->setMinimumWidth(80);
  roundLabel_ = buddy(tr("Round %1").arg(QStringLiteral("–")), round_);
  row->addWidget(roundLabel_);
  row->addWidget(round_, 1);
  connect(round_, &QSlider::valueChanged, this, [this] {
    updateTitles();
    sliderRest_.start();
  });
  return holder;
}

// Esc belongs to the box only while there is something to stop.
void TryItBox::connectKeys() {
  for (const int key : {Qt::Key_Return, Qt::Key_Enter}) {
    auto* send = new QShortcut(QKeySequence(Qt::CTRL | key), this);
    send->setContext(Qt::WidgetWithChildrenShortcut);
    connect(send, &QShortcut::activated, this, &TryItBox::ask);
  }
  escape_ = new QShortcut(QKeySequence(Qt::Key_Escape), this);
  escape_->setContext(Qt::WidgetWithChildrenShortcut);
  connect(escape_, &QShortcut::activated, this, &TryItBox::stop);
  updateBusy();
}

QWidget* TryItBox::buildChoiceRow() {
  auto* holder = new QWidget;
  auto* row = new QHBoxLayout(holder);
  row->setContentsMargins(0, 0, 0, 0);
  chips_ = new ChipRow;
  slot_ = new QComboBox;
  slot_->setObjectName(QStringLiteral("tryit.slot"));
  slot_->setAccessibleName(tr("Words in the slot of the prompt"));
  slot_->setWhatsThis(tr("What stands in the open place of the chosen prompt; taken from records that nobody trained on."));
  slot_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  slot_->setMinimumContentsLength(12);
  client_ = new QComboBox;
  client_->setObjectName(QStringLiteral("tryit.client"));
  client_->setAccessibleName(tr("Client of the middle column"));
  client_->setWhatsThis(tr("Whose own adapter answers in the middle column."));
  client_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  client_->setMinimumContentsLength(8);
  row->addWidget(chips_, 1);
  row->addWidget(slot_);
  row->addWidget(client_);
  row->addWidget(buildRoundPart());
  connect(chips_, &ChipRow::chosen, this, &TryItBox::chooseTemplate);
  connect(slot_, &QComboBox::activated, this, &TryItBox::chooseSlot);
  connect(client_, &QComboBox::currentIndexChanged, this, [this] {
    updateTitles();
    if (!prompt_->text().trimmed().isEmpty() && client_->currentIndex() >= 0) askColumn(Client);
  });
  return holder;
}

void TryItBox::setRun(const QString& run, const QStringList& clients) {
  if (run == run_ && clients == clients_) return;
  const bool other = run != run_;
  run_ = run;
  clients_ = clients;
  const int chosen = client_->currentIndex();
  {
    const QSignalBlocker blocker(client_);
    client_->clear();
    client_->addItems(clients);
    client_->setCurrentIndex(clients.isEmpty() ? -1 : std::clamp<int>(other ? 0 : chosen, 0, int(clients.size()) - 1));
  }
  if (!other) return updateTitles();
  answers_.clear();
  for (int i = 0; i < Columns; ++i) release(Column(i));
  for (AnswerCard* card : cards_) card->clear();
  fillItems({});
  prompt_->clear();
  reload();
}

void TryItBox::setClient(int client) {
  if (client >= 0 && client < client_->count()) client_->setCurrentIndex(client);
}

void TryItBox::setRound(int round) {
  if (round < 0 || rounds_.empty()) return;
  const auto after = std::upper_bound(rounds_.begin(), rounds_.end(), round);
  round_->setValue(std::max(0, int(after - rounds_.begin()) - 1));
}

void TryItBox::reload() {
  needsItems_ = true;
  if (!isVisible() || run_.isEmpty()) return;
  needsItems_ = false;
  core_.items(run_, [this, run = run_](Result<wire::TryItemsReply> reply) {
    if (run != run_) return;
    if (reply.ok()) return fillItems(*reply);
    hint_->show();
    hint_->setText(tr("✖ %1").arg(statusText(reply.status())));
    needsItems_ = true;
  });
}

void TryItBox::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (needsItems_) reload();
}

void TryItBox::fillItems(const wire::TryItemsReply& reply) {
  const bool atEnd = round_->value() == round_->maximum();
  rounds_.assign(reply.rounds().begin(), reply.rounds().end());
  clientRounds_.assign(reply.client_rounds().begin(), reply.client_rounds().end());
  {
    const QSignalBlocker blocker(round_);
    round_->setRange(0, std::max(0, int(rounds_.size()) - 1));
    if (atEnd) round_->setValue(round_->maximum());
    round_->setEnabled(rounds_.size() > 1);
  }
  const bool first = templates_.empty();
  templates_ = findTemplates(reply);
  QStringList labels;
  for (const PromptTemplate& one : templates_) labels << one.label();
  chips_->setTexts(labels);
  updateTitles();
  hint_->setVisible(templates_.empty());
  hint_->setText(tr("Type a prompt and press Enter: the base model and the adapters of this run answer side by side."));
  if (templates_.empty()) {
    template_ = -1;
    slot_->clear();
    slot_->setVisible(false);
  } else if (first || template_ >= int(templates_.size())) {
    chooseTemplate(0);
  } else {
    chips_->setCurrent(template_);
  }
}

void TryItBox::chooseTemplate(int index) {
  if (index < 0 || index >= int(templates_.size())) return;
  template_ = index;
  chips_->setCurrent(index);
  const PromptTemplate& chosen = templates_[index];
  slot_->clear();
  for (const SlotItem& item : chosen.items) slot_->addItem(item.slot);
  slot_->setVisible(chosen.items.size() > 1);
  chooseSlot(0);
}

void TryItBox::chooseSlot(int index) {
  if (template_ < 0 || index < 0 || index >= int(templates_[template_].items.size())) return;
  slot_->setCurrentIndex(index);
  prompt_->setText(templates_[template_].items[index].prompt);
  prompt_->setCursorPosition(0);
  ask();
}

int TryItBox::round() const {
  return rounds_.empty() ? -1 : rounds_[std::clamp(round_->value(), 0, int(rounds_.size()) - 1)];
}

// Clients' own adapters are kept for some rounds only: the nearest one not after the slider, else the first.
int TryItBox::clientRound() const {
  int best = clientRounds_.empty() ? -1 : clientRounds_.front();
  for (int candidate : clientRounds_)
    if (candidate <= round()) best = candidate;
  return best;
}

void TryItBox::updateTitles() {
  roundLabel_->setText(tr("Round %1").arg(round() < 0 ? QStringLiteral("–") : QString::number(round())));
  cards_[Base]->setTitle(tr("Base model"));
  const QString name = client_->currentIndex() >= 0 ? client_->currentText() : tr("Client");
  cards_[Client]->setTitle(clientRound() >= 0 ? tr("%1 alone, round %2").arg(name).arg(clientRound()) : name);
  cards_[Global]->setTitle(round() >= 0 ? tr("Global, round %1").arg(round()) : tr("Global"));
}

void TryItBox::ask() {
  sliderRest_.stop();
  if (run_.isEmpty() || prompt_->text().trimmed().isEmpty()) return;
  for (const Column column : {Base, Global, Client}) askColumn(column);
}

void TryItBox::stop() {
  sliderRest_.stop();
  for (int i = 0; i < Columns; ++i) {
    if (!slots_[i].busy) continue;
    release(Column(i));
    cards_[i]->stopped();
  }
}

// Nothing of what was asked is heard any more.
void TryItBox::release(Column column) {
  Slot& slot = slots_[column];
  ++slot.generation;
  if (std::exchange(slot.busy, false) && slot.call != 0) core_.cancel(slot.call);
  slot.call = 0;
  updateBusy();
}

void TryItBox::updateBusy() {
  const bool busy = std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.busy; });
  stop_->setEnabled(busy);
  escape_->setEnabled(busy);
}

QString TryItBox::keyOf(const Question& q) const {
  wire::TryRequest how;
  settings_->settings().writeTo(how);
  const QString drawn = QString::fromLatin1(QByteArray::fromStdString(how.SerializeAsString()).toHex());
  return QStringLiteral("%1|%2|%3|").arg(q.round).arg(q.client).arg(drawn) + q.expected + QLatin1Char('\x1f') + q.prompt;
}

TryItBox::Question TryItBox::question(Column column) const {
  Question q;
  q.prompt = prompt_->text();
  for (const PromptTemplate& one : templates_)
    for (const SlotItem& item : one.items)
      if (item.prompt == q.prompt) q.expected = item.expected;
  q.round = column == Base ? kBaseRound : column == Client ? clientRound() : round();
  q.client = column == Client ? client_->currentIndex() : -1;
  return q;
}

void TryItBox::askColumn(Column column) {
  const Question q = question(column);
  Slot& slot = slots_[column];
  if (q.round < 0 && column != Base) release(column);
  if (column == Client && (q.round < 0 || q.client < 0))
    return cards_[column]->clear(tr("Clients' own adapters come with the first round."));
  if (column == Global && q.round < 0) return cards_[column]->clear(tr("The global adapter comes with the first round."));
  const QString key = keyOf(q);
  if (slot.busy && slot.key == key) return;
  release(column);
  const auto known = answers_.constFind(key);
  if (known != answers_.constEnd()) return cards_[column]->show(*known, stamp(q, column), q.expected);
  cards_[column]->wait();
  send(column, q);
}

void TryItBox::send(Column column, const Question& q) {
  Slot& slot = slots_[column];
  slot.busy = true;
  slot.key = keyOf(q);
  const quint64 generation = ++slot.generation;
  wire::TryRequest request;
  request.set_run(run_.toStdString());
  request.set_prompt(q.prompt.toStdString());
  request.set_round(q.round);
  request.set_client(q.client);
  request.set_expected(q.expected.toStdString());
  settings_->settings().writeTo(request);
  const quint64 call = core_.ask(
      request,
      [this, column, generation](const wire::TryPart& part) {
        if (generation == slots_[column].generation) cards_[column]->add(part);
      },
      [this, column, q, generation](Result<wire::TryReply> reply) { arrived(column, q, generation, reply); });
  if (slot.busy && generation == slot.generation) slot.call = call;
  updateBusy();
}

void TryItBox::arrived(Column column, const Question& q, quint64 generation, const Result<wire::TryReply>& reply) {
  Slot& slot = slots_[column];
  if (generation != slot.generation) return;           // a newer question is on the card already
  slot.busy = false;
  slot.call = 0;
  updateBusy();
  if (reply.ok() && answers_.size() < kKeptAnswers) answers_.insert(slot.key, *reply);
  if (reply.ok()) cards_[column]->show(*reply, stamp(q, column), q.expected);
  else cards_[column]->fail(statusText(reply.status()));
}

QString TryItBox::stamp(const Question& q, Column column) const {
  return column == Base ? tr("base, no adapter") : tr("adapter r%1").arg(q.round);
}

}  // namespace fedllm::ui
