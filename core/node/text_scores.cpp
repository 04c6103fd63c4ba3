#include "node/text_scores.h"

#include <algorithm>

#include "data/chat_format.h"
#include "data/text_measures.h"
#include "node/evaluation.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.text_scores";

class Scorer {
 public:
  Scorer(train::Backend& backend, const train::BaseModel& base, const adapter::AdapterState* adapter, const TokenSource& source, const TextScoreOptions& options)
      : backend_(backend), base_(base), adapter_(adapter), source_(source), options_(options) {}

  Result<std::map<std::string, TextScore>> run() {
    for (const std::string& metric : options_.metrics) scores_[metric];
    if (wanted("label_accuracy") || wanted("label_accuracy_norm")) FEDLLM_RETURN_IF_ERROR(labels());
    if (wanted("final_number") || wanted("rouge_l") || wanted("f1")) FEDLLM_RETURN_IF_ERROR(answers());
    return scores_;
  }

 private:
  bool wanted(const std::string& metric) const { return scores_.contains(metric); }
  void add(const std::string& metric, double value) {
    if (!wanted(metric)) return;
    scores_[metric].sum += value;
    ++scores_[metric].records;
  }
  std::vector<int64_t> chosen(size_t cap, const char* purpose) const {
    const bool all = options_.among.empty();
    std::vector<int64_t> records;
    for (const size_t i : choose(all ? static_cast<size_t>(source_.dataset->size()) : options_.among.size(), cap, options_.seed, purpose))
      records.push_back(all ? static_cast<int64_t>(i) : options_.among[i]);
    return records;
  }

  Status labels() {
    const std::vector<std::string>& names = source_.dataset->labels();
    if (names.size() < 2) return failed_precondition("label accuracy needs records with at least two labels, got " + std::to_string(names.size()), kWhere);
    for (const int64_t record : chosen(std::max<size_t>(4, kMostChoices / names.size()), "labels")) FEDLLM_RETURN_IF_ERROR(choose_label(record, names));
    return {};
  }

  // The record as it would be with every label, and which of them the model finds likeliest.
  Status choose_label(int64_t record, const std::vector<std::string>& names) {
    const int32_t own = source_.dataset->label_of(record);
    FEDLLM_ASSIGN_OR_RETURN(const data::Record fields, source_.dataset->read(record));
    std::vector<data::Example> choices;
    for (const std::string& name : names) {
      data::Record changed = fields;
      for (auto& [field, value] : changed)
        if (own >= 0 && value == names[static_cast<size_t>(own)]) value = name;
      FEDLLM_ASSIGN_OR_RETURN(const data::RenderedRecord text, data::render(changed, source_.text_template));
      FEDLLM_ASSIGN_OR_RETURN(data::Example example, data::tokenize(text, *source_.tokenizer, source_.max_length));
      choices.push_back(std::move(example));
    }
    const bool same = std::all_of(choices.begin(), choices.end(), [&](const auto& one) { return one.ids == choices.front().ids; });
    if (own < 0 || same || std::any_of(choices.begin(), choices.end(), [](const auto& one) { return one.truncated; })) return {};
    FEDLLM_ASSIGN_OR_RETURN(const std::vector<train::Score> scores, backend_.score(base_, adapter_, choices, options_.stop));
    const auto best = [&](auto&& value) { return std::min_element(scores.begin(), scores.end(), [&](const auto& a, const auto& b) { return value(a) < value(b); }) - scores.begin(); };
    add("label_accuracy", best([](const train::Score& s) { return s.loss_sum; }) == own ? 1 : 0);
    add("label_accuracy_norm", best([](const train::Score& s) { return s.mean_loss(); }) == own ? 1 : 0);
    return {};
  }

  Status answers() {
    for (const int64_t record : chosen(static_cast<size_t>(std::max(1, options_.max_records)), "answers")) {
      FEDLLM_ASSIGN_OR_RETURN(const data::Example example, tokenize_record(source_, record));
      FEDLLM_RETURN_IF_ERROR(answer(example));
    }
    return {};
  }

  Status answer(const data::Example& example) {
    const auto begin = static_cast<size_t>(example.prompt_length), end = example.scored.empty() ? example.ids.size() : static_cast<size_t>(example.scored.front().end);
    if (example.truncated || begin == 0 || begin >= end || begin >= static_cast<size_t>(base_.max_positions())) return {};
    const std::span<const int32_t> ids(example.ids);
    train::GenerateOptions generate{.max_new_tokens = options_.max_new_tokens, .top = 0, .stop = options_.stop};
    generate.eos_id = data::stop_token(source_.text_template.name, *source_.tokenizer);
    if (source_.tokenizer->eos_id() >= 0) generate.stop_ids = {source_.tokenizer->eos_id()};
    FEDLLM_ASSIGN_OR_RETURN(const train::Generated made, backend_.generate(base_, adapter_, ids.first(begin), generate));
    const std::string said = source_.tokenizer->decode(made.ids), expected = source_.tokenizer->decode(ids.subspan(begin, end - begin));
    add("final_number", data::same_final_number(said, expected) ? 1 : 0);
    add("rouge_l", data::rouge_l(said, expected));
    add("f1", data::token_f1(said, expected));
    return {};
  }

  train::Backend& backend_;
  const train::BaseModel& base_;
  const adapter::AdapterState* adapter_;
  const TokenSource& source_;
  const TextScoreOptions& options_;
  std::map<std::string, TextScore> scores_;
};

}  // namespace

Result<std::map<std::string, TextScore>> text_scores(train::Backend& backend, const train::BaseModel& base, const adapter::AdapterState* adapter, const TokenSource& source,
                                                     const TextScoreOptions& options) {
  return Scorer(backend, base, adapter, source, options).run();
}

}  // namespace fedllm::node
