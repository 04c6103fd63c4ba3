#include "data/token_cache.h"

#include <algorithm>
#include <mutex>
#include <thread>

namespace fedllm::data {
namespace {

Result<Example> example_of(const Dataset& dataset, int64_t record, const spec::TemplateSpec& resolved, const Tokenizer& tokenizer, int max_length) {
  const auto build = [&]() -> Result<Example> {
    FEDLLM_ASSIGN_OR_RETURN(const Record fields, dataset.read(record));
    FEDLLM_ASSIGN_OR_RETURN(const RenderedRecord rendered, render(fields, resolved));
    return tokenize(rendered, tokenizer, max_length);
  };
  Result<Example> example = build();
  if (!example.ok()) return example.status().with_prefix("record " + std::to_string(record + 1));
  example->label = dataset.label_of(record);
  return example;
}

}  // namespace

Result<std::vector<Example>> build_examples(const Dataset& dataset, std::span<const int64_t> records, const spec::TemplateSpec& resolved,
                                            const Tokenizer& tokenizer, int max_length, StopFlag stop) {
  std::vector<Example> examples;
  examples.reserve(records.size());
  for (const int64_t record : records) {
    if (stop.requested()) return cancelled("tokenising cancelled", "data.tokens");
    FEDLLM_ASSIGN_OR_RETURN(Example example, example_of(dataset, record, resolved, tokenizer, max_length));
    example.ids.shrink_to_fit();
    examples.push_back(std::move(example));
  }
  return examples;
}

Result<std::vector<int32_t>> record_tokens(const Dataset& dataset, const spec::TemplateSpec& resolved, const Tokenizer& tokenizer,
                                           int max_length, int threads, StopFlag stop) {
  std::vector<int32_t> tokens(static_cast<size_t>(dataset.size()));
  std::mutex mutex;
  Status first_error;
  const StopFlag failed;
  const auto work = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end && !failed.requested(); ++i) {
      Status status = stop.requested() ? cancelled("tokenising cancelled", "data.tokens") : Status();
      if (status.ok()) {
        const auto example = example_of(dataset, i, resolved, tokenizer, max_length);
        status = example.status();
        if (example.ok()) tokens[static_cast<size_t>(i)] = static_cast<int32_t>(example->ids.size());
      }
      if (status.ok()) continue;
      failed.request();
      const std::lock_guard lock(mutex);
      if (first_error.ok()) first_error = status;
    }
  };
  const int64_t parts = std::clamp<int64_t>(threads, 1, std::max<int64_t>(dataset.size(), 1));
  std::vector<std::jthread> others;
  for (int64_t p = 1; p < parts; ++p) others.emplace_back(work, dataset.size() * p / parts, dataset.size() * (p + 1) / parts);
  work(0, dataset.size() / parts);
  others.clear();
  if (!first_error.ok()) return first_error;
  return tokens;
}

std::vector<int64_t> client_tokens(const Partition& partition, std::span<const int32_t> tokens_of_record) {
  std::vector<int64_t> sums;
  for (const auto& records : partition.clients) {
    int64_t sum = 0;
    for (const int64_t record : records)
      if (record < static_cast<int64_t>(tokens_of_record.size())) sum += tokens_of_record[static_cast<size_t>(record)];
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace fedllm::data
