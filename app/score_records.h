// fedllm score --data: how a model does on the records of a file.
#pragma once

#include "command_line.h"

namespace fedllm::app {

Status score_records(const Arguments& arguments);
std::vector<Option> score_record_options();

}  // namespace fedllm::app
