#include "ui/shell/stall_watchdog.h"

#include <QLoggingCategory>

namespace fedllm::ui {
namespace {
constexpr int kTickMs = 20;
constexpr qint64 kStallMs = 100;
}  // namespace

StallWatchdog::StallWatchdog(QObject* parent) : QObject(parent) {
  tick_.setTimerType(Qt::PreciseTimer);
  tick_.setInterval(kTickMs);
  connect(&tick_, &QTimer::timeout, this, &StallWatchdog::turn);
}

void StallWatchdog::start() {
  last_.start();
  tick_.start();
}

void StallWatchdog::turn() {
  const qint64 held = last_.restart() - kTickMs;
  longest_ = qMax(longest_, held);
  if (held <= kStallMs) return;
  ++stalls_;
  qWarning("event loop stalled for %lld ms", static_cast<long long>(held));
}

}  // namespace fedllm::ui
