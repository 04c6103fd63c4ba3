// RefreshGovernor: one timer per window decides when pictures are drawn again, so that drawing never takes more than about
// 5 % of a core: interval = clamp(20 x CPU of the last refreshes, 100 ms, 2 s); 16 ms while a person interacts and half a
// second after. In fast mode (setFast) at least half a second. Refresher: one picture's dirty flag. Hidden pictures stay dirty
// and are drawn when shown, those of a minimised window when it comes back. GUI thread.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <QTimer>
#include <functional>
#include <vector>

namespace fedllm::ui {

class RefreshGovernor;

class Refresher : public QObject {
  Q_OBJECT
 public:
  Refresher(QWidget* watched, std::function<void()> refresh);
  void mark();                         // something changed: draw at the governor's next tick, if visible
  bool dirty() const { return dirty_; }
  int count() const { return count_; } // refreshes so far
  bool visible() const;
  void run();                          // now
  RefreshGovernor* governor() const;

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  QWidget* watched_;
  std::function<void()> refresh_;
  bool dirty_ = false;
  int count_ = 0;
};

class RefreshGovernor : public QObject {
  Q_OBJECT
 public:
  static RefreshGovernor* of(QWidget* widget);   // of the widget's window; made on first use
  void schedule(Refresher* refresher);
  void interacted();                             // wheel, drag or key
  void setFast(bool fast);                       // draw rarely: the run has the processor
  int intervalMs() const;
  double lastCpuMs() const { return lastCpuMs_; }
  static double threadCpuMs();

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  explicit RefreshGovernor(QWidget* window);
  void tick();

  QTimer timer_;
  QElapsedTimer sinceInteraction_, sinceTick_;
  std::vector<QPointer<Refresher>> waiting_;
  double lastCpuMs_ = 0;
  bool fast_ = false;
};

}  // namespace fedllm::ui
