// One event or run as one line of JSON, the form that scripts rely on: `event`, `run`, `seq`, then `round` and `client`
// where they apply, then metrics and detail merged in. Whole numbers are written without a point, NaN as null.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "ledger/ledger.h"

namespace fedllm::app {

nlohmann::ordered_json json_of(const ledger::Event& event);
std::string event_line(const ledger::Event& event);
// `run`, `state`, `rounds_done` and the rest of the row but the scenario.
nlohmann::ordered_json json_of(const ledger::RunRow& row);
// The summary object of a run: as stored when it ended, else what the row knows.
nlohmann::ordered_json summary_of(const ledger::RunRow& row);
// Bytes that are not UTF-8 become the replacement character instead of an exception.
std::string to_line(const nlohmann::ordered_json& value);

}  // namespace fedllm::app
