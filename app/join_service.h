// `fedllm join --service`: a systemd user unit that joins the same room with the same data whenever it is open, and the words that
// enable it. The ticket goes into a file of the home (0600), never onto a command line. Writes
// $XDG_CONFIG_HOME/systemd/user/fedllm-join-NAME.service; starts nothing.
#pragma once

#include <string>

#include "base/home.h"
#include "command_line.h"
#include "lab/room_member.h"

namespace fedllm::app {

Status write_join_service(const Arguments& arguments, const lab::MemberOptions& options, const HomePaths& paths);

}  // namespace fedllm::app
