#include "ui/scenario/strategy_section.h"

#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/scenario/consequence_card.h"
#include "ui/scenario/method_exclusions.h"
#include "ui/scenario/method_popup.h"
#include "ui/scenario/method_words.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {

using spec::Scenario;

namespace {

constexpr double kNoLimit = 1e9;               // what the table of methods says of a parameter without an upper end
const QString kScriptField = QStringLiteral("strategy.script");

QString scriptOf(const Scenario& s) {
  const std::string& aggregator = s.strategy.aggregator;
  return spec::is_script(aggregator) ? QString::fromStdString(aggregator.substr(spec::kScriptPrefix.size())) : QString();
}

void setScript(Scenario& s, const QString& path) { s = withMethod(s, std::string(spec::kScriptPrefix) + path.trimmed().toStdString()); }

// As in a file of the scenario: relative where the program lies beside or below it.
QString shortened(const QString& path, const QString& baseDir) {
  if (baseDir.isEmpty()) return path;
  const QString relative = QDir(baseDir).relativeFilePath(path);
  return relative.startsWith(QLatin1String("..")) ? path : relative;
}

QString numberText(double value) { return QLocale().toString(value, 'g', 8).remove(QLocale().groupSeparator()); }

}  // namespace

StrategySection::StrategySection(ScenarioEditor* editor, const Theme* theme, QWidget* parent, std::span<const spec::MethodFacts> methods)
    : QWidget(parent), editor_(editor), theme_(theme), popup_(new MethodPopup(theme, methods, this)), column_(new QVBoxLayout(this)) {
  setObjectName(QStringLiteral("strategy"));
  column_->setContentsMargins(0, 6, 0, 6);
  column_->setSpacing(6);
  column_->addWidget(head_ = new FieldForm(editor, theme));
  buildChooser();
  buildScript();
  column_->addWidget(card_ = new ConsequenceCard(QStringLiteral("card")));
  column_->addWidget(options_ = new FieldForm(editor, theme));
  buildOptions();
  connect(popup_, &MethodPopup::chosen, this, &StrategySection::choose);
  connect(editor, &ScenarioEditor::changed, this, &StrategySection::refresh);
  refresh();
}

const spec::MethodFacts* StrategySection::method() const { return spec::find_method(editor_->scenario().strategy.aggregator); }

void StrategySection::buildChooser() {
  chooser_ = new QToolButton;
  chooser_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  chooser_->setArrowType(Qt::DownArrow);
  chooser_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  chooser_->setFocusPolicy(Qt::StrongFocus);
  connect(chooser_, &QToolButton::clicked, this, [this] { popup_->open(editor_->scenario(), bytes_, chooser_); });
  const FieldSpec spec{QStringLiteral("strategy.aggregator"), tr("Strateg&y"),
                       tr("How the coordinator combines what clients send: opens all methods by family.\n\nThe card below says what the chosen one means for this scenario: the bytes that travel, whether the result is exact, who sees what, what a client keeps, and what it excludes."),
                       [](const spec::Problem& problem) { return problem.code == "strategy.parameters.unknown"; }};
  head_->addWidget(spec, chooser_, [this] {
    const spec::MethodFacts* now = method();
    chooser_->setText(now ? methodTitle(*now) : QString::fromStdString(editor_->scenario().strategy.aggregator));
    chooser_->setAccessibleName(tr("Strategy: %1").arg(chooser_->text()));
  }, [this] { return editor_->scenario().strategy.aggregator != spec::StrategySpec().aggregator; },
  [](Scenario& s) { s = withMethod(s, spec::StrategySpec().aggregator); }, true);
}

void StrategySection::buildScript() {
  auto* box = new QWidget;
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(2);
  auto* path = new QLineEdit;
  path->setObjectName(QStringLiteral("script.path"));
  path->setPlaceholderText(tr("mine.py"));
  auto* browse = new QPushButton(tr("Choose…"));
  browse->setObjectName(QStringLiteral("btn.script"));
  browse->setAutoDefault(false);
  row->addWidget(path, 1);
  row->addWidget(browse);
  box->setFocusProxy(path);
  connect(path, &QLineEdit::editingFinished, this, [this, path] {
    if (!path->isModified()) return;
    path->setModified(false);
    editor_->document()->edit(tr("Change the program"), [&](Scenario& s) { setScript(s, path->text()); });
  });
  connect(browse, &QPushButton::clicked, this, &StrategySection::chooseScript);
  const QString help = tr("The program that combines a round's adapters.\n\nIt is called once a round with a folder that holds what the clients sent, as PEFT adapters, and writes the result beside them. A path is relative to the scenario's file.");
  path->setAccessibleName(tr("Program"));
  path->setWhatsThis(help);
  head_->addWidget({kScriptField, tr("&Program"), help}, box, [this, path] {
    const QString now = scriptOf(editor_->scenario());
    if (path->text() != now && !(path->hasFocus() && path->isModified())) path->setText(now);
  }, [] { return false; }, [](Scenario&) {});
  head_->showWhere(kScriptField, [this] { return spec::is_script(editor_->scenario().strategy.aggregator); });
}

void StrategySection::buildOptions() {
  options_->addNumber(
      {QStringLiteral("strategy.proximal_mu"), tr("FedProx mu"),
       tr("Pulls each client back towards the shared adapter while it trains; 0 turns it off.")},
      0, 1000, 6, {}, [](const Scenario& s) { return s.strategy.proximal_mu; },
      [](Scenario& s, double v) { s.strategy.proximal_mu = v; }, tr("off"));
  options_->addSwitch(
      {QStringLiteral("strategy.control_variates"), tr("Control variates"),
       tr("SCAFFOLD: every client corrects its gradients by how its own direction differs from the others'.\n\nThe correction travels with every update and version, so both are twice as large, and a client keeps its own from round to round. It is exact for SGD without momentum and a heuristic for other optimizers.")},
      [](const Scenario& s) { return s.strategy.control_variates; }, [](Scenario& s, bool on) { s.strategy.control_variates = on; });
  options_->disableWhere(QStringLiteral("strategy.control_variates"), [this] { return whyNot(editor_->scenario(), StrategyOption::ControlVariates); });
  addServerOptimizer();
}

void StrategySection::addServerOptimizer() {
  options_->addChoice(
      {QStringLiteral("strategy.server_optimizer"), tr("Coordinator's optimizer"),
       tr("What the coordinator does with the averaged change: take it as it is, keep momentum (FedAvgM), or give every number a step size of its own (FedAdagrad, FedAdam, FedYogi).")},
      {{QStringLiteral("none"), tr("none")},
       {QStringLiteral("fedavgm"), tr("momentum: FedAvgM")},
       {QStringLiteral("fedadagrad"), tr("adaptive: FedAdagrad")},
       {QStringLiteral("fedadam"), tr("adaptive: FedAdam")},
       {QStringLiteral("fedyogi"), tr("adaptive: FedYogi")}},
      [](const Scenario& s) { return QString::fromStdString(s.strategy.server_optimizer); },
      [](Scenario& s, const QString& v) { s.strategy.server_optimizer = v.toStdString(); });
  options_->disableWhere(QStringLiteral("strategy.server_optimizer"), [this] { return whyNot(editor_->scenario(), StrategyOption::ServerOptimizer); });
  using S = spec::StrategySpec;
  addServerNumber("strategy.server_learning_rate", tr("Coordinator's rate"), tr("How much of the averaged change is applied."), &S::server_learning_rate, {});
  addServerNumber("strategy.server_momentum", tr("Momentum"), tr("How much of the last change is kept (FedAvgM only)."), &S::server_momentum, {"fedavgm"});
  addServerNumber("strategy.server_beta1", tr("Beta 1"), tr("How much of the mean change so far is kept."), &S::server_beta1, {"fedadam", "fedyogi"});
  addServerNumber("strategy.server_beta2", tr("Beta 2"), tr("How much of the mean squared change so far is kept."), &S::server_beta2, {"fedadam", "fedyogi"});
  addServerNumber("strategy.server_tau", tr("Tau"), tr("The smallest change that counts as one: a larger tau makes steps more alike."), &S::server_tau, {"fedadagrad", "fedadam", "fedyogi"});
}

// `optimizers`: those that use it; empty: all.
void StrategySection::addServerNumber(const char* path, const QString& label, const QString& help, double spec::StrategySpec::*member,
                                      std::vector<std::string_view> optimizers) {
  const QString at = QString::fromLatin1(path);
  options_->addNumber({at, label, help}, 0, 100, 6, {}, [member](const Scenario& s) { return s.strategy.*member; },
                      [member](Scenario& s, double v) { s.strategy.*member = v; });
  options_->showWhere(at, [this, optimizers] {
    const std::string& now = editor_->scenario().strategy.server_optimizer;
    const spec::MethodFacts* chosen = method();
    if (chosen && !chosen->server_optimizer && now == "none") return false;
    return optimizers.empty() || std::find(optimizers.begin(), optimizers.end(), now) != optimizers.end();
  });
}

// ------------------------------------------------------------------------------------------------------------ parameters

void StrategySection::rebuildParameters() {
  const spec::MethodFacts* now = method();
  if (now == shown_) return;
  shown_ = now;
  if (parameters_) {
    parameters_->setParent(nullptr);           // later: the edit may have come from one of its fields
    parameters_->deleteLater();
    parameters_ = nullptr;
  }
  if (!now || now->parameters.empty()) return;
  parameters_ = new FieldForm(editor_, theme_);
  for (const spec::MethodParameter& parameter : now->parameters) addParameter(parameter);
  column_->insertWidget(column_->indexOf(card_) + 1, parameters_);
  parameters_->show();
  parameters_->followInTabOrder(head_);
}

void StrategySection::addParameter(const spec::MethodParameter& parameter) {
  const std::string name(parameter.name);
  const QString usual = numberText(parameter.fallback);
  const QString range = parameter.high >= kNoLimit ? tr("%1 or more; empty is %2.").arg(numberText(parameter.low), usual)
                                                   : tr("From %1 to %2; empty is %3.").arg(numberText(parameter.low), numberText(parameter.high), usual);
  const bool isSwitch = parameter.whole && parameter.low == 0 && parameter.high == 1;
  FieldSpec spec{QStringLiteral("strategy.parameters.") + QString::fromStdString(name), parameterTitle(parameter), explanationText(parameter),
                 [name](const spec::Problem& problem) {
                   return problem.path == "strategy.parameters" && (problem.code == "strategy.parameters." + name || problem.message.starts_with("parameter " + name + ":"));
                 }};
  if (isSwitch)
    return parameters_->addSwitch(spec, [name, parameter](const Scenario& s) {
      const auto found = s.strategy.parameters.find(name);
      return (found == s.strategy.parameters.end() ? parameter.fallback : found->second) != 0;
    }, [name, parameter](Scenario& s, bool on) {
      if (double(on) == parameter.fallback) s.strategy.parameters.erase(name);
      else s.strategy.parameters[name] = on;
    });
  spec.help += QStringLiteral("\n\n") + range;
  QLineEdit* edit = parameters_->addText(spec, [name](const Scenario& s) {
    const auto found = s.strategy.parameters.find(name);
    return found == s.strategy.parameters.end() ? QString() : numberText(found->second);
  }, [name](Scenario& s, const QString& text) {
    bool understood = false;
    const double value = QLocale().toDouble(text.trimmed(), &understood);
    if (text.trimmed().isEmpty()) s.strategy.parameters.erase(name);
    else if (understood) s.strategy.parameters[name] = value;   // what is no number changes nothing
  });
  edit->setPlaceholderText(usual);
}

// -------------------------------------------------------------------------------------------------------------- choosing

void StrategySection::choose(const QString& aggregator) {
  if (aggregator == QString::fromLatin1(spec::kScriptPrefix.data())) return chooseScript();
  const spec::MethodFacts* chosen = spec::find_method(aggregator.toStdString());
  editor_->document()->edit(tr("Choose %1").arg(chosen ? methodTitle(*chosen) : aggregator),
                            [&](Scenario& s) { s = withMethod(s, aggregator.toStdString()); });
  chooser_->setFocus();
}

void StrategySection::chooseScript() {
  auto* dialog = new QFileDialog(this, tr("Choose a program"), editor_->document()->baseDir());
  dialog->setObjectName(QStringLiteral("dialog.script"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
    editor_->document()->edit(tr("Choose a program"), [&](Scenario& s) { setScript(s, shortened(path, editor_->document()->baseDir())); });
  });
  dialog->open();
}

// --------------------------------------------------------------------------------------------------------------- showing

void StrategySection::refresh() {
  rebuildParameters();
  card_->show(editor_->scenario(), bytes_);
}

void StrategySection::setBytes(MethodBytes bytes) {
  bytes_ = std::move(bytes);
  card_->show(editor_->scenario(), bytes_);
  if (popup_->isVisible()) popup_->setBytes(editor_->scenario(), bytes_);
}

bool StrategySection::focusPath(const QString& path) {
  if (parameters_ && parameters_->focusPath(path)) return true;
  if (path.startsWith(QLatin1String("strategy.parameters"))) return chooser_->setFocus(Qt::ShortcutFocusReason), true;
  return head_->focusPath(path) || options_->focusPath(path);
}

}  // namespace fedllm::ui
