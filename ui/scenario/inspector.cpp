#include "ui/scenario/inspector.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollBar>
#include <QSpinBox>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "spec/forecast.h"
#include "spec/names.h"
#include "ui/scenario/scenario_edits.h"
#include "ui/scenario/strategy_section.h"
#include "ui/scenario/target_boxes.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {

using spec::Scenario;

namespace {
constexpr int kUsualClients = 4;             // what a reset of the number goes back to
}

Inspector::Inspector(ScenarioEditor* editor, const Theme* theme, QWidget* parent)
    : QScrollArea(parent), editor_(editor), theme_(theme), stack_(new QStackedWidget), head_(new QLabel) {
  setObjectName(QStringLiteral("inspector"));
  setAccessibleName(tr("Settings of what is selected"));
  setWidgetResizable(true);
  setFrameShape(NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::NoFocus);
  auto* inside = new QWidget;
  auto* column = new QVBoxLayout(inside);
  column->setContentsMargins(12, 10, 12, 10);
  column->setSpacing(8);
  head_->setObjectName(QStringLiteral("inspector.head"));
  head_->setWordWrap(true);
  QFont font = head_->font();
  font.setBold(true);
  font.setPointSizeF(font.pointSizeF() * 1.15);
  head_->setFont(font);
  column->addWidget(head_);
  stack_->addWidget(buildFederation());
  stack_->addWidget(buildClients());
  stack_->addWidget(buildLinks());
  column->addWidget(stack_, 1);
  setWidget(inside);
  connect(editor, &ScenarioEditor::changed, this, &Inspector::refresh);
  connect(editor, &ScenarioEditor::selectionChanged, this, &Inspector::refresh);
  refresh();
}

// ----------------------------------------------------------------------------------------------------------- federation

QWidget* Inspector::buildFederation() {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(knobs_ = new FieldForm(editor_, theme_));
  fillKnobs(knobs_);
  column->addWidget(strategy_ = new StrategySection(editor_, theme_));
  moreButton_ = new QToolButton;
  moreButton_->setObjectName(QStringLiteral("btn.more"));
  moreButton_->setCheckable(true);
  moreButton_->setAutoRaise(true);
  moreButton_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  moreButton_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  moreButton_->setToolTip(tr("The other settings of the federation; the count is of those that differ from their defaults"));
  column->addWidget(moreButton_);
  column->addWidget(more_ = new FieldForm(editor_, theme_));
  fillMore(more_);
  fillRounds(more_);
  more_->hide();
  connect(moreButton_, &QToolButton::toggled, this, [this](bool on) {
    more_->setVisible(on);
    refresh();
  });
  column->addStretch(1);
  return page;
}

void Inspector::fillKnobs(FieldForm* form) {
  form->addNumber(
      {QStringLiteral("partition.clients"), tr("&Clients"),
       tr("How many clients take part. Each gets its own share of the data.")},
      0, 1000, 0, {}, [this](const Scenario& s) { return double(s == editor_->scenario() ? editor_->clients() : kUsualClients); },
      [](Scenario& s, double n) { edits::setClientCount(s, int(n)); });
  form->addNumber(
      {QStringLiteral("rounds"), tr("R&ounds"), tr("How often the adapter travels to the clients and comes back improved.")}, 0,
      100000, 0, {}, [](const Scenario& s) { return double(s.rounds); }, [](Scenario& s, double v) { s.rounds = int(v); });
  addLocalWork(form);
  form->addNumber(
      {QStringLiteral("training.learning_rate"), tr("&Learning rate"),
       tr("The size of each local step. For LoRA 0.0001 to 0.01 is common.")},
      0, 10, 8, {}, [](const Scenario& s) { return s.training.learning_rate; },
      [](Scenario& s, double v) { s.training.learning_rate = v; });
  form->addNumber(
      {QStringLiteral("training.batch_size"), tr("&Batch size"), tr("Records that one local step looks at.")}, 0, 65536, 0, {},
      [](const Scenario& s) { return double(s.training.batch_size); },
      [](Scenario& s, double v) { s.training.batch_size = int(v); });
  form->addNumber(
      {QStringLiteral("lora.rank"), tr("LoRA ran&k"),
       tr("The inner size of the adapter. Twice the rank is twice the bytes that travel.")},
      0, 4096, 0, {}, [](const Scenario& s) { return double(s.lora.rank); }, [](Scenario& s, double v) { s.lora.rank = int(v); });
}

// Steps or epochs: one number and its unit.
void Inspector::addLocalWork(FieldForm* form) {
  auto* box = new QWidget;
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  auto* number = new QSpinBox;
  number->setRange(0, 1000000);
  number->setKeyboardTracking(false);
  number->setFocusPolicy(Qt::StrongFocus);
  auto* unit = new QComboBox;
  unit->setFocusPolicy(Qt::StrongFocus);
  unit->addItems({tr("steps"), tr("epochs")});
  unit->setObjectName(QStringLiteral("field.training.unit"));
  unit->setAccessibleName(tr("Unit of the local work"));
  unit->setWhatsThis(tr("Steps: the same number for every client. Epochs: each client goes through its own records that often."));
  row->addWidget(number, 1);
  row->addWidget(unit);
  box->setFocusProxy(number);
  const FieldSpec spec{QStringLiteral("training.local_steps"), tr("Local &work"),
                       tr("What a client does in a round before it sends its update.")};
  const auto write = [this, number, unit] {
    editor_->document()->edit(tr("Change local work"), [&](Scenario& s) {
      const bool steps = unit->currentIndex() == 0;
      s.training.local_steps = steps ? std::optional<int>(number->value()) : std::nullopt;
      s.training.local_epochs = steps ? std::nullopt : std::optional<int>(number->value());
    }, QStringLiteral("training.local_steps"));
  };
  connect(number, &QSpinBox::valueChanged, this, write);
  connect(number, &QSpinBox::editingFinished, this, [this] { editor_->document()->endMerge(); });
  connect(unit, &QComboBox::activated, this, [this, number, unit, write] {
    // Thirty steps are not thirty epochs: a change of unit starts with that unit's usual figure.
    const QSignalBlocker quiet(number);
    number->setValue(unit->currentIndex() == 0 ? 30 : 1);
    write();
    editor_->document()->endMerge();
  });
  form->addWidget(spec, box, [this, number, unit] {
    const QSignalBlocker quiet(number);
    const auto& t = editor_->scenario().training;
    unit->setCurrentIndex(t.local_epochs && !t.local_steps ? 1 : 0);
    number->setValue(t.local_steps.value_or(t.local_epochs.value_or(0)));
    number->setAccessibleName(tr("Local work"));
    number->setWhatsThis(tr("What a client does in a round before it sends its update."));
  }, [this] {
    const auto &t = editor_->scenario().training, d = spec::TrainingSpec();
    return t.local_steps != d.local_steps || t.local_epochs != d.local_epochs;
  }, [](Scenario& s) {
    s.training.local_steps = spec::TrainingSpec().local_steps;
    s.training.local_epochs = spec::TrainingSpec().local_epochs;
  });
}

void Inspector::fillMore(FieldForm* form) {
  form->addText(
      {QStringLiteral("name"), tr("&Name"), tr("What runs of this scenario are called.")},
      [](const Scenario& s) { return QString::fromStdString(s.name); },
      [](Scenario& s, const QString& t) { s.name = t.trimmed().toStdString(); });
  form->addText(
      {QStringLiteral("base_model"), tr("Base &model"),
       tr("A folder with config.json, tokenizer.json and safetensors, or builtin:NAME for a shipped one.")},
      [](const Scenario& s) { return QString::fromStdString(s.base_model); },
      [](Scenario& s, const QString& t) { s.base_model = t.trimmed().toStdString(); });
  form->addNumber(
      {QStringLiteral("lora.alpha"), tr("LoRA &alpha"), tr("The adapter is scaled by alpha divided by rank.")}, 0, 4096, 3, {},
      [](const Scenario& s) { return s.lora.alpha; }, [](Scenario& s, double v) { s.lora.alpha = v; });
  form->addNumber(
      {QStringLiteral("lora.dropout"), tr("LoRA &dropout"), tr("The share of adapter inputs dropped at random while training.")},
      0, 1, 3, {}, [](const Scenario& s) { return s.lora.dropout; }, [](Scenario& s, double v) { s.lora.dropout = v; });
  addTargets(form);
  addCohort(form);
  form->addNumber(
      {QStringLiteral("seed"), tr("&Seed"), tr("The same scenario and seed give the same adapter, to the last bit.")}, 0,
      4294967295.0, 0, {}, [](const Scenario& s) { return double(s.seed); }, [](Scenario& s, double v) { s.seed = uint64_t(v); });
  form->addChoice(
      {QStringLiteral("codec"), tr("Codec"),
       tr("How an update is written for its journey. What a shorter form loses is kept and sent with the client's next update.")},
      {{QStringLiteral("f32"), tr("f32: 4 bytes a number")},
       {QStringLiteral("f16"), tr("f16: 2 bytes a number")},
       {QStringLiteral("bf16"), tr("bf16: 2 bytes a number, wide range")},
       {QStringLiteral("int8"), tr("int8: 1 byte a number")},
       {QStringLiteral("int4"), tr("int4: half a byte a number")},
       {QStringLiteral("top-k"), tr("top-k: the largest changes")},
       {QStringLiteral("random-mask"), tr("random mask: changes drawn by lot")},
       {QStringLiteral("sign"), tr("sign: 1 bit a number")}},
      [](const Scenario& s) { return QString::fromStdString(s.codec); },
      [](Scenario& s, const QString& v) { s.codec = v.toStdString(); });
  form->addNumber(
      {QStringLiteral("codec_density"), tr("Part sent"), tr("The part of the numbers that top-k and random mask send in a round.")}, 0, 1, 4,
      {}, [](const Scenario& s) { return s.codec_density.value_or(spec::kCodecDensity); },
      [](Scenario& s, double v) { s.codec_density = v; });
  form->addChoice(
      {QStringLiteral("downlink_codec"), tr("Codec down"),
       tr("How a version is written on its way to the clients. Top-k sends the largest numbers alone: clients start from those, and the coordinator keeps the others (FLASC).")},
      {{QString(), tr("as the updates, else f16")},
       {QStringLiteral("f32"), tr("f32: 4 bytes a number")},
       {QStringLiteral("f16"), tr("f16: 2 bytes a number")},
       {QStringLiteral("bf16"), tr("bf16: 2 bytes a number, wide range")},
       {QStringLiteral("int8"), tr("int8: 1 byte a number")},
       {QStringLiteral("int4"), tr("int4: half a byte a number")},
       {QStringLiteral("top-k"), tr("top-k: the largest numbers")}},
      [](const Scenario& s) { return QString::fromStdString(s.downlink_codec.value_or(std::string())); },
      [](Scenario& s, const QString& v) {
        s.downlink_codec = v.isEmpty() ? std::nullopt : std::optional(v.toStdString());
      });
  form->addNumber(
      {QStringLiteral("downlink_density"), tr("Part that comes down"), tr("The part of the numbers that a version coded top-k carries.")}, 0, 1, 4,
      {}, [](const Scenario& s) { return spec::downlink_density(s); },
      [](Scenario& s, double v) { s.downlink_density = v; });
  form->addChoice(
      {QStringLiteral("training.optimizer"), tr("Clients' optimizer"),
       tr("What turns a client's gradients into steps. It begins anew in every round.\n\nAdamW adapts the step of every number and is usual for LoRA; SGD takes the gradient as it is, which control variates (SCAFFOLD) assume.")},
      {{QStringLiteral("adamw"), tr("AdamW")}, {QStringLiteral("sgd"), tr("SGD")}},
      [](const Scenario& s) { return QString::fromStdString(s.training.optimizer); },
      [](Scenario& s, const QString& v) { s.training.optimizer = v.toStdString(); });
  form->addNumber(
      {QStringLiteral("training.momentum"), tr("SGD's momentum"), tr("How much of the last step goes into the next one.")}, 0, 1, 4, {},
      [](const Scenario& s) { return s.training.momentum; }, [](Scenario& s, double v) { s.training.momentum = v; });
  form->showWhere(QStringLiteral("training.momentum"), [this] { return editor_->scenario().training.optimizer == "sgd"; });
  form->addNumber(
      {QStringLiteral("training.max_length"), tr("Longest record"), tr("Longer records are cut on the right.")}, 0, 1 << 20, 0,
      tr("tokens"), [](const Scenario& s) { return double(s.training.max_length); },
      [](Scenario& s, double v) { s.training.max_length = int(v); });
  form->addNumber(
      {QStringLiteral("training.weight_decay"), tr("Weight decay"), tr("Pulls the adapter's numbers towards zero at each step.")},
      0, 1, 6, {}, [](const Scenario& s) { return s.training.weight_decay; },
      [](Scenario& s, double v) { s.training.weight_decay = v; });
  form->addNumber(
      {QStringLiteral("training.clip_norm"), tr("Gradient clipping"),
       tr("The largest norm a gradient may have; 0 turns clipping off.")},
      0, 1000, 3, {}, [](const Scenario& s) { return s.training.clip_norm; },
      [](Scenario& s, double v) { s.training.clip_norm = v; }, tr("off"));
  form->addNumber(
      {QStringLiteral("training.warmup_fraction"), tr("Warm-up"),
       tr("The share of a round's local steps in which the learning rate rises.")},
      0, 1, 3, {}, [](const Scenario& s) { return s.training.warmup_fraction; },
      [](Scenario& s, double v) { s.training.warmup_fraction = v; });
}

void Inspector::fillRounds(FieldForm* form) {
  form->addNumber(
      {QStringLiteral("network.quorum"), tr("Quorum"), tr("The share of the cohort whose updates close a round.")}, 0, 1, 3, {},
      [](const Scenario& s) { return s.network.quorum; }, [](Scenario& s, double v) { s.network.quorum = v; });
  form->addNumber(
      {QStringLiteral("network.deadline_s"), tr("Deadline of a round"),
       tr("Updates that come later are not used; 0: the round waits for all.")},
      0, 86400, 1, tr("s"), [](const Scenario& s) { return s.network.deadline_s; },
      [](Scenario& s, double v) { s.network.deadline_s = v; }, tr("none"));
  form->addNumber(
      {QStringLiteral("evaluation.max_records"), tr("Records scored"),
       tr("Held-out records scored for each topic at each evaluation.")},
      0, 1000000, 0, {}, [](const Scenario& s) { return double(s.evaluation.max_records); },
      [](Scenario& s, double v) { s.evaluation.max_records = int(v); });
  form->addSwitch(
      {QStringLiteral("evaluation.references"), tr("Reference lines"),
       tr("Also train every client alone, and all data in one place, to compare the federation with.\n\nBoth train for as many steps as the federation does, so a run takes two to three times as long. Only a simulation has all data at hand; a room cannot.")},
      [](const Scenario& s) { return s.evaluation.references; }, [](Scenario& s, bool on) { s.evaluation.references = on; });
}

void Inspector::addTargets(FieldForm* form) {
  auto* boxes = new TargetBoxes;
  targets_ = boxes;
  connect(boxes, &TargetBoxes::toggled, this, [this](const QString& name, bool on) {
    editor_->document()->edit(on ? tr("Adapt %1").arg(name) : tr("Do not adapt %1").arg(name), [&](Scenario& s) {
      auto& list = s.lora.target_modules;
      s.lora.target_pattern.clear();   // a pattern stands in place of the list
      std::erase(list, name.toStdString());
      if (on) list.push_back(name.toStdString());
    });
  });
  form->addWidget(
      {QStringLiteral("lora.target_modules"), tr("&Target modules"),
       tr("The linear layers of the base model that get an adapter.")},
      boxes, [this, boxes] { boxes->show(modules_, editor_->scenario().lora.target_modules); },
      [this] { return editor_->scenario().lora.target_modules != spec::LoraSpec().target_modules; },
      [](Scenario& s) {
        s.lora.target_modules = spec::LoraSpec().target_modules;
        s.lora.target_pattern.clear();
      },
      true);
}

void Inspector::addCohort(FieldForm* form) {
  form->addNumber(
      {QStringLiteral("cohort.size"), tr("Cohort"), tr("How many clients are chosen for each round; 0: all of them.")}, 0, 100000,
      0, tr("a round"),
      [this](const Scenario& s) {
        if (s.cohort.fraction) return std::max(1.0, std::round(*s.cohort.fraction * editor_->clients()));
        return double(s.cohort.size.value_or(0));
      },
      [](Scenario& s, double v) {
        s.cohort.fraction.reset();
        s.cohort.size = v >= 1 ? std::optional<int>(int(v)) : std::nullopt;
      },
      tr("everybody"));
}

// ------------------------------------------------------------------------------------------------------------- selection

void Inspector::refresh() {
  const NodeId current = editor_->current();
  const auto chosen = editor_->selectedClients();
  const bool federation = chosen.empty() || current.kind == NodeId::Kind::Coordinator;
  stack_->setCurrentIndex(federation ? 0 : current.kind == NodeId::Kind::Link ? 2 : 1);
  const QString who =
      chosen.size() == 1 ? edits::clientName(editor_->scenario(), chosen[0]) : tr("%n client(s)", nullptr, int(chosen.size()));
  head_->setText(federation ? tr("Federation") : current.kind == NodeId::Kind::Link ? tr("Link of %1").arg(who) : who);
  setMinimumWidth(widget()->minimumSizeHint().width() + verticalScrollBar()->sizeHint().width() + 2);
  const int changed = more_->changedCount();
  moreButton_->setText(changed > 0 ? tr("More settings (%n changed)", nullptr, changed) : tr("More settings"));
  moreButton_->setArrowType(moreButton_->isChecked() ? Qt::DownArrow : Qt::RightArrow);
  if (auto* input = findChild<QWidget*>(QStringLiteral("field.partition.clients"))) {
    input->setEnabled(editor_->mayChangeClients());
    input->setToolTip(editor_->mayChangeClients() ? input->whatsThis()
                                                  : tr("The data decide how many clients there are with this split (Data page)"));
  }
}

void Inspector::focusFirst() {
  QWidget* page = stack_->currentWidget();
  for (auto* input : page->findChildren<QWidget*>())
    if (input->focusPolicy() & Qt::TabFocus && input->isEnabled() && input->isVisible())
      return input->setFocus(Qt::ShortcutFocusReason);
}

bool Inspector::focusPath(const QString& path) {
  if (path.startsWith(QLatin1String("clients."))) {
    const QStringList parts = path.split(QLatin1Char('.'));
    const int client = parts.value(1).toInt();
    const QString field = QStringLiteral("clients.") + parts.value(2);
    const bool link = field.contains(QLatin1String("mbit")) || field.contains(QLatin1String("latency"));
    editor_->selectOnly({link ? NodeId::Kind::Link : NodeId::Kind::Client, client});
    return (link ? links_ : clients_)->focusPath(field);
  }
  editor_->selectOnly({});
  if (knobs_->focusPath(path) || strategy_->focusPath(path)) return true;
  if (path == QLatin1String("training.local_epochs")) return knobs_->focusPath(QStringLiteral("training.local_steps"));
  moreButton_->setChecked(true);
  return more_->focusPath(path == QLatin1String("cohort.fraction") ? QStringLiteral("cohort.size") : path);
}

void Inspector::setModules(const QStringList& names) {
  if (names == modules_) return;
  modules_ = names;
  more_->refresh();
}

}  // namespace fedllm::ui
