// OpenRoom: RoomHost's implementation. One lock guards roll, door keeper, record and phase; gRPC's threads come in through
// RoomDesk, the coordinator through NetworkRun, a ticking thread does what time brings (presence, start, the run's end) and
// tells subscribers. Nothing is called out with the lock held. room_host.cpp: life and commands; room_run.cpp: its run;
// room_desk.cpp: what members ask.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "lab/door_keeper.h"
#include "lab/room_host.h"
#include "lab/room_offer.h"
#include "lab/room_roll.h"
#include "net/authority.h"
#include "net/discovery.h"
#include "net/tls.h"
#include "node/federation_door.h"

namespace fedllm::lab {

class OpenRoom final : public RoomHost, public RoomDesk {
 public:
  OpenRoom(const RoomTools& tools, const RoomOptions& options, std::unique_ptr<RoomOffer> offer,
           std::unique_ptr<net::Authority> authority, std::string folder, RoomRecord record);
  ~OpenRoom() override;
  Status begin();

  const std::string& id() const override { return id_; }
  std::string ticket() const override;
  wire::HostedRoom state() const override;
  uint64_t subscribe(std::function<void()> changed) override;
  void unsubscribe(uint64_t token) override;
  Result<std::string> new_ticket() override;
  Status admit(const std::string& member, bool yes) override;
  Status revoke(const std::string& member) override;
  Status assign(const std::string& member, int slot) override;
  Result<std::string> start() override;
  Status stop_run(bool abandon) override;
  Status pause(bool on) override;
  void close(const std::string& reason) override;

 private:
  enum class Phase { gathering, running, ended };

  // RoomDesk
  void enrol(const wire::EnrolRequest& request, const std::string& address, std::shared_ptr<EnrolOutlet> replies) override;
  Status may_enter(const std::string& member) const override;
  wire::RoomInfo hello(const std::string& member, const wire::MemberHello& hello, const std::string& address) override;
  void attend(const std::string& member, std::shared_ptr<NoticeOutlet> notices) override;
  void gone(const std::string& member, const NoticeOutlet* notices) override;
  wire::ReadyReply ready(const std::string& member, const wire::ReadyRequest& request) override;
  wire::BeatReply beat(const std::string& member, const wire::MemberBeat& beat) override;
  void leave(const std::string& member, const std::string& reason) override;
  void sent_blob(const std::string& member, uint64_t bytes) override;

  // lock held
  wire::EnrolReply let_in(const Knock& knock);
  std::string free_name(const std::string& wanted, const std::string& key) const;
  void keep_member(const MemberRecord& member);
  void keep_room();
  wire::RoomNotice phase_notice() const;
  wire::RoomNotice run_call(int slot) const;
  void tell_all(const wire::RoomNotice& notice);
  bool in_run(int slot) const;
  std::shared_ptr<node::NetworkRun> network_run(const std::vector<int>& places);
  std::string sentence() const;
  std::string slots_fixed() const;   // why they are; empty: they can be given
  void give_slot(RollEntry& member, int slot);
  // Who left during a run keeps its slot until the run is over or somebody else needs it.
  void take_from_leavers(int slot, const RollEntry& taker);
  bool may_take_up_run() const;
  int64_t now_ms() const { return clock_.unix_ms(); }

  void tick();
  void look_at_run();
  Status take_up_run();
  void remember_run();
  void catch_up(RollEntry& member);
  std::vector<int> ready_slots() const;
  void renew_ticket();
  // no lock held
  void announce();
  void count_traffic();   // the ticking thread
  void say_goodbye(const std::string& reason);
  void forward(const ledger::Event& event);   // any thread
  void notify();

  const RoomTools tools_;
  const RoomOptions options_;
  const std::unique_ptr<RoomOffer> offer_;
  const std::unique_ptr<net::Authority> authority_;
  const std::string folder_, id_;
  SystemClock clock_;

  mutable std::mutex mutex_;
  RoomRecord record_;
  RoomRoll roll_;
  DoorKeeper keeper_;
  Phase phase_ = Phase::gathering;
  std::string trouble_;       // the last problem, shown until something changes
  std::string run_word_;      // what the run said last that is not as planned, until it goes on
  std::string announced_ = "not announced";
  bool closing_ = false, starting_ = false, started_by_itself_ = false;
  int64_t try_again_ms_ = 0;
  std::vector<net::Address> addresses_;
  std::vector<wire::RoomNotice> told_;  // global events of the run, for those who come back

  std::mutex subscribers_mutex_;
  std::map<uint64_t, std::function<void()>> subscribers_;
  uint64_t next_token_ = 1;

  node::FederationDoor door_;
  RoomService service_;
  std::unique_ptr<net::RoomServer> server_;
  std::unique_ptr<net::RoomAnnouncement> announcement_;
  std::string counted_run_;   // count_traffic()'s
  uint64_t counted_ = 1;
  std::condition_variable wake_;
  std::thread ticker_, warmer_;  // warmer_: opens the backend while members come
};

}  // namespace fedllm::lab
