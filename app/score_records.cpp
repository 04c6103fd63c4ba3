#include "score_records.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "node/evaluation.h"
#include "node/text_scores.h"
#include "record_source.h"

namespace fedllm::app {

using nlohmann::ordered_json;

namespace {

Result<node::TextScoreOptions> text_options(const Arguments& arguments) {
  node::TextScoreOptions options;
  const std::string names = arguments.value("--metrics");
  for (size_t start = 0; start < names.size();) {
    const size_t end = std::min(names.find(',', start), names.size());
    const std::string name = names.substr(start, end - start);
    std::string known;
    bool found = false;
    for (const std::string_view each : node::kTextMetrics) {
      found = found || each == name;
      known += (known.empty() ? "" : ", ") + std::string(each);
    }
    if (!found) return usage_error("--metrics: expected some of " + known + " with commas between them, got \"" + name + "\"");
    options.metrics.push_back(name);
    start = end + 1;
  }
  FEDLLM_ASSIGN_OR_RETURN(options.max_records, arguments.number("--max-records", options.max_records, 1));
  FEDLLM_ASSIGN_OR_RETURN(options.max_new_tokens, arguments.number("--max-new", options.max_new_tokens, 1));
  return options;
}

}  // namespace

std::vector<Option> score_record_options() {
  std::vector<Option> all = record_options();
  all.push_back({"--metrics", "NAMES", "with --data: label_accuracy, label_accuracy_norm, final_number, rouge_l, f1, with commas"});
  all.push_back({"--max-records", "N", "records answered for final_number, rouge_l and f1 (default: 32)"});
  all.push_back({"--max-new", "N", "tokens of such an answer at most (default: 64)"});
  return all;
}

Status score_records(const Arguments& arguments) {
  if (arguments.has("--logits")) return usage_error("--logits is for --inputs");
  FEDLLM_ASSIGN_OR_RETURN(const node::TextScoreOptions text_wanted, text_options(arguments));
  FEDLLM_ASSIGN_OR_RETURN(const OpenModel model, open_model(arguments));
  FEDLLM_ASSIGN_OR_RETURN(const OpenAdapter adapter, open_adapter(arguments, "--adapter"));
  FEDLLM_ASSIGN_OR_RETURN(const RecordSource source, read_records(arguments, model));
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<train::Score> scores, model.backend->score(*model.base, adapter.get(), source.examples, {}));
  train::Score sum;
  for (const train::Score& score : scores) node::add_score(sum, score);
  if (sum.tokens == 0) return invalid_argument(arguments.value("--data") + ": no record has a response token to score", "command_line");
  const auto share = [](int64_t part, int64_t of) { return static_cast<double>(part) / static_cast<double>(of); };
  ordered_json line = {{"loss", sum.mean_loss()},
                             {"tokens", sum.tokens},
                             {"perplexity", std::exp(sum.mean_loss())},
                             {"correct", sum.correct},
                             {"token_accuracy", share(sum.correct, sum.tokens)},
                             {"exact", share(sum.exact, sum.records)},
                             {"records", sum.records},
                             {"truncated", source.truncated}};
  FEDLLM_ASSIGN_OR_RETURN(const auto measured, node::text_scores(*model.backend, *model.base, adapter.get(), source.tokens, text_wanted));
  for (const auto& [metric, score] : measured)
    line["metrics"][metric] = {{"mean", score.records > 0 ? ordered_json(score.mean()) : ordered_json(nullptr)}, {"records", score.records}};
  char text[160];
  std::snprintf(text, sizeof text, "loss %.6f over %lld label tokens of %lld records, perplexity %.4g, token accuracy %.4f", sum.mean_loss(),
                static_cast<long long>(sum.tokens), static_cast<long long>(sum.records), std::exp(sum.mean_loss()), share(sum.correct, sum.tokens));
  print_line(arguments.json() ? line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) : text);
  if (arguments.json()) return {};
  for (const auto& [metric, score] : measured) {
    std::snprintf(text, sizeof text, "%s %.4f over %lld records", metric.c_str(), score.mean(), static_cast<long long>(score.records));
    print_line(text);
  }
  return {};
}

}  // namespace fedllm::app
