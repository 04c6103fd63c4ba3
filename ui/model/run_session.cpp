#include "ui/model/run_session.h"

#include <QPointer>
#include <QUuid>

#include "spec/scenario_json.h"
#include "ui/link/core_link.h"

namespace fedllm::ui {

// One run that is watched: its record and the watch that feeds it.
struct Watched {
  std::unique_ptr<RunRecord> record;
  quint64 watch = 0;
};

class RunSession::Impl {
 public:
  Impl(RunSession* session, CoreLink* link) : session(session), link(link) {}

  Watched openWatched(const QString& run) const { return {std::make_unique<RunRecord>(run), 0}; }

  // Once: the link itself goes on after a lost connection.
  void follow(Watched& watched) {
    RunRecord* record = watched.record.get();
    if (watched.watch || !record) return;
    watched.watch = link->watch(record->run(), 1, record, [record](const wire::EventBatch& batch) { record->apply(batch); });
  }

  void drop(Watched& watched) {
    if (watched.watch) link->cancel(watched.watch);
    if (watched.record) watched.record.release()->deleteLater();   // views hold it until currentChanged is handled
    watched.watch = 0;
  }

  // The scenario first, then the events: where a step lies in its round is the scenario's knowledge.
  void refreshInfo(Watched& watched) {
    if (!watched.record) return;
    link->getRun(watched.record->run(), session, [this, record = QPointer(watched.record.get())](Result<wire::RunInfo> info) {
      if (!record) return;
      if (info.ok()) record->setInfo(*info);
      if (record == previous.record.get()) return follow(previous);
      if (record != current.record.get()) return;
      follow(current);
      if (info.ok()) followPrevious(QString::fromStdString(info->previous_run()));
      else if (record->lastSeq() == 0) emit session->commandFailed(QString::fromStdString(info.status().message()));
    });
  }

  // The run behind: kept if it is the right one already, else opened; none for an empty id.
  void followPrevious(const QString& run) {
    const QString shown = previous.record ? previous.record->run() : QString();
    if (run == shown || run == current.record->run()) return;
    drop(previous);
    if (!run.isEmpty()) {
      previous = openWatched(run);
      refreshInfo(previous);
    }
    emit session->currentChanged();
  }

  void show(const QString& run) {
    Watched old = std::exchange(current, Watched{});
    if (previous.record && previous.record->run() == run) current = std::exchange(previous, Watched{});
    else current = openWatched(run);
    drop(old);
    drop(previous);
    refreshInfo(current);
    emit session->currentChanged();
  }

  // The run looked at until now goes behind the new one where the new one came from it.
  void showStarted(const wire::RunInfo& info, const QString& previousRun) {
    const QString run = QString::fromStdString(info.run());
    if (current.record && current.record->run() == previousRun) {
      drop(previous);
      previous = std::exchange(current, Watched{});
    } else {
      drop(current);
      drop(previous);
    }
    current = openWatched(run);
    current.record->setInfo(info);
    follow(current);
    if (!previousRun.isEmpty() && !previous.record) {
      previous = openWatched(previousRun);
      refreshInfo(previous);
    }
    emit session->currentChanged();
  }

  CoreLink::Answer<wire::RunInfo> answerFor(RunRecord* record) {
    return [this, record](Result<wire::RunInfo> info) {
      if (info.ok()) record->setInfo(*info);
      else emit session->commandFailed(QString::fromStdString(info.status().message()));
    };
  }

  RunSession* session;
  CoreLink* link;
  Watched current, previous;
  bool starting = false;
};

RunSession::RunSession(CoreLink* link, QObject* parent) : QObject(parent), impl_(std::make_shared<Impl>(this, link)) {
  // A core that came back knows what became of the run: interrupted by its death, or still running.
  connect(link, &CoreLink::stateChanged, this, [this](CoreLink::State state) {
    if (state != CoreLink::State::Ready) return;
    impl_->refreshInfo(impl_->current);
    impl_->refreshInfo(impl_->previous);
  });
}

RunRecord* RunSession::current() const { return impl_->current.record.get(); }
RunRecord* RunSession::previous() const { return impl_->previous.record.get(); }
bool RunSession::starting() const { return impl_->starting; }

QString RunSession::differenceSentence() const {
  if (!current() || !previous()) return {};
  return QString::fromStdString(spec::difference_sentence(previous()->scenario(), current()->scenario()));
}

void RunSession::start(const spec::Scenario& scenario, const QString& baseDir, const QString& previousRun) {
  if (impl_->starting) return;
  impl_->starting = true;
  wire::StartRunRequest request;
  request.set_scenario_json(spec::to_json(scenario));
  request.set_base_dir(baseDir.toStdString());
  request.set_previous_run(previousRun.toStdString());
  request.set_request_id(QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString());
  impl_->link->startRun(request, this, [this, previousRun](Result<wire::RunInfo> info) {
    impl_->starting = false;
    if (info.ok()) impl_->showStarted(*info, previousRun);
    else emit startFailed(QString::fromStdString(info.status().message()));
  });
}

void RunSession::open(const QString& run) {
  if (!current() || current()->run() != run) impl_->show(run);
}

void RunSession::reload() {
  if (!current()) return;
  const QString run = current()->run();
  impl_->drop(impl_->current);
  impl_->drop(impl_->previous);
  impl_->show(run);
}

void RunSession::pause() {
  if (current()) impl_->link->pause(current()->run(), current(), impl_->answerFor(current()));
}

void RunSession::resume() {
  if (current()) impl_->link->resume(current()->run(), current(), impl_->answerFor(current()));
}

void RunSession::stop(bool abandon) {
  if (current()) impl_->link->stop(current()->run(), abandon, current(), impl_->answerFor(current()));
}

}  // namespace fedllm::ui
