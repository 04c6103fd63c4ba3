// Records of --data FILE as token ids for a model: imported, put into --template's words (auto: as the file's fields and the
// model's own prompt format say), cut at --max-length. Every refusal is one sentence that names the file and the record.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command_line.h"
#include "data/dataset.h"
#include "data/tokenizer.h"
#include "model_arguments.h"
#include "node/token_store.h"

namespace fedllm::app {

struct RecordSource {
  node::TokenSource tokens;
  std::vector<data::Example> examples;
  int64_t truncated = 0;
};
Result<RecordSource> read_records(const Arguments& arguments, const OpenModel& model);
// The options that it reads.
std::vector<Option> record_options();

}  // namespace fedllm::app
