// MemberLife while it takes part: what the room says, the run it is called to, and the beat that tells the host it is here.
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "lab/member_life.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.room_member";
constexpr size_t kMostTold = 20'000, kMostToldBytes = 16 << 20, kMostReason = 512;  // waiting for this machine to be ready
constexpr double kBeat_s = 1.5, kAttachAgain_s = 0.3, kUnheard_s = 5;
constexpr int kBeatsMissed = 2;
constexpr uint64_t kMostAdapter = uint64_t{4} << 30;
constexpr int64_t kLatestClock_ms = int64_t{1} << 50;

uint64_t rss_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool is_run_id(const std::string& run) {
  return !run.empty() && run.size() <= 64 && std::all_of(run.begin(), run.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

}  // namespace

// On gRPC's thread.
void MemberLife::on_notice(const wire::RoomNotice& notice) {
  {
    std::lock_guard lock(mutex_);
    shown_.set_host_seen_ms(clock_.unix_ms());
    if (notice.has_phase()) phase_ = notice.phase().phase();
    if (notice.has_phase() && !run_ && shown_.state() == "ready") shown_.set_sentence(shown_text(notice.phase().sentence(),
        kMostReason));
    if (notice.has_run()) call_ = notice.run();
    if (notice.notice_case() == wire::RoomNotice::kSlot && notice.slot() < node::kMostSlots && !run_) {
      slot_ = std::max(-1, notice.slot());
      shown_.set_slot(slot_);
    }
    if (notice.has_event() && told_.size() < kMostTold && told_bytes_ + notice.event().ByteSizeLong() <= kMostToldBytes) {
      told_bytes_ += notice.event().ByteSizeLong();
      told_.push_back(notice.event());
    }
    if (!notice.removed().empty()) removed_ = shown_text(notice.removed(), kMostReason);
    if (!notice.closed().empty()) closed_ = shown_text(notice.closed(), kMostReason);
    wake_.notify_all();
  }
  if (notice.has_phase() || notice.notice_case() == wire::RoomNotice::kSlot) changed();
}

Status MemberLife::serve() {
  for (;;) {
    std::optional<wire::RunCall> call;
    std::deque<wire::LedgerEvent> told;
    bool broken = false, over = false, attached = false;
    Status why;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::milliseconds(200), [this] {
        return quit_ || leave_ || broken_ || call_ || !told_.empty() || !removed_.empty() || !closed_.empty();
      });
      call = std::move(call_);
      call_.reset();
      told.swap(told_);
      told_bytes_ = 0;
      broken = broken_;
      over = quit_ || leave_ || !removed_.empty() || !closed_.empty();
      attached = run_attached_;
      why = why_over();
    }
    // A call first: the events behind it are of its run.
    if (call) FEDLLM_RETURN_IF_ERROR(begin_run(*call));
    if (const auto active = run()) {
      for (const wire::LedgerEvent& event : told) active->tell(event);
      const MemberRunState state = active->state();
      if (state.over) FEDLLM_RETURN_IF_ERROR(end_run(state.outcome, state.error));
      else if (!over && !broken && (!attached || state.lost)) attach_run();
      if (!over && !broken && ended_without_us(state)) {
        FEDLLM_RETURN_IF_ERROR(end_run(state.whole ? ledger::RunState::done : ledger::RunState::failed,
                                       state.whole ? "" : "the run ended while this machine was away"));
      }
    }
    if (over) return end_serving(why);
    if (broken) {
      show("reconnecting", "the connection to the host broke");
      FEDLLM_RETURN_IF_ERROR(reconnect());
      const Status placed = with_link([this] { return take_place(); });
      // While its run goes on a member has its place already.
      if (!placed.ok() && !run()) return placed;
    }
  }
}

// The room's run is over, and for a while nobody has said how it ended.
bool MemberLife::ended_without_us(const MemberRunState& state) {
  bool gone = false;
  {
    std::lock_guard lock(mutex_);
    gone = run_ && !run_attached_ && !state.over && (phase_ == "ended" || phase_ == "gathering");
  }
  if (!gone) unheard_since_s_ = 0;
  else if (unheard_since_s_ == 0) unheard_since_s_ = clock_.seconds();
  return gone && clock_.seconds() - unheard_since_s_ > kUnheard_s;
}

// The prepared data take another run's slot next.
void MemberLife::end_alone() {
  std::thread before;
  {
    std::lock_guard lock(mutex_);
    past_run_.reset();
    stop_alone_.request();
    before = std::move(alone_);
  }
  if (before.joinable()) before.join();
}

// Quitting leaves the run as it is, to go on later; all else ends this machine's part in it.
Status MemberLife::end_serving(const Status& why) {
  std::unique_lock lock(mutex_);
  const bool quit = quit_ && !leave_;
  const bool well = run_done_ && !closed_.empty() && removed_.empty();
  lock.unlock();
  if (quit) return why;
  FEDLLM_RETURN_IF_ERROR(end_run(ledger::RunState::paused, ""));
  return well ? Status() : why;
}

Status MemberLife::check_call(const wire::RunCall& call) const {
  if (!is_run_id(call.run())) return invalid_argument("the host names a run in a way that no run is named", kWhere);
  const std::string& sha256 = call.scenario_sha256();
  if (sha256.empty() || sha256 == scenario_sha256_ || sha256 == room_.scenario().sha256()) return {};
  return failed_precondition("the host starts another scenario than the one that was consented to", kWhere);
}

Status MemberLife::begin_run(const wire::RunCall& call) {
  FEDLLM_RETURN_IF_ERROR(check_call(call));
  if (const auto active = run()) {
    if (prepared_->row.id == call.run()) {  // after a reconnect
      std::lock_guard lock(mutex_);
      run_attached_ = run_attached_ && !active->state().lost;
      return {};
    }
    FEDLLM_RETURN_IF_ERROR(end_run(ledger::RunState::paused, ""));
  }
  end_alone();
  FEDLLM_RETURN_IF_ERROR(node::take_slot(*prepared_, call.slot(), call.run()));
  std::string base_name = room_.base_model_name();
  if (base_name.starts_with("builtin:")) base_name = base_name.substr(8);
  MemberRunTools tools{tools_.ledger, *backend_, store_, meter_, pace_, [this] { changed(); }};
  MemberRunSetting setting{room_.room(), call.run(), options_.name, base_name, call.slot(), prepared_, tell_labels_};
  FEDLLM_ASSIGN_OR_RETURN(auto made, MemberRun::open(tools, setting));
  made->set_gentle(gentle_);
  {
    std::lock_guard lock(mutex_);
    slot_ = call.slot();
    shown_.set_slot(slot_);
    shown_.set_run(made->id());
    shown_.set_round(0);
    run_ = std::move(made);
    run_attached_ = false;
    run_ended_ = false;
    summary_.reset();
    if (paused_) run_->pause(true);
  }
  show("waiting", "is called to the run");
  attach_run();
  return {};
}

void MemberLife::attach_run() {
  const auto active = run();
  const auto current = link();
  const double now_s = clock_.seconds();
  if (!active || !current || now_s - attached_try_s_ < kAttachAgain_s) return;
  const Status attached = active->attach(current->channel());
  attached_try_s_ = attached.ok() ? 0 : now_s;
  {
    std::lock_guard lock(mutex_);
    run_attached_ = attached.ok();
  }
  show("waiting", attached.ok() ? "takes part in the run" : "the run cannot be joined yet: " + attached.message());
}

Status MemberLife::end_run(ledger::RunState state, const std::string& error) {
  const auto active = run();
  if (!active) return {};
  const Status concluded = active->conclude(state, error, [this](const std::string& sha256) -> Result<std::string> {
    const auto current = link();
    if (!current) return unavailable("the host is gone", kWhere);
    wire::BlobRef ref;
    ref.set_sha256(sha256);
    FEDLLM_ASSIGN_OR_RETURN(const uint64_t bytes, current->size_of(sha256));
    ref.set_bytes(bytes);
    FEDLLM_RETURN_IF_ERROR(current->fetch(blobs_, ref, kMostAdapter, [](uint64_t) {}));
    return blobs_.path(sha256);
  });
  keep_facts();
  {
    std::lock_guard lock(mutex_);
    summary_ = active->summary_json();
    past_run_ = std::move(run_);
    run_.reset();
    run_done_ = state == ledger::RunState::done;
    run_state_ = state;
    run_error_ = error;
    run_ended_ = state != ledger::RunState::paused;
    wake_.notify_all();
  }
  if (state == ledger::RunState::done) show("done", "the run is done; the final adapter is here");
  else if (state == ledger::RunState::failed) show("done", error.empty() ? "the run failed" : error);
  else show("ready", "the run was stopped; waits for the host to go on");
  return concluded;
}

// --- the beat ---

wire::MemberBeat MemberLife::beat_now(double round_trip_s) const {
  const wire::Membership now = state();
  wire::MemberBeat beat;
  const std::string& word = now.state();
  beat.set_state(word == "mapping" || word == "consenting" ? "preparing" : word == "done" ? "ready" : word);
  beat.set_round(now.round());
  beat.set_round_trip_s(round_trip_s);
  beat.set_uplink_mbit_s(meter_.uplink_mbit_s());
  beat.set_downlink_mbit_s(meter_.downlink_mbit_s());
  beat.set_rss_bytes(rss_bytes());
  beat.set_gentle(gentle_);
  beat.set_upload_cap_mbit_s(pace_.mbit_s());
  return beat;
}

void MemberLife::beat() {
  double round_trip_s = 0;
  int missed = 0;
  std::shared_ptr<MemberLink> last;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::duration<double>(kBeat_s), [this] { return quit_ || life_over_; });
      if (quit_ || life_over_) return;
    }
    const auto current = link();
    if (current != last) missed = 0;
    last = current;
    if (!current) continue;
    const auto reply = current->beat(beat_now(round_trip_s), &round_trip_s);
    std::unique_lock lock(mutex_);
    if (reply.ok()) {
      missed = 0;
      const int64_t now_ms = clock_.unix_ms();
      shown_.set_host_seen_ms(now_ms);
      shown_.set_round_trip_s(round_trip_s);
      shown_.set_clock_offset_ms(now_ms - static_cast<int64_t>(500 * round_trip_s) - std::clamp(reply->clock_ms(), int64_t{0}, kLatestClock_ms));
      continue;
    }
    const bool removed = reply.status().code() == Code::permission_denied || reply.status().code() == Code::unauthenticated;
    if (removed) removed_ = reply.status().message();
    if (!removed && ++missed < kBeatsMissed) continue;
    // Whoever waits on the dead connection is told at once instead of after its time-outs.
    broken_ = broken_ || link_ == current;
    wake_.notify_all();
    const auto active = run_;
    lock.unlock();
    current->interrupt();
    if (active) active->detach();
  }
}

}  // namespace fedllm::lab
