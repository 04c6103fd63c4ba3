// Who works in a home: the process that holds its core.lock by flock, as it wrote itself into that file. The file is three
// lines: process number, the verb of `fedllm` that works ("core", "run", "resume"), Unix milliseconds when it took the lock.
// The kernel releases the lock when the process dies, so what the file says counts only while the lock is held.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/home.h"

namespace fedllm {

struct HomeHolder {
  int pid = 0;            // 0: not known
  std::string verb;       // empty: not known
  int64_t since_ms = 0;   // 0: not known
  bool is_core() const { return verb == "core"; }
  // "fedllm run (process 4711, since 2026-11-22 16:40)", in local time.
  std::string sentence() const;
};

std::string serialize_holder(const HomeHolder& holder);
// What is missing or damaged stays unknown.
HomeHolder parse_holder(std::string_view text);

// Nothing when nobody holds it. Asks without keeping the lock.
std::optional<HomeHolder> home_holder(const HomePaths& paths);

}  // namespace fedllm
