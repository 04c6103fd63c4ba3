// Where state lives. The home holds ledger, artifacts and datasets: --home, else $FEDLLM_HOME, else the XDG data folder
// (~/.local/share/fedllm). The socket of a home's core lies in a 0700 folder ($XDG_RUNTIME_DIR/fedllm, else
// /tmp/fedllm-UID), named by the hash of the home, because a socket path may hold 107 characters at most.
// On a network file system ledger and socket go to a local folder instead (`ledger_dir` differs from `home`).
#pragma once

#include <string>

#include "base/status.h"

namespace fedllm {

struct HomePaths {
  std::string home;          // absolute, created
  std::string ledger_dir;    // = home, or a local folder where home lies on a network file system
  std::string socket;        // path of the unix socket
  std::string lock;          // core.lock, held by flock by a live core
  bool on_network_file_system = false;
};

// `requested` is the --home value, empty for the default. Creates the folders.
Result<HomePaths> resolve_home(const std::string& requested);

// Folder of shipped assets: $FEDLLM_ASSETS, else ../share/fedllm beside the program's folder.
std::string assets_dir();
// "builtin:NAME" -> assets/<kind>/NAME (kind: "models", "data", "scenarios"); other values are made absolute against
// `base_dir` (the folder of the scenario file). Does not check that the file exists.
std::string resolve_path(const std::string& value, const std::string& kind, const std::string& base_dir);
// Folder that holds the running program.
std::string program_dir();

}  // namespace fedllm
