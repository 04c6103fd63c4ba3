// Event-loop stalls over 100 ms of the whole window while a core trains on every core of the machine: the Run page is open
// and live, and every ten seconds somebody changes page. Argument: minutes (default 10). Goal: 0 stalls. Also prints how
// soon a window made anew shows the run again (re-attach), and that it has every event.
#include <QApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/home.h"
#include "spec/scenario_json.h"
#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/shell/main_window.h"
#include "ui/shell/stall_watchdog.h"

using namespace fedllm;
using namespace fedllm::ui;

namespace {

constexpr int kPageMs = 10000;

std::unique_ptr<MainWindow> makeWindow(const HomePaths& paths) {
  auto window = std::make_unique<MainWindow>(paths, StudioOptions(), [] {});
  window->setUnattended();
  window->resize(1200, 800);
  window->show();
  window->connectCore();
  return window;
}

bool ready(MainWindow& window) {
  return QTest::qWaitFor([&] { return window.context().link->state() == CoreLink::State::Ready; }, 20000);
}

}  // namespace

int main(int argc, char** argv) {
  prepareMessages();
  QApplication app(argc, argv);
  prepareApplication();
  const double minutes = argc > 1 ? QByteArray(argv[1]).toDouble() : 10;
  QTemporaryDir folder;
  const auto paths = resolve_home(folder.path().toStdString());
  auto scenario = spec::load_scenario("builtin:desk-iid");
  if (!paths.ok() || !scenario.ok()) return std::fprintf(stderr, "no home or no sample\n"), 1;
  scenario->rounds = 100000;
  scenario->evaluation.client_adapters = false;
  QProcess core;
  core.start(qEnvironmentVariable("FEDLLM_BIN") + "/fedllm", {"core", "--home", folder.path()});

  auto window = makeWindow(*paths);
  if (!ready(*window)) return std::fprintf(stderr, "no core within 20 s\n"), 1;
  window->context().session->start(*scenario, {});
  window->showPage("run");
  RunSession* session = window->context().session;
  if (!QTest::qWaitFor([&] { return session->current() && session->current()->lastSeq() > 50; }, 60000))
    return std::fprintf(stderr, "no events within 60 s\n"), 1;
  StallWatchdog watchdog;
  watchdog.start();
  static constexpr const char* kPages[] = {"run", "scenario", "run", "data", "run", "welcome"};
  QElapsedTimer clock;
  clock.start();
  for (int turn = 0; clock.elapsed() < minutes * 60000; ++turn) {
    window->showPage(kPages[turn % 6]);
    QTest::qWait(int(std::min<double>(kPageMs, std::max(10.0, minutes * 60000 - clock.elapsed()))));
  }
  std::printf("%.1f minutes of training on the Run page and others: %d stalls over 100 ms, longest turn %lld ms, round %d, %llu events\n",
              minutes, watchdog.stalls(), static_cast<long long>(watchdog.longestMs()), session->current()->round(),
              static_cast<unsigned long long>(session->current()->lastSeq()));

  const QString run = session->current()->run();
  const quint64 seen = session->current()->lastSeq();
  window.reset();
  QElapsedTimer again;
  again.start();
  window = makeWindow(*paths);
  if (!ready(*window)) return std::fprintf(stderr, "no core within 20 s\n"), 1;
  window->context().session->open(run);
  const bool back = QTest::qWaitFor([&] {
    const RunRecord* record = window->context().session->current();
    return record && record->lastSeq() >= seen;
  }, 60000);
  std::printf("re-attach: %lld ms to all %llu events%s\n", static_cast<long long>(again.elapsed()), static_cast<unsigned long long>(seen),
              back ? "" : " (not reached)");
  window->context().session->stop(true);
  QTest::qWait(1500);
  window.reset();
  core.terminate();
  core.waitForFinished(10000);
  return back ? 0 : 1;
}
