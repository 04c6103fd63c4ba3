#include "lab/lab_streams.h"

#include <algorithm>
#include <filesystem>

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "lab/member_link.h"
#include "lab/member_store.h"

namespace fedllm::lab {
namespace {

constexpr auto kLook = std::chrono::milliseconds(250);
constexpr double kAtLeastEvery_s = 1;
constexpr size_t kLongestText = 64;

std::string without_time(wire::LabState state) {
  state.clear_now_ms();
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  state.SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

bool is_room_id(const std::string& id) {
  return id.size() == 16 && std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

// --- watching ---

WatchStreams::WatchStreams(LabBook& book) : book_(book), thread_([this] { loop(); }) {}

WatchStreams::~WatchStreams() {
  close();
  thread_.join();
}

grpc::ServerWriteReactor<wire::LabState>* WatchStreams::open(grpc::CallbackServerContext* context) {
  auto outlet = std::make_shared<Outlet<wire::LabState>>();
  auto* reactor = outlet->attach(context);
  std::lock_guard lock(mutex_);
  if (closed_) {
    outlet->finish(core_ends(), true);
  } else {
    watchers_.push_back({std::move(outlet), {}, 0});
    newcomer_ = true;
    changed_.notify_all();
  }
  return reactor;
}

void WatchStreams::loop() {
  std::unique_lock lock(mutex_);
  while (!closed_) {
    if (watchers_.empty())
      changed_.wait(lock, [this] { return closed_ || !watchers_.empty(); });
    else
      changed_.wait_for(lock, kLook, [this] { return closed_ || newcomer_; });
    newcomer_ = false;
    if (closed_) return;
    lock.unlock();
    const wire::LabState state = book_.state();
    const std::string bytes = without_time(state);
    lock.lock();
    std::erase_if(watchers_, [](const Watcher& one) { return one.outlet->gone(); });
    for (Watcher& watcher : watchers_) tell(watcher, state, bytes, clock_.seconds());
  }
}

void WatchStreams::tell(Watcher& watcher, const wire::LabState& state, const std::string& bytes, double now_s) const {
  if (!watcher.outlet->idle()) return;
  if (watcher.sent_s > 0 && bytes == watcher.sent && now_s - watcher.sent_s < kAtLeastEvery_s) return;
  watcher.outlet->send(state);
  watcher.sent = bytes;
  watcher.sent_s = now_s;
}

void WatchStreams::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
  for (const Watcher& watcher : watchers_) watcher.outlet->finish(core_ends());
  watchers_.clear();
}

bool WatchStreams::any() const {
  std::lock_guard lock(mutex_);
  return !watchers_.empty();
}

// --- browsing ---

grpc::ServerWriteReactor<wire::FoundRooms>* BrowseStreams::open(grpc::CallbackServerContext* context) {
  auto outlet = std::make_shared<Outlet<wire::FoundRooms>>();
  auto* reactor = outlet->attach(context);
  std::lock_guard lock(mutex_);
  if (closed_) {
    outlet->finish(core_ends(), true);
  } else {
    if (looked_) outlet->send(last_);
    outlets_.push_back(std::move(outlet));
  }
  return reactor;
}

bool BrowseStreams::tend() {
  std::lock_guard one_at_a_time(browser_mutex_);
  bool wanted = false;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(outlets_, [](const auto& one) { return one->gone(); });
    wanted = !closed_ && !outlets_.empty();
    if (!wanted) looked_ = false;
  }
  if (!wanted) browser_.reset();
  if (!wanted || browser_) return wanted;
  browser_ = net::RoomBrowser::start(
      [this](const std::vector<net::SeenRoom>& rooms, const std::string& problem) { found(rooms, problem); });
  return true;
}

// What a beacon says is anybody's word: shown short, and trusted for nothing.
void BrowseStreams::found(const std::vector<net::SeenRoom>& rooms, const std::string& problem) {
  wire::FoundRooms list;
  list.set_problem(problem);
  for (const net::SeenRoom& seen : rooms) {
    wire::FoundRoom& room = *list.add_rooms();
    room.set_name(shown_text(seen.beacon.name, kLongestText));
    room.set_room(shown_text(seen.beacon.room, kLongestText));
    room.set_protocol(seen.beacon.protocol);
    room.set_host_name(shown_text(seen.beacon.host, kLongestText));
    for (const net::Address& address : seen.addresses) room.add_addresses(address.text());
    std::error_code error;
    room.set_known(is_room_id(seen.beacon.room) &&
                   std::filesystem::exists(home_ + "/memberships/" + seen.beacon.room + "/member.pem", error));
  }
  std::lock_guard lock(mutex_);
  last_ = list;
  looked_ = true;
  for (const auto& outlet : outlets_) outlet->send(list);
}

void BrowseStreams::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& outlet : outlets_) outlet->finish(core_ends());
  }
  (void)tend();
}

}  // namespace fedllm::lab
