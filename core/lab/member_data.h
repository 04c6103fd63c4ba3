// A member's own data, opened and looked at on this machine before anybody trains: what its columns are, what examine() finds and
// what its owner is asked to consent to. Nothing here touches the network.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lab/data_contract.h"
#include "node/scenario_facts.h"
#include "wire/lab.pb.h"
#include "wire/room.pb.h"

namespace fedllm::lab {

struct DataChoice {
  std::vector<std::string> files;
  std::string format = "auto";
  ColumnMap columns;
};

struct RoomWish {  // what the host wants, checked
  spec::Scenario scenario;  // the host's own; names files of its machine
  DataContract contract;
  std::string model_path;   // where the base model lies here: builtin:NAME or a folder
};

struct LookedAt {
  spec::Scenario scenario;  // the member's: by_file, own files, own base model
  node::OpenedScenario opened;
  Readiness readiness;
  std::vector<std::string> columns;  // of the files
};

// Files that cannot be read are an error; a mapping or data that do not fit are problems in `readiness`.
Result<LookedAt> look_at(const DataChoice& choice, const RoomWish& wish, const std::string& home, const StopFlag& stop);

wire::ReadinessReport report_of(const LookedAt& looked);
// base: the files of the base model as the host announced them.
wire::ConsentFacts consent_of(const RoomWish& wish, const wire::RoomInfo& room, const LookedAt& looked, int slot);

}  // namespace fedllm::lab
