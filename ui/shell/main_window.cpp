#include "ui/shell/main_window.h"

#include <QApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QMessageBox>
#include <QScreen>
#include <QSessionManager>
#include <QStackedWidget>
#include <QStatusBar>
#include <QStyleFactory>
#include <QUndoStack>
#include <QVBoxLayout>
#include <clocale>
#include <cstdio>

#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/link/lab_link.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/activity_bar.h"
#include "ui/shell/banner.h"
#include "ui/shell/icons.h"
#include "ui/shell/languages.h"
#include "ui/shell/menus.h"
#include "ui/shell/pages.h"
#include "ui/shell/pane_focus.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/settings.h"
#include "ui/shell/stall_watchdog.h"
#include "ui/shell/status_line.h"
#include "ui/shell/theme.h"

namespace fedllm::ui {
namespace {

// Remarks of Qt's own about the platform are not for the person at the terminal; the studio's warnings are.
void filterMessages(QtMsgType type, const QMessageLogContext& context, const QString& message) {
  const bool platform =
      message.startsWith(QLatin1String("QStandardPaths:")) || message.startsWith(QLatin1String("This plugin does not support"));
  if (type == QtDebugMsg || type == QtInfoMsg || platform) return;
  std::fprintf(stderr, "%s\n", qPrintable(qFormatLogMessage(type, context, message)));
}

}  // namespace

void prepareMessages() { qInstallMessageHandler(filterMessages); }

void prepareApplication() {
  QCoreApplication::setApplicationName(QStringLiteral("fedllm-studio"));
  QCoreApplication::setApplicationVersion(QStringLiteral(FEDLLM_VERSION));
  QGuiApplication::setDesktopFileName(QStringLiteral("org.fedllm.Studio"));
  std::setlocale(LC_NUMERIC, "C");           // QApplication takes the user's: files and figures of the core are not in it
  QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/org.fedllm.Studio.svg")));
}

MainWindow::MainWindow(const HomePaths& paths, const StudioOptions& options, std::function<void()> launchCore)
    : settings_(new StudioSettings(QString::fromStdString(paths.home), this)), options_(options), paths_(paths) {
  setObjectName(QStringLiteral("window"));
  context_.theme = new Theme(this);
  context_.theme->apply(options.theme.empty() ? settings_->theme() : QString::fromStdString(options.theme));
  useLanguage(options.language.empty() ? settings_->language() : QString::fromStdString(options.language));
  context_.link = new CoreLink(QString::fromStdString(paths.socket), this);
  context_.link->setLauncher(std::move(launchCore));
  context_.link->setHolderProbe([paths] { return home_holder(paths); });
  context_.lab = new LabLink(context_.link, this);
  context_.document = new ScenarioDocument(this);
  resetToNewScenario();
  context_.session = new RunSession(context_.link, this);
  context_.settings = settings_;
  watchdog_ = new StallWatchdog(this);

  setAcceptDrops(true);
  build();
  watchCore();
  watchLab();
  watchSession();
  connect(context_.document, &ScenarioDocument::changed, this, [this] {
    updateTitle();
    menus_->refresh();
    markPages();
  });
  connect(context_.document, &ScenarioDocument::modifiedChanged, this, &MainWindow::updateTitle);
  connect(qApp, &QGuiApplication::commitDataRequest, this, &MainWindow::pauseForLogOut, Qt::DirectConnection);

  if (!restoreGeometry(settings_->geometry())) resize(1280, 800);
  if (options.width > 0) resize(options.width, options.height);
  announce();
  context_.document->setJournalFolder(QString::fromStdString(paths.home) + QStringLiteral("/journal"));
  if (!options.file.empty()) openScenario(QString::fromStdString(options.file));
  else
    (void)context_.document->load(
        QStringLiteral("builtin:desk-iid"));  // something to look at; without assets the document stays empty
  showPage(!options.page.empty() ? QString::fromStdString(options.page)
           : !options.file.empty() ? QStringLiteral("scenario") : QStringLiteral("welcome"));
#ifndef NDEBUG
  watchdog_->start();
#endif
  if (qEnvironmentVariableIsSet("FEDLLM_WATCH_STALLS")) watchdog_->start();
}

MainWindow::~MainWindow() {
  delete std::exchange(menus_, nullptr);     // before the menu bar that it fills
  qDeleteAll(std::exchange(pages_, {}));     // pages use what the window owns
  delete context_.lab;                       // these cancel their watches while the link lives
  delete context_.session;
  delete context_.link;
}

void MainWindow::build() {
  auto* middle = new QWidget;
  auto* row = new QHBoxLayout(middle);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  activity_ = new ActivityBar(context_.theme);
  for (const PageInfo& info : pageList()) activity_->addPage(info.id, info.title(), info.hint());
  connect(activity_, &ActivityBar::chosen, this, &MainWindow::showPage);
  row->addWidget(activity_);
  auto* column = new QVBoxLayout;
  column->setSpacing(0);
  banners_ = new BannerArea(context_.theme);
  stack_ = new QStackedWidget;
  column->addWidget(banners_);
  column->addWidget(stack_, 1);
  row->addLayout(column, 1);
  setCentralWidget(middle);
  auto* status = new StatusLine(context_.link, context_.session, context_.theme);
  statusBar()->setSizeGripEnabled(false);
  statusBar()->addWidget(status, 1);
  menus_ = new ShellMenus(this);
  updateTitle();
  markPages();
  markLab();
}

// Errors about data and split are mended on the Data page, the others on the Scenario page.
void MainWindow::markPages() {
  bool data = false, scenario = false;
  for (const spec::Problem& problem : context_.document->problems()) {
    if (problem.severity != spec::Problem::Severity::error) continue;
    (isDataPath(QString::fromStdString(problem.path)) ? data : scenario) = true;
  }
  activity_->setMarked(QStringLiteral("data"), data);
  activity_->setMarked(QStringLiteral("scenario"), scenario);
}

// ------------------------------------------------------------------------------------------------------------- pages

Page* MainWindow::page(const QString& id) {
  if (Page* built = pages_.value(id)) return built;
  Page* made = makePage(id, context_);
  if (!made) return nullptr;
  made->setObjectName(QStringLiteral("page.") + id);
  connect(made, &Page::showPage, this, &MainWindow::showPage);
  // Files dropped on a picture or a text field are meant for the page or the window, not as text.
  for (QWidget* part : made->findChildren<QWidget*>()) part->setAcceptDrops(false);
  pages_.insert(id, made);
  stack_->addWidget(made);
  return made;
}

Page* MainWindow::currentPage() const { return qobject_cast<Page*>(stack_->currentWidget()); }

void MainWindow::showPage(const QString& id) {
  Page* wanted = page(id);
  if (!wanted) return;
  stack_->setCurrentWidget(wanted);
  activity_->setCurrent(id);
  updateTitle();
  QWidget* focus = wanted->focusProxy() ? wanted->focusProxy() : wanted;
  focus->setFocus(Qt::OtherFocusReason);
  offerNewestRun();
}

void MainWindow::raiseAndOpen(const QString& file, const QString& run) {
  setWindowState(windowState() & ~Qt::WindowMinimized);
  raise();
  activateWindow();
  if (!file.isEmpty()) openScenario(file);
  if (run.isEmpty()) return;
  context_.session->open(run);
  showPage(QStringLiteral("run"));
}

void MainWindow::useTheme(const QString& name) {
  settings_->setTheme(name);
  context_.theme->apply(name);
}

// Pages keep no state of their own, so that building them again is the whole translation.
void MainWindow::useWindowLanguage(const QString& code) {
  settings_->setLanguage(code);
  useLanguage(code);
  const QString shown = currentPage() ? currentPage()->pageId() : QStringLiteral("welcome");
  qDeleteAll(std::exchange(pages_, {}));
  delete std::exchange(menus_, nullptr);
  delete takeCentralWidget();
  delete statusBar()->findChild<StatusLine*>();
  build();
  announce();
  showPage(shown);
}

void MainWindow::nextPane(bool forward) {
  if (Page* page = currentPage()) focusNextPane(this, activity_, page, forward);
}

void MainWindow::resetLayout() {
  settings_->forgetLayout();
  showNormal();
  resize(1280, 800);
  const QString shown = currentPage() ? currentPage()->pageId() : QString();
  for (Page* built : std::exchange(pages_, {})) built->deleteLater();
  showPage(shown);
}

void MainWindow::updateTitle() {
  const ScenarioDocument* document = context_.document;
  const QString name =
      document->path().isEmpty() ? QString::fromStdString(document->scenario().name) : QFileInfo(document->path()).fileName();
  setWindowTitle(tr("%1[*] – FedLLM Studio").arg(name));
  setWindowModified(document->isModified());
}

void MainWindow::paintEvent(QPaintEvent* event) {
  QMainWindow::paintEvent(event);
  if (!connected_) QTimer::singleShot(0, this, &MainWindow::connectCore);   // after this first paint
}

}  // namespace fedllm::ui
