// The control service's two endless streams. WatchHub: a run's events, history in batches of kWatchBatch, then live as
// they are committed; the ledger is the buffer, so a slow reader costs nothing but its own delay. BeatHub: one heartbeat
// a second to everybody who listens. Reading happens on the pool; gRPC's threads never block. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "ledger/ledger.h"
#include "node/worker_pool.h"
#include "wire/control.pb.h"

namespace fedllm::node {

inline constexpr size_t kWatchBatch = 500;

class Watcher;
class WatchHub {
 public:
  WatchHub(ledger::Ledger& ledger, WorkerPool& pool);
  ~WatchHub();
  grpc::ServerWriteReactor<wire::EventBatch>* open(const wire::WatchRequest& request);
  void close();  // ends every stream with UNAVAILABLE
  size_t open_streams() const;

 private:
  friend class Watcher;
  void poke(const std::string& run);
  void forget(Watcher* watcher);

  ledger::Ledger& ledger_;
  WorkerPool& pool_;
  uint64_t subscription_;
  mutable std::mutex mutex_;
  std::map<Watcher*, std::shared_ptr<Watcher>> watchers_;
  bool closed_ = false;
};

class Beater;
class BeatHub {
 public:
  using MakeBeat = std::function<wire::Heartbeat()>;
  explicit BeatHub(MakeBeat make_beat);
  ~BeatHub();
  grpc::ServerWriteReactor<wire::Heartbeat>* open();
  void close();
  size_t open_streams() const;

 private:
  friend class Beater;
  void loop();
  void forget(Beater* beater);

  const MakeBeat make_beat_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Beater*, std::shared_ptr<Beater>> beaters_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace fedllm::node
