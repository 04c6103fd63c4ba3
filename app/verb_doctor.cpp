// fedllm doctor
#include "command_line.h"
#include "event_line.h"
#include "lab/doctor.h"

namespace fedllm::app {
namespace {

std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

Status run(const Arguments& arguments) {
  const std::string target = arguments.operands.empty() ? "" : arguments.operands[0];
  const wire::DoctorReply reply = lab::examine_connection({target, 0});
  int problems = 0;
  std::string first;
  for (const wire::DoctorLine& line : reply.lines()) {
    if (line.state() == "problem" && ++problems == 1) first = line.sentence();
    if (arguments.json()) {
      print_line(to_line(
          {{"check", line.check()}, {"state", line.state()}, {"sentence", line.sentence()}, {"command", line.command()}}));
      continue;
    }
    print_line(padded(line.state(), 8) + padded(line.check(), 11) + line.sentence());
    if (!line.command().empty()) print_line(std::string(19, ' ') + "$ " + line.command());
  }
  if (problems == 0) return {};
  return failed_precondition(std::to_string(problems) + (problems == 1 ? " problem: " : " problems, the first: ") + first,
                             "doctor");
}

const VerbEntry entry(
    {"doctor",
     "[TARGET]",
     "find out why machines do not see each other",
     {},
     run,
     33,
     false,
     "TARGET is a ticket or an address (HOST, HOST:PORT). Looks at this machine's networks, at what answers there,\n"
     "at the clock, at rooms that announce themselves and at the firewall; ten seconds at most.\n"
     "Exit code 1 when there is a problem."});

}  // namespace
}  // namespace fedllm::app
