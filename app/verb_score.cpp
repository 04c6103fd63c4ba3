// fedllm score
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "adapter/safetensors.h"
#include "base/file.h"
#include "model_arguments.h"
#ifndef FEDLLM_ENGINE_ONLY
#include "score_records.h"
#endif

namespace fedllm::app {
namespace {

using nlohmann::ordered_json;

Status write_logits(const std::string& path, const train::ProbeInput& input, int vocab, const std::vector<float>& logits) {
  std::vector<adapter::TensorToWrite> tensors;
  tensors.push_back(adapter::view_tensor("logits", {input.batch, input.length, vocab}, logits));
  return write_file_atomic(path, adapter::serialize_safetensors(std::move(tensors)));
}

std::string sentence(const train::Probe& probe) {
  char text[160];
  std::snprintf(text, sizeof text, "loss %.6f over %lld label tokens, perplexity %.4g, token accuracy %.4f", probe.loss, static_cast<long long>(probe.tokens),
                std::exp(probe.loss), static_cast<double>(probe.correct) / static_cast<double>(probe.tokens));
  return text;
}

ordered_json figures(const train::Probe& probe) {
  if (probe.tokens == 0) return {{"loss", nullptr}, {"tokens", 0}};
  return {{"loss", probe.loss},
          {"tokens", probe.tokens},
          {"perplexity", std::exp(probe.loss)},
          {"correct", probe.correct},
          {"token_accuracy", static_cast<double>(probe.correct) / static_cast<double>(probe.tokens)}};
}

Status score_inputs(const Arguments& arguments) {
  const std::string logits = arguments.value("--logits");
  FEDLLM_ASSIGN_OR_RETURN(train::ProbeInput input, read_inputs(arguments.value("--inputs")));
  if (input.labels.empty() && logits.empty())
    return invalid_argument(arguments.value("--inputs") + ": expected \"labels\" to score; without them only --logits can be asked for", "command_line");
  FEDLLM_ASSIGN_OR_RETURN(const OpenModel model, open_model(arguments));
  FEDLLM_ASSIGN_OR_RETURN(const OpenAdapter adapter, open_adapter(arguments, "--adapter"));
  input.want_logits = !logits.empty();
  input.want_gradients = false;
  FEDLLM_ASSIGN_OR_RETURN(const train::Probe probe, model.backend->probe(*model.base, adapter.get(), input));
  if (!logits.empty()) FEDLLM_RETURN_IF_ERROR(write_logits(logits, input, model.base->vocab_size(), probe.logits));
  ordered_json line = figures(probe);
  if (!logits.empty()) line["logits"] = logits;
  print_line(arguments.json() ? line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) : probe.tokens > 0 ? sentence(probe) : "logits: " + logits);
  return {};
}

Status run(const Arguments& arguments) {
#ifndef FEDLLM_ENGINE_ONLY
  if (arguments.has("--data") && arguments.has("--inputs")) return usage_error("score takes --inputs or --data, not both");
  if (arguments.has("--data")) return score_records(arguments);
#endif
  if (!arguments.has("--inputs")) return usage_error("score needs --inputs FILE");
  return score_inputs(arguments);
}

std::vector<Option> options() {
  std::vector<Option> all = model_options({{"--adapter", "DIR", "an adapter in PEFT's layout"},
                                           {"--inputs", "FILE", "JSON: input_ids, attention_mask and labels, one batch"},
                                           {"--logits", "FILE", "writes the logits as safetensors, f32 [rows, T, V]"}});
#ifndef FEDLLM_ENGINE_ONLY
  for (const Option& option : score_record_options()) all.push_back(option);
#endif
  return all;
}

const VerbEntry entry({"score", "", "loss and accuracy of a model, with or without an adapter", options(), run, 60, false,
                       "loss: mean of -ln p over the label tokens, in nats; labels of -100 are not scored."});

}  // namespace
}  // namespace fedllm::app
