// A shard's records as examples, tokenised once: what a local trainer steps over and an evaluator scores. Reading,
// rendering and tokenising are thread-safe, so several clients can be built at once. Lengths are in tokens.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/stop_token.h"
#include "data/dataset.h"
#include "data/partition.h"

namespace fedllm::data {

// Examples of `records` in their order, with labels. `resolved` comes from resolve_template. The first record that
// cannot be read or rendered is the error, by its number.
Result<std::vector<Example>> build_examples(const Dataset& dataset, std::span<const int64_t> records, const spec::TemplateSpec& resolved,
                                            const Tokenizer& tokenizer, int max_length, StopFlag stop = {});

// Tokens of every record of the dataset after cutting at max_length, by `threads` threads: keep it, and sum per client as
// often as the partition changes.
Result<std::vector<int32_t>> record_tokens(const Dataset& dataset, const spec::TemplateSpec& resolved, const Tokenizer& tokenizer,
                                           int max_length, int threads = 1, StopFlag stop = {});
std::vector<int64_t> client_tokens(const Partition& partition, std::span<const int32_t> tokens_of_record);

}  // namespace fedllm::data
