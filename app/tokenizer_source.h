// What the verbs that deal with text and ids share: the tokenizer of --model (a folder, or builtin:NAME) and lists of
// texts or ids in JSON files. Every refusal is one sentence that names the file and the item.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "command_line.h"
#include "data/tokenizer.h"

namespace fedllm::app {

Result<std::shared_ptr<const data::Tokenizer>> open_tokenizer(const Arguments& arguments, const std::string& otherwise = {});
// A JSON array of strings.
Result<std::vector<std::string>> read_texts(const std::string& path);
// A JSON array of arrays of ids, or one array of ids.
Result<std::vector<std::vector<int32_t>>> read_ids(const std::string& path);

}  // namespace fedllm::app
