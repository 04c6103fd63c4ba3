#include "train_records.h"

#include "record_source.h"
#include "train_outcome.h"

namespace fedllm::app {

std::vector<Option> train_record_options() {
  std::vector<Option> all = record_options();
  all.push_back({"--batch", "N", "with --data: records a step (default: 16)"});
  return all;
}

Status train_records(const Arguments& arguments) {
  train::LocalOptions options;
  if (!arguments.has("--steps")) return usage_error("train needs --steps N");
  FEDLLM_ASSIGN_OR_RETURN(options.steps, arguments.number("--steps", 0, 1));
  FEDLLM_ASSIGN_OR_RETURN(options.learning_rate, real(arguments, "--lr", 1e-3, 0));
  FEDLLM_ASSIGN_OR_RETURN(options.weight_decay, real(arguments, "--weight-decay", 0, 0));
  FEDLLM_ASSIGN_OR_RETURN(options.clip_norm, real(arguments, "--clip", 0, 0));
  FEDLLM_ASSIGN_OR_RETURN(options.batch_size, arguments.number("--batch", 16, 1));
  FEDLLM_ASSIGN_OR_RETURN(const int seed, arguments.number("--seed", 1, 0));
  options.seed = static_cast<uint64_t>(seed);
  FEDLLM_ASSIGN_OR_RETURN(const OpenModel model, open_model(arguments));
  FEDLLM_ASSIGN_OR_RETURN(const OpenAdapter start, starting_adapter(arguments, model));
  FEDLLM_ASSIGN_OR_RETURN(const RecordSource source, read_records(arguments, model));
  std::vector<double> losses;
  options.on_step = [&](int step, double loss, int64_t, double) {
    losses.push_back(loss);
    show_step(arguments, step - 1, loss);
  };
  FEDLLM_ASSIGN_OR_RETURN(const train::LocalResult trained, model.backend->train(*model.base, start.state, source.examples, options));
  return report_training(arguments,
                         {{"losses", losses}, {"records", source.examples.size()}, {"truncated", source.truncated}, {"tokens", trained.tokens}, {"seconds", trained.seconds}},
                         trained.adapter, start.meta);
}

}  // namespace fedllm::app
