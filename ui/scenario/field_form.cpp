#include "ui/scenario/field_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "ui/shell/icons.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/theme.h"
#include "ui/shell/wrapped_label.h"

namespace fedllm::ui {
namespace {

// Shows 0.003 and not 0.003000; the step follows the size of the value. The wheel moves it only when it has the focus, so
// that scrolling the form changes nothing.
class NumberBox : public QDoubleSpinBox {
 public:
  explicit NumberBox(int decimals) {
    setDecimals(decimals);
    setStepType(decimals > 0 ? AdaptiveDecimalStepType : DefaultStepType);
    setFocusPolicy(Qt::StrongFocus);
    setKeyboardTracking(false);
    setCorrectionMode(CorrectToNearestValue);
    setGroupSeparatorShown(false);
  }
  QString textFromValue(double value) const override {
    QLocale plain = locale();
    plain.setNumberOptions(QLocale::OmitGroupSeparator);
    return decimals() == 0 ? plain.toString(qint64(std::llround(value))) : plain.toString(value, 'g', 6);
  }

 protected:
  void wheelEvent(QWheelEvent* event) override {
    if (hasFocus()) QDoubleSpinBox::wheelEvent(event);
    else event->ignore();
  }
};

class CalmCombo : public QComboBox {
 public:
  CalmCombo() {
    setFocusPolicy(Qt::StrongFocus);
    setSizeAdjustPolicy(AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(8);
  }

 protected:
  void wheelEvent(QWheelEvent* event) override { hasFocus() ? QComboBox::wheelEvent(event) : event->ignore(); }
};

QString plain(QString label) { return label.remove(QLatin1Char('&')); }

}  // namespace

FieldForm::FieldForm(ScenarioEditor* editor, const Theme* theme, QWidget* parent)
    : QWidget(parent), editor_(editor), theme_(theme), form_(new QFormLayout(this)) {
  form_->setContentsMargins(0, 0, 0, 0);
  form_->setHorizontalSpacing(8);
  form_->setVerticalSpacing(5);
  form_->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  form_->setRowWrapPolicy(QFormLayout::DontWrapRows);
  connect(editor, &ScenarioEditor::changed, this, &FieldForm::refresh);
  connect(editor, &ScenarioEditor::selectionChanged, this, &FieldForm::refresh);
  connect(editor, &ScenarioEditor::problemsChanged, this, &FieldForm::refresh);
  connect(theme, &Theme::changed, this, &FieldForm::refresh);
}

QString FieldForm::editName(const FieldSpec& spec) const { return tr("Change %1").arg(plain(spec.label)); }

void FieldForm::addNumber(const FieldSpec& spec, double low, double high, int decimals, const QString& suffix, Get get, Set set,
                          const QString& special) {
  auto* box = new NumberBox(decimals);
  box->setRange(low, high);
  if (!suffix.isEmpty()) box->setSuffix(QStringLiteral(" ") + suffix);
  if (!special.isEmpty()) box->setSpecialValueText(special);
  connect(box, &QDoubleSpinBox::valueChanged, this, [this, spec, set](double value) {
    if (!refreshing_) editor_->document()->edit(editName(spec), [&](spec::Scenario& s) { set(s, value); }, spec.path);
  });
  connect(box, &QDoubleSpinBox::editingFinished, this, [this] { editor_->document()->endMerge(); });
  const auto read = [this, box, get] {
    const double value = get(editor_->scenario());
    if (box->value() != value) box->setValue(value);
  };
  addRow(spec, box, read, [this, get] { return get(editor_->scenario()) != get(spec::Scenario()); },
         [get, set](spec::Scenario& s) { set(s, get(spec::Scenario())); });
}

QLineEdit* FieldForm::addText(const FieldSpec& spec, std::function<QString(const spec::Scenario&)> get,
                              std::function<void(spec::Scenario&, const QString&)> set) {
  auto* edit = new QLineEdit;
  connect(edit, &QLineEdit::editingFinished, this, [this, edit, spec, set] {
    if (refreshing_ || !edit->isModified()) return;
    edit->setModified(false);                // from here on it shows what the document says, undone or trimmed
    editor_->document()->edit(editName(spec), [&](spec::Scenario& s) { set(s, edit->text()); });
    refresh();
  });
  const auto read = [this, edit, get] {
    const QString value = get(editor_->scenario());
    if (edit->text() != value && !(edit->hasFocus() && edit->isModified())) edit->setText(value);
  };
  addRow(spec, edit, read, [this, get] { return get(editor_->scenario()) != get(spec::Scenario()); },
         [get, set](spec::Scenario& s) { set(s, get(spec::Scenario())); });
  return edit;
}

void FieldForm::addSwitch(const FieldSpec& spec, std::function<bool(const spec::Scenario&)> get,
                          std::function<void(spec::Scenario&, bool)> set) {
  auto* box = new QCheckBox;
  connect(box, &QCheckBox::clicked, this, [this, spec, set](bool on) {
    editor_->document()->edit(editName(spec), [&](spec::Scenario& s) { set(s, on); });
  });
  addRow(spec, box, [this, box, get] { box->setChecked(get(editor_->scenario())); },
         [this, get] { return get(editor_->scenario()) != get(spec::Scenario()); },
         [get, set](spec::Scenario& s) { set(s, get(spec::Scenario())); });
}

void FieldForm::addChoice(const FieldSpec& spec, std::vector<Choice> choices, std::function<QString(const spec::Scenario&)> get,
                          std::function<void(spec::Scenario&, const QString&)> set) {
  auto* box = new CalmCombo;
  for (const Choice& choice : choices) box->addItem(choice.text, choice.value);
  connect(box, &QComboBox::activated, this, [this, box, spec, set] {
    editor_->document()->edit(editName(spec), [&](spec::Scenario& s) { set(s, box->currentData().toString()); });
  });
  const auto read = [this, box, get] {
    const QString value = get(editor_->scenario());
    int at = box->findData(value);
    if (at < 0) {                            // what a file says and this list does not know is shown, not replaced
      box->addItem(value, value);
      at = box->count() - 1;
    }
    box->setCurrentIndex(at);
  };
  addRow(spec, box, read, [this, get] { return get(editor_->scenario()) != get(spec::Scenario()); },
         [get, set](spec::Scenario& s) { set(s, get(spec::Scenario())); });
}

void FieldForm::addWidget(const FieldSpec& spec, QWidget* input, std::function<void()> refresh, std::function<bool()> differs,
                          std::function<void(spec::Scenario&)> reset, bool wide) {
  addRow(spec, input, std::move(refresh), std::move(differs), std::move(reset), wide);
}

void FieldForm::addRow(const FieldSpec& spec, QWidget* input, std::function<void()> refresh, std::function<bool()> differs,
                       std::function<void(spec::Scenario&)> reset, bool wide) {
  const QString name = plain(spec.label);
  input->setObjectName(QStringLiteral("field.") + spec.path);
  input->setAccessibleName(name);
  input->setWhatsThis(spec.help);
  const QString tip = spec.help.section(QStringLiteral("\n\n"), 0, 0);
  input->setToolTip(tip);
  auto* label = new QLabel(spec.label);
  label->setWordWrap(true);
  label->setToolTip(tip);
  auto* back = new QToolButton;
  back->setAutoRaise(true);
  back->setText(QStringLiteral("↺"));
  back->setToolTip(tr("Back to the default"));
  back->setAccessibleName(tr("Reset %1").arg(name));
  back->setObjectName(QStringLiteral("reset.") + spec.path);
  QSizePolicy keeps = back->sizePolicy();
  keeps.setRetainSizeWhenHidden(true);
  back->setSizePolicy(keeps);
  connect(back, &QToolButton::clicked, this, [this, spec, reset] {
    editor_->document()->edit(tr("Reset %1").arg(plain(spec.label)), [&](spec::Scenario& s) { reset(s); });
  });
  auto* problem = new WrappedLabel;
  problem->setObjectName(QStringLiteral("problem.") + spec.path);
  problem->hide();
  auto* note = new WrappedLabel;
  note->setObjectName(QStringLiteral("note.") + spec.path);
  note->hide();
  auto* holder = new QWidget;
  auto* column = new QVBoxLayout(holder);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(1);
  auto* line = new QHBoxLayout;
  line->setSpacing(2);
  line->addWidget(input, 1);
  line->addWidget(back);
  column->addLayout(line);
  column->addWidget(problem);
  column->addWidget(note);
  if (wide) {
    form_->addRow(label);
    form_->addRow(holder);
  } else {
    form_->addRow(label, holder);
  }
  rows_.push_back({spec, input, label, problem, note, back, holder, std::move(refresh), std::move(differs), {}, {}});
  refreshing_ = true;
  refreshRow(rows_.back());
  refreshing_ = false;
}

FieldForm::Row& FieldForm::rowOf(const QString& path) {
  return *std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.spec.path == path; });
}

void FieldForm::showWhere(const QString& path, std::function<bool()> matters) {
  rowOf(path).matters = std::move(matters);
  refresh();
}

void FieldForm::disableWhere(const QString& path, std::function<QString()> whyNot) {
  rowOf(path).whyNot = std::move(whyNot);
  refresh();
}

void FieldForm::refreshRow(Row& row) {
  row.refresh();
  row.label->setBuddy(row.input->focusProxy() ? row.input->focusProxy() : row.input);   // what its mnemonic leads to
  const bool differs = row.differs();
  row.reset->setVisible(differs);
  QFont font = row.label->font();
  font.setBold(differs);
  row.label->setFont(font);
  refreshProblem(row);
  refreshUse(row, differs);
}

void FieldForm::refreshUse(Row& row, bool differs) {
  if (row.matters) form_->setRowVisible(row.holder, differs || row.matters());
  if (!row.whyNot) return;
  const QString reason = row.whyNot();
  row.input->setEnabled(reason.isEmpty() || differs);
  row.input->setToolTip(reason.isEmpty() ? row.spec.help.section(QStringLiteral("\n\n"), 0, 0) : reason);
  const bool said = !reason.isEmpty() && row.problem->isHidden();
  row.note->setVisible(said);
  if (!said) return;
  QPalette palette = row.note->palette();
  palette.setColor(QPalette::WindowText, theme_->mutedText());
  row.note->setPalette(palette);
  row.note->say(reason);
  row.input->setAccessibleDescription(reason);
}

void FieldForm::refreshProblem(Row& row) {
  const spec::Problem* found = nullptr;
  for (const auto& problem : editor_->problems()) {
    const QString path = QString::fromStdString(problem.path);
    if (path == row.spec.path || path.startsWith(row.spec.path + QLatin1Char('.')) || (row.spec.isAbout && row.spec.isAbout(problem))) {
      found = &problem;
      break;
    }
  }
  row.problem->setVisible(found);
  if (!found) return row.input->setAccessibleDescription({});
  const bool error = found->severity == spec::Problem::Severity::error;
  QPalette palette = row.problem->palette();
  palette.setColor(QPalette::WindowText, error ? theme_->bad() : theme_->warning());
  row.problem->setPalette(palette);
  row.problem->say(problemText(*found));
  row.input->setAccessibleDescription(problemText(*found));
}

void FieldForm::refresh() {
  if (refreshing_) return;
  refreshing_ = true;
  for (Row& row : rows_) refreshRow(row);
  refreshing_ = false;
}

int FieldForm::changedCount() const {
  int count = 0;
  for (const Row& row : rows_) count += row.differs();
  return count;
}

void FieldForm::followInTabOrder(const FieldForm* before) {
  QWidget* last = before->rows_.back().reset;
  for (const Row& row : rows_)
    for (QWidget* next : {row.input, static_cast<QWidget*>(row.reset)}) {
      setTabOrder(last, next);
      last = next;
    }
}

bool FieldForm::focusPath(const QString& path) {
  for (Row& row : rows_) {
    if (path != row.spec.path && !path.startsWith(row.spec.path + QLatin1Char('.'))) continue;
    row.input->setFocus(Qt::ShortcutFocusReason);
    return true;
  }
  for (Row& row : rows_) {                   // a problem of a whole that is shown at a part of it
    if (!row.spec.path.startsWith(path + QLatin1Char('.')) || row.problem->isHidden()) continue;
    row.input->setFocus(Qt::ShortcutFocusReason);
    return true;
  }
  return false;
}

}  // namespace fedllm::ui
