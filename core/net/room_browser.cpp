#include <avahi-client/lookup.h>
#include <avahi-common/error.h>
#include <net/if.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "net/avahi_session.h"
#include "net/beacon.h"
#include "net/discovery.h"

namespace fedllm::net {
namespace {

constexpr size_t kMaxServices = 512;  // each interface and protocol counts; what is announced beyond is not looked at

// One announcement as one interface and protocol shows it.
struct Service {
  AvahiServiceResolver* resolver = nullptr;
  std::optional<RoomBeacon> beacon;
  std::vector<Address> addresses;
};
using ServiceKey = std::tuple<AvahiIfIndex, AvahiProtocol, std::string, std::string>;

std::string host_of(const AvahiAddress& address, AvahiIfIndex interface) {
  char text[AVAHI_ADDRESS_STR_MAX];
  avahi_address_snprint(text, sizeof text, &address);
  char name[IF_NAMESIZE];
  const bool link_local =
      address.proto == AVAHI_PROTO_INET6 && address.data.ipv6.address[0] == 0xfe && (address.data.ipv6.address[1] & 0xc0) == 0x80;
  if (!link_local || !::if_indextoname(static_cast<unsigned>(interface), name)) return text;
  return std::string(text) + "%" + name;
}

// The most likely to work first: IPv4, then IPv6, link-local last.
int order_of(const Address& address) {
  if (address.host.find('%') != std::string::npos) return 2;
  return ip_version(address.host) == 4 ? 0 : 1;
}

class Browser final : public RoomBrowser, private AvahiSession {
 public:
  using OnChange = std::function<void(const std::vector<SeenRoom>& rooms, const std::string& problem)>;
  explicit Browser(OnChange on_change) : on_change_(std::move(on_change)) { begin(); }
  ~Browser() override { end(); }

 private:
  void running(AvahiClient* client) override {
    if (browser_) return;
    set_problem("");
    changed_ = true;
    browser_ = avahi_service_browser_new(client, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC, kServiceType, nullptr, AvahiLookupFlags(0),
                                         on_browse, this);
    if (!browser_) set_problem(std::string("rooms nearby cannot be found: ") + avahi_strerror(avahi_client_errno(client)));
  }
  void gone() override {
    for (auto& [key, service] : services_)
      if (service.resolver) avahi_service_resolver_free(service.resolver);
    changed_ = changed_ || !services_.empty();
    services_.clear();
    if (browser_) avahi_service_browser_free(browser_);
    browser_ = nullptr;
  }
  void problem(const std::string& sentence) override { set_problem(sentence); }
  void set_problem(const std::string& sentence) {
    changed_ = changed_ || sentence != problem_;
    problem_ = sentence;
  }
  void idle() override {
    if (!changed_) return;
    changed_ = false;
    on_change_(rooms(), problem_);
  }

  static void on_browse(AvahiServiceBrowser* browser, AvahiIfIndex interface, AvahiProtocol protocol, AvahiBrowserEvent event,
                        const char* name, const char* type, const char* domain, AvahiLookupResultFlags, void* self) {
    auto* found = static_cast<Browser*>(self);
    if (event == AVAHI_BROWSER_NEW)
      found->add({interface, protocol, name, domain}, avahi_service_browser_get_client(browser), type);
    if (event == AVAHI_BROWSER_REMOVE) found->remove({interface, protocol, name, domain});
    if (event == AVAHI_BROWSER_FAILURE)
      found->set_problem(std::string("rooms nearby cannot be found: ") +
                         avahi_strerror(avahi_client_errno(avahi_service_browser_get_client(browser))));
  }
  void add(const ServiceKey& key, AvahiClient* client, const char* type) {
    if (services_.size() >= kMaxServices || services_.contains(key)) return;
    const auto& [interface, protocol, name, domain] = key;
    AvahiServiceResolver* resolver = avahi_service_resolver_new(client, interface, protocol, name.c_str(), type, domain.c_str(),
                                                                protocol, AvahiLookupFlags(0), on_resolve, this);
    if (resolver) services_[key].resolver = resolver;
  }
  void remove(const ServiceKey& key) {
    const auto found = services_.find(key);
    if (found == services_.end()) return;
    avahi_service_resolver_free(found->second.resolver);
    services_.erase(found);
    changed_ = true;
  }
  static void on_resolve(AvahiServiceResolver*, AvahiIfIndex interface, AvahiProtocol protocol, AvahiResolverEvent event,
                         const char* name, const char*, const char* domain, const char*, const AvahiAddress* address,
                         uint16_t port, AvahiStringList* text, AvahiLookupResultFlags, void* self) {
    auto* browser = static_cast<Browser*>(self);
    const auto found = browser->services_.find({interface, protocol, name, domain});
    if (found == browser->services_.end() || event != AVAHI_RESOLVER_FOUND || !address || port == 0) return;
    found->second.beacon = beacon_of(name, text, port);
    found->second.addresses = {{host_of(*address, interface), port}};
    browser->changed_ = true;
  }

  std::vector<SeenRoom> rooms() const {
    std::map<std::tuple<std::string, std::string, std::string, uint16_t>, SeenRoom> merged;
    for (const auto& [key, service] : services_) {
      if (!service.beacon) continue;
      const RoomBeacon& beacon = *service.beacon;
      SeenRoom& room = merged[{beacon.name, beacon.room, beacon.host, beacon.port}];
      room.beacon = beacon;
      for (const Address& address : service.addresses)
        if (std::find(room.addresses.begin(), room.addresses.end(), address) == room.addresses.end())
          room.addresses.push_back(address);
    }
    std::vector<SeenRoom> list;
    for (auto& [key, room] : merged) {
      std::stable_sort(room.addresses.begin(), room.addresses.end(),
                       [](const Address& a, const Address& b) { return order_of(a) < order_of(b); });
      list.push_back(std::move(room));
    }
    return list;
  }

  OnChange on_change_;
  AvahiServiceBrowser* browser_ = nullptr;
  std::map<ServiceKey, Service> services_;
  std::string problem_;
  bool changed_ = false;
};

}  // namespace

std::unique_ptr<RoomBrowser> RoomBrowser::start(
    std::function<void(const std::vector<SeenRoom>& rooms, const std::string& problem)> on_change) {
  return std::make_unique<Browser>(std::move(on_change));
}

}  // namespace fedllm::net
