#include "ui/dataset/prompt_panel.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QSpinBox>
#include <QTextCursor>
#include <QTextEdit>
#include <QVBoxLayout>

#include "spec/names.h"
#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

// Names of prompt formats are names: they are the same in every language.
struct Format {
  const char *name, *title;
};
constexpr Format kFormats[] = {{"alpaca", "Alpaca"},   {"chatml", "ChatML"}, {"llama-2", "Llama 2"}, {"llama-3", "Llama 3"},
                               {"mistral", "Mistral"}, {"zephyr", "Zephyr"}, {"gemma", "Gemma"},     {"phi-3", "Phi-3"}};

QString formatTitle(const QString& name) {
  for (const Format& format : kFormats)
    if (name == QLatin1String(format.name)) return QString::fromLatin1(format.title);
  return name;
}

}  // namespace

PromptPanel::PromptPanel(const StudioContext& context, QWidget* parent) : QWidget(parent), context_(context) {
  setObjectName("panel.prompt");
  buildForm();
  buildPreview();
  showScenario();
}

void PromptPanel::buildForm() {
  template_ = new QComboBox;
  template_->setObjectName("combo.template");
  addTemplates();
  modelFormat_ = new QLabel;
  modelFormat_->setObjectName("label.modelFormat");
  modelFormat_->setWordWrap(true);
  modelFormat_->hide();
  system_ = new QPlainTextEdit;
  system_->setObjectName("edit.system");
  system_->setAccessibleName(tr("System text"));
  system_->setWhatsThis(tr("What stands before the first question of records that bring no system turn of their own. Masked from the loss."));
  prompt_ = new QPlainTextEdit;
  prompt_->setObjectName("edit.prompt");
  prompt_->setAccessibleName(tr("Prompt template"));
  prompt_->setWhatsThis(tr("Text before the response, with {field} in place of a field's value. Masked from the loss."));
  response_ = new QPlainTextEdit;
  response_->setObjectName("edit.response");
  response_->setAccessibleName(tr("Response template"));
  response_->setWhatsThis(tr("Text that the model learns to write, with {field} in place of a field's value."));
  for (QPlainTextEdit* edit : {system_, prompt_, response_}) {
    edit->setTabChangesFocus(true);
    edit->setFixedHeight(edit->fontMetrics().lineSpacing() * (edit == system_ ? 2 : 3) + 12);
  }
  label_ = new QComboBox;
  label_->setObjectName("combo.label");
  label_->setWhatsThis(tr("The field whose values are the labels (topics): what Dirichlet splits and the tiles go by."));
  testShare_ = new QDoubleSpinBox;
  testShare_->setObjectName("spin.testFraction");
  testShare_->setRange(0, 90);
  testShare_->setDecimals(1);
  testShare_->setSuffix(" %");
  testShare_->setWhatsThis(tr("Records held out for the global evaluation before anything is split between clients."));

  form_ = new QFormLayout(this);
  form_->setContentsMargins(0, 0, 0, 0);
  form_->addRow(tr("&Template"), template_);
  form_->addRow(modelFormat_);
  form_->addRow(tr("S&ystem"), system_);
  form_->addRow(tr("&Prompt"), prompt_);
  form_->addRow(tr("&Response"), response_);
  form_->addRow(tr("&Label"), label_);
  form_->addRow(tr("&Held out"), testShare_);

  connect(template_, &QComboBox::activated, this, &PromptPanel::editTemplate);
  for (QPlainTextEdit* edit : {system_, prompt_, response_}) {
    connect(edit, &QPlainTextEdit::textChanged, this, &PromptPanel::editTemplate);
    edit->installEventFilter(this);
  }
  testShare_->setKeyboardTracking(false);
  connect(testShare_, &QDoubleSpinBox::editingFinished, this, [this] { context_.document->endMerge(); });
  connect(label_, &QComboBox::activated, this, [this] {
    const std::string value = label_->currentData().toString().toStdString();
    context_.document->edit(tr("Choose the label field"), [value](spec::Scenario& s) { s.dataset.label = value; });
  });
  connect(testShare_, &QDoubleSpinBox::valueChanged, this, [this](double percent) {
    context_.document->edit(tr("Set the held-out share"), [percent](spec::Scenario& s) { s.dataset.test_fraction = percent / 100; }, "test_fraction");
  });
}

void PromptPanel::addTemplates() {
  template_->addItem(tr("recognise from the fields"), "auto");
  template_->addItem(tr("instruction and response"), "instruction");
  template_->addItem(tr("question and answer"), "question");
  template_->addItem(tr("prompt and completion"), "prompt");
  template_->addItem(tr("plain text"), "text");
  template_->addItem(tr("my own"), "custom");
  template_->insertSeparator(template_->count());
  template_->addItem(tr("turns, as they are"), "raw");
  for (const Format& format : kFormats) template_->addItem(QString::fromLatin1(format.title), format.name);
  template_->setWhatsThis(tr("How the fields of a record become one text. The loss counts only the response. Below the line: prompt "
                             "formats for conversations (messages, ShareGPT) and single questions, as the models' own chat templates "
                             "write them."));
}

void PromptPanel::buildPreview() {
  previewBox_ = new QWidget;
  previewBox_->setObjectName("box.preview");
  record_ = new QSpinBox;
  record_->setObjectName("spin.record");
  record_->setRange(1, 1);
  record_->setAccessibleName(tr("Record to preview"));
  record_->setWhatsThis(tr("Which record is shown as the model will see it."));
  facts_ = new QLabel;
  facts_->setObjectName("label.previewFacts");
  text_ = new QTextEdit;
  text_->setObjectName("text.preview");
  text_->setWhatsThis(tr("Record as the model sees it"));
  text_->setReadOnly(true);
  text_->setTabChangesFocus(true);
  text_->setAccessibleName(tr("Record as the model sees it"));
  auto* title = new QLabel(tr("Record &as the model sees it"));
  title->setBuddy(record_);
  auto* head = new QHBoxLayout;
  head->addWidget(title);
  head->addWidget(record_);
  head->addWidget(facts_, 1);
  auto* layout = new QVBoxLayout(previewBox_);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addLayout(head);
  layout->addWidget(text_, 1);
  connect(record_, &QSpinBox::valueChanged, this, &PromptPanel::askPreview);
  connect(context_.theme, &Theme::changed, this, &PromptPanel::askPreview);
}

// What is typed between entering and leaving a field is one step.
bool PromptPanel::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::FocusOut) context_.document->endMerge();
  return QWidget::eventFilter(watched, event);
}

void PromptPanel::editTemplate() {
  spec::TemplateSpec wanted;
  wanted.name = template_->currentData().toString().toStdString();
  const spec::TemplateSpec& now = context_.document->scenario().dataset.text_template;
  if (spec::is_chat_format(wanted.name)) {
    if (wanted.name == now.name) wanted = now;   // with the fields that the scenario names
    wanted.system = spec::is_chat_format(now.name) ? system_->toPlainText().toStdString() : std::string();
  }
  if (wanted.name == "custom") {
    wanted.prompt = prompt_->toPlainText().toStdString();
    wanted.response = response_->toPlainText().toStdString();
  }
  context_.document->edit(tr("Change the prompt template"), [wanted](spec::Scenario& s) { s.dataset.text_template = wanted; },
                          wanted.name == "custom" || wanted.name == now.name ? "template" : "");
}

void PromptPanel::setDataset(const wire::DatasetInfo& dataset) {
  dataset_ = dataset;
  {
    const QSignalBlocker quiet(record_);
    record_->setRange(1, int(std::max<qint64>(1, dataset.records())));
  }
  showScenario();
}

void PromptPanel::showScenario() {
  const spec::DatasetSpec& dataset = context_.document->scenario().dataset;
  const spec::TemplateSpec& text = dataset.text_template;
  const bool custom = text.name == "custom", own = custom || !text.response.empty();
  const QSignalBlocker q1(template_), q2(prompt_), q3(response_), q4(label_), q5(testShare_), q6(system_);
  template_->setCurrentIndex(std::max(0, template_->findData(QString::fromStdString(text.name))));
  form_->setRowVisible(system_, spec::is_chat_format(text.name));
  const QString system = QString::fromStdString(text.system);
  if (system_->toPlainText() != system) system_->setPlainText(system);
  system_->setPlaceholderText(dataset_.resolved_system().empty() ? tr("none") : QString::fromStdString(dataset_.resolved_system()));
  const QString prompt = QString::fromStdString(own ? text.prompt : dataset_.resolved_prompt());
  const QString response = QString::fromStdString(own ? text.response : dataset_.resolved_response());
  if (prompt_->toPlainText() != prompt) prompt_->setPlainText(prompt);
  if (response_->toPlainText() != response) response_->setPlainText(response);
  prompt_->setReadOnly(!custom);
  response_->setReadOnly(!custom);
  const QString readOnlyHint = tr("Choose \"my own\" above to edit it.");
  prompt_->setToolTip(custom ? QString() : readOnlyHint);
  response_->setToolTip(custom ? QString() : readOnlyHint);
  label_->clear();
  label_->addItem(tr("none"), QString());
  for (const std::string& field : dataset_.fields()) label_->addItem(QString::fromStdString(field), QString::fromStdString(field));
  const QString label = QString::fromStdString(dataset.label);
  if (label_->findData(label) < 0) label_->addItem(label, label);
  label_->setCurrentIndex(label_->findData(label));
  testShare_->setValue(dataset.test_fraction * 100);
  testShare_->setEnabled(dataset.test_files.empty());
  testShare_->setToolTip(dataset.test_files.empty() ? QString() : tr("This scenario names its own held-out files."));
  askPreview();
}

void PromptPanel::showClient(int client) {
  if (client == client_) return;
  client_ = client;
  const QSignalBlocker quiet(record_);
  record_->setValue(1);
  askPreview();
}

void PromptPanel::askPreview() {
  if (dataset_.records() == 0) {
    text_->clear();
    facts_->clear();
    return;
  }
  if (asking_) {
    again_ = true;
    return;
  }
  asking_ = true;
  wire::PreviewRequest request;
  request.set_scenario_json(spec::to_json(context_.document->scenario()));
  request.set_base_dir(context_.document->baseDir().toStdString());
  request.set_first(record_->value() - 1);
  request.set_count(1);
  request.set_client(client_);
  context_.link->preview(request, this, [this](Result<wire::PreviewReply> reply) {
    asking_ = false;
    if (reply.ok()) showRecord(*reply);
    else facts_->setText(statusText(reply.status()));
    if (std::exchange(again_, false)) askPreview();
  });
}

void PromptPanel::showRecord(const wire::PreviewReply& reply) {
  text_->clear();
  showModelFormat(reply.text());
  if (reply.records_size() == 0) return facts_->setText(tr("no such record"));
  showText(reply.records(0));
  showFacts(reply.records(0));
}

void PromptPanel::showText(const wire::PreviewRecord& record) {
  QTextCursor cursor(text_->document());
  QTextCharFormat masked, learned;
  masked.setForeground(context_.theme->mutedText());
  learned.setForeground(context_.theme->text());
  learned.setFontWeight(QFont::DemiBold);
  learned.setFontUnderline(true);
  QString prompts, answers;   // the same in words
  const std::string& text = record.text();
  const auto add = [&](size_t begin, size_t end, bool scored) {
    const QString part = QString::fromStdString(text.substr(begin, end - begin));
    if (!part.isEmpty()) cursor.insertText(part, scored ? learned : masked);
    (scored ? answers : prompts) += part;
  };
  size_t done = 0;
  for (const wire::TextSpan& span : record.scored()) {
    const size_t begin = std::clamp<size_t>(size_t(span.begin()), done, std::max(done, text.size()));
    const size_t end = std::clamp<size_t>(size_t(span.end()), begin, std::max(begin, text.size()));
    add(done, begin, false);
    add(begin, end, true);
    done = end;
  }
  add(done, text.size(), false);
  text_->setAccessibleDescription(tr("Masked prompt: %1. Response: %2").arg(prompts, answers));
}

void PromptPanel::showFacts(const wire::PreviewRecord& record) {
  QString facts = record.scored_tokens() > 0
                      ? tr("%1 tokens, loss on %2 of them, the underlined part").arg(record.tokens()).arg(record.scored_tokens())
                      : tr("%1 tokens; loss on the underlined part only").arg(record.tokens());
  if (record.tokens() > 0 && record.scored_tokens() == 0)
    facts = tr("%1 tokens; nothing to learn: the prompt fills the maximum length").arg(record.tokens());
  if (record.turns() > 1) facts += tr("; %n turn(s)", nullptr, record.turns());
  if (record.truncated()) facts += tr("; cut at the maximum length");
  if (!record.label().empty()) facts += tr("; label %1").arg(QString::fromStdString(record.label()));
  facts_->setText(facts);
}

// Which format the base model was tuned with, and what it means for the one chosen; nothing where there is nothing to say.
void PromptPanel::showModelFormat(const wire::TextInfo& text) {
  const QString own = QString::fromStdString(text.model_format());
  const QSignalBlocker quiet(template_);
  for (int i = 0; i < template_->count(); ++i) {
    const QString name = template_->itemData(i).toString();
    if (!spec::is_chat_format(name.toStdString()) || name == QLatin1String("raw")) continue;
    template_->setItemText(i, name == own ? tr("%1 (this base model's)").arg(formatTitle(name)) : formatTitle(name));
  }
  QStringList lines;
  if (!own.isEmpty())
    lines << tr("Base model's own format: %1; %2").arg(formatTitle(own), sentenceText(QString::fromStdString(text.model_format_reason())));
  for (const std::string& warning : text.warnings()) lines << tr("Careful: %1").arg(sentenceText(QString::fromStdString(warning)));
  for (const std::string& note : text.notes()) lines << sentenceText(QString::fromStdString(note));
  modelFormat_->setText(lines.join(QLatin1Char('\n')));
  modelFormat_->setVisible(!lines.isEmpty());
}

}  // namespace fedllm::ui
