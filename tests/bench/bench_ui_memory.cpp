// Memory of the studio: at start, connected; and after a run of 50 clients x 10 000 points, told by a core in another
// process, with four series a client. Three of the four are filled here from the first one's points: the ledger writes only
// the loss at every step.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "support/fake_core.h"
#include "ui/link/core_link.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/shell/main_window.h"

using namespace fedllm;

namespace {

constexpr int kClients = 50, kRounds = 10, kSteps = 1000;

double rssMB() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmRSS:", 0) == 0) return std::stod(line.substr(6)) * 1024 / 1e6;
  return 0;
}

template <class Condition>
bool waitFor(Condition condition, int ms) {
  QElapsedTimer timer;
  timer.start();
  while (!condition() && timer.elapsed() < ms)
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 50);
  return condition();
}

[[noreturn]] void serve(const std::string& socket) {
  test::FakeCore core(socket);
  wire::RunInfo info;
  info.set_run("big");
  info.set_state("done");
  info.set_rounds(kRounds);
  core.addRun(info, test::story(kClients, kRounds, kSteps));
  core.setBatchSize(2000);
  core.start();
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  ::setenv("QT_QPA_PLATFORM", "offscreen", 1);
  QTemporaryDir home;
  const std::string socket = home.filePath("s").toStdString();
  const pid_t core = ::fork();               // before any thread exists
  if (core == 0) serve(socket);

  QApplication application(argc, argv);
  ui::prepareApplication();
  HomePaths paths;
  paths.home = paths.ledger_dir = home.path().toStdString();
  paths.socket = socket;
  ui::StudioOptions options;
  options.theme = "light";
  options.language = "en";
  int status = 1;
  {
    ui::MainWindow window(paths, options, [] {});
    window.setUnattended();
    window.show();
    waitFor([&] { return window.context().link->state() == ui::CoreLink::State::Ready; }, 60000);
    waitFor([] { return false; }, 500);
    const double atStart = rssMB();
    QElapsedTimer loading;
    loading.start();
    window.context().session->open(QStringLiteral("big"));
    window.showPage(QStringLiteral("run"));
    ui::RunRecord* record = window.context().session->current();
    const bool loaded = waitFor([&] { return record->state() == QLatin1String("done") && record->round() == kRounds; }, 120000);
    const double seconds = double(loading.elapsed()) / 1000;
    std::vector<ui::Series> more;
    for (const auto& client : record->clients())
      for (int metric = 0; metric < 3; ++metric) {
        more.emplace_back();
        for (size_t i = 0; i < client.stepLoss.size(); ++i)
          more.back().append(client.stepLoss.x(i), client.stepLoss.y(i) * float(metric + 2));
      }
    waitFor([] { return false; }, 1500);     // the page draws
    const size_t points = record->clients().empty() ? 0 : record->clients()[0].stepLoss.size();
    std::printf("| what | goal | measured |\n| --- | --- | --- |\n");
    std::printf("| studio memory at start, connected | 70 MB | %.1f MB |\n", atStart);
    std::printf("| after %d clients x %zu points x 4 metrics | 130 MB | %.1f MB |\n", kClients, points, rssMB());
    std::printf("| %d events from the core to the curves | | %.2f s |\n", kClients * kRounds * kSteps, seconds);
    status = loaded && points == size_t(kRounds) * kSteps ? 0 : 1;
  }
  ::kill(core, SIGKILL);
  ::waitpid(core, nullptr, 0);
  return status;
}
