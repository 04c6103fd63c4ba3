#include "lab/member_life.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/seed_tree.h"
#include "base/text.h"
#include "lab/member_model.h"
#include "lab/room_host.h"
#include "spec/scenario_json.h"

namespace fedllm::lab {
namespace {

constexpr const char* kWhere = "lab.room_member";
constexpr uint64_t kMostScenario = 1 << 20, kMostShard = uint64_t{4} << 30;

bool is_broken(const Status& status) {
  switch (status.code()) {
    case Code::unavailable:
    case Code::deadline_exceeded:
    case Code::cancelled:
    case Code::unknown:
    case Code::internal: return true;
    default: return false;
  }
}

Blob blob_of(const wire::BlobRef& ref) { return {ref.sha256(), ref.bytes(), ref.name()}; }

}  // namespace

MemberLife::MemberLife(const MemberTools& tools, const MemberOptions& options, MembershipStore store)
    : tools_(tools),
      options_(options),
      store_(std::move(store)),
      door_(store_, meter_, {options.ticket, options.name, tools.program_version}),
      blobs_(tools.paths.home) {
  const MembershipFacts facts = store_.facts();
  meter_.restore(facts.left);
  slot_ = options.slot >= 0 ? options.slot : facts.slot;
  gentle_ = options.gentle;
  pace_.set_mbit_s(options.upload_cap_mbit_s);
  tell_labels_ = options.tell_labels;
  shown_.set_membership(store_.id());
  shown_.set_check_code(facts.check_code);
  shown_.set_room(facts.room);
  shown_.set_room_name(facts.room_name);
  shown_.set_host_name(facts.host_name);
  shown_.set_state("connecting");
  for (const std::string& file : options.files) shown_.add_files(file);
}

MemberLife::~MemberLife() {
  {
    std::lock_guard lock(mutex_);
    quit_ = true;
    wake_.notify_all();
  }
  stop_.request();
  stop_alone_.request();
  door_.close();
  if (const auto current = link()) current->interrupt();
  for (std::thread* thread : {&life_, &beats_, &alone_, &warmer_})
    if (thread->joinable()) thread->join();
}

void MemberLife::begin() {
  life_ = std::thread([this] { live(); });
  // The backend opens while the room is looked for and its owner reads what is asked; nothing of the room's runs by it.
  warmer_ = std::thread([this] { (void)tools_.open_backend(); });
  beats_ = std::thread([this] { beat(); });
}

void MemberLife::live() {
  const Status end = go();
  std::shared_ptr<MemberRun> active;
  {
    std::lock_guard lock(mutex_);
    active = std::move(run_);
    run_.reset();
  }
  if (active) {
    (void)tools_.ledger.set_state(active->id(), ledger::RunState::interrupted);
    active.reset();
  }
  keep_facts();
  bool left = false;
  {
    std::lock_guard lock(mutex_);
    left = leave_;
  }
  if (left) {
    if (const auto current = link()) current->say_leave("left");
    show("left", "this machine left the room");
  } else if (!ending()) {
    std::unique_lock lock(mutex_);
    const bool done = run_done_ && end.ok();
    lock.unlock();
    show(done ? "done" : "refused", end.ok() ? "the room has ended" : end.message());
  }
  std::shared_ptr<MemberLink> last;
  {
    std::lock_guard lock(mutex_);
    end_ = end;
    life_over_ = true;
    last = std::move(link_);
    link_.reset();
    wake_.notify_all();
  }
  last.reset();
  changed();
}

Status MemberLife::go() {
  FEDLLM_RETURN_IF_ERROR(connect());
  FEDLLM_RETURN_IF_ERROR(fetch());
  FEDLLM_RETURN_IF_ERROR(choose_data());
  FEDLLM_RETURN_IF_ERROR(prepare());
  FEDLLM_RETURN_IF_ERROR(with_link([this] { return take_place(); }));
  return serve();
}

// --- the link ---

Status MemberLife::connect() {
  show("connecting", "looks for the room");
  const bool known = door_.enrolled();
  auto opened = door_.open([this](const std::string& code) {
    {
      std::lock_guard lock(mutex_);
      shown_.set_check_code(code);
    }
    show("asking", "the host has to let this machine in; both screens show " + code);
  });
  if (opened.ok()) return arrive(std::move(opened).value());
  if (ending()) return cancelled("the membership ends", kWhere);
  // Who has been here before waits for the room; a ticket that leads nowhere is told at once.
  if (known && is_broken(opened.status())) return reconnect();
  return opened.status();
}

Status MemberLife::reconnect() {
  {
    std::lock_guard lock(mutex_);
    run_attached_ = false;
  }
  if (const auto active = run()) active->detach();
  if (const auto old = link()) {
    old->interrupt();
    old->detach();
  }
  Rng jitter(static_cast<uint64_t>(clock_.unix_ms()) ^ std::hash<std::string>()(store_.id() + options_.name));
  for (int attempt = 0;; ++attempt) {
    if (ending()) return cancelled("the membership ends", kWhere);
    auto opened = door_.open([](const std::string&) {});
    if (opened.ok()) return arrive(std::move(opened).value());
    // Somebody else at the host's address is no refusal by the room: its host may come back.
    if (!is_broken(opened.status()) && opened.status().code() != Code::unauthenticated) return opened.status();
    show("reconnecting", opened.status().message());
    // A short absence is over soon; after a long one hundreds of members must not come at the same moment.
    if (!nap(attempt < 30 ? 0.8 + 0.4 * jitter.uniform() : 3 + 2 * jitter.uniform())) return cancelled("the membership ends",
        kWhere);
  }
}

Status MemberLife::arrive(OpenedDoor opened) {
  const MembershipFacts facts = store_.facts();
  {
    std::lock_guard lock(mutex_);
    room_ = opened.room;
    link_ = opened.link;
    broken_ = false;
    if (slot_ < 0 && opened.room.your_slot() >= 0) slot_ = opened.room.your_slot();
    shown_.set_room(opened.room.room());
    shown_.set_room_name(opened.room.room_name());
    shown_.set_host_name(opened.room.host_name());
    shown_.set_address(opened.address.text());
    shown_.set_check_code(facts.check_code);
    shown_.set_contract_json(opened.room.contract_json());
    shown_.set_rounds(std::clamp(opened.room.rounds(), 0, 1'000'000));
    shown_.set_host_seen_ms(clock_.unix_ms());
  }
  opened.link->attend(
      opened.room.member(), [this](const wire::RoomNotice& notice) { on_notice(notice); },
      [this](const Status& status) {
        std::lock_guard lock(mutex_);
        broken_ = true;
        if (status.code() == Code::permission_denied || status.code() == Code::unauthenticated) removed_ = status.message();
        wake_.notify_all();
      });
  changed();
  return {};
}

Status MemberLife::with_link(const std::function<Status()>& work) {
  for (;;) {
    const Status status = work();
    if (ending()) return cancelled("the membership ends", kWhere);
    if (status.ok() || !is_broken(status)) return status;
    FEDLLM_RETURN_IF_ERROR(reconnect());
  }
}

// mutex_ held.
Status MemberLife::why_over() const {
  if (!removed_.empty()) return {Code::permission_denied, "this machine was removed from the room: " + removed_, kWhere};
  if (!closed_.empty()) return {Code::aborted, "the host closed the room: " + closed_, kWhere};
  return cancelled("the membership ends", kWhere);
}

// --- what the room needs here ---

Status MemberLife::fetch() {
  show("fetching", "gets the scenario");
  FEDLLM_RETURN_IF_ERROR(with_link([this] { return fetch_blobs(room_); }));
  FEDLLM_ASSIGN_OR_RETURN(const std::string path, blobs_.path(room_.scenario().sha256()));
  FEDLLM_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  auto scenario = spec::parse_scenario(text);
  if (!scenario.ok()) return scenario.status().with_prefix("the room's scenario");
  wish_.scenario = std::move(scenario).value();
  scenario_sha256_ = spec::scenario_sha256(wish_.scenario);
  FEDLLM_ASSIGN_OR_RETURN(wish_.contract, parse_contract(room_.contract_json()));
  return {};
}

Status MemberLife::fetch_blobs(const wire::RoomInfo& room) {
  const auto current = link();
  FEDLLM_RETURN_IF_ERROR(current->fetch(blobs_, room.scenario(), kMostScenario, [](uint64_t) {}));
  std::vector<Blob> offered;
  for (const wire::BlobRef& ref : room.base_model()) offered.push_back(blob_of(ref));
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<ModelFile> files, model_files(offered));
  wish_.model_path = shipped_model(room.base_model_name(), files);
  if (wish_.model_path.empty()) wish_.model_path = assembled_model(tools_.paths.home, files);
  if (!wish_.model_path.empty()) return {};
  uint64_t total = 0, done = 0;
  for (const ModelFile& file : files) {
    if (file.blob.bytes > RoomLimits().blob_bytes - total)
      return {Code::resource_exhausted, "the room's base model is larger than " + format_bytes(RoomLimits().blob_bytes), kWhere};
    total += file.blob.bytes;
  }
  show("fetching", "gets the base model " + room.base_model_name() + ", " + format_bytes(total));
  for (const wire::BlobRef& ref : room.base_model()) {
    FEDLLM_RETURN_IF_ERROR(current->fetch(blobs_, ref, total, [&](uint64_t here) {
      std::lock_guard lock(mutex_);
      shown_.set_fetch_done(done + here);
      shown_.set_fetch_total(total);
    }));
    done += ref.bytes();
    changed();
  }
  FEDLLM_ASSIGN_OR_RETURN(wish_.model_path, assemble_model(tools_.paths.home, blobs_, files));
  return {};
}

// Until the data fit and their owner has consented.
Status MemberLife::choose_data() {
  DataChoice choice{options_.files, options_.format, options_.columns};
  for (;;) {
    if (choice.files.empty() && room_.hands_out_data()) return take_shard();
    Status status = invalid_argument("the room hands out no data: choose files of this machine", kWhere);
    if (!choice.files.empty()) {
      options_.files = choice.files;
      options_.format = choice.format;
      options_.columns = choice.columns;
      status = look();
      if (status.ok()) status = ask();
      if (status.ok() || ending() || status.code() == Code::permission_denied || status.code() == Code::cancelled) return status;
    }
    const bool other = status.code() == Code::aborted;  // new data came instead of an answer
    if (!other) {
      if (options_.consent || options_.settled) return status;
      show("mapping", status.message());
    }
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return new_data_ || quit_ || leave_ || !removed_.empty() || !closed_.empty(); });
    if (!new_data_) return why_over();
    choice = std::move(*new_data_);
    new_data_.reset();
  }
}

Status MemberLife::look() {
  show("mapping", "looks at the data on this machine");
  FEDLLM_ASSIGN_OR_RETURN(LookedAt looked, look_at({options_.files, options_.format, options_.columns}, wish_,
      tools_.paths.home, stop_));
  const wire::ReadinessReport report = report_of(looked);
  {
    std::lock_guard lock(mutex_);
    *shown_.mutable_readiness() = report;
    shown_.clear_available_columns();
    for (const std::string& column : looked.columns) shown_.add_available_columns(column);
    shown_.clear_files();
    for (const std::string& file : options_.files) shown_.add_files(file);
    shown_.mutable_columns()->clear();
    for (const auto& [field, column] : options_.columns) (*shown_.mutable_columns())[field] = column;
    if (looked.opened.dataset) *shown_.mutable_consent() = consent_of(wish_, room_, looked, slot_);
  }
  changed();
  if (!looked.readiness.problems.empty()) return invalid_argument(looked.readiness.problems.front(), kWhere);
  looked_ = std::move(looked);
  return {};
}

// ABORTED: other data were chosen meanwhile; PERMISSION_DENIED: the answer is no.
Status MemberLife::ask() {
  if (options_.consent) return {};
  {
    std::lock_guard lock(mutex_);
    answer_.reset();   // before it shows: the answer may come at once
  }
  show("consenting", "waits for your consent");
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return answer_ || new_data_ || quit_ || leave_ || !removed_.empty() || !closed_.empty(); });
  if (new_data_) return {Code::aborted, "other data were chosen", kWhere};
  if (!answer_ && !closed_.empty()) return {Code::permission_denied, "the host closed the room: " + closed_, kWhere};
  if (!answer_) return why_over();
  if (!*answer_) return {Code::permission_denied, "consent was not given", kWhere};
  return {};
}

// A shard of the host's is treated as one file of this machine's own.
Status MemberLife::take_shard() {
  FEDLLM_RETURN_IF_ERROR(ask());
  return with_link([this]() -> Status {
    wire::ReadyRequest request;
    request.set_slot(slot_);
    request.set_wants_shard(true);
    FEDLLM_ASSIGN_OR_RETURN(const wire::ReadyReply reply, link()->ready(request));
    if (!is_sha256(reply.shard().sha256())) return failed_precondition("the room gave no data", kWhere);
    slot_ = reply.slot();
    FEDLLM_RETURN_IF_ERROR(link()->fetch(blobs_, reply.shard(), kMostShard, [](uint64_t) {}));
    FEDLLM_ASSIGN_OR_RETURN(const std::string path, blobs_.path(reply.shard().sha256()));
    options_.files = {path};
    options_.format = "jsonl";
    options_.columns.clear();
    return look();
  });
}

Status MemberLife::prepare() {
  show("mapping", "prepares the data and loads the base model");
  FEDLLM_ASSIGN_OR_RETURN(backend_, tools_.open_backend());
  node::WorkerPool pool(gentle_ ? std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2) : 0);
  FEDLLM_ASSIGN_OR_RETURN(auto prepared, node::prepare_member({looked_->scenario, options_.name},
                                                              {*backend_, pool, tools_.paths.home, stop_}));
  prepared_ = std::move(prepared);
  return {};
}

wire::ReadyRequest MemberLife::ready_request() const {
  wire::ReadyRequest request;
  std::lock_guard lock(mutex_);
  request.set_slot(slot_);
  request.set_examples(prepared_->train_records);
  request.set_test_examples(prepared_->test_records);
  if (!tell_labels_) return request;
  for (const auto& [label, count] : looked_->readiness.labels) {
    auto* one = request.add_labels();
    one->set_label(label);
    one->set_count(count);
  }
  return request;
}

Status MemberLife::take_place() {
  FEDLLM_ASSIGN_OR_RETURN(const wire::ReadyReply reply, link()->ready(ready_request()));
  if (reply.slot() < 0 || reply.slot() >= node::kMostSlots) return invalid_argument("the room gave slot " +
      std::to_string(reply.slot()), kWhere);
  {
    std::lock_guard lock(mutex_);
    slot_ = reply.slot();
    shown_.set_slot(slot_);
  }
  keep_facts();
  show("ready", "waits for the host to start");
  return {};
}

void MemberLife::keep_facts() {
  MembershipFacts facts = store_.facts();
  facts.left = meter_.count();
  {
    std::lock_guard lock(mutex_);
    facts.slot = slot_;
  }
  (void)store_.set_facts(facts);  // a full disk: counted again from what was kept last
}

}  // namespace fedllm::lab
