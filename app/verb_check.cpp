// fedllm check
#include <cmath>

#include "base/text.h"
#include "command_line.h"
#include "event_line.h"
#include "node/control_service_data.h"
#include "scenario_source.h"

namespace fedllm::app {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const wire::ForecastInfo& forecast) {
  ordered_json modules = ordered_json::array();
  for (const std::string& name : forecast.linear_modules()) modules.push_back(name);
  return {{"clients", forecast.clients()},
          {"train_records", forecast.train_records()},
          {"test_records", forecast.test_records()},
          {"model_parameters", forecast.model_parameters()},
          {"adapter_parameters", forecast.adapter_parameters()},
          {"update_payload_bytes", forecast.update_payload_bytes()},
          {"uplink_payload_bytes", forecast.uplink_bytes()},
          {"downlink_payload_bytes", forecast.downlink_bytes()},
          {"adapter_memory_bytes", forecast.adapter_memory_bytes()},
          {"low_s", forecast.low_s()},
          {"high_s", forecast.high_s()},
          {"linear_modules", modules}};
}

ordered_json json_of(const wire::TextInfo& text) {
  ordered_json notes = ordered_json::array();
  for (const std::string& note : text.notes()) notes.push_back(note);
  return {{"template", text.template_name()},
          {"model_format", text.model_format()},
          {"model_format_reason", text.model_format_reason()},
          {"notes", notes},
          {"turns", text.turns()},
          {"looked_at", text.looked_at()},
          {"unscored", text.unscored()},
          {"truncated", text.truncated()}};
}

void print_json(const wire::CheckReply& reply, int errors) {
  ordered_json problems = ordered_json::array();
  for (const wire::Problem& problem : reply.problems())
    problems.push_back(
        {{"severity", problem.severity()}, {"path", problem.path()}, {"message", problem.message()}, {"code", problem.code()}});
  ordered_json line = {
      {"ok", errors == 0}, {"errors", errors}, {"warnings", reply.problems_size() - errors}, {"problems", problems}};
  if (reply.has_text()) line["text"] = json_of(reply.text());
  if (reply.has_forecast()) line["forecast"] = json_of(reply.forecast());
  print_line(to_line(line));
}

std::string count(int64_t n, const std::string& what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

std::string time_range(const wire::ForecastInfo& forecast) {
  if (forecast.high_s() <= 0) return "";
  return ", " + format_double(std::round(forecast.low_s())) + " to " + format_double(std::round(forecast.high_s())) +
         " s on this machine";
}

void print_text(const wire::TextInfo& text) {
  std::string line = "text: template " + text.template_name();
  if (text.turns() > 0) line += ", " + count(text.turns(), "turn");
  if (text.truncated() > 0) line += ", " + std::to_string(text.truncated()) + " of the first " + count(text.looked_at(), "record") + " cut";
  print_line(line);
  if (!text.model_format().empty())
    print_line("base model's prompt format: " + text.model_format() + " (" + text.model_format_reason() + ")");
  for (const std::string& note : text.notes()) print_line("note: " + note);
}

void print_plain(const wire::CheckReply& reply, int errors) {
  for (const wire::Problem& problem : reply.problems())
    print_line(problem.severity() + ": " + (problem.path().empty() ? "" : problem.path() + ": ") + problem.message());
  if (errors > 0 || !reply.has_forecast()) return;
  if (reply.has_text()) print_text(reply.text());
  const wire::ForecastInfo& forecast = reply.forecast();
  print_line("ok: " + count(forecast.clients(), "client") + ", " + count(forecast.train_records(), "training record") + ", " +
             std::to_string(forecast.test_records()) + " held out");
  print_line("adapter: " + count(forecast.adapter_parameters(), "number") + " over a model of " +
             std::to_string(forecast.model_parameters()) + ", " +
             format_bytes(static_cast<uint64_t>(forecast.update_payload_bytes())) + " an update");
  print_line("whole run: " + format_bytes(static_cast<uint64_t>(forecast.uplink_bytes())) + " up, " +
             format_bytes(static_cast<uint64_t>(forecast.downlink_bytes())) + " down" + time_range(forecast));
}

Status run(const Arguments& arguments) {
  FEDLLM_ASSIGN_OR_RETURN(const ScenarioSource source, load_source(arguments.operands[0], arguments));
  FEDLLM_ASSIGN_OR_RETURN(const HomePaths paths, arguments.home());
  node::ScenarioQueries queries(paths.home);
  wire::CheckRequest request;
  request.set_scenario_json(source.json());
  request.set_base_dir(source.base_dir);
  request.set_open_files(true);
  // A ledger that cannot be read costs only the forecast of time.
  const auto history = ledger::Ledger::open({paths.ledger_dir, paths.home, true, nullptr});
  const wire::CheckReply reply = queries.check(request, history.ok() ? history->get() : nullptr);
  int errors = 0;
  std::string first;
  for (const wire::Problem& problem : reply.problems())
    if (problem.severity() == "error" && ++errors == 1)
      first = (problem.path().empty() ? "" : problem.path() + ": ") + problem.message();
  if (arguments.json())
    print_json(reply, errors);
  else
    print_plain(reply, errors);
  if (errors == 0) return {};
  return failed_precondition(arguments.operands[0] + ": " + count(errors, "error") + ", the first is " + first, "check");
}

const VerbEntry entry({"check",
                       "SCENARIO",
                       "check a scenario and the files it names, and forecast its cost",
                       {kSetOption},
                       run,
                       31,
                       false,
                       "Exit code 1 when there is an error; warnings alone are fine. Nothing is trained."});

}  // namespace
}  // namespace fedllm::app
