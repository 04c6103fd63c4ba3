// What a client sends and receives with every method in the scenario at hand, as the core forecasts it, and how it is said.
#pragma once

#include <QString>
#include <map>
#include <string>
#include <vector>

#include "spec/round_bytes.h"

namespace fedllm::ui {

using MethodBytes = std::map<std::string, std::vector<spec::RoundBytes>, std::less<>>;   // by aggregator; absent: not known

// Each client's, round by round where rounds differ; `rounds` is the scenario's number of them.
QString bytesText(const std::vector<spec::RoundBytes>& bytes, int rounds);
QString shortBytesText(const std::vector<spec::RoundBytes>& bytes);   // "" where they are not known

}  // namespace fedllm::ui
