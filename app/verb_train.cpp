// fedllm train
#include <cstdio>
#include <nlohmann/json.hpp>

#include "model_arguments.h"
#include "train_outcome.h"
#ifndef FEDLLM_ENGINE_ONLY
#include "train_records.h"
#endif

namespace fedllm::app {
namespace {

Status train_inputs(const Arguments& arguments) {
  train::ProbeTrainOptions options;
  if (!arguments.has("--steps")) return usage_error("train needs --steps N");
  FEDLLM_ASSIGN_OR_RETURN(options.steps, arguments.number("--steps", 0, 0));
  FEDLLM_ASSIGN_OR_RETURN(options.learning_rate, real(arguments, "--lr", 1e-3, 0));
  FEDLLM_ASSIGN_OR_RETURN(options.weight_decay, real(arguments, "--weight-decay", 0, 0));
  FEDLLM_ASSIGN_OR_RETURN(options.clip_norm, real(arguments, "--clip", 0, 0));
  FEDLLM_ASSIGN_OR_RETURN(const train::ProbeInput input, read_inputs(arguments.value("--inputs")));
  if (input.labels.empty()) return invalid_argument(arguments.value("--inputs") + ": expected \"labels\" to learn from", "command_line");
  FEDLLM_ASSIGN_OR_RETURN(const OpenModel model, open_model(arguments));
  FEDLLM_ASSIGN_OR_RETURN(const OpenAdapter start, starting_adapter(arguments, model));
  options.on_loss = [&](int step, double loss) { show_step(arguments, step, loss); };
  FEDLLM_ASSIGN_OR_RETURN(const train::ProbeTrain trained, model.backend->probe_train(*model.base, start.state, input, options));
  return report_training(arguments, {{"losses", trained.losses}, {"grad_norms", trained.grad_norms}}, trained.adapter, start.meta);
}

Status run(const Arguments& arguments) {
#ifndef FEDLLM_ENGINE_ONLY
  if (arguments.has("--data") && arguments.has("--inputs")) return usage_error("train takes --inputs or --data, not both");
  if (arguments.has("--data")) return train_records(arguments);
#endif
  if (!arguments.has("--inputs")) return usage_error("train needs --inputs FILE");
  return train_inputs(arguments);
}

std::vector<Option> options() {
  std::vector<Option> all = model_options({{"--inputs", "FILE", "JSON: input_ids, attention_mask and labels; all rows are one batch"},
                                           {"--adapter-init", "DIR", "starts from this adapter instead of a fresh one"},
                                           {"--steps", "N", "optimizer steps"},
                                           {"--lr", "X", "learning rate (default: 0.001)"},
                                           {"--weight-decay", "X", "of AdamW (default: 0)"},
                                           {"--clip", "X", "global gradient norm; 0: no clipping (default: 0)"},
                                           {"--save", "DIR", "writes the adapter in PEFT's layout"},
                                           {"--rank", "N", "of a fresh adapter (default: 8)"},
                                           {"--alpha", "X", "of a fresh adapter (default: twice the rank)"},
                                           {"--target-modules", "NAMES", "with commas, or all-linear (default: q, k, v and o, else all-linear)"},
                                           {"--modules-to-save", "NAMES", "with commas: a fresh adapter trains and keeps them whole, e.g. lm_head"},
                                           {"--seed", "N", "of a fresh adapter and of the order of records (default: 1)"}});
#ifndef FEDLLM_ENGINE_ONLY
  for (const Option& option : train_record_options()) all.push_back(option);
#endif
  return all;
}

const VerbEntry entry({"train", "", "train an adapter on one batch or on records, in one place", options(), run, 61, false,
                       "With --inputs every step sees the whole batch, unshuffled: AdamW (0.9, 0.999, 1e-8). The last line of --json has\n"
                       "`losses`: before each step and after the last, N + 1 numbers."});

}  // namespace
}  // namespace fedllm::app
