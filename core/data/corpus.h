// A pretraining corpus: plain UTF-8 text, one document a line, as token ids for Backend::pretrain (little-endian uint16,
// an end mark after every document). Empty lines are skipped; CR LF is taken as a line's end.
// Errors name file and line. One thread; memory is the ids, not the text.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "data/tokenizer.h"

namespace fedllm::data {

struct CorpusFacts { int64_t documents = 0, tokens = 0; };   // tokens: end marks included

// Calls `visit` for every document; stops at its first error, which gets "line N" before it.
Status each_document(const std::string& path, const std::function<Status(std::string_view)>& visit);
// Writes the ids of `path` to `out_path`. FAILED_PRECONDITION where ids do not fit 16 bits or there is no end mark.
Result<CorpusFacts> encode_corpus(const std::string& path, const Tokenizer& tokenizer, const std::string& out_path);

}  // namespace fedllm::data
