// MemberLife: the thread of a RoomMember, from the ticket to the end, and what its face (room_member.cpp) shares with it.
// One mutex guards everything below `// shared`; it is never held while calling out.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "lab/member_data.h"
#include "lab/member_door.h"
#include "lab/member_run.h"
#include "lab/room_member.h"

namespace fedllm::lab {

class MemberLife {
 public:
  MemberLife(const MemberTools& tools, const MemberOptions& options, MembershipStore store);
  ~MemberLife();
  void begin();

  wire::Membership state() const;
  uint64_t subscribe(std::function<void()> changed);
  void unsubscribe(uint64_t token);
  Status set_data(DataChoice choice);
  Status consent(bool yes, bool tell_labels);
  void pause(bool on);
  void set_limits(double upload_cap_mbit_s, bool gentle);
  Status run_alone();
  void leave();
  Status wait();
  std::optional<std::string> summary_json() const;
  const std::string& id() const { return store_.id(); }

 private:
  // --- the life thread (member_life.cpp) ---
  void live();
  Status go();
  Status connect();     // the first time
  Status reconnect();   // until it stands again
  Status arrive(OpenedDoor opened);
  Status with_link(const std::function<Status()>& work);  // again after a broken link
  Status fetch();
  Status fetch_blobs(const wire::RoomInfo& room);
  Status choose_data();
  Status look();
  Status ask();
  Status take_shard();
  Status prepare();
  Status take_place();
  wire::ReadyRequest ready_request() const;
  // --- taking part (member_serve.cpp) ---
  Status serve();
  Status begin_run(const wire::RunCall& call);
  void attach_run();
  Status end_run(ledger::RunState state, const std::string& error);
  Status end_serving(const Status& why);
  void end_alone();
  bool ended_without_us(const MemberRunState& state);
  Status check_call(const wire::RunCall& call) const;
  void on_notice(const wire::RoomNotice& notice);
  void beat();
  wire::MemberBeat beat_now(double round_trip_s) const;

  Status why_over() const;        // mutex_ held
  void show(const std::string& state, const std::string& sentence);
  void changed();
  bool ending() const;            // quit or leave
  bool nap(double seconds);       // false: ending
  void keep_facts();
  std::shared_ptr<MemberLink> link() const;
  std::shared_ptr<MemberRun> run() const;

  const MemberTools tools_;
  MemberOptions options_;  // life thread only, but for what has a twin below
  MembershipStore store_;
  node::LeftMeter meter_;
  node::UploadPace pace_;
  MemberDoor door_;
  BlobStore blobs_;
  StopFlag stop_;
  std::atomic<bool> gentle_{false};
  std::thread life_, beats_, alone_, warmer_;

  // life thread only
  RoomWish wish_;
  wire::RoomInfo room_;
  std::optional<LookedAt> looked_;
  std::shared_ptr<node::PreparedRun> prepared_;
  train::Backend* backend_ = nullptr;
  std::string scenario_sha256_;
  double attached_try_s_ = 0, unheard_since_s_ = 0;
  SystemClock clock_;

  mutable std::mutex mutex_;  // shared
  std::condition_variable wake_;
  wire::Membership shown_;
  std::shared_ptr<MemberLink> link_;
  bool broken_ = false, quit_ = false, leave_ = false, paused_ = false, run_attached_ = false, life_over_ = false,
      run_done_ = false;
  bool alone_running_ = false, run_ended_ = false;
  ledger::RunState run_state_ = ledger::RunState::running;
  std::string run_error_;
  StopFlag stop_alone_;
  int slot_ = -1;
  std::optional<DataChoice> new_data_;
  std::optional<bool> answer_;
  bool tell_labels_ = false;
  std::string removed_, closed_;
  std::optional<wire::RunCall> call_;
  std::string phase_;
  std::deque<wire::LedgerEvent> told_;
  size_t told_bytes_ = 0;
  std::shared_ptr<MemberRun> run_, past_run_;  // past_run_: concluded, for its card
  Status end_;
  std::optional<std::string> summary_;

  std::mutex listeners_mutex_;
  std::map<uint64_t, std::function<void()>> listeners_;
  uint64_t next_token_ = 1;
};

}  // namespace fedllm::lab
