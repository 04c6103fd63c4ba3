// The Lab's two endless streams. WatchStreams: the state of the lab; BrowseStreams: the rooms that the network shows. Each
// keeps at most one message for a reader that lags. Thread-safe; close() ends every stream, later ones at once.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "lab/lab_book.h"
#include "lab/outlet.h"
#include "net/discovery.h"

namespace fedllm::lab {

inline grpc::Status core_ends() { return {grpc::StatusCode::UNAVAILABLE, "the core is shutting down"}; }

class WatchStreams {
 public:
  explicit WatchStreams(LabBook& book);
  ~WatchStreams();
  grpc::ServerWriteReactor<wire::LabState>* open(grpc::CallbackServerContext* context);
  void close();
  bool any() const;

 private:
  struct Watcher {
    std::shared_ptr<Outlet<wire::LabState>> outlet;
    std::string sent;   // the last state without its time
    double sent_s = 0;
  };
  void loop();
  void tell(Watcher& watcher, const wire::LabState& state, const std::string& bytes, double now_s) const;

  LabBook& book_;
  SystemClock clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Watcher> watchers_;
  bool closed_ = false, newcomer_ = false;
  std::thread thread_;
};

class BrowseStreams {
 public:
  explicit BrowseStreams(std::string home) : home_(std::move(home)) {}
  ~BrowseStreams() { close(); }
  grpc::ServerWriteReactor<wire::FoundRooms>* open(grpc::CallbackServerContext* context);
  // May wait for the browser's thread, so not on gRPC's: starts it for the first stream, ends it after the last. False
  // when nobody browses.
  bool tend();
  void close();

 private:
  void found(const std::vector<net::SeenRoom>& rooms, const std::string& problem);

  const std::string home_;
  std::mutex mutex_;   // of the streams
  std::vector<std::shared_ptr<Outlet<wire::FoundRooms>>> outlets_;
  wire::FoundRooms last_;
  bool closed_ = false, looked_ = false;
  std::mutex browser_mutex_;
  std::unique_ptr<net::RoomBrowser> browser_;
};

}  // namespace fedllm::lab
