// The run of an open room: started, taken up again, told to its members.
#include <algorithm>

#include "lab/member_events.h"
#include "lab/open_room.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.room_host";
constexpr size_t kMostTold = 20'000;
constexpr size_t kBatch = 500, kMostCounted = 5000;   // events read at once; in one tick

bool is_last(const std::string& kind) { return kind == "done" || kind == "failed" || kind == "stopped"; }

// A member sees what everybody may see.
wire::RoomNotice notice_of(const ledger::Event& event) {
  wire::RoomNotice notice;
  wire::LedgerEvent& told = *notice.mutable_event();
  told.set_run(event.run);
  told.set_kind(event.kind);
  if (event.round) told.set_round(*event.round);
  for (const auto& [key, value] : event.metrics) {
    wire::LedgerMetric* metric = told.add_metrics();
    metric->set_key(key);
    metric->set_value(value);
  }
  told.set_detail(event.detail);
  return notice;
}

}  // namespace

bool OpenRoom::may_take_up_run() const {
  if (record_.run.empty()) return false;
  const auto row = tools_.ledger.run(record_.run);
  return row.ok() && (row->state == ledger::RunState::interrupted || row->state == ledger::RunState::paused);
}

void OpenRoom::look_at_run() {
  if (phase_ != Phase::running || starting_ || tools_.runs.busy(record_.run)) return;
  phase_ = Phase::ended;
  // On a full disk the ledger may not hold how it ended.
  if (const auto outcome = tools_.runs.outcome(record_.run); outcome && !outcome->error.empty()) trouble_ = outcome->error;
  if (!may_take_up_run())
    for (RollEntry& one : roll_.entries())
      if (one.left && one.record.slot >= 0) give_slot(one, -1);
  tell_all(phase_notice());
}

std::shared_ptr<node::NetworkRun> OpenRoom::network_run(const std::vector<int>& places) {
  auto network = std::make_shared<node::NetworkRun>();
  network->room = id_;
  network->room_name = options_.name;
  network->allow_program = options_.allow_program;
  for (const int slot : places) {
    const RollEntry* member = roll_.in_slot(slot);
    if (member) network->members.push_back({slot, member->record.name, member->record.examples, member->record.test_examples});
  }
  network->door = &door_;
  network->tell = [this](const ledger::Event& event) { forward(event); };
  network->present = [this](int slot) {
    std::lock_guard lock(mutex_);
    const RollEntry* member = roll_.in_slot(slot);
    return member && member->connected(now_ms());
  };
  network->wire = [this] { return server_->bytes(); };
  return network;
}

std::vector<int> OpenRoom::ready_slots() const {
  std::vector<int> places;
  for (const RollEntry& member : roll_.entries())
    if (member.ready && member.connected(now_ms())) places.push_back(member.record.slot);
  std::sort(places.begin(), places.end());
  return places;
}

// The members are called before the first event of the run is told, whatever the run's own thread has done by then.
Result<std::string> OpenRoom::start() {
  std::vector<int> before;
  node::StartOptions options;
  {
    std::lock_guard lock(mutex_);
    if (closing_) return failed_precondition("the room is closing", kWhere);
    if (phase_ == Phase::running || starting_) return failed_precondition("run " + record_.run + " is going on in this room", kWhere);
    const std::vector<int> places = ready_slots();
    if (places.empty()) return failed_precondition("nobody is ready: a run needs at least one member with data who has consented", kWhere);
    before = std::exchange(record_.run_slots, places);
    ++record_.runs;
    keep_room();  // this number is never given again, even after a crash
    options = {offer_->scenario_json(), options_.base_dir, "", "room:" + id_ + ":" + std::to_string(record_.runs), 0, true, network_run(places)};
    told_.clear();
    for (RollEntry& member : roll_.entries()) member.heard = 0, member.called = false;
    starting_ = true;
  }
  const Result<ledger::RunRow> row = tools_.runs.start(options);
  std::lock_guard lock(mutex_);
  starting_ = false;
  wake_.notify_all();
  if (!row.ok()) {
    record_.run_slots = before;
    return row.status();
  }
  record_.run = row->id;
  keep_room();
  phase_ = Phase::running;
  trouble_.clear();
  for (RollEntry& member : roll_.entries()) catch_up(member);
  tell_all(phase_notice());
  return row->id;
}

// What an earlier session of this room told, and how its run ended.
void OpenRoom::remember_run() {
  if (record_.run.empty()) return;
  for (uint64_t from = 1; told_.size() < kMostTold;) {
    const auto events = tools_.ledger.events(record_.run, from, kBatch);
    if (!events.ok() || events->empty()) break;
    from = events->back().seq + 1;
    for (const ledger::Event& event : *events)
      if (!event.client) told_.push_back(notice_of(event));
  }
  for (RollEntry& member : roll_.entries()) member.heard = told_.size();
}

// The run that a crash interrupted goes on; its members find their way back by themselves.
Status OpenRoom::take_up_run() {
  if (record_.run.empty()) return {};
  const auto row = tools_.ledger.run(record_.run);
  if (!row.ok() || row->state == ledger::RunState::done || row->state == ledger::RunState::failed) return {};
  if (row->scenario_json != offer_->scenario_json()) return {};   // opened with another scenario: a new run
  FEDLLM_RETURN_IF_ERROR(tools_.runs.resume(record_.run, 0, network_run(record_.run_slots)).status());
  phase_ = Phase::running;
  trouble_.clear();
  started_by_itself_ = true;
  for (RollEntry& member : roll_.entries()) {
    member.called = false;
    catch_up(member);
  }
  return {};
}

Status OpenRoom::stop_run(bool abandon) {
  std::string run;
  {
    std::lock_guard lock(mutex_);
    if (phase_ != Phase::running) return failed_precondition("no run is going on in this room", kWhere);
    run = record_.run;
  }
  return tools_.runs.stop(run, abandon).status();
}

// A run that was stopped and saved goes on too.
Status OpenRoom::pause(bool on) {
  std::string run;
  std::shared_ptr<node::NetworkRun> network;
  {
    std::lock_guard lock(mutex_);
    if (phase_ == Phase::ended && !on && !closing_) return take_up_run();
    if (phase_ != Phase::running) return failed_precondition("no run is going on in this room", kWhere);
    run = record_.run;
    network = network_run(record_.run_slots);
  }
  return on ? tools_.runs.pause(run).status() : tools_.runs.resume(run, 0, network).status();
}

void OpenRoom::forward(const ledger::Event& event) {
  wire::RoomNotice notice = notice_of(event);
  // Whoever missed the last version fetches the final adapter; it is there before its hash is told.
  if (event.kind == "done")
    (void)BlobShelf(offer_->shelf()).offer_file("adapter", tools_.ledger.run_dir(event.run) + "/adapter/adapter_model.safetensors");
  std::lock_guard lock(mutex_);
  // A round that begins with new people or is through says that the run goes on.
  if (event.kind == "warning") run_word_ = message_of(event);
  else if (event.kind == "round_started" || event.kind == "round_committed") run_word_.clear();
  if (told_.size() < kMostTold || is_last(event.kind)) told_.push_back(std::move(notice));
  if (starting_) return;
  for (RollEntry& member : roll_.entries()) catch_up(member);
}

// What each member's updates and versions took, from the run's own record.
void OpenRoom::count_traffic() {
  std::string run;
  {
    std::lock_guard lock(mutex_);
    run = record_.run;
    if (phase_ == Phase::gathering || starting_ || run.empty()) return;
  }
  if (std::exchange(counted_run_, run) != run) counted_ = 1;
  const auto events = tools_.ledger.events(run, counted_, kMostCounted);
  if (!events.ok() || events->empty()) return;
  counted_ = events->back().seq + 1;
  std::lock_guard lock(mutex_);
  for (const ledger::Event& event : *events) {
    RollEntry* member = event.client ? roll_.in_slot(*event.client) : nullptr;
    if (!member) continue;
    for (const auto& [key, value] : event.metrics) {
      if (key == "uplink_payload_bytes") member->sent_updates += static_cast<int64_t>(value);
      if (key == "downlink_payload_bytes") member->received_versions += static_cast<int64_t>(value);
    }
  }
}

// Calls a member that has not heard of the run in this stream of notices, then tells what it has not heard of.
void OpenRoom::catch_up(RollEntry& member) {
  if (!member.notices || !in_run(member.record.slot) || starting_) return;
  if (phase_ == Phase::running && !member.called) {
    member.notices->send(run_call(member.record.slot));
    member.called = true;
  }
  while (member.heard < told_.size()) member.notices->send(told_[member.heard++]);
}

}  // namespace fedllm::lab
