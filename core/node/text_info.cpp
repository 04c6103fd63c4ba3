#include "node/text_info.h"

#include <algorithm>

#include "data/chat_format.h"
#include "node/token_store.h"
#include "spec/names.h"

namespace fedllm::node {
namespace {

constexpr int64_t kLookedAt = 64;   // records; enough to see a wrong format, quick enough for every edit

int64_t scored_tokens(const data::Example& example) {
  int64_t count = 0;
  data::each_scored(example, [&](int32_t begin, int32_t end) { count += end - begin; });
  return count;
}

void add_span(size_t begin, size_t end, wire::PreviewRecord& out) {
  wire::TextSpan& span = *out.add_scored();
  span.set_begin(static_cast<int64_t>(begin));
  span.set_end(static_cast<int64_t>(end));
}

}  // namespace

void fill_text(const OpenedScenario& opened, wire::TextInfo& out) {
  const std::string& name = opened.text_template.name;
  out.set_template_name(name);
  out.set_model_format(opened.format.name);
  out.set_model_format_reason(opened.format.reason);
  if (opened.dataset) out.set_turns(opened.dataset->turns());
  if (opened.tokenizer)
    for (const std::string& warning : data::format_warnings(name, *opened.tokenizer)) out.add_warnings(warning);
  if (opened.format.name.empty()) return;
  if (opened.format.name != name)
    out.add_notes("the base model's own prompt format is " + opened.format.name + ", the records are written as " + name);
  else
    for (const std::string& note : opened.format.notes) out.add_notes(note);
}

Status count_tokens(const OpenedScenario& opened, wire::TextInfo& out) {
  const TokenSource source{opened.dataset, opened.text_template, opened.tokenizer, opened.model_dir,
                           opened.scenario.training.max_length};
  const int64_t records = std::min(kLookedAt, opened.dataset->size());
  int64_t unscored = 0, truncated = 0;
  for (int64_t record = 0; record < records; ++record) {
    FEDLLM_ASSIGN_OR_RETURN(const data::Example example, tokenize_record(source, record));
    unscored += scored_tokens(example) == 0 ? 1 : 0;
    truncated += example.truncated ? 1 : 0;
  }
  out.set_looked_at(records);
  out.set_unscored(unscored);
  out.set_truncated(truncated);
  return {};
}

Status fill_record(const OpenedScenario& opened, int64_t record, wire::PreviewRecord& out) {
  FEDLLM_ASSIGN_OR_RETURN(const data::Record fields, opened.dataset->read(record));
  FEDLLM_ASSIGN_OR_RETURN(data::RenderedRecord rendered, data::render(fields, opened.text_template));
  if (opened.tokenizer) {
    FEDLLM_ASSIGN_OR_RETURN(const data::Example example,
                            data::tokenize(rendered, *opened.tokenizer, opened.scenario.training.max_length));
    out.set_tokens(static_cast<int32_t>(example.ids.size()));
    out.set_scored_tokens(static_cast<int32_t>(scored_tokens(example)));
    out.set_truncated(example.truncated);
    rendered = data::with_own_tokens(rendered, *opened.tokenizer);
  }
  out.set_record(record);
  out.set_text(rendered.text);
  out.set_response_start(static_cast<int64_t>(rendered.response_start));
  out.set_turns(rendered.turns);
  for (const data::TextSpan& span : rendered.scored) add_span(span.begin, span.end, out);
  if (rendered.format.empty()) add_span(rendered.response_start, rendered.text.size(), out);
  if (const int32_t label = opened.dataset->label_of(record); label >= 0)
    out.set_label(opened.dataset->labels()[static_cast<size_t>(label)]);
  for (const auto& [field, value] : fields) {
    out.add_fields(field);
    out.add_values(value);
  }
  return {};
}

}  // namespace fedllm::node
