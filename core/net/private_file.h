// Files that only their owner may read: keys, certificates, secrets. Written with mode 0600 before a byte is in them, durable
// (fsync) and whole (temp + rename or link); read only where they are regular, ours and closed to group and others.
// Errors name the path, what is wrong and, for a mode, the command that puts it right.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace fedllm::net {

inline constexpr size_t kMaxPrivateFile = 64 * 1024;

// NOT_FOUND; PERMISSION_DENIED where others may read it or own it; INVALID_ARGUMENT over 64 KiB or not a file.
Result<std::string> read_private_file(const std::string& path);
// Replaces what is there.
Status write_private_file(const std::string& path, std::string_view bytes);
// ALREADY_EXISTS where there is one, which then stays as it is.
Status create_private_file(const std::string& path, std::string_view bytes);
// The folder and those above it; the folder itself gets mode 0700.
Status make_private_folder(const std::string& path);

}  // namespace fedllm::net
