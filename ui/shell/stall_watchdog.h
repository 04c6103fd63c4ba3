// StallWatchdog: notices when the event loop did not turn for more than 100 ms. A debug build starts one and logs; a bench
// or FEDLLM_WATCH_STALLS=1 starts one in any build and reads the counter. GUI thread.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace fedllm::ui {

class StallWatchdog : public QObject {
  Q_OBJECT
 public:
  explicit StallWatchdog(QObject* parent = nullptr);
  void start();
  bool running() const { return tick_.isActive(); }
  int stalls() const { return stalls_; }
  qint64 longestMs() const { return longest_; }   // of all turns, stalled or not

 private:
  void turn();

  QTimer tick_;
  QElapsedTimer last_;
  int stalls_ = 0;
  qint64 longest_ = 0;
};

}  // namespace fedllm::ui
