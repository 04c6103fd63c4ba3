#include "joined_room.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "lab/lab_client.h"
#include "node/wire_events.h"

namespace fedllm::app {
namespace {

constexpr const char* kWhere = "join";
constexpr size_t kBatch = 500;

class JoinedHere final : public JoinedRoom {
 public:
  JoinedHere(HomeOwner owner, std::unique_ptr<ledger::Ledger> ledger) : owner_(std::move(owner)), ledger_(std::move(ledger)) {}
  ~JoinedHere() override {
    if (!waiter_.joinable()) return;
    member_->leave();
    waiter_.join();
  }
  Status open(const HomePaths& paths, const lab::MemberOptions& options) {
    FEDLLM_ASSIGN_OR_RETURN(member_, lab::RoomMember::start({*ledger_, train::open_backend, paths, FEDLLM_VERSION}, options));
    waiter_ = std::thread([this] {
      Status end = member_->wait();
      std::lock_guard lock(mutex_);
      outcome_ = std::move(end);
      over_.notify_all();
    });
    return {};
  }
  Result<wire::Membership> state() override { return member_->state(); }
  Status consent(bool yes, bool tell_labels) override { return member_->consent(yes, tell_labels); }
  void leave() override { member_->leave(); }
  Result<ledger::RunRow> run(const std::string& run) override { return ledger_->run(run); }
  Result<std::vector<ledger::Event>> events(const std::string& run, uint64_t from) override {
    return ledger_->events(run, from, kBatch);
  }
  std::optional<Status> wait(double seconds) override {
    std::unique_lock lock(mutex_);
    over_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return outcome_.has_value(); });
    return outcome_;
  }

 private:
  const HomeOwner owner_;
  const std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<lab::RoomMember> member_;
  std::mutex mutex_;
  std::condition_variable over_;
  std::optional<Status> outcome_;
  std::thread waiter_;
};

wire::JoinRoomRequest request_of(const lab::MemberOptions& options) {
  wire::JoinRoomRequest request;
  request.set_ticket(options.ticket.text());
  for (const std::string& file : options.files) request.add_files(file);
  request.set_format(options.format);
  request.mutable_columns()->insert(options.columns.begin(), options.columns.end());
  request.set_slot(options.slot);
  request.set_name(options.name);
  request.set_consent(options.consent);
  request.set_tell_labels(options.tell_labels);
  request.set_settled(options.settled);
  request.set_upload_cap_mbit_s(options.upload_cap_mbit_s);
  request.set_gentle(options.gentle);
  return request;
}

class JoinedThere final : public JoinedRoom {
 public:
  JoinedThere(HomeOwner owner, const HomePaths& paths) : owner_(std::move(owner)), lab_(paths) {}

  Status open(const lab::MemberOptions& options) {
    FEDLLM_ASSIGN_OR_RETURN(const wire::Membership now, lab_.join(request_of(options)));
    id_ = now.membership();
    rests_ = now.state() == "done";  // it was here before, and its run is over: the next one is meant
    if (options.files.empty() || std::equal(now.files().begin(), now.files().end(), options.files.begin(), options.files.end())) return {};
    if (now.state() != "mapping" && now.state() != "consenting")
      return failed_precondition("this home takes part in the room already, with other data; leave it first, on the Lab page", kWhere);
    wire::MembershipCommand command = command_of(wire::MembershipCommand::SET_DATA);
    for (const std::string& file : options.files) command.add_files(file);
    command.set_format(options.format);
    command.mutable_columns()->insert(options.columns.begin(), options.columns.end());
    return lab_.command(command);
  }
  Result<wire::Membership> state() override { return lab_.membership(id_); }
  Status consent(bool yes, bool tell_labels) override {
    wire::MembershipCommand command = command_of(yes ? wire::MembershipCommand::CONSENT : wire::MembershipCommand::DECLINE);
    command.set_tell_labels(tell_labels);
    return lab_.command(command);
  }
  void leave() override { (void)lab_.command(command_of(wire::MembershipCommand::LEAVE)); }
  Result<ledger::RunRow> run(const std::string& run) override {
    FEDLLM_ASSIGN_OR_RETURN(const wire::RunInfo info, owner_.core->get_run(run));
    return row_of(info);
  }
  Result<std::vector<ledger::Event>> events(const std::string& run, uint64_t from) override {
    std::vector<ledger::Event> events;
    FEDLLM_RETURN_IF_ERROR(owner_.core->watch(run, from, [&](const wire::EventBatch& batch) {
      for (const wire::Event& event : batch.events()) events.push_back(node::from_wire(event, run));
      return !batch.live();
    }));
    return events;
  }
  std::optional<Status> wait(double seconds) override {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    const auto now = lab_.membership(id_);
    if (now.status().code() == Code::unavailable)
      return unavailable("the core went away; to go on, join again with the same ticket", kWhere);
    if (!now.ok()) return now.status();
    rests_ = rests_ && now->state() == "done";
    if (now->state() == "refused") return failed_precondition(now->sentence(), kWhere);
    if (now->state() == "left") return Status();
    if (now->state() != "done" || rests_) return std::nullopt;
    return end_of(now->run());
  }

 private:
  wire::MembershipCommand command_of(wire::MembershipCommand::Kind kind) const {
    wire::MembershipCommand command;
    command.set_membership(id_);
    command.set_kind(kind);
    return command;
  }
  Status end_of(const std::string& id) {
    FEDLLM_ASSIGN_OR_RETURN(const ledger::RunRow row, run(id));
    if (row.state == ledger::RunState::done) return {};
    return internal_error(row.error.empty() ? "the run failed" : row.error, kWhere);
  }

  const HomeOwner owner_;
  lab::LabClient lab_;
  std::string id_;
  bool rests_ = false;
};

}  // namespace

Result<std::unique_ptr<JoinedRoom>> join_room(const HomePaths& paths, const lab::MemberOptions& options) {
  auto owner = open_owner(paths, "join");
  if (owner.status().code() == Code::failed_precondition)
    return failed_precondition(owner.status().message() + "; wait for its end, or give another --home", kWhere);
  FEDLLM_RETURN_IF_ERROR(owner.status());
  if (owner->core) {
    auto room = std::make_unique<JoinedThere>(std::move(owner).value(), paths);
    FEDLLM_RETURN_IF_ERROR(room->open(options));
    return std::unique_ptr<JoinedRoom>(std::move(room));
  }
  FEDLLM_ASSIGN_OR_RETURN(auto ledger, ledger::Ledger::open({paths.ledger_dir, paths.home, false, nullptr}));
  FEDLLM_RETURN_IF_ERROR(ledger->mark_interrupted());
  auto room = std::make_unique<JoinedHere>(std::move(owner).value(), std::move(ledger));
  FEDLLM_RETURN_IF_ERROR(room->open(paths, options));
  return std::unique_ptr<JoinedRoom>(std::move(room));
}

}  // namespace fedllm::app
