// Dataset: an imported set of files, never copied. One streaming pass checks every line, finds records' byte ranges,
// collects field names and label values, and hashes the content; the record index lies in a file of the home
// (datasets/<hash>/index.bin, mapped when read; FORMAT.md), so memory does not grow with the file. The same unchanged
// files are not read twice. Records are read on demand; a file whose size has changed since, or a record that is none any
// more, is an error. Thread-safe after import.
// Source formats: JSONL; a JSON array of objects, of [text, label] pairs or of strings; a JSON object of arrays (the key
// becomes the field "split") or of objects (the key becomes "id"); CSV (RFC 4180, header row; comma, semicolon or tab);
// plain text (paragraphs; field "text"). Values: strings as they are, null empty, a list of strings as lines, else JSON.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/stop_token.h"
#include "data/example.h"
#include "data/tokenizer.h"
#include "spec/scenario.h"

namespace fedllm::data {

using Record = std::vector<std::pair<std::string, std::string>>;   // field -> text, in the file's order

struct ImportProgress { uint64_t bytes_done = 0, bytes_total = 0, records = 0, skipped = 0; };

struct BadLine { std::string file; uint64_t line = 0; std::string reason; };

struct ImportOptions {
  spec::DatasetSpec spec;                // files with paths already resolved
  std::string home;                      // where the index goes; empty: a temporary file
  std::string turns_format = "chatml";   // what "auto" reads conversations in
  std::function<void(const ImportProgress&)> progress;   // at most about 20 calls a second
  StopFlag stop;
};

class Dataset {
 public:
  // With bad_lines "refuse" the first bad line is the error, naming file, line number and reason. A line is bad if it
  // cannot be parsed, is not UTF-8, lacks the label or a field that the template cannot do without ("auto" is resolved
  // on the first record; where nothing fits, no field is asked for), or is a conversation that the prompt format cannot
  // say. CANCELLED after stop; nothing is left behind.
  static Result<std::shared_ptr<const Dataset>> import(const ImportOptions& options);
  virtual ~Dataset() = default;

  virtual const std::string& hash() const = 0;             // SHA-256 over content, formats, label and needed fields
  virtual int64_t size() const = 0;
  virtual const std::vector<std::string>& fields() const = 0;
  virtual const std::vector<std::string>& files() const = 0;
  virtual const std::vector<std::string>& labels() const = 0;   // distinct values of the label field, sorted; may be empty
  virtual int32_t label_of(int64_t record) const = 0;      // index into labels(), -1
  virtual int32_t file_of(int64_t record) const = 0;
  virtual Result<Record> read(int64_t record) const = 0;
  virtual const std::vector<BadLine>& skipped() const = 0; // the first 100
  virtual int64_t skipped_count() const = 0;
  virtual int64_t turns() const { return 0; }              // of all conversations; 0: there are none
};

// Bytes [begin, end) of a text.
struct TextSpan {
  size_t begin = 0, end = 0;
  bool operator==(const TextSpan&) const = default;
};
// Bytes that stand for a token of the tokenizer's own: BOS, BOS where its post-processor adds one, EOS.
struct TokenMark {
  enum class Kind { bos, added_bos, eos } kind = Kind::bos;
  size_t begin = 0, end = 0;
};
// A record as text under a template. `response_start` is the byte where the loss starts. Under a prompt format (chat_format.h)
// the loss is on `scored` only, and the text holds everything, its marks as "<s>" and "</s>".
struct RenderedRecord {
  std::string text;
  size_t response_start = 0;
  std::string format;               // prompt format, empty: prompt and response
  std::vector<TextSpan> scored;     // ascending, disjoint
  std::vector<TokenMark> marks;     // ascending, disjoint
  int turns = 0;
};
// Resolves "auto" against the fields: instruction (instruction/context|input/response|output|answer), question
// (question/answer), prompt (prompt/completion), text, or a conversation (messages, conversations) in `turns_format`; names
// match in any case. A prompt format takes the same fields and an optional system. In a template {field} stands for the
// field's text and {?field}…{/field} for a part that is left out where the field is missing or empty; other braces are
// literal. Missing fields are an error that names the record's field list and the nearest name.
Result<spec::TemplateSpec> resolve_template(const spec::TemplateSpec& wanted, const std::vector<std::string>& fields,
                                            std::string_view turns_format = "chatml");
// A single space that ends the prompt counts as the response's first character: tokenizers attach it to the word after.
Result<RenderedRecord> render(const Record& record, const spec::TemplateSpec& resolved);
// ids = BOS (where the file's post-processor adds one), prompt, response, EOS (where the tokenizer has one), cut on the
// right at max_length. Prompt and response are tokenised apart so that the mask is exact; the response is a continuation:
// no prefix space is put before it (Tokenizer::encode_continuation). With an empty prompt it is a text of its own. A prompt
// of max_length or more leaves nothing to score: prompt_length == ids.size().
// A prompt format: the ids of the whole text, as the tokenizer reads it, up to the last scored token; a token is scored
// where a scored byte is among its bytes. Cut on the right: the first answers stay.
Result<Example> tokenize(const RenderedRecord& rendered, const Tokenizer& tokenizer, int max_length);

}  // namespace fedllm::data
