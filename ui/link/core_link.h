// CoreLink: the studio's only use of gRPC. Asynchronous calls to the core over its unix socket; answers arrive on the GUI
// thread. Nothing here blocks the caller. Lost connections are retried with back-off (0.1 to 2 s) and the launcher is asked
// again; state() and its age are always honest: a lost connection or 15 s without a heartbeat is NotAnswering, and from 5 s
// without one newsIsLate() holds. While another process works in the home, no core can start: the state is HomeHeld and
// holder() tells who; the link connects by itself when it is free. Calls made before the core is ready wait for it. Errors:
// the core's own sentence.
#pragma once

#include <QObject>
#include <QPointer>
#include <QString>
#include <functional>
#include <memory>
#include <optional>

#include "base/home_holder.h"
#include "base/status.h"
#include "wire/control.pb.h"

namespace grpc {
class Channel;
}

namespace fedllm::ui {

class CoreLink : public QObject {
  Q_OBJECT
 public:
  enum class State { Starting, Ready, NotAnswering, VersionMismatch, HomeHeld, Stopped };
  Q_ENUM(State)

  // Starts or finds a core; set by app/core_launcher. Called on the GUI thread, must return at once.
  using Launcher = std::function<void()>;

  explicit CoreLink(QString socketPath, QObject* parent = nullptr);
  ~CoreLink() override;
  void setLauncher(Launcher launcher);
  // Who works in the home; asked on the GUI thread before a core is started.
  using HolderProbe = std::function<std::optional<HomeHolder>()>;
  void setHolderProbe(HolderProbe probe);
  const HomeHolder& holder() const;   // in state HomeHeld
  void start();                       // call after the first paint
  State state() const;
  QString stateSentence() const;      // translated, for the status bar and banners
  double secondsSinceHeartbeat() const;
  bool newsIsLate() const;            // connected, but no heartbeat for 5 s
  const wire::HelloReply& hello() const;
  std::shared_ptr<grpc::Channel> channel() const;   // for the links to the core's other services; null before start()
  const wire::Heartbeat& lastHeartbeat() const;

  template <class Reply>
  using Answer = std::function<void(Result<Reply>)>;
  // `context`: the answer is dropped when it is destroyed before.
  void check(const wire::CheckRequest& request, QObject* context, Answer<wire::CheckReply> answer);
  void startRun(const wire::StartRunRequest& request, QObject* context, Answer<wire::RunInfo> answer);
  void listRuns(QObject* context, Answer<wire::ListRunsReply> answer);
  void getRun(const QString& run, QObject* context, Answer<wire::RunInfo> answer);
  void pause(const QString& run, QObject* context, Answer<wire::RunInfo> answer);
  void resume(const QString& run, QObject* context, Answer<wire::RunInfo> answer);
  void stop(const QString& run, bool abandon, QObject* context, Answer<wire::RunInfo> answer);
  void deleteRun(const QString& run, QObject* context, Answer<wire::Empty> answer);
  void setSession(bool keepRunning, QObject* context, Answer<wire::Empty> answer);
  void preview(const wire::PreviewRequest& request, QObject* context, Answer<wire::PreviewReply> answer);
  void partitionPreview(const wire::PartitionRequest& request, QObject* context, Answer<wire::PartitionReply> answer);
  void tryItems(const QString& run, QObject* context, Answer<wire::TryItemsReply> answer);

  // Progress messages, then one with dataset set, then `done` (ok or the error). Returns a token for cancel().
  quint64 importDataset(const wire::ImportRequest& request, QObject* context,
                        std::function<void(const wire::ImportReply&)> progress, std::function<void(Status)> done);
  // The answer's text while it comes, then the whole reply or the error. Returns a token for cancel(), which ends the generation.
  quint64 answer(const wire::TryRequest& request, QObject* context, std::function<void(const wire::TryPart&)> part,
                 Answer<wire::TryReply> answer);
  // Every event with seq >= fromSeq, then live, across reconnects, each exactly once and in order.
  quint64 watch(const QString& run, quint64 fromSeq, QObject* context, std::function<void(const wire::EventBatch&)> batch);
  void cancel(quint64 token);

  // What the core told of itself is for a protocol that this window does not speak.
  static constexpr quint32 kProtocol = 1;

 signals:
  void stateChanged(fedllm::ui::CoreLink::State state);
  void heartbeat(const fedllm::wire::Heartbeat& beat);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::ui
