// The connection doctor: why nobody is seen, in the order one would look. Interfaces (tunnels flagged), does this machine
// listen and can it reach itself by each address, does a name resolve, is the far port reachable, who answers there (the
// right authority?), clock offset, the last beacon of each room, is a firewall known to be on and the command that opens the
// port. Each line: check, state (ok, warning, problem), one sentence, a command to copy or empty. Bounded: 10 s in all.
#pragma once

#include <string>
#include <vector>

#include "base/home.h"
#include "wire/lab.pb.h"

namespace fedllm::lab {

// This machine's clock less another's, in milliseconds, good to half the round trip it was measured with.
struct KnownClock {
  std::string whose;
  int64_t offset_ms = 0;
  double round_trip_s = 0;
};

struct DoctorQuestion {
  std::string ticket_or_address;  // of a room to reach; may be empty
  int own_port = 0;               // of a room hosted here; 0: none
  std::vector<KnownClock> clocks; // of those this machine is connected with
};
wire::DoctorReply examine_connection(const DoctorQuestion& question);

}  // namespace fedllm::lab
