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

#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {

PromptPanel::PromptPanel(const StudioContext& context, QWidget* parent) : QWidget(parent), context_(context) {
  setObjectName("panel.prompt");
  buildForm();
  buildPreview();
  showScenario();
}

void PromptPanel::buildForm() {
  template_ = new QComboBox;
  template_->setObjectName("combo.template");
  template_->addItem(tr("recognise from the fields"), "auto");
  template_->addItem(tr("instruction and response"), "instruction");
  template_->addItem(tr("question and answer"), "question");
  template_->addItem(tr("plain text"), "text");
  template_->addItem(tr("my own"), "custom");
  template_->setWhatsThis(tr("How the fields of a record become one text. The loss counts only the response."));
  prompt_ = new QPlainTextEdit;
  prompt_->setObjectName("edit.prompt");
  prompt_->setAccessibleName(tr("Prompt template"));
  prompt_->setWhatsThis(tr("Text before the response, with {field} in place of a field's value. Masked from the loss."));
  response_ = new QPlainTextEdit;
  response_->setObjectName("edit.response");
  response_->setAccessibleName(tr("Response template"));
  response_->setWhatsThis(tr("Text that the model learns to write, with {field} in place of a field's value."));
  for (QPlainTextEdit* edit : {prompt_, response_}) {
    edit->setTabChangesFocus(true);
    edit->setFixedHeight(edit->fontMetrics().lineSpacing() * 3 + 12);
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

  auto* form = new QFormLayout(this);
  form->setContentsMargins(0, 0, 0, 0);
  form->addRow(tr("&Template"), template_);
  form->addRow(tr("&Prompt"), prompt_);
  form->addRow(tr("&Response"), response_);
  form->addRow(tr("&Label"), label_);
  form->addRow(tr("&Held out"), testShare_);

  connect(template_, &QComboBox::activated, this, &PromptPanel::editTemplate);
  for (QPlainTextEdit* edit : {prompt_, response_}) {
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
  if (wanted.name == "custom") {
    wanted.prompt = prompt_->toPlainText().toStdString();
    wanted.response = response_->toPlainText().toStdString();
  }
  context_.document->edit(tr("Change the prompt template"), [wanted](spec::Scenario& s) { s.dataset.text_template = wanted; },
                          wanted.name == "custom" ? "template" : "");
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
  const bool custom = dataset.text_template.name == "custom";
  const QSignalBlocker q1(template_), q2(prompt_), q3(response_), q4(label_), q5(testShare_);
  template_->setCurrentIndex(std::max(0, template_->findData(QString::fromStdString(dataset.text_template.name))));
  const QString prompt = QString::fromStdString(custom ? dataset.text_template.prompt : dataset_.resolved_prompt());
  const QString response = QString::fromStdString(custom ? dataset.text_template.response : dataset_.resolved_response());
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
  if (reply.records_size() == 0) return facts_->setText(tr("no such record"));
  const wire::PreviewRecord& record = reply.records(0);
  const size_t cut = std::min<size_t>(size_t(record.response_start()), record.text().size());
  QTextCursor cursor(text_->document());
  QTextCharFormat masked, learned;
  masked.setForeground(context_.theme->mutedText());
  learned.setForeground(context_.theme->text());
  learned.setFontWeight(QFont::DemiBold);
  learned.setFontUnderline(true);
  cursor.insertText(QString::fromStdString(record.text().substr(0, cut)), masked);
  cursor.insertText(QString::fromStdString(record.text().substr(cut)), learned);
  QString facts = tr("%1 tokens; loss on the underlined part only").arg(record.tokens());
  if (record.truncated()) facts += tr("; cut at the maximum length");
  if (!record.label().empty()) facts += tr("; label %1").arg(QString::fromStdString(record.label()));
  facts_->setText(facts);
  text_->setAccessibleDescription(tr("Masked prompt: %1. Response: %2").arg(QString::fromStdString(record.text().substr(0, cut)),
                                                                          QString::fromStdString(record.text().substr(cut))));
}

}  // namespace fedllm::ui
