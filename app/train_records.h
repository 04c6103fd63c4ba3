// fedllm train --data: centralised training on the records of a file.
#pragma once

#include "command_line.h"

namespace fedllm::app {

Status train_records(const Arguments& arguments);
std::vector<Option> train_record_options();

}  // namespace fedllm::app
