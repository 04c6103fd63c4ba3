#include "node/run_loading.h"

#include <algorithm>

namespace fedllm::node {

void warn_of_skipped(PreparedRun& run) {
  if (const int64_t skipped = run.opened.dataset ? run.opened.dataset->skipped_count() : 0; skipped > 0)
    run.warnings.push_back(std::to_string(skipped) + " bad lines of the dataset were skipped");
}

Status load_base(PreparedRun& run, train::Backend& backend) {
  train::LoadOptions options{.require_vocab = run.opened.tokenizer->vocab_size()};
  FEDLLM_ASSIGN_OR_RETURN(options.precision, train::base_precision(run.scenario.base_precision));
  FEDLLM_ASSIGN_OR_RETURN(run.base, backend.load_base(run.opened.model_dir, options));
  FEDLLM_ASSIGN_OR_RETURN(run.layout, run.base->lora_layout(run.scenario.lora));
  run.method = spec::find_method(run.scenario.strategy.aggregator);
  if (!run.method) return invalid_argument("strategy.aggregator: unknown method \"" + run.scenario.strategy.aggregator + "\"", "node.run_setup");
  FEDLLM_ASSIGN_OR_RETURN(adapter::AdapterState start, train::start_state(*run.base, run.layout, run.version_seed(0)));
  if (run.lays_basis()) start = adapter::AdapterState::zeros(run.layout);
  run.start = std::make_shared<const adapter::AdapterState>(std::move(start));
  if (run.shape(2).up == spec::LoraFactors::core) {
    // Also where it will be another: what it cannot be is refused before anybody trains.
    const int heads = spec::core_heads(*run.method, run.scenario.strategy.parameters);
    FEDLLM_ASSIGN_OR_RETURN(auto cores, adapter::Cores::make(run.layout, heads, run.version_seed(0)));
    if (!run.lays_basis()) run.basis->draw(std::move(cores));
  }
  for (const spec::ClientOverride& one : run.scenario.clients) {
    if (!one.rank || *one.rank >= run.scenario.lora.rank) continue;
    FEDLLM_ASSIGN_OR_RETURN(run.own_layouts[one.client], run.layout_of_rank(*one.rank));
  }
  FEDLLM_ASSIGN_OR_RETURN(run.codec, codec::make_codec(run.scenario.codec, run.scenario.codec_density.value_or(spec::kCodecDensity)));
  FEDLLM_ASSIGN_OR_RETURN(run.downlink, codec::make_codec(spec::downlink_codec(run.scenario), spec::downlink_density(run.scenario)));
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
