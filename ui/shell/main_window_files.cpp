// MainWindow, the part about files and leaving: new, open, save, recovery, drops, closing.
#include <QApplication>
#include <QCheckBox>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStatusBar>
#include <QTimer>

#include "base/file.h"
#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/banner.h"
#include "ui/shell/main_window.h"
#include "ui/shell/settings.h"

namespace fedllm::ui {
namespace {

constexpr int kGoodbyeMs = 3000;             // for the core's answer to the last command

const QStringList& dataEndings() {
  static const QStringList endings{QStringLiteral("jsonl"), QStringLiteral("csv"), QStringLiteral("txt"), QStringLiteral("tsv"),
                                   QStringLiteral("json")};
  return endings;
}

// A .json file may be either: it is a scenario if it reads as one.
bool isScenario(const QString& path) {
  const QString ending = QFileInfo(path).suffix().toLower();
  if (ending == QLatin1String("fedscn")) return true;
  return ending == QLatin1String("json") && spec::load_scenario(path.toStdString()).ok();
}

QStringList localFiles(const QMimeData* mime) {
  QStringList files;
  for (const QUrl& url : mime->urls())
    if (url.isLocalFile()) files << url.toLocalFile();
  return files;
}

}  // namespace

// A new scenario is the sample's design under its own name: something that runs as it is, to be changed.
void MainWindow::resetToNewScenario() {
  auto sample = spec::load_scenario("builtin:desk-iid");
  spec::Scenario fresh = sample.ok() ? std::move(sample).value() : spec::Scenario();
  if (!sample.ok()) fresh.partition.clients = 4;
  fresh.name = tr("New scenario").toStdString();
  context_.document->reset(fresh, {});
}

void MainWindow::newScenario() {
  if (!mayDiscardEdits()) return;
  resetToNewScenario();
  showPage(QStringLiteral("scenario"));
}

void MainWindow::openScenario(const QString& wanted) {
  QString path = wanted;
  if (path.isEmpty())
    path = QFileDialog::getOpenFileName(this, tr("Open a scenario"), context_.document->baseDir(),
                                        tr("Scenarios (*.json *.fedscn);;All files (*)"));
  if (path.isEmpty() || !mayDiscardEdits()) return;
  if (const Status status = context_.document->load(path); !status.ok()) {
    banners_->showBanner(QStringLiteral("open"), BannerArea::Severity::Error,
                         tr("%1 cannot be opened: %2").arg(path, QString::fromStdString(status.message())));
    return;
  }
  banners_->hideBanner(QStringLiteral("open"));
  if (!context_.document->path().isEmpty()) settings_->addRecent(context_.document->path());
  showPage(QStringLiteral("scenario"));
}

bool MainWindow::saveScenario(bool as) {
  QString path = context_.document->path();
  if (as || path.isEmpty()) {
    const QString proposal = path.isEmpty()
                                 ? context_.document->baseDir() + QLatin1Char('/') +
                                       QString::fromStdString(context_.document->scenario().name) + QStringLiteral(".json")
                                 : path;
    path = QFileDialog::getSaveFileName(this, tr("Save the scenario"), proposal, tr("Scenarios (*.json *.fedscn)"));
    if (path.isEmpty()) return false;
    if (QFileInfo(path).suffix().isEmpty()) path += QStringLiteral(".json");
  }
  if (const Status status = context_.document->save(path); !status.ok()) {
    banners_->showBanner(QStringLiteral("save"), BannerArea::Severity::Error,
                         tr("The scenario was not saved: %1").arg(QString::fromStdString(status.message())));
    return false;
  }
  banners_->hideBanner(QStringLiteral("save"));
  settings_->addRecent(context_.document->path());
  statusBar()->showMessage(tr("Saved %1").arg(path), 4000);
  return true;
}

// True when the edits are saved, let go, or there are none.
bool MainWindow::mayDiscardEdits() {
  if (!context_.document->isModified() || unattended_) return true;
  QMessageBox box(QMessageBox::Question, tr("Unsaved scenario"),
                  tr("Save the changes to “%1”?").arg(QString::fromStdString(context_.document->scenario().name)),
                  QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
  box.setObjectName(QStringLiteral("dialog.unsaved"));
  box.setDefaultButton(QMessageBox::Save);
  const int answer = box.exec();
  return answer == QMessageBox::Discard || (answer == QMessageBox::Save && saveScenario());
}

void MainWindow::offerRecovery() {
  const auto found = context_.document->recoverable();
  if (found.empty() || unattended_) return;
  const auto journal = found.front();
  banners_->showBanner(QStringLiteral("recover"), BannerArea::Severity::Info,
                       tr("Recovered the unsaved scenario “%1” (%n edit(s)).", nullptr, journal.edits).arg(journal.name),
                       {{tr("Keep"),
                         [this, journal] {
                           if (!mayDiscardEdits()) return;
                           const Status status = context_.document->recover(journal);
                           if (status.ok())
                             showPage(QStringLiteral("scenario"));
                           else
                             banners_->showBanner(QStringLiteral("open"), BannerArea::Severity::Error,
                                                  QString::fromStdString(status.message()));
                         }},
                        {tr("Discard"), [journal] { ScenarioDocument::discard(journal); }}});
}

// ------------------------------------------------------------------------------------------------------------ dropping

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QStringList files = localFiles(event->mimeData());
  if (files.isEmpty()) return;
  const bool scenario = files.size() == 1 && isScenario(files[0]);
  const bool data = std::all_of(files.begin(), files.end(),
                                [](const QString& f) { return dataEndings().contains(QFileInfo(f).suffix().toLower()); });
  if (!scenario && !data) {
    statusBar()->showMessage(tr("Only scenarios (.json, .fedscn) and data files (.jsonl, .json, .csv, .txt) can be dropped here"),
                             6000);
    return;
  }
  statusBar()->showMessage(scenario ? tr("Drop to open this scenario")
                                    : tr("Drop to use %n file(s) as the dataset", nullptr, int(files.size())));
  event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  statusBar()->clearMessage();
  const QStringList files = localFiles(event->mimeData());
  event->acceptProposedAction();
  if (files.size() == 1 && isScenario(files[0])) openScenario(files[0]);
  else addFiles(files);
}

void MainWindow::addFiles(const QStringList& files) {
  context_.document->edit(tr("Use %n file(s) as the dataset", nullptr, int(files.size())), [&files](spec::Scenario& scenario) {
    scenario.dataset.files.clear();
    for (const QString& file : files) scenario.dataset.files.push_back(file.toStdString());
    scenario.dataset.format = "auto";
    scenario.dataset.text_template = {};
    scenario.dataset.label.clear();
    scenario.dataset.test_files.clear();
    scenario.evaluation.control_files.clear();
  });
  showPage(QStringLiteral("data"));
}

// ------------------------------------------------------------------------------------------------------------- leaving

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!leaving_ && !unattended_) {
    event->ignore();
    if (!mayDiscardEdits()) return;
    if (runningRun().isEmpty()) return leave();
    return askAboutRunning();
  }
  settings_->setGeometry(saveGeometry());
  QMainWindow::closeEvent(event);
}

void MainWindow::leave() {
  leaving_ = true;
  context_.document->reset(context_.document->scenario(), context_.document->path());   // a clean end leaves no journal
  close();
  QApplication::quit();
}

void MainWindow::askAboutRunning() {
  if (findChild<QMessageBox*>(QStringLiteral("dialog.running"))) return;
  auto* box =
      new QMessageBox(QMessageBox::Question, tr("A run is going on"),
                      tr("A run is going on. What should become of it when this window closes?"), QMessageBox::NoButton, this);
  box->setObjectName(QStringLiteral("dialog.running"));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setInformativeText(tr("In the background it goes on as it is; opening the window again shows all of it."));
  auto* background = box->addButton(tr("Keep training in the background"), QMessageBox::AcceptRole);
  auto* pause = box->addButton(tr("Pause and quit"), QMessageBox::ActionRole);
  auto* stop = box->addButton(tr("Stop and quit"), QMessageBox::DestructiveRole);
  pause->setToolTip(tr("It can be resumed later, after its last saved round"));
  stop->setToolTip(tr("Rounds that are done stay, and the run can be resumed later"));
  box->addButton(QMessageBox::Cancel);
  box->setDefaultButton(background);
  auto* keep = new QCheckBox(tr("Keep running after log-out, too"));
  keep->setChecked(settings_->keepRunning());
  box->setCheckBox(keep);
  const QString run = runningRun();
  connect(box, &QMessageBox::buttonClicked, this, [=, this](QAbstractButton* chosen) {
    const auto goodbye = [this](auto) { leave(); };
    if (chosen == background) {
      settings_->setKeepRunning(keep->isChecked());
      context_.link->setSession(keep->isChecked(), this, goodbye);
    } else if (chosen == pause) {
      context_.link->pause(run, this, goodbye);
    } else if (chosen == stop) {
      context_.link->stop(run, false, this, goodbye);
    } else {
      return;
    }
    QTimer::singleShot(kGoodbyeMs, this, [this] { leave(); });
  });
  box->open();
}

}  // namespace fedllm::ui
