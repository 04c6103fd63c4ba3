// How good a model's answers to records are, beyond the loss on them: label_accuracy (the label that is likeliest as the
// response is the record's own; sum of its tokens' log-likelihoods) and label_accuracy_norm (their mean), final_number,
// rouge_l and f1 (of a greedy answer of at most max_new_tokens tokens, text_measures.h). Slow, so records are chosen by
// seed and capped: `max_records` of them for answers, and as many as make kMostChoices sequences for labels, at least 4.
// A record counts for labels where a field holds its label as the response; for answers where it is not cut.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "node/token_store.h"
#include "spec/names.h"
#include "train/backend.h"

namespace fedllm::node {

inline constexpr auto& kTextMetrics = spec::kEvaluationMetrics;
inline constexpr size_t kMostChoices = 512;

struct TextScoreOptions {
  std::vector<std::string> metrics;    // of kTextMetrics
  std::vector<int64_t> among;          // records to choose from; empty: all
  int max_records = 32, max_new_tokens = 64;
  uint64_t seed = 1;
  StopFlag stop;
};
struct TextScore {
  double sum = 0;
  int64_t records = 0;
  double mean() const { return records > 0 ? sum / static_cast<double>(records) : 0; }
};
// metric -> score. Labels asked for of records without two labels are an error.
Result<std::map<std::string, TextScore>> text_scores(train::Backend& backend, const train::BaseModel& base, const adapter::AdapterState* adapter, const TokenSource& source,
                                                     const TextScoreOptions& options);

}  // namespace fedllm::node
