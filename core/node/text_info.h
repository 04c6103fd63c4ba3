// What Check and Preview tell about how records become text: the template that was resolved, the base model's own prompt
// format and why, notes in one sentence each, and what the first records look like as tokens.
#pragma once

#include "base/status.h"
#include "node/scenario_facts.h"
#include "wire/control.pb.h"

namespace fedllm::node {

// Needs the dataset; with a tokenizer the notes name what it lacks.
void fill_text(const OpenedScenario& opened, wire::TextInfo& out);
// Tokenises up to 64 records from the first on; the first that cannot be is the error. Needs dataset and tokenizer.
Status count_tokens(const OpenedScenario& opened, wire::TextInfo& out);
// One record as it will be tokenised: its text with the tokenizer's own BOS and EOS, what is scored, its tokens.
Status fill_record(const OpenedScenario& opened, int64_t record, wire::PreviewRecord& out);

}  // namespace fedllm::node
