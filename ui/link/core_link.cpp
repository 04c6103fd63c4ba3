#include "ui/link/caller.h"
// gRPC first: its headers and Qt's keywords get along only in this order.
#include <QElapsedTimer>
#include <QHash>
#include <QSet>
#include <QTimer>
#include <algorithm>

#include "ui/link/core_link.h"
#include "wire/control.grpc.pb.h"

namespace fedllm::ui {
namespace {

constexpr int kFirstRetryMs = 100;
constexpr int kLastRetryMs = 2000;
constexpr int kHelloTimeoutMs = 3000;
constexpr int kRelaunchAfterMs = 4000;       // the launcher is asked again when nothing answered for this long
constexpr double kLateSeconds = 5;
constexpr double kSilentSeconds = 15;
constexpr int kShortCallSeconds = 30;
constexpr int kLongCallSeconds = 600;

using WatchCall = StreamCall<wire::WatchRequest, wire::EventBatch>;
using BeatCall = StreamCall<wire::BeatRequest, wire::Heartbeat>;
using AnswerCall = StreamCall<wire::TryRequest, wire::TryPart>;
using ImportCall = StreamCall<wire::ImportRequest, wire::ImportReply>;

}  // namespace

class CoreLink::Impl : public QObject {
 public:
  Impl(CoreLink* link, const QString& socketPath) : link_(link) {
    address_ = "unix:" + socketPath.toStdString();
    retry_.setSingleShot(true);
    connect(&retry_, &QTimer::timeout, this, [this] { sayHello(); });
    pulse_.setInterval(500);
    connect(&pulse_, &QTimer::timeout, this, [this] { checkPulse(); });
  }

  void start() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstRetryMs);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kFirstRetryMs);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLastRetryMs);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(64 << 20);
    channel_ = grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments);
    sinceContact_.start();
    sinceBeat_.start();
    pulse_.start();
    caller_.connect(channel_);
    sayHello();
  }

  // ------------------------------------------------------------------------------------------------- connection

  void setState(State state) {
    if (state == state_) return;
    state_ = state;
    emit link_->stateChanged(state);
  }

  void sayHello() {
    wire::HelloRequest request;
    request.set_protocol(kProtocol);
    request.set_program_version(FEDLLM_VERSION);
    caller_.call<wire::HelloReply>(
        request, kHelloTimeoutMs, false, this, [this](Result<wire::HelloReply> reply) { onHello(std::move(reply)); },
        [](auto* stub, auto... a) { stub->Hello(a...); });
  }

  void onHello(Result<wire::HelloReply> reply) {
    if (!reply.ok()) return lost();
    hello_ = *reply;
    sinceContact_.restart();
    sinceBeat_.restart();
    retryMs_ = kFirstRetryMs;
    launched_ = false;
    if (hello_.protocol() != kProtocol) {
      setState(State::VersionMismatch);
      retry_.start(5000);
      return;
    }
    beat_ = caller_.stream<BeatCall>(
        wire::BeatRequest(), [this](wire::Heartbeat beat) { onBeat(std::move(beat)); }, [this](Status) { lost(); },
        [](auto* stub, auto... a) { stub->Beat(a...); });
    setState(State::Ready);
    resumeWatches();
  }

  void onBeat(wire::Heartbeat beat) {
    heartbeat_ = std::move(beat);
    sinceContact_.restart();
    sinceBeat_.restart();
    setState(State::Ready);
    emit link_->heartbeat(heartbeat_);
  }

  void lost() {
    caller_.stop(std::exchange(beat_, 0));
    if (state_ == State::Stopped) return;
    if (state_ == State::Ready) sinceContact_.restart();
    if (state_ == State::Ready || state_ == State::VersionMismatch) setState(State::NotAnswering);
    if (isHeld()) {
      launched_ = false;                     // a core starts as soon as the home is free
    } else if (!launched_ || sinceContact_.elapsed() > kRelaunchAfterMs) {
      launched_ = true;
      sinceContact_.restart();
      if (launcher_) launcher_();
    }
    retry_.start(retryMs_);
    retryMs_ = std::min(retryMs_ * 3 / 2, kLastRetryMs);
  }

  // A core that holds the home is the one that will answer; any other process must end first.
  bool isHeld() {
    const auto holder = holderProbe_ ? holderProbe_() : std::nullopt;
    const bool held = holder && !holder->is_core() && !holder->verb.empty();
    if (held) {
      const bool another = holder->pid != holder_.pid;
      holder_ = *holder;
      sinceBeat_.restart();
      if (state_ == State::HomeHeld && another) emit link_->stateChanged(state_);
      setState(State::HomeHeld);
    } else if (state_ == State::HomeHeld) {
      setState(State::Starting);
    }
    return held;
  }

  void checkPulse() {
    const bool waiting = state_ == State::Ready || state_ == State::Starting;
    if (waiting && sinceBeat_.elapsed() > kSilentSeconds * 1000) setState(State::NotAnswering);
  }

  // ------------------------------------------------------------------------------------------------- watches

  struct Watch {
    QString run;
    quint64 next = 0;
    QPointer<QObject> context;
    std::function<void(const wire::EventBatch&)> batch;
    quint64 call = 0;
    bool waiting = true;                     // for the next connection
    int pauseMs = kFirstRetryMs;
  };

  quint64 addWatch(const QString& run, quint64 fromSeq, QObject* context, std::function<void(const wire::EventBatch&)> batch) {
    const quint64 token = caller_.nextToken();
    watches_.insert(token, Watch{run, std::max<quint64>(fromSeq, 1), context, std::move(batch)});
    if (state_ == State::Ready) openWatch(token);
    return token;
  }

  void resumeWatches() {
    for (quint64 token : watches_.keys())
      if (watches_[token].waiting) openWatch(token);
  }

  void openWatch(quint64 token) {
    auto it = watches_.find(token);
    if (it == watches_.end() || !it->waiting || !caller_.connected()) return;
    wire::WatchRequest request;
    request.set_run(it->run.toStdString());
    request.set_from_seq(it->next);
    it->waiting = false;
    it->call = caller_.stream<WatchCall>(
        request, [this, token](wire::EventBatch batch) { onBatch(token, std::move(batch)); },
        [this, token](Status status) { onWatchEnd(token, status); }, [](auto* stub, auto... a) { stub->Watch(a...); });
  }

  // Each event exactly once and in order, whatever a reconnected stream repeats.
  void onBatch(quint64 token, wire::EventBatch batch) {
    auto it = watches_.find(token);
    if (it == watches_.end()) return;
    if (!it->context) return removeWatch(token);
    auto* events = batch.mutable_events();
    int known = 0;
    while (known < events->size() && events->Get(known).seq() < it->next) ++known;
    events->DeleteSubrange(0, known);
    if (!events->empty()) it->next = events->Get(events->size() - 1).seq() + 1;
    it->pauseMs = kFirstRetryMs;
    const auto deliver = it->batch;          // the callee may cancel the watch
    deliver(batch);
  }

  void onWatchEnd(quint64 token, const Status& status) {
    auto it = watches_.find(token);
    if (it == watches_.end()) return;
    if (!it->context || status.code() == Code::not_found) return void(watches_.erase(it));
    it->waiting = true;
    QTimer::singleShot(it->pauseMs, this, [this, token] {
      if (state_ == State::Ready) openWatch(token);
    });
    it->pauseMs = std::min(it->pauseMs * 2, kLastRetryMs);
  }

  void removeWatch(quint64 token) { caller_.stop(watches_.take(token).call); }

  CoreLink* link_;
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  QHash<quint64, Watch> watches_;
  quint64 beat_ = 0;
  Launcher launcher_;
  HolderProbe holderProbe_;
  HomeHolder holder_;
  bool launched_ = false;
  State state_ = State::Starting;
  wire::HelloReply hello_;
  wire::Heartbeat heartbeat_;
  QElapsedTimer sinceContact_, sinceBeat_;
  QTimer retry_, pulse_;
  int retryMs_ = kFirstRetryMs;
  Caller<wire::Control> caller_;             // last: ends its calls before what they answer to goes
};

CoreLink::CoreLink(QString socketPath, QObject* parent) : QObject(parent), impl_(std::make_unique<Impl>(this, socketPath)) {}
CoreLink::~CoreLink() = default;
void CoreLink::setLauncher(Launcher launcher) { impl_->launcher_ = std::move(launcher); }
void CoreLink::setHolderProbe(HolderProbe probe) { impl_->holderProbe_ = std::move(probe); }
const HomeHolder& CoreLink::holder() const { return impl_->holder_; }
void CoreLink::start() { impl_->start(); }
std::shared_ptr<grpc::Channel> CoreLink::channel() const { return impl_->channel_; }
CoreLink::State CoreLink::state() const { return impl_->state_; }
const wire::HelloReply& CoreLink::hello() const { return impl_->hello_; }
const wire::Heartbeat& CoreLink::lastHeartbeat() const { return impl_->heartbeat_; }
double CoreLink::secondsSinceHeartbeat() const { return impl_->sinceBeat_.isValid() ? impl_->sinceBeat_.elapsed() / 1000.0 : 0; }
bool CoreLink::newsIsLate() const { return state() == State::Ready && secondsSinceHeartbeat() > kLateSeconds; }

QString CoreLink::stateSentence() const {
  switch (state()) {
    case State::Starting: return tr("Starting the core…");
    case State::Ready:
      return newsIsLate() ? tr("No news from the core for %1 s").arg(int(secondsSinceHeartbeat())) : tr("Core ready");
    case State::NotAnswering: return tr("The core is not answering");
    case State::VersionMismatch:
      return tr("The running core is version %1, this window %2: close other windows and start again")
          .arg(QString::fromStdString(hello().program_version()), QStringLiteral(FEDLLM_VERSION));
    case State::HomeHeld:
      return tr("In use by fedllm %1 (process %2)").arg(QString::fromStdString(holder().verb)).arg(holder().pid);
    case State::Stopped: return tr("Core stopped");
  }
  return {};
}

// NOLINTBEGIN: one line a call keeps the list readable.
void CoreLink::check(const wire::CheckRequest& r, QObject* c, Answer<wire::CheckReply> answer) {
  impl_->caller_.call<wire::CheckReply>(r, kLongCallSeconds * 1000, true, c, std::move(answer),
                                [](auto* s, auto... a) { s->Check(a...); });
}
void CoreLink::startRun(const wire::StartRunRequest& r, QObject* c, Answer<wire::RunInfo> answer) {
  impl_->caller_.call<wire::RunInfo>(r, kLongCallSeconds * 1000, true, c, std::move(answer),
                             [](auto* s, auto... a) { s->StartRun(a...); });
}
void CoreLink::listRuns(QObject* c, Answer<wire::ListRunsReply> answer) {
  impl_->caller_.call<wire::ListRunsReply>(wire::ListRunsRequest(), kShortCallSeconds * 1000, true, c, std::move(answer),
                                   [](auto* s, auto... a) { s->ListRuns(a...); });
}
static wire::RunRef refTo(const QString& run) {
  wire::RunRef ref;
  ref.set_run(run.toStdString());
  return ref;
}
void CoreLink::getRun(const QString& run, QObject* c, Answer<wire::RunInfo> answer) {
  impl_->caller_.call<wire::RunInfo>(refTo(run), kShortCallSeconds * 1000, true, c, std::move(answer),
                             [](auto* s, auto... a) { s->GetRun(a...); });
}
void CoreLink::pause(const QString& run, QObject* c, Answer<wire::RunInfo> answer) {
  impl_->caller_.call<wire::RunInfo>(refTo(run), kShortCallSeconds * 1000, true, c, std::move(answer),
                             [](auto* s, auto... a) { s->Pause(a...); });
}
void CoreLink::resume(const QString& run, QObject* c, Answer<wire::RunInfo> answer) {
  impl_->caller_.call<wire::RunInfo>(refTo(run), kShortCallSeconds * 1000, true, c, std::move(answer),
                             [](auto* s, auto... a) { s->Resume(a...); });
}
void CoreLink::stop(const QString& run, bool abandon, QObject* c, Answer<wire::RunInfo> answer) {
  wire::StopRequest request;
  request.set_run(run.toStdString());
  request.set_abandon(abandon);
  impl_->caller_.call<wire::RunInfo>(request, kShortCallSeconds * 1000, true, c, std::move(answer),
                             [](auto* s, auto... a) { s->Stop(a...); });
}
void CoreLink::deleteRun(const QString& run, QObject* c, Answer<wire::Empty> answer) {
  impl_->caller_.call<wire::Empty>(refTo(run), kShortCallSeconds * 1000, true, c, std::move(answer),
                           [](auto* s, auto... a) { s->DeleteRun(a...); });
}
void CoreLink::setSession(bool keepRunning, QObject* c, Answer<wire::Empty> answer) {
  wire::SessionRequest request;
  request.set_keep_running(keepRunning);
  impl_->caller_.call<wire::Empty>(request, kShortCallSeconds * 1000, true, c, std::move(answer),
                           [](auto* s, auto... a) { s->SetSession(a...); });
}
void CoreLink::preview(const wire::PreviewRequest& r, QObject* c, Answer<wire::PreviewReply> answer) {
  impl_->caller_.call<wire::PreviewReply>(r, kLongCallSeconds * 1000, true, c, std::move(answer),
                                  [](auto* s, auto... a) { s->Preview(a...); });
}
void CoreLink::partitionPreview(const wire::PartitionRequest& r, QObject* c, Answer<wire::PartitionReply> answer) {
  impl_->caller_.call<wire::PartitionReply>(r, kLongCallSeconds * 1000, true, c, std::move(answer),
                                    [](auto* s, auto... a) { s->PartitionPreview(a...); });
}
void CoreLink::tryItems(const QString& run, QObject* c, Answer<wire::TryItemsReply> answer) {
  impl_->caller_.call<wire::TryItemsReply>(refTo(run), kShortCallSeconds * 1000, true, c, std::move(answer),
                                   [](auto* s, auto... a) { s->TryItems(a...); });
}
// NOLINTEND

quint64 CoreLink::importDataset(const wire::ImportRequest& request, QObject* context,
                                std::function<void(const wire::ImportReply&)> progress, std::function<void(Status)> done) {
  if (!impl_->caller_.connected()) {
    QTimer::singleShot(0, context, [done] { done(unavailable("the core has not been started yet")); });
    return 0;
  }
  QPointer<QObject> alive(context);
  return impl_->caller_.stream<ImportCall>(
      request, [alive, progress](wire::ImportReply reply) { if (alive) progress(reply); },
      [alive, done](Status status) { if (alive) done(std::move(status)); },
      [](auto* stub, auto* ctx, auto* sent, auto* reactor) {
        ctx->set_wait_for_ready(true);
        stub->ImportDataset(ctx, sent, reactor);
      });
}

quint64 CoreLink::answer(const wire::TryRequest& request, QObject* context, std::function<void(const wire::TryPart&)> part,
                         Answer<wire::TryReply> answer) {
  if (!impl_->caller_.connected()) {
    QTimer::singleShot(0, context, [answer] { answer(unavailable("the core has not been started yet")); });
    return 0;
  }
  QPointer<QObject> alive(context);
  const auto whole = std::make_shared<wire::TryReply>();
  return impl_->caller_.stream<AnswerCall>(
      request,
      [alive, part, whole](wire::TryPart one) {
        if (one.has_reply()) whole->Swap(one.mutable_reply());
        else if (alive) part(one);
      },
      [alive, answer, whole](Status status) {
        if (!alive) return;
        if (status.ok()) answer(std::move(*whole));
        else answer(std::move(status));
      },
      [](auto* stub, auto* ctx, auto* sent, auto* reactor) {
        ctx->set_wait_for_ready(true);
        stub->Answer(ctx, sent, reactor);
      });
}

quint64 CoreLink::watch(const QString& run, quint64 fromSeq, QObject* context,
                        std::function<void(const wire::EventBatch&)> batch) {
  return impl_->addWatch(run, fromSeq, context, std::move(batch));
}

void CoreLink::cancel(quint64 token) {
  if (impl_->watches_.contains(token)) impl_->removeWatch(token);
  else impl_->caller_.stop(token);
}

}  // namespace fedllm::ui
