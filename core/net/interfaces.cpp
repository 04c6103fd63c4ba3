#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>

#include "net/discovery.h"

namespace fedllm::net {
namespace {

// By the kernel's type (no link layer, PPP, tunnels) or by the names that VPN programs give.
bool is_tunnel(const std::string& name, unsigned flags) {
  if ((flags & IFF_LOOPBACK) != 0) return false;
  if ((flags & IFF_POINTOPOINT) != 0) return true;
  int type = 0;
  std::ifstream("/sys/class/net/" + name + "/type") >> type;
  for (const int tunnel : {ARPHRD_NONE, ARPHRD_PPP, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT, ARPHRD_IPGRE})
    if (type == tunnel) return true;
  for (const char* prefix : {"tun", "tap", "wg", "ppp", "tailscale", "zt", "ipsec", "vpn", "nordlynx", "proton"})
    if (name.starts_with(prefix)) return true;
  return false;
}

}  // namespace

std::vector<Interface> local_interfaces() {
  std::vector<Interface> found;
  struct ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return found;
  for (const struct ifaddrs* at = list; at; at = at->ifa_next) {
    const int family = at->ifa_addr ? at->ifa_addr->sa_family : 0;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    char host[NI_MAXHOST];
    if (::getnameinfo(at->ifa_addr, size, host, sizeof host, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    Interface one;
    one.name = at->ifa_name;
    one.address = host;
    one.loopback = (at->ifa_flags & IFF_LOOPBACK) != 0;
    one.up = (at->ifa_flags & IFF_UP) != 0 && (at->ifa_flags & IFF_RUNNING) != 0;
    one.tunnel = is_tunnel(one.name, at->ifa_flags);
    found.push_back(std::move(one));
  }
  ::freeifaddrs(list);
  return found;
}

}  // namespace fedllm::net
