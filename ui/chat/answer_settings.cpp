#include "ui/chat/answer_settings.h"

#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QFrame>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QScreen>
#include <QShortcut>
#include <QSpinBox>
#include <QVBoxLayout>
#include <limits>

namespace fedllm::ui {
namespace {

constexpr double kHottest = 5, kSmallestP = 0.01, kMostPenalty = 3;
constexpr int kMostTopK = 1000, kMostNewTokens = 4096, kInputWidth = 120, kMeaningWidth = 250;

}  // namespace

void AnswerSettings::writeTo(wire::TryRequest& request) const {
  request.set_max_new_tokens(newTokens);
  request.set_repetition_penalty(repetitionPenalty);
  for (const QString& stop : stops) request.add_stop(stop.toStdString());
  if (isGreedy()) return;
  request.set_temperature(temperature);
  request.set_top_k(topK);
  request.set_top_p(topP);
  request.set_seed(static_cast<quint64>(seed));
}

QStringList stopTexts(const QString& line) {
  QStringList texts;
  for (QString text : line.split(QLatin1Char('|'), Qt::SkipEmptyParts)) {
    text.replace(QStringLiteral("\\n"), QStringLiteral("\n"));
    texts << text;
  }
  return texts;
}

QString stopLine(const QStringList& texts) {
  QString line = texts.join(QLatin1Char('|'));
  return line.replace(QLatin1Char('\n'), QStringLiteral("\\n"));
}

SettingsButton::SettingsButton(QWidget* parent) : QToolButton(parent) {
  setObjectName(QStringLiteral("tryit.settings"));
  setAccessibleName(tr("How answers are drawn"));
  setWhatsThis(tr("Greedy always takes the likeliest token. With a temperature tokens are drawn, the same ones for the same seed."));
  setToolButtonStyle(Qt::ToolButtonTextOnly);
  popover_ = buildPopover();
  connect(this, &QToolButton::clicked, this, &SettingsButton::open);
  setSettings({});
}

QDoubleSpinBox* SettingsButton::realBox(const char* name, double low, double high, double step) {
  auto* box = new QDoubleSpinBox;
  box->setObjectName(QLatin1String(name));
  box->setRange(low, high);
  box->setSingleStep(step);
  connect(box, &QDoubleSpinBox::valueChanged, this, &SettingsButton::take);
  return box;
}

QSpinBox* SettingsButton::wholeBox(const char* name, int low, int high) {
  auto* box = new QSpinBox;
  box->setObjectName(QLatin1String(name));
  box->setRange(low, high);
  connect(box, &QSpinBox::valueChanged, this, &SettingsButton::take);
  return box;
}

void SettingsButton::addRow(QFormLayout* form, const QString& name, QWidget* input, const QString& meaning) {
  auto* row = new QWidget;
  auto* line = new QHBoxLayout(row);
  line->setContentsMargins(0, 0, 0, 0);
  input->setFixedWidth(kInputWidth);
  input->setAccessibleName(name);
  input->setWhatsThis(meaning);
  auto* label = new QLabel(meaning);
  label->setWordWrap(true);
  label->setFixedWidth(kMeaningWidth);
  label->setForegroundRole(QPalette::PlaceholderText);
  line->addWidget(input);
  line->addWidget(label, 1);
  form->addRow(name, row);
  if (auto* buddy = qobject_cast<QLabel*>(form->labelForField(row))) buddy->setBuddy(input);
}

QFrame* SettingsButton::buildPopover() {
  auto* frame = new QFrame(this, Qt::Popup);
  frame->setObjectName(QStringLiteral("tryit.popover"));
  frame->setFrameShape(QFrame::StyledPanel);
  auto* column = new QVBoxLayout(frame);
  auto* form = new QFormLayout;
  form->setLabelAlignment(Qt::AlignRight | Qt::AlignVCenter);
  temperature_ = realBox("tryit.temperature", 0, kHottest, 0.1);
  temperature_->setSpecialValueText(tr("0 (greedy)"));
  topK_ = wholeBox("tryit.top_k", 0, kMostTopK);
  topK_->setSpecialValueText(tr("all"));
  topP_ = realBox("tryit.top_p", kSmallestP, 1, 0.05);
  repetition_ = realBox("tryit.repetition_penalty", 1, kMostPenalty, 0.05);
  seed_ = wholeBox("tryit.seed", 0, std::numeric_limits<int>::max());
  newTokens_ = wholeBox("tryit.new_tokens", 1, kMostNewTokens);
  stops_ = new QLineEdit;
  stops_->setObjectName(QStringLiteral("tryit.stops"));
  connect(stops_, &QLineEdit::textChanged, this, &SettingsButton::take);
  addRow(form, tr("Temperature"), temperature_, tr("0 always takes the likeliest token; above it, tokens are drawn."));
  addRow(form, tr("Top-k"), topK_, tr("Draws from that many of the likeliest tokens."));
  addRow(form, tr("Top-p"), topP_, tr("Draws from the likeliest tokens that together are this probable."));
  addRow(form, tr("Seed"), seed_, tr("The same seed draws the same answer."));
  addRow(form, tr("Repetition penalty"), repetition_, tr("1 is none; above it, what was said becomes less likely."));
  addRow(form, tr("New tokens at most"), newTokens_, tr("An answer ends here at the latest."));
  addRow(form, tr("Stop at"), stops_, tr("Ends the answer before this text; | between several, \\n for a line break."));
  auto* usual = new QPushButton(tr("Back to greedy"));
  usual->setObjectName(QStringLiteral("tryit.usual"));
  usual->setAutoDefault(false);
  connect(usual, &QPushButton::clicked, this, [this] { setSettings({}); });
  for (const int key : {Qt::Key_Return, Qt::Key_Enter}) {
    auto* send = new QShortcut(QKeySequence(Qt::CTRL | key), frame);
    connect(send, &QShortcut::activated, this, [this] {
      popover_->hide();
      emit askWanted();
    });
  }
  auto* close = new QShortcut(QKeySequence(Qt::Key_Escape), frame);
  connect(close, &QShortcut::activated, frame, &QWidget::hide);
  column->addLayout(form);
  column->addWidget(usual, 0, Qt::AlignRight);
  return frame;
}

void SettingsButton::setSettings(const AnswerSettings& settings) {
  const AnswerSettings before = settings_;
  settings_ = settings;
  temperature_->setValue(settings.temperature);
  topK_->setValue(settings.topK);
  topP_->setValue(settings.topP);
  repetition_->setValue(settings.repetitionPenalty);
  seed_->setValue(settings.seed);
  newTokens_->setValue(settings.newTokens);
  stops_->setText(stopLine(settings.stops));
  settings_ = settings;
  refresh();
  if (!(before == settings_)) emit changed();
}

// What the inputs say now; inputs that are being filled one by one must not spoil one another.
void SettingsButton::take() {
  const auto* input = qobject_cast<QWidget*>(sender());
  if (input == temperature_) settings_.temperature = temperature_->value();
  else if (input == topK_) settings_.topK = topK_->value();
  else if (input == topP_) settings_.topP = topP_->value();
  else if (input == repetition_) settings_.repetitionPenalty = repetition_->value();
  else if (input == seed_) settings_.seed = seed_->value();
  else if (input == newTokens_) settings_.newTokens = newTokens_->value();
  else settings_.stops = stopTexts(stops_->text());
  refresh();
  emit changed();
}

void SettingsButton::refresh() {
  const bool drawn = !settings_.isGreedy();
  for (QWidget* input : {static_cast<QWidget*>(topK_), static_cast<QWidget*>(topP_), static_cast<QWidget*>(seed_)}) {
    input->setEnabled(drawn);
    input->setToolTip(drawn ? QString() : tr("Only with a temperature above 0."));
  }
  const QLocale locale;
  setText(drawn ? tr("Temperature %1 ▾").arg(locale.toString(settings_.temperature, 'g', 3)) : tr("Greedy ▾"));
  QStringList parts{drawn ? tr("temperature %1").arg(locale.toString(settings_.temperature, 'g', 3)) : tr("the likeliest token each time")};
  if (drawn && settings_.topK > 0) parts << tr("top-k %1").arg(settings_.topK);
  if (drawn && settings_.topP < 1) parts << tr("top-p %1").arg(locale.toString(settings_.topP, 'g', 3));
  if (drawn) parts << tr("seed %1").arg(settings_.seed);
  if (settings_.repetitionPenalty != 1) parts << tr("repetition penalty %1").arg(locale.toString(settings_.repetitionPenalty, 'g', 3));
  parts << tr("at most %1 new tokens").arg(settings_.newTokens);
  if (!settings_.stops.isEmpty()) parts << tr("stops at %1").arg(stopLine(settings_.stops));
  setToolTip(parts.join(QStringLiteral(" · ")));
}

// Above or below the button, wherever the screen has room.
void SettingsButton::open() {
  popover_->adjustSize();
  const QRect room = screen()->availableGeometry();
  const QPoint below = mapToGlobal(QPoint(width() - popover_->width(), height()));
  const int top = below.y() + popover_->height() <= room.bottom() ? below.y() : below.y() - height() - popover_->height();
  popover_->move(std::clamp(below.x(), room.left(), std::max(room.left(), room.right() - popover_->width())), std::max(room.top(), top));
  popover_->show();
  temperature_->setFocus();
  temperature_->selectAll();
}

}  // namespace fedllm::ui
