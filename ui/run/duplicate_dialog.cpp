#include "ui/run/duplicate_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <algorithm>

#include "spec/scenario_json.h"
#include "spec/validate.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

// The fields that teach most, first; values to pick from where there are few.
struct Field { const char* path; const char* name; QStringList values; };

const QList<Field>& fields() {
  static const QList<Field> list{
      {"lora.rank", QT_TRANSLATE_NOOP("DuplicateDialog", "LoRA rank"), {"1", "2", "4", "8", "16", "32"}},
      {"lora.alpha", QT_TRANSLATE_NOOP("DuplicateDialog", "LoRA alpha"), {"8", "16", "32"}},
      {"partition.method", QT_TRANSLATE_NOOP("DuplicateDialog", "partition method"), {"iid", "dirichlet", "quantity"}},
      {"partition.alpha", QT_TRANSLATE_NOOP("DuplicateDialog", "partition alpha (smaller is more skewed)"), {"0.1", "0.3", "0.5", "1", "10"}},
      {"partition.clients", QT_TRANSLATE_NOOP("DuplicateDialog", "number of clients"), {"2", "4", "8", "16"}},
      {"training.local_steps", QT_TRANSLATE_NOOP("DuplicateDialog", "local steps a round"), {"10", "30", "60", "150"}},
      {"training.learning_rate", QT_TRANSLATE_NOOP("DuplicateDialog", "learning rate"), {"0.001", "0.003", "0.01"}},
      {"training.batch_size", QT_TRANSLATE_NOOP("DuplicateDialog", "batch size"), {"4", "8", "16", "32"}},
      {"rounds", QT_TRANSLATE_NOOP("DuplicateDialog", "rounds"), {"1", "2", "5", "10"}},
      {"cohort.fraction", QT_TRANSLATE_NOOP("DuplicateDialog", "share of clients a round"), {"0.25", "0.5", "1"}},
      {"codec", QT_TRANSLATE_NOOP("DuplicateDialog", "codec"), {"f32", "f16", "int8", "int4", "top-k"}},
      {"strategy.server_optimizer", QT_TRANSLATE_NOOP("DuplicateDialog", "server optimizer"), {"none", "fedavgm"}},
      {"strategy.proximal_mu", QT_TRANSLATE_NOOP("DuplicateDialog", "FedProx mu"), {"0", "0.01", "0.1"}},
      {"seed", QT_TRANSLATE_NOOP("DuplicateDialog", "seed"), {"1", "2", "3"}}};
  return list;
}

QString plain(const std::string& json) {
  QString text = QString::fromStdString(json);
  if (text.size() >= 2 && text.startsWith(QLatin1Char('"')) && text.endsWith(QLatin1Char('"'))) text = text.mid(1, text.size() - 2);
  return text == QLatin1String("null") ? QString() : text;
}

// The first error that the change brought; empty: none.
QString newProblem(const spec::Scenario& before, const spec::Scenario& after) {
  const std::vector<spec::Problem> old = spec::validate(before);
  for (const spec::Problem& found : spec::validate(after)) {
    const bool known = std::any_of(old.begin(), old.end(), [&](const spec::Problem& p) { return p.code == found.code && p.path == found.path; });
    if (found.severity == spec::Problem::Severity::error && !known) return QString::fromStdString(found.path + ": " + found.message);
  }
  return {};
}

}  // namespace

QString DuplicateDialog::fieldName(const QString& path) {
  for (const Field& field : fields())
    if (path == QLatin1String(field.path)) return tr(field.name);
  return path;
}

DuplicateDialog::DuplicateDialog(const spec::Scenario& scenario, Theme* theme, QWidget* parent)
    : QDialog(parent), original_(scenario), changed_(scenario), theme_(theme) {
  setWindowTitle(tr("Duplicate and change one thing"));
  auto* form = new QFormLayout(this);
  auto* intro = new QLabel(tr("The next run starts with this one drawn faintly behind it."));
  intro->setWordWrap(true);
  form->addRow(intro);
  field_ = new QComboBox;
  field_->setObjectName(QStringLiteral("duplicate.field"));
  field_->setAccessibleName(tr("What to change"));
  field_->setWhatsThis(tr("The one field of the scenario that will differ."));
  for (const Field& field : fields()) field_->addItem(tr(field.name), QString::fromLatin1(field.path));
  field_->insertSeparator(field_->count());
  for (const std::string& path : spec::scenario_paths()) {
    const QString text = QString::fromStdString(path);
    if (field_->findData(text) < 0) field_->addItem(text, text);
  }
  value_ = new QComboBox;
  value_->setObjectName(QStringLiteral("duplicate.value"));
  value_->setAccessibleName(tr("New value"));
  value_->setWhatsThis(tr("The new value, as in the scenario file."));
  value_->setEditable(true);
  value_->setMinimumContentsLength(12);
  sentence_ = new QLabel;
  sentence_->setObjectName(QStringLiteral("duplicate.sentence"));
  sentence_->setWordWrap(true);
  sentence_->setMinimumWidth(380);
  form->addRow(tr("&Change"), field_);
  form->addRow(tr("&to"), value_);
  form->addRow(sentence_);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  start_ = buttons->addButton(tr("Start run"), QDialogButtonBox::AcceptRole);
  start_->setDefault(true);
  start_->setObjectName(QStringLiteral("duplicate.start"));
  form->addRow(buttons);
  connect(field_, &QComboBox::currentIndexChanged, this, &DuplicateDialog::fieldChosen);
  connect(value_, &QComboBox::editTextChanged, this, &DuplicateDialog::valueEdited);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  fieldChosen();
  value_->setFocus();
}

void DuplicateDialog::fieldChosen() {
  const QString path = field_->currentData().toString();
  value_->clear();
  for (const Field& field : fields())
    if (path == QLatin1String(field.path)) value_->addItems(field.values);
  const auto now = spec::value_at(original_, path.toStdString());
  value_->setEditText(now.ok() ? plain(*now) : QString());
  valueEdited();
}

void DuplicateDialog::valueEdited() {
  changed_ = original_;
  const QString path = field_->currentData().toString();
  const Status status = spec::apply_set(changed_, (path + QLatin1Char('=') + value_->currentText()).toStdString());
  QString problem = status.ok() ? QString() : QString::fromStdString(status.message());
  if (problem.isEmpty()) problem = newProblem(original_, changed_);
  const bool differs = !(changed_ == original_);
  start_->setEnabled(problem.isEmpty() && differs);
  QPalette palette = sentence_->palette();
  palette.setColor(QPalette::WindowText, problem.isEmpty() ? theme_->text() : theme_->bad());
  sentence_->setPalette(palette);
  if (!problem.isEmpty()) sentence_->setText(tr("✖ %1").arg(problem));
  else sentence_->setText(differs ? QString::fromStdString(spec::difference_sentence(original_, changed_)) : tr("Choose another value than now."));
}

}  // namespace fedllm::ui
