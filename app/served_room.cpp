#include "served_room.h"

#include "lab/lab_client.h"
#include "lab/room_record.h"

namespace fedllm::app {
namespace {

std::string earlier_run_of(const HomePaths& paths, const std::string& name) {
  const auto record = lab::load_room(lab::room_folder(paths.home, name));
  return record.ok() ? record->run : std::string();
}

class RoomHere final : public ServedRoom {
 public:
  RoomHere(HomeOwner owner, const HomePaths& paths, std::unique_ptr<ledger::Ledger> ledger)
      : owner_(std::move(owner)), paths_(paths), ledger_(std::move(ledger)), runs_(*ledger_, paths, train::open_backend) {}

  Status open(const lab::RoomOptions& options) {
    earlier_run = earlier_run_of(paths_, options.name);
    if (const auto last = ledger_->last_seq(earlier_run); !earlier_run.empty() && last.ok()) earlier_seq = *last;
    FEDLLM_ASSIGN_OR_RETURN(room_, lab::RoomHost::open({*ledger_, runs_, paths_, FEDLLM_VERSION}, options));
    return {};
  }
  Result<wire::HostedRoom> state() override { return room_->state(); }
  Status start() override { return room_->start().status(); }
  Status admit(const std::string& check_code, bool yes) override { return room_->admit(check_code, yes); }
  Status follow(const FollowRequest& request) override { return follow_run(*ledger_, runs_, request); }
  void close() override { room_->close("the host closed the room"); }

 private:
  const HomeOwner owner_;
  const HomePaths paths_;
  const std::unique_ptr<ledger::Ledger> ledger_;
  node::RunManager runs_;
  std::unique_ptr<lab::RoomHost> room_;
};

class RoomThere final : public ServedRoom {
 public:
  RoomThere(HomeOwner owner, const HomePaths& paths) : owner_(std::move(owner)), paths_(paths), lab_(paths) {}

  Status open(const lab::RoomOptions& options) {
    earlier_run = earlier_run_of(paths_, options.name);
    if (const auto row = owner_.core->get_run(earlier_run); !earlier_run.empty() && row.ok()) earlier_seq = row->last_seq();
    wire::HostRoomRequest request;
    request.set_name(options.name);
    request.set_scenario_json(options.scenario_json);
    request.set_base_dir(options.base_dir);
    if (!options.bind.host.empty() || options.bind.port != 0)
      request.set_bind(options.bind.host.empty() ? ":" + std::to_string(options.bind.port) : options.bind.text());
    request.set_min_members(options.min_members);
    request.set_ask(options.ask);
    request.set_ticket_uses(options.ticket_uses);
    request.set_ticket_valid_s(options.ticket_valid_s);
    request.set_announce(options.announce);
    request.set_hand_out_data(options.hand_out_data);
    request.set_allow_program(options.allow_program);
    FEDLLM_ASSIGN_OR_RETURN(const wire::HostedRoom room, lab_.host(request));
    id_ = room.room();
    return {};
  }
  Result<wire::HostedRoom> state() override { return lab_.room(id_); }
  Status start() override { return command(wire::HostCommand::START); }
  Status admit(const std::string& check_code, bool yes) override {
    return command(yes ? wire::HostCommand::ADMIT : wire::HostCommand::REFUSE, check_code);
  }
  Status follow(const FollowRequest& request) override { return follow_run(*owner_.core, request); }
  void close() override { (void)command(wire::HostCommand::CLOSE); }

 private:
  Status command(wire::HostCommand::Kind kind, const std::string& member = {}) {
    wire::HostCommand command;
    command.set_room(id_);
    command.set_kind(kind);
    command.set_member(member);
    return lab_.command(command);
  }

  const HomeOwner owner_;
  const HomePaths paths_;
  lab::LabClient lab_;
  std::string id_;
};

}  // namespace

Result<std::unique_ptr<ServedRoom>> open_served_room(const HomePaths& paths, const lab::RoomOptions& options) {
  FEDLLM_ASSIGN_OR_RETURN(HomeOwner owner, open_owner(paths, "serve"));
  if (owner.core) {
    auto room = std::make_unique<RoomThere>(std::move(owner), paths);
    FEDLLM_RETURN_IF_ERROR(room->open(options));
    return std::unique_ptr<ServedRoom>(std::move(room));
  }
  FEDLLM_ASSIGN_OR_RETURN(auto ledger, ledger::Ledger::open({paths.ledger_dir, paths.home, false, nullptr}));
  FEDLLM_RETURN_IF_ERROR(ledger->mark_interrupted());
  auto room = std::make_unique<RoomHere>(std::move(owner), paths, std::move(ledger));
  FEDLLM_RETURN_IF_ERROR(room->open(options));
  return std::unique_ptr<ServedRoom>(std::move(room));
}

}  // namespace fedllm::app
