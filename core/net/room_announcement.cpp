#include <avahi-client/publish.h>
#include <avahi-common/alternative.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>

#include "net/avahi_session.h"
#include "net/beacon.h"
#include "net/discovery.h"

namespace fedllm::net {
namespace {

class Announcement final : public RoomAnnouncement, private AvahiSession {
 public:
  Announcement(const RoomBeacon& beacon, std::function<void(const std::string&)> on_state)
      : beacon_(beacon), name_(service_name_of(beacon)), on_state_(std::move(on_state)) {
    begin();
  }
  ~Announcement() override { end(); }

 private:
  void running(AvahiClient* client) override {
    if (!group_) group_ = avahi_entry_group_new(client, on_group, this);
    if (!group_) return tell(avahi_strerror(avahi_client_errno(client)));
    announce();
  }
  void gone() override {
    if (group_) avahi_entry_group_free(group_);
    group_ = nullptr;
  }
  void problem(const std::string& sentence) override { say(sentence); }

  void announce() {
    const StringListPtr text = text_of(beacon_);
    int error = AVAHI_ERR_COLLISION;
    for (int tries = 0; error == AVAHI_ERR_COLLISION && tries < 100; ++tries) {
      avahi_entry_group_reset(group_);
      error = avahi_entry_group_add_service_strlst(group_, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, AvahiPublishFlags(0),
                                                   name_.c_str(), kServiceType, nullptr, nullptr, beacon_.port, text.get());
      if (error == AVAHI_ERR_COLLISION) next_name();
    }
    if (error >= 0) error = avahi_entry_group_commit(group_);
    if (error < 0) tell(avahi_strerror(error));
  }
  void next_name() {
    char* other = avahi_alternative_service_name(name_.c_str());
    name_ = other;
    avahi_free(other);
  }
  static void on_group(AvahiEntryGroup* group, AvahiEntryGroupState state, void* self) {
    auto* announcement = static_cast<Announcement*>(self);
    announcement->group_ = group;  // the first call comes before avahi_entry_group_new returns
    if (state == AVAHI_ENTRY_GROUP_ESTABLISHED) announcement->say("");
    if (state == AVAHI_ENTRY_GROUP_FAILURE)
      announcement->tell(avahi_strerror(avahi_client_errno(avahi_entry_group_get_client(group))));
    if (state == AVAHI_ENTRY_GROUP_COLLISION) {
      announcement->next_name();
      announcement->announce();
    }
  }
  void tell(const std::string& reason) { say("the room cannot be announced: " + reason); }
  void say(const std::string& problem) {
    if (said_ && last_ == problem) return;
    said_ = true;
    last_ = problem;
    on_state_(problem);
  }

  const RoomBeacon beacon_;
  std::string name_;
  std::function<void(const std::string&)> on_state_;
  AvahiEntryGroup* group_ = nullptr;
  bool said_ = false;
  std::string last_;
};

}  // namespace

std::unique_ptr<RoomAnnouncement> RoomAnnouncement::start(const RoomBeacon& beacon,
                                                          std::function<void(const std::string& problem)> on_state) {
  return std::make_unique<Announcement>(beacon, std::move(on_state));
}

}  // namespace fedllm::net
