// ClassRoom: a room of real processes whose members have no data: the host hands every slot its shard, whoever takes it. So the
// adapter does not depend on who came when.
#pragma once

#include <fstream>

#include "support/lan.h"

namespace fedllm::tests {

class ClassRoom {
 public:
  explicit ClassRoom(int members) : lan(members) {
    Json& scenario = lan.scenario;
    scenario["name"] = "class";
    scenario["dataset"]["files"] = {(Cli::assets() + "/data/things_train.jsonl").toStdString()};
    scenario["dataset"].erase("label");
    scenario["partition"] = {{"method", "iid"}, {"clients", members}};
    scenario["evaluation"] = {{"max_records", 16}, {"client_adapters", false}};
    lan.name = "class";
    lan.more = {"--hand-out-data"};
  }

  Json serve() { return lan.serve(); }
  void join(int member) {
    lan.member(member).start(
        {"join", "--ticket-file", lan.ticket_file(), "--name", QStringLiteral("m%1").arg(member), "--yes", "--json"});
  }
  void join_all() {
    for (int i = 0; i < static_cast<int>(lan.members.size()); ++i) join(i);
  }
  LanMachine& host() { return *lan.host; }

  Lan lan;
};

// What a process took so far: MiB at its peak, processor seconds. Nothing once it is gone.
struct Taken {
  double peak_mib = 0, cpu_s = 0;
};
inline Taken taken_by(qint64 pid) {
  Taken taken;
  const std::string folder = "/proc/" + std::to_string(pid);
  std::ifstream status(folder + "/status"), stat(folder + "/stat");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) taken.peak_mib = std::stod(line.substr(6)) / 1024;
  std::string line;
  if (!std::getline(stat, line)) return taken;
  const QStringList fields = QString::fromStdString(line.substr(line.rfind(')') + 2)).split(' ');
  taken.cpu_s = (fields.value(11).toDouble() + fields.value(12).toDouble()) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return taken;
}

}  // namespace fedllm::tests
