// SingleInstance: one window a home. The first one listens on a local socket beside the core's; a second start hands over
// its file and its run and ends. One line: the two, percent-encoded, with a space between. GUI thread.
#pragma once

#include <QObject>
#include <QString>

#include "base/home.h"

class QLocalServer;

namespace fedllm::ui {

class SingleInstance : public QObject {
  Q_OBJECT
 public:
  explicit SingleInstance(const HomePaths& paths);
  // True: another window of this home took over. False: this is the first one, and it listens from now on.
  bool handedOver(const QString& file, const QString& run = {});

 signals:
  void asked(const QString& file, const QString& run);   // both empty: only come to the front

 private:
  void answer();

  QString name_;
  QLocalServer* server_;
};

}  // namespace fedllm::ui
