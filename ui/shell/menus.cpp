#include "ui/shell/menus.h"

#include <QActionGroup>
#include <QApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QTableWidget>
#include <QUndoStack>
#include <QVBoxLayout>
#include <QWhatsThis>

#include "ui/link/core_link.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/languages.h"
#include "ui/shell/main_window.h"
#include "ui/shell/settings.h"
#include "ui/shell/shortcut_sheet.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {

ShellMenus::ShellMenus(MainWindow* window) : QObject(window), window_(window) {
  buildFile();
  buildEdit();
  buildView();
  buildRun();
  buildHelp();
  refresh();
}

ShellMenus::~ShellMenus() {
  for (QAction* action : std::as_const(order_)) window_->removeAction(action);
  qDeleteAll(menus_);
}

QMenu* ShellMenus::addMenu(const QString& title) {
  QMenu* menu = window_->menuBar()->addMenu(title);
  menu->setToolTipsVisible(true);
  menus_ << menu;
  return menu;
}

QAction* ShellMenus::add(QMenu* menu, const QString& name, const QString& text, const QList<QKeySequence>& keys,
                         std::function<void()> run) {
  QAction* action = menu ? menu->addAction(text) : new QAction(text, this);
  action->setObjectName(QStringLiteral("action.") + name);
  action->setShortcuts(keys);
  connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
  window_->addAction(action);                // shortcuts hold while the menu bar is hidden, too
  actions_.insert(name, action);
  order_ << action;
  return action;
}

void ShellMenus::buildFile() {
  QMenu* menu = addMenu(tr("&File"));
  add(menu, "new", tr("&New scenario"), {QKeySequence::New}, [this] { window_->newScenario(); });
  add(menu, "open", tr("&Open…"), {QKeySequence::Open}, [this] { window_->openScenario(); });
  QMenu* recent = menu->addMenu(tr("Open &recent"));
  connect(recent, &QMenu::aboutToShow, this, [this, recent] { fillRecent(recent); });
  menu->addSeparator();
  add(menu, "save", tr("&Save"), {QKeySequence::Save}, [this] { window_->saveScenario(); });
  add(menu, "saveAs", tr("Save &as…"), {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S)}, [this] { window_->saveScenario(true); });
  menu->addSeparator();
  add(menu, "quit", tr("&Quit"), {QKeySequence(Qt::CTRL | Qt::Key_Q)}, [this] { window_->close(); });
}

void ShellMenus::fillRecent(QMenu* menu) {
  menu->clear();
  const QStringList files = window_->settings()->recent();
  for (const QString& path : files) {
    QAction* action = menu->addAction(QFileInfo(path).fileName());
    action->setToolTip(path);
    action->setEnabled(QFileInfo::exists(path));
    connect(action, &QAction::triggered, window_, [this, path] { window_->openScenario(path); });
  }
  if (files.isEmpty()) menu->addAction(tr("Nothing opened yet"))->setEnabled(false);
}

void ShellMenus::buildEdit() {
  QMenu* menu = addMenu(tr("&Edit"));
  QUndoStack* stack = window_->context().document->undoStack();
  const auto adopt = [&](const QString& name, QAction* action, const QList<QKeySequence>& keys) {
    action->setObjectName(QStringLiteral("action.") + name);
    action->setShortcuts(keys);
    menu->addAction(action);
    window_->addAction(action);
    actions_.insert(name, action);
    order_ << action;
  };
  adopt("undo", stack->createUndoAction(this, tr("&Undo")), {QKeySequence::Undo});
  adopt("redo", stack->createRedoAction(this, tr("&Redo")),
        {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
}

void ShellMenus::buildView() {
  QMenu* menu = addMenu(tr("&View"));
  const QList<QPair<QString, QString>> pages{
      {"welcome", tr("Welcome")}, {"scenario", tr("Scenario")}, {"data", tr("Data")}, {"run", tr("Run")},
      {"lab", tr("Lab")}};
  for (int i = 0; i < pages.size(); ++i)
    add(menu, QStringLiteral("page.") + pages[i].first, pages[i].second, {QKeySequence(Qt::CTRL | Qt::Key(Qt::Key_1 + i))},
        [this, id = pages[i].first] { window_->showPage(id); });
  menu->addSeparator();
  const auto choices = [&](QMenu* sub, const QList<QPair<QString, QString>>& list, const QString& chosen, const QString& prefix,
                           auto apply) {
    auto* group = new QActionGroup(sub);
    for (const auto& [id, text] : list) {
      QAction* action = sub->addAction(text);
      action->setObjectName(QStringLiteral("action.") + prefix + id);
      action->setCheckable(true);
      action->setChecked(id == chosen);
      group->addAction(action);
      connect(action, &QAction::triggered, window_, [apply, id = id] { apply(id); });
    }
  };
  choices(menu->addMenu(tr("&Theme")),
          {{"system", tr("As the desktop")}, {"light", tr("Light")}, {"dark", tr("Dark")}, {"contrast", tr("High contrast")}},
          window_->context().theme->name(), QStringLiteral("theme."), [this](const QString& id) { window_->useTheme(id); });
  QList<QPair<QString, QString>> languageList{{QString(), tr("As the system")}};
  for (const Language& language : languages()) languageList << qMakePair(language.code, language.name);
  choices(menu->addMenu(tr("&Language")), languageList, window_->settings()->language(), QStringLiteral("language."),
          [this](const QString& code) {       // later: the switch makes all menus anew, this one too
            QMetaObject::invokeMethod(window_, [window = window_, code] { window->useWindowLanguage(code); }, Qt::QueuedConnection);
          });
  QAction* motion = menu->addAction(tr("Reduce &motion"));
  motion->setObjectName(QStringLiteral("action.reduceMotion"));
  motion->setCheckable(true);
  motion->setChecked(window_->settings()->reduceMotion());
  motion->setToolTip(tr("No messages travel on the canvas of the Run page"));
  connect(motion, &QAction::toggled, this, [this](bool on) { window_->settings()->setReduceMotion(on); });
  menu->addSeparator();
  add(menu, "fullScreen", tr("&Full screen"), {QKeySequence(Qt::Key_F11)}, [this] {
    window_->isFullScreen() ? window_->showNormal() : window_->showFullScreen();
  });
  add(menu, "resetLayout", tr("&Reset layout"), {}, [this] { window_->resetLayout(); });
  add(nullptr, "nextPane", tr("Next pane"), {QKeySequence(Qt::Key_F6)}, [this] { window_->nextPane(true); });
  add(nullptr, "previousPane", tr("Previous pane"), {QKeySequence(Qt::SHIFT | Qt::Key_F6)}, [this] { window_->nextPane(false); });
  add(nullptr, "menu", tr("Open the menu"), {QKeySequence(Qt::Key_F10)}, [this] {
    QMenuBar* bar = window_->menuBar();
    bar->setFocus(Qt::MenuBarFocusReason);
    bar->setActiveAction(bar->actions().value(0));
  });
}

void ShellMenus::buildRun() {
  QMenu* menu = addMenu(tr("&Run"));
  add(menu, "run", tr("&Run this scenario"), {QKeySequence(Qt::Key_F5)}, [this] { window_->runScenario(); });
  add(menu, "pause", tr("&Pause"), {QKeySequence(Qt::Key_F9)}, [this] { window_->togglePause(); });
  add(menu, "stop", tr("&Stop and save"), {QKeySequence(Qt::SHIFT | Qt::Key_F5)}, [this] { window_->stopRun(); });
  menu->addSeparator();
  QAction* keep = menu->addAction(tr("&Keep running after log-out"));
  keep->setObjectName(QStringLiteral("action.keepRunning"));
  keep->setCheckable(true);
  keep->setChecked(window_->settings()->keepRunning());
  keep->setToolTip(tr("Off: logging out pauses the run after its present step. On: it goes on without you."));
  connect(keep, &QAction::toggled, this, [this](bool on) {
    window_->settings()->setKeepRunning(on);
    window_->context().link->setSession(on, window_, [](Result<wire::Empty>) {});
  });
}

void ShellMenus::buildHelp() {
  QMenu* menu = addMenu(tr("&Help"));
  add(menu, "shortcuts", tr("&Keyboard shortcuts"),
      {QKeySequence(Qt::CTRL | Qt::Key_Question), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Slash)},
      [this] { showShortcuts(); });
  add(menu, "whatsThis", tr("&What is this?"), {QKeySequence::WhatsThis}, [] { QWhatsThis::enterWhatsThisMode(); });
  menu->addSeparator();
  add(menu, "about", tr("&About FedLLM Studio"), {}, [this] {
    auto* box =
        new QMessageBox(QMessageBox::NoIcon, tr("About FedLLM Studio"),
                        tr("<h3>FedLLM Studio %1</h3><p>Learn, design and run federated fine-tuning of language models.</p>"
                           "<p>Free software under the GNU General Public License, version 3 or later.</p>")
                            .arg(QStringLiteral(FEDLLM_VERSION)),
                        QMessageBox::Close, window_);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
  });
}

void ShellMenus::refresh() {
  const RunRecord* run = window_->context().session->current();
  const QString state = run ? run->state() : QString();
  const bool going = state == QLatin1String("running");
  const bool resumable = state == QLatin1String("paused") || state == QLatin1String("interrupted");
  QAction* pause = actions_["pause"];
  pause->setText(resumable ? tr("&Resume") : tr("&Pause"));
  pause->setEnabled(going || resumable);
  pause->setToolTip(pause->isEnabled() ? QString() : tr("No run is going on or paused"));
  actions_["stop"]->setEnabled(going || state == QLatin1String("paused"));
  actions_["stop"]->setToolTip(actions_["stop"]->isEnabled() ? tr("Rounds that are done stay, and the run can be resumed")
                                                             : tr("No run is going on"));
  const bool mayRun = !spec::has_errors(window_->context().document->problems()) && !window_->context().session->starting();
  actions_["run"]->setEnabled(mayRun);
  actions_["run"]->setToolTip(mayRun ? QString() : tr("The scenario has problems; the Scenario page lists them"));
}

void ShellMenus::showShortcuts() {
  auto* sheet = new ShortcutSheet(order_, window_);
  sheet->setAttribute(Qt::WA_DeleteOnClose);
  sheet->show();
}

}  // namespace fedllm::ui
