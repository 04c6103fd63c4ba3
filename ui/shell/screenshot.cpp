#include "ui/shell/screenshot.h"

#include <signal.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QTimer>
#include <cstdio>

#include "ui/link/core_link.h"
#include "ui/model/run_session.h"
#include "ui/shell/main_window.h"

namespace fedllm::ui {
namespace {

constexpr int kLookMs = 50;
constexpr int kPatienceMs = 45000;           // for pages that need the core
constexpr int kShortPatienceMs = 6000;       // for those that can be drawn without
constexpr int kSettleMs = 300;               // queued replots after the last data

void endOwnCore(MainWindow& window) {
  const CoreLink* link = window.context().link;
  const bool busy = link->lastHeartbeat().running_size() > 0;
  if (link->state() == CoreLink::State::Ready && link->hello().pid() > 1 && !busy) ::kill(link->hello().pid(), SIGTERM);
}

}  // namespace

int takeScreenshot(MainWindow& window, const StudioOptions& options, const bool& launchedCore) {
  window.setUnattended();
  window.show();
  window.connectCore();
  const QString id = QString::fromStdString(options.page);
  window.showPage(id);
  const bool needsCore = id == QLatin1String("run") || id == QLatin1String("data");
  QElapsedTimer waited;
  waited.start();
  QTimer look;
  look.setInterval(kLookMs);
  QObject::connect(&look, &QTimer::timeout, [&] {
    // Without an answer of the core a page may look ready because it has not begun yet.
    const bool connected = window.context().link->state() == CoreLink::State::Ready;
    const bool ready = connected && window.currentPage() && window.currentPage()->readyForScreenshot();
    if (!ready && waited.elapsed() < (needsCore ? kPatienceMs : kShortPatienceMs)) return;
    look.stop();
    QTimer::singleShot(kSettleMs, qApp, &QCoreApplication::quit);
  });
  look.start();
  QApplication::exec();
  const QString file = QString::fromStdString(options.output);
  const bool saved = window.grab().save(file, "PNG");
  if (!saved) std::fprintf(stderr, "fedllm-studio: cannot write the picture %s\n", options.output.c_str());
  if (launchedCore) endOwnCore(window);
  return saved ? 0 : 1;
}

}  // namespace fedllm::ui
