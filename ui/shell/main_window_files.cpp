// MainWindow, the part about files and leaving: new, open, save, recovery, drops, closing.
#include <QApplication>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QStatusBar>
#include <QTimer>
#include <memory>

#include "spec/scenario_json.h"
#include "ui/lab/lab_presence.h"
#include "ui/lab/lab_text.h"
#include "ui/link/core_link.h"
#include "ui/link/lab_link.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/banner.h"
#include "ui/shell/closing_box.h"
#include "ui/shell/dropped_files.h"
#include "ui/shell/main_window.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/settings.h"

namespace fedllm::ui {
namespace {

constexpr int kGoodbyeMs = 3000;             // for the core's answer to the last command
constexpr int kRefusalMs = 6000;

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
    QString reason = QString::fromStdString(status.message());
    if (const QString prefix = path + QLatin1String(": "); reason.startsWith(prefix)) reason.remove(0, prefix.size());
    banners_->showBanner(QStringLiteral("open"), BannerArea::Severity::Error,
                         tr("%1 cannot be opened: %2").arg(path, sentenceText(reason)));
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
                         tr("The scenario was not saved: %1").arg(statusText(status)));
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
                           if (!mayDiscardEdits()) return offerRecovery();
                           const Status status = context_.document->recover(journal);
                           if (status.ok())
                             showPage(QStringLiteral("scenario"));
                           else
                             banners_->showBanner(QStringLiteral("open"), BannerArea::Severity::Error, statusText(status));
                         }},
                        {tr("Discard"),
                         [this, journal] {
                           ScenarioDocument::discard(journal);
                           offerRecovery();  // several windows may have crashed
                         }}});
}

// ------------------------------------------------------------------------------------------------------------ dropping

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const DroppedFiles dropped = droppedFiles(event->mimeData());
  using Kind = DroppedFiles::Kind;
  if (dropped.kind == Kind::None) return;
  if (dropped.kind == Kind::Other) return refuseDrop();
  statusBar()->showMessage(dropped.kind == Kind::Scenario
                               ? tr("Drop to open this scenario")
                               : tr("Drop to use %n file(s) as the dataset", nullptr, int(dropped.paths.size())));
  event->acceptProposedAction();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) { statusBar()->clearMessage(); }

void MainWindow::refuseDrop() {
  statusBar()->showMessage(
      tr("Only scenarios (.json, .fedscn) and data files (.jsonl, .json, .csv, .txt) can be dropped here"), kRefusalMs);
}

// What is let go is looked at again: it need not be what hovered.
void MainWindow::dropEvent(QDropEvent* event) {
  statusBar()->clearMessage();
  const DroppedFiles dropped = droppedFiles(event->mimeData());
  using Kind = DroppedFiles::Kind;
  if (dropped.kind == Kind::Other) refuseDrop();
  if (dropped.kind != Kind::Scenario && dropped.kind != Kind::Data) return event->ignore();
  event->acceptProposedAction();
  if (dropped.kind == Kind::Scenario) openScenario(dropped.paths[0]);
  else addFiles(dropped.paths);
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
    const LabPresence lab = labPresence();
    if (runningRun().isEmpty() && !lab.any()) return leave();
    return askAboutRunning(lab);
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

void MainWindow::askAboutRunning(const LabPresence& lab) {
  if (findChild<QMessageBox*>(QStringLiteral("dialog.running"))) return;
  const QString run = runningRun();
  auto* box = new ClosingBox(!run.isEmpty(), lab, settings_->keepRunning(), this);
  connect(box, &ClosingBox::answered, this, [this, box, run, lab](ClosingBox::Answer answer) {
    const auto goodbye = [this](auto) { leave(); };
    if (answer == ClosingBox::Answer::Background) {
      settings_->setKeepRunning(box->keepAfterLogOut());
      context_.link->setSession(box->keepAfterLogOut(), this, goodbye);
    } else if (answer == ClosingBox::Answer::Pause) {
      context_.link->pause(run, this, goodbye);
    } else if (lab.any()) {
      endEverything();
    } else {
      context_.link->stop(run, false, this, goodbye);
    }
    QTimer::singleShot(kGoodbyeMs, this, [this] { leave(); });
  });
  box->open();
}

// Whatever is not answered in time is under way in the core.
void MainWindow::endEverything() {
  auto open = std::make_shared<int>(1);
  const auto one = [this, open](auto) {
    if (--*open == 0) leave();
  };
  if (const QString run = runningRun(); !run.isEmpty() && ++*open) context_.link->stop(run, false, this, one);
  for (const auto& room : context_.lab->state().rooms()) {
    wire::HostCommand command;
    command.set_room(room.room());
    command.set_kind(wire::HostCommand::CLOSE);
    context_.lab->roomCommand(command, this, (++*open, one));
  }
  for (const auto& membership : context_.lab->state().memberships()) {
    if (lab_text::isEnd(membership.state()) && membership.state() != "done") continue;
    wire::MembershipCommand command;
    command.set_membership(membership.membership());
    command.set_kind(wire::MembershipCommand::LEAVE);
    context_.lab->memberCommand(command, this, (++*open, one));
  }
  one(0);
}

}  // namespace fedllm::ui
