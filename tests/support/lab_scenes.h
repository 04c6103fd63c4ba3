// Scenes of the lab for tests and pictures: rooms and memberships in every state, as a core would tell them.
#pragma once

#include <string>

#include "wire/lab.pb.h"

namespace fedllm::test {

// Long enough to be one, and nobody's.
extern const char* const kTicket;
// A room with `members` members in the states that its phase brings ("gathering" "running" "paused" "ended"); `asking` more ask.
wire::HostedRoom room(int members, const std::string& phase = "gathering", int asking = 0);
// A membership in this state, with everything that is known by then.
wire::Membership membership(const std::string& state);
wire::DoctorReply doctorReply();
wire::FoundRooms foundRooms();

}  // namespace fedllm::test
