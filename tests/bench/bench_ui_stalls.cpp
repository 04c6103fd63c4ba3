// Event-loop stalls of the studio while the real core trains beside it: the sample runs again and again on the Run page for
// ten minutes (or as many as the first argument says), watched by the same watchdog that debug builds have. Needs
// FEDLLM_BIN with `fedllm` in it; ends the core it started.
#include <signal.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <cstdio>

#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/model/run_record.h"
#include "ui/model/run_session.h"
#include "ui/shell/main_window.h"
#include "ui/shell/stall_watchdog.h"

using namespace fedllm;

namespace {

template <class Condition>
bool waitFor(Condition condition, qint64 ms) {
  QElapsedTimer timer;
  timer.start();
  while (!condition() && timer.elapsed() < ms) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 50);
  return condition();
}

bool ended(const ui::RunRecord* run) {
  return run && (run->state() == QLatin1String("done") || run->state() == QLatin1String("failed"));
}

}  // namespace

int main(int argc, char** argv) {
  ::setenv("QT_QPA_PLATFORM", "offscreen", 1);
  const double minutes = argc > 1 ? std::atof(argv[1]) : 10;
  ui::prepareMessages();
  QApplication application(argc, argv);
  ui::prepareApplication();
  QTemporaryDir home;
  const auto paths = resolve_home(home.path().toStdString());
  const auto scenario = spec::load_scenario("builtin:desk-iid");
  if (!paths.ok() || !scenario.ok()) return 1;
  const QString core = qEnvironmentVariable("FEDLLM_BIN", QCoreApplication::applicationDirPath() + QStringLiteral("/../bin")) +
                       QStringLiteral("/fedllm");
  ui::StudioOptions options;
  options.theme = "light";
  options.language = "en";
  options.width = 1280;
  options.height = 800;
  ui::MainWindow window(*paths, options, [&] {
    QProcess::startDetached(core, {QStringLiteral("core"), QStringLiteral("--home"), home.path()});
  });
  window.setUnattended();
  window.show();
  ui::CoreLink* link = window.context().link;
  if (!waitFor([&] { return link->state() == ui::CoreLink::State::Ready; }, 30000)) {
    std::fprintf(stderr, "bench_ui_stalls: no core at %s\n", qPrintable(core));
    return 1;
  }
  window.showPage(QStringLiteral("run"));
  waitFor([] { return false; }, 1000);       // the page's first layout is not training
  window.watchdog()->start();
  ui::RunSession* session = window.context().session;
  QElapsedTimer elapsed;
  elapsed.start();
  int runs = 0;
  const auto left = [&] { return qint64(minutes * 60000) - elapsed.elapsed(); };
  while (left() > 0) {
    const QString before = session->current() ? session->current()->run() : QString();
    session->start(*scenario, home.path());
    if (!waitFor([&] { return session->current() && session->current()->run() != before; }, 30000)) break;
    ++runs;
    waitFor([&] { return ended(session->current()); }, left());
  }
  std::printf("| what | goal | measured |\n| --- | --- | --- |\n");
  std::printf("| event-loop stalls over 100 ms in %.1f min of training, %d runs | 0 | %d (longest turn %lld ms) |\n",
              double(elapsed.elapsed()) / 60000, runs, window.watchdog()->stalls(),
              static_cast<long long>(window.watchdog()->longestMs()));
  ::kill(link->hello().pid(), SIGTERM);
  return runs > 0 ? 0 : 1;
}
