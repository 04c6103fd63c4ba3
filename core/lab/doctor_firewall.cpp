#include "lab/doctor_firewall.h"

#include <filesystem>
#include <fstream>

namespace fedllm::lab {
namespace {

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

bool ufw_is_on(const std::string& root) {
  std::ifstream in(root + "/etc/ufw/ufw.conf");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("ENABLED=yes")) return true;
  return false;
}

wire::DoctorLine warning(const std::string& sentence, const std::string& command) {
  wire::DoctorLine line;
  line.set_check("firewall");
  line.set_state("warning");
  line.set_sentence(sentence);
  line.set_command(command);
  return line;
}

}  // namespace

wire::DoctorLine examine_firewall(const std::string& root, int port) {
  const std::string tcp = std::to_string(port) + "/tcp";
  if (ufw_is_on(root))
    return warning("the firewall ufw is on: a room hosted here needs its port opened, discovery needs 5353/udp",
                   "sudo ufw allow " + tcp + " && sudo ufw allow 5353/udp");
  if (exists(root + "/run/firewalld.pid") || exists(root + "/run/firewalld"))
    return warning("the firewall firewalld is on: a room hosted here needs its port opened, discovery needs mdns",
                   "sudo firewall-cmd --add-port=" + tcp + " --add-service=mdns");
  if (exists(root + "/etc/systemd/system/sysinit.target.wants/nftables.service"))
    return warning("nftables rules are loaded when this machine starts: look whether they let the room's port in",
                   "sudo nft list ruleset");
  wire::DoctorLine line;
  line.set_check("firewall");
  line.set_state("ok");
  line.set_sentence("no firewall is known to be on");
  return line;
}

}  // namespace fedllm::lab
