// fedllm detokenize
#include "event_line.h"
#include "tokenizer_source.h"

namespace fedllm::app {
namespace {

Status check_ids(const data::Tokenizer& tokenizer, const std::vector<int32_t>& ids, size_t row) {
  for (const int32_t id : ids)
    if (id >= tokenizer.vocab_size())
      return invalid_argument("item " + std::to_string(row + 1) + ": expected ids below " + std::to_string(tokenizer.vocab_size()) +
                                  ", the size of the vocabulary, got " + std::to_string(id), "command_line");
  return {};
}

Status run(const Arguments& arguments) {
  if (!arguments.has("--ids")) return usage_error("detokenize needs --ids FILE");
  FEDLLM_ASSIGN_OR_RETURN(const auto tokenizer, open_tokenizer(arguments));
  FEDLLM_ASSIGN_OR_RETURN(const auto rows, read_ids(arguments.value("--ids")));
  for (size_t row = 0; row < rows.size(); ++row) FEDLLM_RETURN_IF_ERROR(check_ids(*tokenizer, rows[row], row));
  for (const std::vector<int32_t>& ids : rows) {
    const std::string text = tokenizer->decode(ids, arguments.has("--skip-specials"));
    print_line(arguments.json() ? to_line(text) : text);
  }
  return {};
}

const VerbEntry entry({"detokenize",
                       "",
                       "show the texts that token ids stand for",
                       {{"--model", "DIR", "a folder with tokenizer.json or tokenizer.model; or builtin:NAME"},
                        {"--ids", "FILE", "a JSON array of arrays of ids"},
                        {"--skip-specials", "", "leave special tokens such as BOS out"}},
                       run,
                       61,
                       false,
                       "One line a text: with --json a JSON string, else the text as it is. Special tokens are shown unless they are\n"
                       "skipped."});

}  // namespace
}  // namespace fedllm::app
