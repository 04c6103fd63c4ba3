#include "node/run_loading.h"

#include <algorithm>

namespace fedllm::node {

void warn_of_skipped(PreparedRun& run) {
  if (const int64_t skipped = run.opened.dataset ? run.opened.dataset->skipped_count() : 0; skipped > 0)
    run.warnings.push_back(std::to_string(skipped) + " bad lines of the dataset were skipped");
}

Status load_base(PreparedRun& run, train::Backend& backend) {
  FEDLLM_ASSIGN_OR_RETURN(run.base, backend.load_base(run.opened.model_dir, run.opened.tokenizer->vocab_size()));
  FEDLLM_ASSIGN_OR_RETURN(run.layout, run.base->lora_layout(run.scenario.lora));
  FEDLLM_ASSIGN_OR_RETURN(run.codec, codec::make_codec(run.scenario.codec));
  return {};
}

TokenSource training_source(const PreparedRun& run) {
  return {run.opened.dataset, run.opened.text_template, run.opened.tokenizer, run.opened.model_dir,
          std::min(run.scenario.training.max_length, run.base->max_positions())};
}

Status tokenise_shards(PreparedRun& run, const SetupTools& tools) {
  const TokenSource source = training_source(run);
  FEDLLM_ASSIGN_OR_RETURN(run.tokens, TokenStore::open(source, tools.home, tools.pool, tools.stop));
  int64_t cut = 0;
  for (const auto& shard : run.partition.clients)
    cut += std::count_if(shard.begin(), shard.end(), [&](int64_t record) { return run.tokens->truncated(record); });
  if (cut > 0)
    run.warnings.push_back(std::to_string(cut) + " of " + std::to_string(run.train_records) + " records are longer than " +
                           std::to_string(source.max_length) + " tokens and were cut");
  return {};
}

std::string label_name(const data::Dataset& dataset, int64_t record) {
  const int32_t label = dataset.label_of(record);
  return label < 0 ? "" : dataset.labels()[static_cast<size_t>(label)];
}

}  // namespace fedllm::node
