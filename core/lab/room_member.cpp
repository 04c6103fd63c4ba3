#include "lab/room_member.h"

#include <unistd.h>

#include <algorithm>

#include "lab/member_life.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.room_member";
constexpr size_t kLongestName = 64;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] ? name : "member";
}

class Member final : public RoomMember {
 public:
  Member(const MemberTools& tools, const MemberOptions& options, MembershipStore store) : life_(tools, options,
      std::move(store)) {}
  void begin() { life_.begin(); }
  const std::string& id() const override { return life_.id(); }
  wire::Membership state() const override { return life_.state(); }
  uint64_t subscribe(std::function<void()> changed) override { return life_.subscribe(std::move(changed)); }
  void unsubscribe(uint64_t token) override { life_.unsubscribe(token); }
  Status set_data(const std::vector<std::string>& files, const std::string& format, const ColumnMap& columns) override {
    return life_.set_data({files, format, columns});
  }
  Status consent(bool yes, bool tell_labels) override { return life_.consent(yes, tell_labels); }
  void pause(bool on) override { life_.pause(on); }
  void set_limits(double upload_cap_mbit_s, bool gentle) override { life_.set_limits(upload_cap_mbit_s, gentle); }
  Status run_alone() override { return life_.run_alone(); }
  void leave() override { life_.leave(); }
  Status wait() override { return life_.wait(); }
  std::optional<std::string> summary_json() const override { return life_.summary_json(); }

 private:
  MemberLife life_;
};

}  // namespace

Result<std::unique_ptr<RoomMember>> RoomMember::start(const MemberTools& tools, const MemberOptions& options) {
  MemberOptions own = options;
  own.name = shown_text(own.name.empty() ? host_name() : own.name, kLongestName);
  if (own.slot < -1 || own.slot >= node::kMostSlots)
    return invalid_argument("expected a slot from 0 to " + std::to_string(node::kMostSlots - 1) + ", got " +
        std::to_string(own.slot), kWhere);
  FEDLLM_ASSIGN_OR_RETURN(MembershipStore store, MembershipStore::open(tools.paths.home, own.ticket.authority));
  auto member = std::make_unique<Member>(tools, own, std::move(store));
  member->begin();
  return std::unique_ptr<RoomMember>(std::move(member));
}

Status RoomMember::forget(const std::string& home, const std::string& membership) { return MembershipStore::forget(home,
    membership); }

// --- what MemberLife offers to other threads ---

bool MemberLife::ending() const {
  std::lock_guard lock(mutex_);
  return quit_ || leave_;
}

bool MemberLife::nap(double seconds) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return quit_ || leave_; });
  return !quit_ && !leave_;
}

std::shared_ptr<MemberLink> MemberLife::link() const {
  std::lock_guard lock(mutex_);
  return link_;
}
std::shared_ptr<MemberRun> MemberLife::run() const {
  std::lock_guard lock(mutex_);
  return run_;
}

void MemberLife::show(const std::string& state, const std::string& sentence) {
  {
    std::lock_guard lock(mutex_);
    shown_.set_state(state);
    shown_.set_sentence(sentence);
    wake_.notify_all();
  }
  changed();
}

void MemberLife::changed() {
  std::lock_guard lock(listeners_mutex_);
  for (const auto& [token, listener] : listeners_) listener();
}

uint64_t MemberLife::subscribe(std::function<void()> changed) {
  std::lock_guard lock(listeners_mutex_);
  listeners_[next_token_] = std::move(changed);
  return next_token_++;
}
void MemberLife::unsubscribe(uint64_t token) {
  std::lock_guard lock(listeners_mutex_);
  listeners_.erase(token);
}

wire::Membership MemberLife::state() const {
  wire::Membership now;
  std::shared_ptr<MemberRun> active, past;
  bool paused = false;
  {
    std::lock_guard lock(mutex_);
    now = shown_;
    active = run_;
    past = past_run_;
    paused = paused_;
    now.set_slot(slot_);
  }
  if (active && now.state() != "reconnecting") {
    const MemberRunState run = active->state();
    now.set_state(paused ? "paused" : run.state);
    if (run.round > 0) now.set_round(run.round);
  }
  if (active || past) *now.mutable_card() = (active ? active : past)->card();
  const node::LeftCount left = meter_.count();
  now.mutable_left()->set_update_bytes(left.update_bytes);
  now.mutable_left()->set_numbers(left.numbers);
  now.mutable_left()->set_text_bytes(left.text_bytes);
  now.mutable_left()->set_label_counts(left.label_counts);
  now.mutable_left()->set_wire_bytes(left.uplink_wire);
  now.set_upload_cap_mbit_s(pace_.mbit_s());
  now.set_gentle(gentle_);
  return now;
}

Status MemberLife::set_data(DataChoice choice) {
  std::lock_guard lock(mutex_);
  if (shown_.state() != "mapping" && shown_.state() != "consenting")
    return failed_precondition("data can be chosen before consent is given; this membership is " + shown_.state(), kWhere);
  if (choice.format.empty()) choice.format = "auto";
  new_data_ = std::move(choice);
  wake_.notify_all();
  return {};
}

Status MemberLife::consent(bool yes, bool tell_labels) {
  std::lock_guard lock(mutex_);
  if (shown_.state() != "consenting")
    return failed_precondition("nobody waits for consent; this membership is " + shown_.state(), kWhere);
  tell_labels_ = tell_labels;
  answer_ = yes;
  wake_.notify_all();
  return {};
}

void MemberLife::pause(bool on) {
  std::shared_ptr<MemberRun> active;
  {
    std::lock_guard lock(mutex_);
    paused_ = on;
    active = run_;
  }
  if (active) active->pause(on);
  changed();
}

void MemberLife::set_limits(double upload_cap_mbit_s, bool gentle) {
  pace_.set_mbit_s(upload_cap_mbit_s);
  gentle_ = gentle;
  if (const auto active = run()) active->set_gentle(gentle);
  changed();
}

Status MemberLife::run_alone() {
  std::thread before;
  {
    std::lock_guard lock(mutex_);
    if (!past_run_) return failed_precondition("\"alone\" can be trained once a run is over", kWhere);
    if (alone_running_) return {};
    alone_running_ = true;
    stop_alone_.clear();
    before = std::move(alone_);
  }
  if (before.joinable()) before.join();
  std::lock_guard lock(mutex_);
  alone_ = std::thread([this, past = past_run_] {
    const Status trained = past->train_alone(stop_alone_, [this](double) {});
    {
      std::lock_guard lock(mutex_);
      alone_running_ = false;
      if (!trained.ok() && trained.code() != Code::cancelled) shown_.set_sentence("training alone failed: " + trained.message());
    }
    changed();
  });
  return {};
}

void MemberLife::leave() {
  {
    std::lock_guard lock(mutex_);
    leave_ = true;
    wake_.notify_all();
  }
  stop_.request();
  door_.close();
}

Status MemberLife::wait() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return run_ended_ || life_over_ || quit_; });
  if (run_ended_) {
    if (run_state_ == ledger::RunState::done) return {};
    return internal_error(run_error_.empty() ? "the run failed" : run_error_, kWhere);
  }
  if (life_over_ && leave_) return {};
  return life_over_ ? end_ : cancelled("the membership ends", kWhere);
}

std::optional<std::string> MemberLife::summary_json() const {
  std::lock_guard lock(mutex_);
  return summary_;
}

}  // namespace fedllm::lab
