#include "ui/plot/refresh_governor.h"

#include <time.h>

#include <QEvent>
#include <QWidget>
#include <algorithm>

namespace fedllm::ui {
namespace {

constexpr int kFastMs = 16, kSlowestMs = 2000, kLeastMs = 100, kLeastFastMs = 500, kInteractionMs = 500;
constexpr double kCpuShare = 20;       // interval = 20 x CPU: 5 % of a core

}  // namespace

Refresher::Refresher(QWidget* watched, std::function<void()> refresh)
    : QObject(watched), watched_(watched), refresh_(std::move(refresh)) {
  watched->installEventFilter(this);
}

RefreshGovernor* Refresher::governor() const { return RefreshGovernor::of(watched_); }

bool Refresher::visible() const { return watched_->isVisible() && !watched_->window()->isMinimized(); }

void Refresher::mark() {
  dirty_ = true;
  if (watched_->isVisible()) governor()->schedule(this);
}

void Refresher::run() {
  dirty_ = false;
  ++count_;
  refresh_();
}

bool Refresher::eventFilter(QObject* object, QEvent* event) {
  if (object == watched_ && event->type() == QEvent::Show && dirty_) QTimer::singleShot(0, this, [this] {
    if (dirty_ && visible()) run();
  });
  return false;
}

RefreshGovernor* RefreshGovernor::of(QWidget* widget) {
  QWidget* window = widget->window();
  auto* found = window->findChild<RefreshGovernor*>(QString(), Qt::FindDirectChildrenOnly);
  return found ? found : new RefreshGovernor(window);
}

RefreshGovernor::RefreshGovernor(QWidget* window) : QObject(window) {
  timer_.setSingleShot(true);
  window->installEventFilter(this);
  connect(&timer_, &QTimer::timeout, this, &RefreshGovernor::tick);
}

int RefreshGovernor::intervalMs() const {
  if (sinceInteraction_.isValid() && sinceInteraction_.elapsed() < kInteractionMs) return kFastMs;
  return std::clamp(int(kCpuShare * lastCpuMs_), fast_ ? kLeastFastMs : kLeastMs, kSlowestMs);
}

void RefreshGovernor::setFast(bool fast) { fast_ = fast; }

// What waited while the window was minimised is drawn when it is back.
bool RefreshGovernor::eventFilter(QObject*, QEvent* event) {
  if (event->type() == QEvent::WindowStateChange && !waiting_.empty() && !timer_.isActive()) timer_.start(0);
  return false;
}

void RefreshGovernor::schedule(Refresher* refresher) {
  if (std::find(waiting_.begin(), waiting_.end(), refresher) == waiting_.end()) waiting_.push_back(refresher);
  if (timer_.isActive() || !refresher->visible()) return;
  const int since = sinceTick_.isValid() ? int(std::min<qint64>(sinceTick_.elapsed(), kSlowestMs)) : kSlowestMs;
  timer_.start(std::max(0, intervalMs() - since));
}

void RefreshGovernor::interacted() {
  sinceInteraction_.start();
  if (timer_.isActive() && timer_.remainingTime() > kFastMs) timer_.start(kFastMs);
}

void RefreshGovernor::tick() {
  sinceTick_.start();
  const double before = threadCpuMs();
  const auto due = std::exchange(waiting_, {});
  for (const auto& refresher : due) {
    if (!refresher || !refresher->dirty()) continue;
    if (refresher->visible()) refresher->run();
    else waiting_.push_back(refresher);
  }
  lastCpuMs_ = threadCpuMs() - before;
}

double RefreshGovernor::threadCpuMs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

}  // namespace fedllm::ui
