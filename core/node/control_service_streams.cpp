#include "node/control_service_streams.h"

#include "node/wire_events.h"

namespace fedllm::node {
namespace {

constexpr std::chrono::seconds kBeatEvery{1};

grpc::Status shutting_down() { return {grpc::StatusCode::UNAVAILABLE, "the core is shutting down"}; }

// A stream whose writes and end are serialised: nothing is written after the end. The mutex is recursive because gRPC may
// report a write as done from within the call that started it.
template <class Message>
class SafeStream : public grpc::ServerWriteReactor<Message> {
 public:
  void end(const grpc::Status& status) {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
    this->Finish(status);
  }

 protected:
  bool ended() {
    std::lock_guard lock(mutex_);
    return ended_;
  }
  // `message` must stay as it is until OnWriteDone.
  bool write(const Message* message) {
    std::lock_guard lock(mutex_);
    if (ended_) return false;
    this->StartWrite(message);
    return true;
  }
  std::recursive_mutex mutex_;
  bool ended_ = false;
};

}  // namespace

// At any time it is either idle or busy (a read is posted or a write under way). An event that comes while it is busy
// marks it dirty, so that it reads once more before it rests.
class Watcher final : public SafeStream<wire::EventBatch>, public std::enable_shared_from_this<Watcher> {
 public:
  Watcher(WatchHub& hub, const wire::WatchRequest& request)
      : hub_(hub), run_(request.run()), next_(std::max<uint64_t>(1, request.from_seq())) {}

  // The run was asked for by a part of its id, perhaps; then it is known only after the first look.
  bool watches(const std::string& run) {
    std::lock_guard lock(mutex_);
    return run_ == run;
  }

  void poke() {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    if (busy_) {
      dirty_ = true;
      return;
    }
    busy_ = true;
    post();
  }

  void OnWriteDone(bool ok) override {
    auto self = shared_from_this();
    if (ok)
      post();
    else
      end({grpc::StatusCode::CANCELLED, "the watcher left"});
  }
  void OnCancel() override {
    auto self = shared_from_this();
    end({grpc::StatusCode::CANCELLED, "the watcher left"});
  }
  void OnDone() override { hub_.forget(this); }

 private:
  void post() {
    hub_.pool_.post([self = shared_from_this()] { self->pump(); });
  }

  void pump() {
    if (ended()) return;
    if (!known_) {
      const auto row = hub_.ledger_.run(run_);
      if (!row.ok()) return end(to_wire(row.status()));
      std::lock_guard lock(mutex_);
      run_ = row->id;
      known_ = true;
    }
    const auto events = hub_.ledger_.events(run_, next_, kWatchBatch);
    if (!events.ok()) return end(to_wire(events.status()));
    send_or_rest(*events);
  }

  void send_or_rest(const std::vector<ledger::Event>& events) {
    std::lock_guard lock(mutex_);
    const bool live = events.size() < kWatchBatch;
    if (events.empty() && was_live_) {
      if (dirty_) return dirty_ = false, post();
      busy_ = false;
      return;
    }
    dirty_ = dirty_ && !live;
    was_live_ = was_live_ || live;
    batch_.Clear();
    batch_.set_run(run_);
    batch_.set_live(live);
    for (const ledger::Event& event : events) to_wire(event, *batch_.add_events());
    if (!events.empty()) next_ = events.back().seq + 1;
    write(&batch_);
  }

  WatchHub& hub_;
  std::string run_;  // written under the mutex, by the one pump at a time
  uint64_t next_;
  bool known_ = false, busy_ = false, dirty_ = false, was_live_ = false;
  wire::EventBatch batch_;
};

WatchHub::WatchHub(ledger::Ledger& ledger, WorkerPool& pool)
    : ledger_(ledger), pool_(pool), subscription_(ledger.subscribe([this](const std::string& run) { poke(run); })) {}

WatchHub::~WatchHub() {
  ledger_.unsubscribe(subscription_);
  close();
}

grpc::ServerWriteReactor<wire::EventBatch>* WatchHub::open(const wire::WatchRequest& request) {
  auto watcher = std::make_shared<Watcher>(*this, request);
  bool closed;
  {
    std::lock_guard lock(mutex_);
    watchers_[watcher.get()] = watcher;
    closed = closed_;
  }
  if (closed)
    watcher->end(shutting_down());
  else
    watcher->poke();
  return watcher.get();
}

// On the committing thread: only posts.
void WatchHub::poke(const std::string& run) {
  std::vector<std::shared_ptr<Watcher>> concerned;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, watcher] : watchers_) concerned.push_back(watcher);
  }
  for (const auto& watcher : concerned)
    if (watcher->watches(run)) watcher->poke();
}

void WatchHub::forget(Watcher* watcher) {
  std::shared_ptr<Watcher> last;  // destroyed after the lock is gone
  std::lock_guard lock(mutex_);
  if (const auto it = watchers_.find(watcher); it != watchers_.end()) {
    last = std::move(it->second);
    watchers_.erase(it);
  }
}

void WatchHub::close() {
  std::vector<std::shared_ptr<Watcher>> open;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [key, watcher] : watchers_) open.push_back(watcher);
  }
  for (const auto& watcher : open) watcher->end(shutting_down());
}

size_t WatchHub::open_streams() const {
  std::lock_guard lock(mutex_);
  return watchers_.size();
}

class Beater final : public SafeStream<wire::Heartbeat>, public std::enable_shared_from_this<Beater> {
 public:
  explicit Beater(BeatHub& hub) : hub_(hub) {}

  // A listener that has not taken the last beat gets no new one.
  void beat(const wire::Heartbeat& beat) {
    std::lock_guard lock(mutex_);
    if (writing_) return;
    beat_ = beat;
    writing_ = write(&beat_);
  }
  void OnWriteDone(bool ok) override {
    auto self = shared_from_this();
    std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) end({grpc::StatusCode::CANCELLED, "the listener left"});
  }
  void OnCancel() override {
    auto self = shared_from_this();
    end({grpc::StatusCode::CANCELLED, "the listener left"});
  }
  void OnDone() override { hub_.forget(this); }

 private:
  BeatHub& hub_;
  bool writing_ = false;
  wire::Heartbeat beat_;
};

BeatHub::BeatHub(MakeBeat make_beat) : make_beat_(std::move(make_beat)), thread_([this] { loop(); }) {}

BeatHub::~BeatHub() {
  close();
  thread_.join();
}

grpc::ServerWriteReactor<wire::Heartbeat>* BeatHub::open() {
  auto beater = std::make_shared<Beater>(*this);
  bool closed;
  {
    std::lock_guard lock(mutex_);
    beaters_[beater.get()] = beater;
    closed = closed_;
    changed_.notify_all();  // the first beat comes at once
  }
  if (closed) beater->end(shutting_down());
  return beater.get();
}

void BeatHub::loop() {
  for (size_t known = 0;;) {
    std::vector<std::shared_ptr<Beater>> listeners;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kBeatEvery, [&] { return closed_ || beaters_.size() > known; });
      if (closed_) return;
      known = beaters_.size();
      for (const auto& [key, beater] : beaters_) listeners.push_back(beater);
    }
    if (listeners.empty()) continue;
    const wire::Heartbeat beat = make_beat_();
    for (const auto& listener : listeners) listener->beat(beat);
  }
}

void BeatHub::forget(Beater* beater) {
  std::shared_ptr<Beater> last;
  std::lock_guard lock(mutex_);
  if (const auto it = beaters_.find(beater); it != beaters_.end()) {
    last = std::move(it->second);
    beaters_.erase(it);
  }
}

void BeatHub::close() {
  std::vector<std::shared_ptr<Beater>> open;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    for (const auto& [key, beater] : beaters_) open.push_back(beater);
  }
  for (const auto& beater : open) beater->end(shutting_down());
}

size_t BeatHub::open_streams() const {
  std::lock_guard lock(mutex_);
  return beaters_.size();
}

}  // namespace fedllm::node
