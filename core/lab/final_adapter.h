// The adapter folder that a member is left with when a run is over: the very file of the host, which is the last version that
// came here where the codec loses nothing, and fetched where this machine has another one or none at all.
#pragma once

#include <functional>
#include <string>

#include "adapter/peft.h"

namespace fedllm::lab {

// The host's file of this SHA-256: where it lies once it is here.
using FetchFile = std::function<Result<std::string>(const std::string& sha256)>;

struct FinalAdapter {
  std::string folder;                          // where it goes
  std::string version_folder, version_sha256;  // of the last version that was committed here; empty: none
  std::string host_sha256;                     // empty: the host named none
  adapter::LayoutPtr layout;
  bool own_ranks = false;   // the host's file has ranks of its own, at scale 1: what was merged beside the base is in it
  adapter::PeftMeta meta;
};

struct SavedAdapter {
  std::string sha256;  // empty: there is none
  Status hosts;        // why it is not the host's, where the host named one
};
Result<SavedAdapter> save_final_adapter(const FinalAdapter& adapter, const FetchFile& fetch);

}  // namespace fedllm::lab
