// What is known about this machine's firewall without being its administrator, and the command that opens a room's port.
#pragma once

#include <string>

#include "wire/lab.pb.h"

namespace fedllm::lab {

// root: where /etc, /run and the like lie; empty for this machine.
wire::DoctorLine examine_firewall(const std::string& root, int port);

}  // namespace fedllm::lab
