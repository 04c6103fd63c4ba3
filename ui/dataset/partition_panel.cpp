#include "ui/dataset/partition_panel.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QRandomGenerator>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <cmath>

#include "ui/model/scenario_document.h"
#include "ui/scenario/scenario_edits.h"

namespace fedllm::ui {
namespace {

constexpr int kSliderSteps = 400;      // 100 a decade, from 0.01 to 100

double alphaOf(int step) { return std::pow(10.0, -2 + 4.0 * step / kSliderSteps); }
int stepOf(double alpha) { return qRound((std::log10(alpha) + 2) * kSliderSteps / 4); }

}  // namespace

PartitionPanel::PartitionPanel(const StudioContext& context, QWidget* parent) : QWidget(parent), context_(context) {
  setObjectName("panel.partition");
  build();
  connectEdits();
  showScenario();
}

void PartitionPanel::build() {
  method_ = new QComboBox;
  method_->setObjectName("combo.method");
  method_->addItem(tr("IID (shuffled, equal)"), "iid");
  method_->addItem(tr("Dirichlet over labels"), "dirichlet");
  method_->addItem(tr("by column (one value, one client)"), "by_column");
  method_->addItem(tr("by file (one file, one client)"), "by_file");
  method_->addItem(tr("quantity skew"), "quantity");
  method_->setWhatsThis(tr("How the training records are split between clients."));
  clients_ = new QSpinBox;
  clients_->setObjectName("spin.clients");
  clients_->setRange(1, 10000);
  clients_->setWhatsThis(tr("How many clients share the records. By column and by file, the data decide."));
  alphaSlider_ = new QSlider(Qt::Horizontal);
  alphaSlider_->setObjectName("slider.alpha");
  alphaSlider_->setRange(0, kSliderSteps);
  alphaSlider_->setPageStep(50);
  alphaSlider_->setAccessibleName(tr("Dirichlet alpha, logarithmic"));
  alphaSlider_->setWhatsThis(tr("Small alpha: each client holds few labels. Large alpha: all clients look alike."));
  alpha_ = new QDoubleSpinBox;
  alpha_->setObjectName("spin.alpha");
  alpha_->setRange(0.001, 1000);
  alpha_->setDecimals(3);
  alpha_->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
  alpha_->setAccessibleName(tr("Dirichlet alpha"));
  alpha_->setWhatsThis(alphaSlider_->whatsThis());
  alphaBox_ = new QWidget;
  auto* alphaRow = new QHBoxLayout(alphaBox_);
  alphaRow->setContentsMargins(0, 0, 0, 0);
  alphaRow->addWidget(alphaSlider_, 1);
  alphaRow->addWidget(alpha_);
  column_ = new QComboBox;
  column_->setObjectName("combo.column");
  column_->setWhatsThis(tr("The field whose values become the clients."));
  labelsPerClient_ = new QSpinBox;
  labelsPerClient_->setObjectName("spin.labelsPerClient");
  labelsPerClient_->setRange(0, 1000);
  labelsPerClient_->setSpecialValueText(tr("all"));
  labelsPerClient_->setWhatsThis(tr("Give every client records of this many labels only (pathological skew)."));
  seed_ = new QSpinBox;
  seed_->setObjectName("spin.seed");
  seed_->setAccessibleName(tr("Seed"));
  seed_->setRange(0, 2147483647);
  seed_->setWhatsThis(tr("The same seed gives the same split, the same adapter, on every machine."));
  auto* dice = new QToolButton;
  dice->setObjectName("btn.dice");
  dice->setText(tr("Roll"));
  dice->setAccessibleName(tr("Another random seed"));
  connect(dice, &QToolButton::clicked, this, [this] { seed_->setValue(int(QRandomGenerator::global()->bounded(1000000))); });
  auto* seedBox = new QWidget;
  auto* seedRow = new QHBoxLayout(seedBox);
  seedRow->setContentsMargins(0, 0, 0, 0);
  seedRow->addWidget(seed_, 1);
  seedRow->addWidget(dice);
  hint_ = new QLabel;
  hint_->setObjectName("label.partitionHint");
  hint_->setWordWrap(true);

  form_ = new QFormLayout(this);
  form_->setContentsMargins(0, 0, 0, 0);
  form_->addRow(tr("&Method"), method_);
  form_->addRow(tr("&Clients"), clients_);
  form_->addRow(tr("&Alpha"), alphaBox_);
  form_->addRow(tr("C&olumn"), column_);
  form_->addRow(tr("La&bels each"), labelsPerClient_);
  form_->addRow(tr("&Seed"), seedBox);
  form_->addRow(hint_);
  // A mnemonic leads to what takes the keyboard, not to the box around it.
  qobject_cast<QLabel*>(form_->labelForField(alphaBox_))->setBuddy(alphaSlider_);
  qobject_cast<QLabel*>(form_->labelForField(seedBox))->setBuddy(seed_);
}

void PartitionPanel::connectEdits() {
  ScenarioDocument* document = context_.document;
  connect(method_, &QComboBox::activated, this, [this] { setMethod(method_->currentData().toString()); });
  connect(clients_, &QSpinBox::valueChanged, this, [=](int n) {
    document->edit(tr("Set the number of clients"), [n](spec::Scenario& s) { edits::setClientCount(s, n); }, "clients");
  });
  connect(alphaSlider_, &QSlider::valueChanged, this, [=](int step) {
    const double alpha = QString::number(alphaOf(step), 'g', 3).toDouble();
    document->edit(tr("Set alpha"), [alpha](spec::Scenario& s) { s.partition.alpha = alpha; }, "alpha");
  });
  connect(alphaSlider_, &QSlider::sliderPressed, this, [=] { document->endMerge(); });
  connect(alphaSlider_, &QSlider::sliderReleased, this, [=] { document->endMerge(); });
  // What is typed counts when it is whole: "12" is not first one client and then twelve.
  for (QAbstractSpinBox* box : std::initializer_list<QAbstractSpinBox*>{clients_, alpha_, labelsPerClient_, seed_}) {
    box->setKeyboardTracking(false);
    connect(box, &QAbstractSpinBox::editingFinished, this, [=] { document->endMerge(); });
  }
  connect(alpha_, &QDoubleSpinBox::valueChanged, this, [=](double alpha) {
    document->edit(tr("Set alpha"), [alpha](spec::Scenario& s) { s.partition.alpha = alpha; }, "alpha");
  });
  connect(column_, &QComboBox::activated, this, [=, this] {
    const std::string value = column_->currentData().toString().toStdString();
    document->edit(tr("Choose the client column"), [value](spec::Scenario& s) { s.partition.column = value; });
  });
  connect(labelsPerClient_, &QSpinBox::valueChanged, this, [=](int n) {
    document->edit(tr("Set the labels of each client"), [n](spec::Scenario& s) {
      s.partition.labels_per_client = n > 0 ? std::optional<int>(n) : std::nullopt;
    }, "labels_per_client");
  });
  connect(seed_, &QSpinBox::valueChanged, this, [=](int seed) {
    document->edit(tr("Set the seed"), [seed](spec::Scenario& s) { s.seed = uint64_t(seed); }, "seed");
  });
}

void PartitionPanel::setMethod(const QString& method) {
  context_.document->edit(tr("Choose the split"), [&](spec::Scenario& s) {
    s.partition.method = method.toStdString();
    const bool dataDecide = method == "by_column" || method == "by_file";
    if (dataDecide) s.partition.clients.reset();
    else if (!s.partition.clients) s.partition.clients = 4;
    if (method != "iid") s.partition.labels_per_client.reset();
    if (method == "by_column" && s.partition.column.empty()) s.partition.column = s.dataset.label;
  });
}

void PartitionPanel::setFields(const wire::DatasetInfo& dataset) {
  const QSignalBlocker quiet(column_);
  column_->clear();
  for (const std::string& field : dataset.fields()) column_->addItem(QString::fromStdString(field), QString::fromStdString(field));
  showScenario();
}

void PartitionPanel::showScenario() {
  const spec::Scenario& s = context_.document->scenario();
  const QSignalBlocker q1(method_), q2(clients_), q3(alphaSlider_), q4(alpha_), q5(column_), q6(labelsPerClient_), q7(seed_);
  const QString method = QString::fromStdString(s.partition.method);
  method_->setCurrentIndex(std::max(0, method_->findData(method)));
  const bool dataDecide = method == "by_column" || method == "by_file";
  clients_->setEnabled(!dataDecide);
  clients_->setToolTip(dataDecide ? tr("The data decide how many clients there are.") : QString());
  clients_->setValue(s.partition.clients.value_or(clients_->value()));
  alphaSlider_->setValue(stepOf(s.partition.alpha));
  alpha_->setValue(s.partition.alpha);
  auto showRow = [this](QWidget* field, bool shown) {
    field->setVisible(shown);
    if (QWidget* label = form_->labelForField(field)) label->setVisible(shown);
  };
  showRow(alphaBox_, method == "dirichlet" || method == "quantity");
  showRow(column_, method == "by_column");
  showRow(labelsPerClient_, method == "iid");
  const QString column = QString::fromStdString(s.partition.column);
  if (!column.isEmpty() && column_->findData(column) < 0) column_->addItem(column, column);
  column_->setCurrentIndex(column_->findData(column));
  labelsPerClient_->setValue(s.partition.labels_per_client.value_or(0));
  seed_->setValue(int(std::min<uint64_t>(s.seed, 2147483647)));
  const bool needsLabel = method == "dirichlet" && s.dataset.label.empty();
  hint_->setText(needsLabel ? tr("Dirichlet needs a label field: choose one below.") : QString());
  hint_->setVisible(needsLabel);
}

}  // namespace fedllm::ui
