// NetworkRun: what a run needs of a room instead of a simulation: who holds which slot, the door its federation service is
// reached through, and where global events go. The coordinator then has no training data: examples are what members say, the
// held-out loss is the sum of what they send (plus dataset.test_files of its own, where the scenario has them).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "net/socket_bytes.h"
#include "node/federation_door.h"
#include "spec/validate.h"

namespace fedllm::node {

struct NetworkSlot {
  int client = 0;             // = slot
  std::string name;
  int64_t examples = 0;       // to train on, > 0
  int64_t test_examples = 0;  // held out by the member
};

struct NetworkRun {
  std::string room, room_name;
  std::vector<NetworkSlot> members;  // ascending by client
  bool allow_program = false;      // an aggregator "exec:PATH" may run here
  FederationDoor* door = nullptr;  // outlives the run
  spec::Setting setting() const { return allow_program ? spec::Setting::trusting_network : spec::Setting::network; }
  // Global events as they are committed (never another client's numbers): what members may see. Any thread, quickly.
  std::function<void(const ledger::Event&)> tell;
  // Is the slot's member connected to the room at this moment? Any thread.
  std::function<bool(int client)> present;
  // What went through the room's connections, the run's wire bytes; empty: messages are counted instead. Any thread.
  std::function<net::SocketBytes()> wire;
};

}  // namespace fedllm::node
