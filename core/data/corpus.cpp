#include "data/corpus.h"

#include <algorithm>

#include "base/file.h"

namespace fedllm::data {
namespace {

void append_id(std::string& bytes, int32_t id) {
  bytes.push_back(static_cast<char>(id & 0xFF));
  bytes.push_back(static_cast<char>((id >> 8) & 0xFF));
}

Status check_ids_fit(const Tokenizer& tokenizer) {
  if (tokenizer.eos_id() < 0)
    return failed_precondition("expected a tokenizer with an end-of-text token, which separates documents", "data.corpus");
  if (tokenizer.vocab_size() > 65536)
    return failed_precondition("expected at most 65536 tokens, since a corpus stores 16 bits a token, got " +
                                   std::to_string(tokenizer.vocab_size()), "data.corpus");
  return {};
}

}  // namespace

Status each_document(const std::string& path, const std::function<Status(std::string_view)>& visit) {
  FEDLLM_ASSIGN_OR_RETURN(const auto file, MappedFile::open(path));
  std::string_view rest = file->text();
  for (int64_t line = 1; !rest.empty(); ++line) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view document = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!document.empty() && document.back() == '\r') document.remove_suffix(1);
    if (document.empty()) continue;
    if (const Status status = visit(document); !status.ok()) return status.with_prefix(path + " line " + std::to_string(line));
  }
  return {};
}

Result<CorpusFacts> encode_corpus(const std::string& path, const Tokenizer& tokenizer, const std::string& out_path) {
  FEDLLM_RETURN_IF_ERROR(check_ids_fit(tokenizer));
  CorpusFacts facts;
  std::string bytes;
  FEDLLM_RETURN_IF_ERROR(each_document(path, [&](std::string_view document) {
    for (const int32_t id : tokenizer.encode(document, false)) append_id(bytes, id);
    append_id(bytes, tokenizer.eos_id());
    ++facts.documents;
    return Status();
  }));
  if (facts.documents == 0) return failed_precondition("expected documents in " + path + ", got none", "data.corpus");
  facts.tokens = static_cast<int64_t>(bytes.size() / 2);
  FEDLLM_RETURN_IF_ERROR(write_file_atomic(out_path, bytes));
  return facts;
}

}  // namespace fedllm::data
