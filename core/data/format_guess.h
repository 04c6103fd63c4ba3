// Which prompt format a model was tuned with, as its own files say: the chat template in tokenizer_config.json (or
// chat_template.jinja beside it), recognised by what it writes, else the special tokens of its tokenizer. Nothing found is
// no error: `name` stays empty and the reason says so. Where the model's own template does more than the format of that
// name (a system turn of its own, a date, a thinking block), a note says what is left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace fedllm::data {

struct FormatGuess {
  std::string name;                 // one of spec::kChatFormats, or empty
  std::string reason;               // "its chat template writes <|im_start|>"
  std::vector<std::string> notes;   // one sentence each
};

// Errors: a tokenizer_config.json that is no JSON object.
Result<FormatGuess> guess_format(const std::string& model_dir);
// The same for a chat template's text.
FormatGuess guess_from_template(std::string_view chat_template);

}  // namespace fedllm::data
