// MainWindow, the part that answers to the core and the run: banners, attaching to a run, commands.
#include <QApplication>
#include <QDateTime>
#include <QEventLoop>
#include <QFileInfo>
#include <QLocale>
#include <QTimer>

#include "spec/scenario_json.h"
#include "ui/lab/lab_presence.h"
#include "ui/link/core_link.h"
#include "ui/link/lab_link.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/model/scenario_document.h"
#include "ui/shell/activity_bar.h"
#include "ui/shell/banner.h"
#include "ui/shell/main_window.h"
#include "ui/shell/menus.h"
#include "ui/shell/problem_text.h"
#include "ui/shell/settings.h"

namespace fedllm::ui {
namespace {
constexpr int kLogOutWaitMs = 1500;
}

void MainWindow::connectCore() {
  if (std::exchange(connected_, true)) return;
  context_.link->start();
  if (!options_.run.empty()) {
    attached_ = true;
    context_.session->open(QString::fromStdString(options_.run));
    if (options_.page.empty()) showPage(QStringLiteral("run"));
  }
  offerRecovery();
}

void MainWindow::watchCore() {
  connect(context_.link, &CoreLink::stateChanged, this, &MainWindow::onCoreState);
  connect(context_.link, &CoreLink::heartbeat, this, &MainWindow::onBeat);
}

void MainWindow::watchLab() {
  connect(context_.lab, &LabLink::changed, this, &MainWindow::markLab);
}

LabPresence MainWindow::labPresence() const { return context_.lab->isLive() ? presenceIn(context_.lab->state()) : LabPresence(); }

// Whoever asks is seen from every page, and from outside the window.
void MainWindow::markLab() {
  const LabPresence lab = labPresence();
  activity_->setWaiting(QStringLiteral("lab"), lab.waiting(), lab.waitingSentence());
  if (lab.waiting() > std::exchange(waiting_, lab.waiting()) && !isActiveWindow()) QApplication::alert(this);
}

void MainWindow::watchSession() {
  connect(context_.session, &RunSession::currentChanged, this, [this] {
    if (RunRecord* run = context_.session->current()) connect(run, &RunRecord::changed, this, &MainWindow::onRunChanged);
    onRunChanged();
  });
  connect(context_.session, &RunSession::startFailed, this, [this](const QString& sentence) {
    menus_->refresh();
    banners_->showBanner(QStringLiteral("start"), BannerArea::Severity::Error, tr("The run did not start: %1").arg(sentenceText(sentence)));
  });
  connect(context_.session, &RunSession::commandFailed, this, [this](const QString& sentence) {
    banners_->showBanner(QStringLiteral("command"), BannerArea::Severity::Error, sentenceText(sentence));
  });
}

void MainWindow::announce() {
  if (paths_.on_network_file_system)
    banners_->showBanner(QStringLiteral("network"), BannerArea::Severity::Info,
                         tr("The home %1 lies on a network file system, so the record of runs is kept in %2 on this computer.")
                             .arg(QString::fromStdString(paths_.home), QString::fromStdString(paths_.ledger_dir)));
  if (!connected_) return;
  onCoreState();
  onRunChanged();
  offerRecovery();
}

void MainWindow::onCoreState() {
  const auto state = context_.link->state();
  if (state == CoreLink::State::Ready) {
    banners_->hideBanner(QStringLiteral("core"));
    offerNewestRun();
    const auto& hello = context_.link->hello();
    if (!hello.can_train())
      banners_->showBanner(QStringLiteral("train"), BannerArea::Severity::Warning,
                           tr("This core was built without its training module, so runs cannot start."));
    if (settings_->keepRunning()) context_.link->setSession(true, this, [](Result<wire::Empty>) {});
  } else if (state == CoreLink::State::NotAnswering) {
    banners_->showBanner(QStringLiteral("core"), BannerArea::Severity::Warning,
                         tr("The core is not answering; it is being started again. Rounds that were saved are safe."), {}, false);
  } else if (state == CoreLink::State::VersionMismatch) {
    banners_->showBanner(QStringLiteral("core"), BannerArea::Severity::Error, context_.link->stateSentence(), {}, false);
  } else if (state == CoreLink::State::HomeHeld) {
    const HomeHolder& holder = context_.link->holder();
    banners_->showBanner(QStringLiteral("core"), BannerArea::Severity::Warning,
                         tr("fedllm %1 works in this home (process %2, since %3). Wait until it ends, or end it with Ctrl+C in its "
                            "terminal; this window then connects by itself.")
                             .arg(QString::fromStdString(holder.verb))
                             .arg(holder.pid)
                             .arg(QLocale().toString(QDateTime::fromMSecsSinceEpoch(holder.since_ms), QLocale::ShortFormat)),
                         {}, false);
  } else if (state == CoreLink::State::Starting) {
    banners_->hideBanner(QStringLiteral("core"));
  }
}

// The Run page with nothing chosen shows the newest run there is, rather than nothing.
void MainWindow::offerNewestRun() {
  const auto wanted = [this] {
    return currentPage() && currentPage()->pageId() == QLatin1String("run") && !context_.session->current() &&
           !context_.session->starting() && options_.run.empty();
  };
  if (!connected_ || context_.link->state() != CoreLink::State::Ready || !wanted()) return;
  context_.link->listRuns(this, [this, wanted](Result<wire::ListRunsReply> reply) {
    if (reply.ok() && reply->runs_size() > 0 && wanted()) context_.session->open(QString::fromStdString(reply->runs(0).run()));
  });
}

// The first heartbeat tells whether a run went on while no window was open: it is shown again, from its first event.
void MainWindow::onBeat(const wire::Heartbeat& beat) {
  if (std::exchange(attached_, true)) return;
  for (const auto& brief : beat.running()) {
    if (context_.session->current()) return;
    context_.session->open(QString::fromStdString(brief.run()));
    if (!unattended_) showPage(QStringLiteral("run"));
    return;
  }
}

void MainWindow::onRunChanged() {
  menus_->refresh();
  RunRecord* run = context_.session->current();
  if (!run || run->state() != QLatin1String("interrupted")) return banners_->hideBanner(QStringLiteral("interrupted"));
  banners_->showBanner(QStringLiteral("interrupted"), BannerArea::Severity::Warning,
                       tr("This run was interrupted after round %1 of %2. Nothing that was saved is lost.")
                           .arg(run->info().rounds_done())
                           .arg(run->rounds()),
                       {{tr("Resume"), [this] { context_.session->resume(); }}});
}

void MainWindow::runScenario() {
  if (spec::has_errors(context_.document->problems())) return showPage(QStringLiteral("scenario"));
  banners_->hideBanner(QStringLiteral("start"));
  context_.session->start(context_.document->scenario(), context_.document->baseDir());
  showPage(QStringLiteral("run"));
}

void MainWindow::togglePause() {
  const RunRecord* run = context_.session->current();
  if (!run) return;
  if (run->state() == QLatin1String("running")) context_.session->pause();
  else context_.session->resume();
}

void MainWindow::stopRun() { context_.session->stop(false); }

QString MainWindow::runningRun() const {
  if (context_.link->state() != CoreLink::State::Ready) return {};
  for (const auto& brief : context_.link->lastHeartbeat().running())
    if (brief.state() == "running") return QString::fromStdString(brief.run());
  return {};
}

// Logging out: the run is paused after its present step unless the user chose otherwise. The session waits for this
// handler, so it waits for the core's answer, but never long.
void MainWindow::pauseForLogOut() {
  const QString run = runningRun();
  if (run.isEmpty() || settings_->keepRunning()) return;
  QEventLoop waiting;
  QTimer::singleShot(kLogOutWaitMs, &waiting, &QEventLoop::quit);
  context_.link->pause(run, &waiting, [&waiting](Result<wire::RunInfo>) { waiting.quit(); });
  waiting.exec(QEventLoop::ExcludeUserInputEvents);
}

}  // namespace fedllm::ui
