#include "join_service.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "net/private_file.h"

namespace fedllm::app {
namespace {

namespace fs = std::filesystem;

// What a unit's name may hold.
std::string unit_word(const std::string& name) {
  std::string word;
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    word += plain ? c : '-';
  }
  return word.substr(0, 64);
}

// One word of ExecStart: quoted, with systemd's own signs doubled.
std::string quoted(const std::string& word) {
  std::string out = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
    if (c == '%' || c == '$') out += c;
  }
  return out + "\"";
}

Result<std::string> unit_folder() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (config && *config) return std::string(config) + "/systemd/user";
  if (home && *home) return std::string(home) + "/.config/systemd/user";
  return failed_precondition("neither XDG_CONFIG_HOME nor HOME says where user units are", "join");
}

std::string command_of(const Arguments& arguments, const lab::MemberOptions& options, const HomePaths& paths,
    const std::string& ticket,
                       const std::string& name) {
  std::error_code error;
  std::string command = quoted(fs::read_symlink("/proc/self/exe", error).string()) + " join --yes --ticket-file " +
      quoted(ticket) +
                        " --name " + quoted(name);
  for (const std::string& file : options.files) command += " --data " + quoted(file);
  for (const auto& [field, column] : options.columns) command += " --map " + quoted(field + "=" + column);
  if (options.slot >= 0) command += " --slot " + std::to_string(options.slot);
  for (const char* with_value : {"--format", "--upload-cap"})
    if (arguments.has(with_value)) command += std::string(" ") + with_value + " " + quoted(arguments.value(with_value));
  for (const char* flag : {"--gentle", "--tell-labels"})
    if (arguments.has(flag)) command += std::string(" ") + flag;
  return command + " --home " + quoted(paths.home);
}

}  // namespace

Status write_join_service(const Arguments& arguments, const lab::MemberOptions& options, const HomePaths& paths) {
  if (!options.consent) return usage_error("a service cannot be asked later: consent beforehand with --yes");
  for (const std::string& file : options.files)
    if (file.find('\n') != std::string::npos || !fs::exists(file)) return not_found("cannot open " + file + ": no such file",
        "join");
  char machine[256] = {};
  if (::gethostname(machine, sizeof machine - 1) != 0) machine[0] = '\0';
  const std::string name = !options.name.empty() ? options.name : machine[0] ? machine : "member";
  if (name.find('\n') != std::string::npos) return usage_error("--name expects one line");
  const std::string unit = "fedllm-join-" + unit_word(name) + ".service";
  const std::string ticket = paths.home + "/tickets/" + unit_word(name) + ".ticket";
  FEDLLM_RETURN_IF_ERROR(net::make_private_folder(paths.home + "/tickets"));
  FEDLLM_RETURN_IF_ERROR(net::write_private_file(ticket, options.ticket.text() + "\n"));
  FEDLLM_ASSIGN_OR_RETURN(const std::string folder, unit_folder());
  FEDLLM_RETURN_IF_ERROR(make_dirs(folder));
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(folder + "/" + unit,
                                           "[Unit]\nDescription=FedLLM: take part in a room as " + unit_word(name) +
                                               "\nAfter=network.target\n\n[Service]\nExecStart=" +
                                               command_of(arguments, options, paths, ticket, name) +
                                               "\nRestart=always\nRestartSec=10\nRestartPreventExitStatus=2\nNice=10\n\n"
                                               "[Install]\nWantedBy=default.target\n"));
  print_line("wrote " + folder + "/" + unit);
  print_line("enable it:          systemctl --user daemon-reload && systemctl --user enable --now " + unit);
  print_line("also when logged out: loginctl enable-linger");
  return {};
}

}  // namespace fedllm::app
