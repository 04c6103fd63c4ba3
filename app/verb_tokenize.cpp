// fedllm tokenize
#include "base/text.h"
#include "event_line.h"
#include "tokenizer_source.h"

namespace fedllm::app {
namespace {

// `2 tokens: 15496 "Hello" 995 " world"`: what a person wants to see of a text.
std::string plain_line(const data::Tokenizer& tokenizer, const std::vector<int32_t>& ids) {
  std::string line = std::to_string(ids.size()) + (ids.size() == 1 ? " token:" : " tokens:");
  for (const int32_t id : ids) line += " " + std::to_string(id) + " " + to_line(tokenizer.token_text(id));
  return line;
}

Status run(const Arguments& arguments) {
  const bool from_file = arguments.has("--texts"), from_words = arguments.has("--text");
  if (from_file == from_words) return usage_error("tokenize needs either --texts FILE or --text TEXT");
  FEDLLM_ASSIGN_OR_RETURN(const auto tokenizer, open_tokenizer(arguments));
  std::vector<std::string> texts = arguments.values("--text");
  if (from_file) {
    FEDLLM_ASSIGN_OR_RETURN(texts, read_texts(arguments.value("--texts")));
  }
  for (const std::string& text : texts) {
    const std::vector<int32_t> ids = tokenizer->encode(text, arguments.has("--add-specials"));
    print_line(arguments.json() ? to_line(ids) : plain_line(*tokenizer, ids));
  }
  return {};
}

const VerbEntry entry({"tokenize",
                       "",
                       "show the token ids of texts",
                       {{"--model", "DIR", "a folder with tokenizer.json or tokenizer.model; or builtin:NAME"},
                        {"--texts", "FILE", "a JSON array of strings"},
                        {"--text", "TEXT", "one text; may be repeated"},
                        {"--add-specials", "", "add what the tokenizer puts around a text, such as BOS"}},
                       run,
                       60,
                       false,
                       "One line a text: with --json an array of ids, else each id with its text. Special tokens that are written\n"
                       "out in a text are found there either way."});

}  // namespace
}  // namespace fedllm::app
