// What every PreparedRun loads, whoever prepares it (run_setup, member_setup): base model, adapter layout, codec, tokens, and
// the warnings about records that were skipped or cut.
#pragma once

#include "node/run_setup.h"

namespace fedllm::node {

void warn_of_skipped(PreparedRun& run);
Status load_base(PreparedRun& run, train::Backend& backend);
// How the run's records become tokens; its base model is loaded.
TokenSource training_source(const PreparedRun& run);
Status tokenise_shards(PreparedRun& run, const SetupTools& tools);
std::string label_name(const data::Dataset& dataset, int64_t record);  // empty: none

}  // namespace fedllm::node
