// Dataset::import: the one streaming pass, or none where the same unchanged files were imported before.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <unordered_map>

#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "data/file_dataset.h"
#include "data/chat_format.h"
#include "data/text_template.h"
#include "spec/names.h"

namespace fedllm::data {
namespace {

namespace fs = std::filesystem;
constexpr const char* kWhere = "data.import";
constexpr size_t kMaxLabels = 10'000;
constexpr size_t kMaxFields = 1'000;
constexpr size_t kMaxSkippedKept = 100;
constexpr std::chrono::milliseconds kProgressEvery{50};

class Importer final : public RecordSink {
 public:
  explicit Importer(const ImportOptions& options) : options_(options), spec_(options.spec) {}
  Result<IndexSummary> run(IndexWriter& writer);
  Status record(const RawRecord& raw) override;
  Status bad(uint64_t line, std::string reason) override;

 private:
  Status measure();
  Status read_file(size_t number);
  Status on_chunk(size_t bytes);
  void report(bool always);
  Status expect_template(const Record& record);
  // The reason why a parsed record cannot be used, or empty.
  std::string problem_of(const Record& record);
  bool stands_without_required(const Record& record) const;
  Status check_turns(const Record& record);
  void learn_fields(const Record& record);
  Result<int32_t> label_number(const std::string& text);
  uint32_t key_number(const RawRecord& raw);
  Status no_records() const;

  const ImportOptions& options_;
  const spec::DatasetSpec& spec_;
  IndexWriter* writer_ = nullptr;
  IndexSummary summary_;
  RecordParser parser_;
  Record record_;
  size_t file_ = 0;
  bool knows_template_ = false;
  std::vector<std::string> required_;
  std::string format_;                   // prompt format that the records are written in; empty: none
  std::unordered_map<std::string, int32_t> labels_;
  std::vector<std::string> hashes_;
  ImportProgress progress_;
  std::chrono::steady_clock::time_point reported_{};
};

Status Importer::measure() {
  for (const std::string& path : spec_.files) {
    std::error_code error;
    const uint64_t size = fs::file_size(path, error);
    if (error) return Status(Code::not_found, "cannot read " + path + ": " + error.message(), kWhere);
    if (size == 0) return invalid_argument(path + " is empty", kWhere);
    progress_.bytes_total += size;
  }
  return {};
}

void Importer::report(bool always) {
  const auto now = std::chrono::steady_clock::now();
  if (!options_.progress || (!always && now - reported_ < kProgressEvery)) return;
  reported_ = now;
  options_.progress(progress_);
}

Status Importer::on_chunk(size_t bytes) {
  if (options_.stop.requested()) return cancelled("import cancelled", kWhere);
  progress_.bytes_done += bytes;
  progress_.bytes_total = std::max(progress_.bytes_total, progress_.bytes_done);
  report(false);
  return {};
}

Result<IndexSummary> Importer::run(IndexWriter& writer) {
  writer_ = &writer;
  FEDLLM_RETURN_IF_ERROR(measure());
  for (size_t i = 0; i < spec_.files.size(); ++i) {
    file_ = i;
    if (Status status = read_file(i); !status.ok())
      return status.code() == Code::cancelled ? status : status.with_prefix(spec_.files[i]);
  }
  if (writer.count() == 0) return no_records();
  std::sort(required_.begin(), required_.end());
  std::string text = "fedllm dataset 1\nlabel " + spec_.label + "\nrequired " + join(required_, ",") + "\n";
  for (size_t i = 0; i < hashes_.size(); ++i)
    text += std::string(format_name(summary_.files[i].layout.format)) + " " + hashes_[i] + "\n";
  text += "skipped " + std::to_string(summary_.skipped_count) + "\n";
  summary_.hash = sha256_hex(text);
  report(true);
  return std::move(summary_);
}

Status Importer::no_records() const {
  std::string message = spec_.files.size() == 1 ? spec_.files[0] + " holds no records" : "the files hold no records";
  if (!summary_.skipped.empty())
    message += ": " + std::to_string(summary_.skipped_count) + " skipped, the first at line " +
               std::to_string(summary_.skipped[0].line) + ": " + summary_.skipped[0].reason;
  return invalid_argument(message, kWhere);
}

Status Importer::read_file(size_t number) {
  const std::string& path = spec_.files[number];
  IndexedFile& file = summary_.files.emplace_back();
  if (spec_.format == "auto") {
    FEDLLM_ASSIGN_OR_RETURN(const std::string head, read_head(path));
    FEDLLM_ASSIGN_OR_RETURN(file.layout.format, detect_format(path, head));
  } else {
    FEDLLM_ASSIGN_OR_RETURN(file.layout.format, format_from(spec_.format));
  }
  FEDLLM_ASSIGN_OR_RETURN(ByteStream stream, ByteStream::open(path, [this](size_t bytes) { return on_chunk(bytes); }));
  FEDLLM_RETURN_IF_ERROR(scan(stream, summary_.files.back().layout, *this));
  file.size = stream.bytes_read();
  hashes_.push_back(stream.sha256());
  return {};
}

Status Importer::bad(uint64_t line, std::string reason) {
  if (spec_.bad_lines != "skip") return scan_error(line, reason);
  ++summary_.skipped_count;
  ++progress_.skipped;
  if (summary_.skipped.size() < kMaxSkippedKept) summary_.skipped.push_back({std::to_string(file_), line, std::move(reason)});
  return {};
}

// The first record decides what an "auto" template needs; one that fits nothing asks nothing, since fields may still be
// mapped by hand.
Status Importer::expect_template(const Record& record) {
  std::vector<std::string> fields;
  for (const auto& [name, text] : record) fields.push_back(name);
  const auto resolved = resolve_template(spec_.text_template, fields, options_.turns_format);
  const bool is_auto =
      spec_.text_template.name == "auto" && spec_.text_template.response.empty() && spec_.text_template.prompt.empty();
  knows_template_ = resolved.ok() || is_auto;
  if (resolved.ok()) required_ = required_fields(*resolved);
  if (resolved.ok() && spec::is_chat_format(resolved->name)) format_ = resolved->name;
  return knows_template_ ? Status() : resolved.status();
}

// A file may mix conversations and single turns: a prompt format takes both.
bool Importer::stands_without_required(const Record& record) const {
  if (format_.empty()) return false;
  if (find_turns(record)) return true;
  std::vector<std::string> fields;
  for (const auto& [name, text] : record) fields.push_back(name);
  const auto alone = resolve_template({format_, "", "", ""}, fields);
  return alone.ok() && turns_field(required_fields(*alone)).empty() && !turns_field(required_).empty();
}

// Whether a conversation can be said in the prompt format; counts its turns.
Status Importer::check_turns(const Record& record) {
  if (format_.empty()) return {};
  const std::string* turns = find_turns(record);
  if (!turns && !turns_field(required_).empty() && !stands_without_required(record))
    return invalid_argument("the conversation has no turns", kWhere);
  if (!turns) return {};
  FEDLLM_ASSIGN_OR_RETURN(const std::vector<Turn> parsed, parse_turns(*turns));
  FEDLLM_RETURN_IF_ERROR(render_turns(parsed, format_).status());
  summary_.turns += static_cast<int64_t>(parsed.size());
  return {};
}

std::string Importer::problem_of(const Record& record) {
  const auto lacks = [&](const std::string& name) {
    return std::none_of(record.begin(), record.end(), [&](const auto& field) { return field.first == name; });
  };
  const auto describe = [&](const std::string& what, const std::string& name) {
    std::vector<std::string> fields;
    for (const auto& [key, text] : record) fields.push_back(key);
    const std::vector<std::string_view> candidates(fields.begin(), fields.end());
    const std::string nearest = nearest_key(name, candidates);
    return "lacks the " + what + " \"" + name + "\" (fields: " + (fields.empty() ? "none" : join(fields, ", ")) + ")" +
           (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?");
  };
  if (!spec_.label.empty() && lacks(spec_.label)) return describe("label field", spec_.label);
  for (const std::string& name : required_)
    if (lacks(name) && !stands_without_required(record)) return describe("field that the template uses,", name);
  return std::string(check_turns(record).message());
}

void Importer::learn_fields(const Record& record) {
  std::vector<std::string>& known = summary_.fields;
  for (size_t i = 0; i < record.size(); ++i) {
    const std::string& name = record[i].first;
    if (i < known.size() && known[i] == name) continue;   // records mostly repeat each other's order
    if (known.size() < kMaxFields && std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
  }
}

Result<int32_t> Importer::label_number(const std::string& text) {
  const auto [it, added] = labels_.emplace(text, static_cast<int32_t>(summary_.labels.size()));
  if (!added) return it->second;
  if (summary_.labels.size() == kMaxLabels)
    return invalid_argument("the label field \"" + spec_.label + "\" has more than " + std::to_string(kMaxLabels) +
                                " different values; choose a field with fewer", kWhere);
  summary_.labels.push_back(text);
  return it->second;
}

uint32_t Importer::key_number(const RawRecord& raw) {
  if (raw.own_key) return kOwnKey;
  if (raw.key.empty()) return kNoKey;
  if (summary_.keys.empty() || summary_.keys.back() != raw.key) summary_.keys.emplace_back(raw.key);
  return static_cast<uint32_t>(summary_.keys.size() - 1);
}

Status Importer::record(const RawRecord& raw) {
  const SourceLayout& layout = summary_.files.back().layout;
  if (raw.bytes.size() > kMaxRecordBytes) return bad(raw.line, "longer than 256 MiB");
  if (Status parsed = parser_.parse(layout, raw.bytes, raw.key, raw.own_key, true, record_); !parsed.ok())
    return bad(raw.line, parsed.message());
  if (!knows_template_) {
    if (Status status = expect_template(record_); !status.ok()) return bad(raw.line, status.message());
  }
  if (std::string problem = problem_of(record_); !problem.empty()) return bad(raw.line, std::move(problem));
  learn_fields(record_);
  IndexEntry entry{raw.offset, static_cast<uint32_t>(raw.bytes.size()), static_cast<uint32_t>(file_), -1, key_number(raw)};
  if (!spec_.label.empty()) {
    const auto field = std::find_if(record_.begin(), record_.end(), [&](const auto& f) { return f.first == spec_.label; });
    FEDLLM_ASSIGN_OR_RETURN(entry.label, label_number(field->second));
  }
  ++summary_.files.back().records;
  ++progress_.records;
  return writer_->append(entry);
}

// Names the files as they are now and the choices that an index depends on; empty if a file cannot be looked at.
std::string fingerprint(const ImportOptions& options) {
  const spec::DatasetSpec& spec = options.spec;
  const std::string& turns_format = options.turns_format;
  std::string text = "fedllm import 1\n" + spec.format + "\n" + spec.label + "\n" + spec.text_template.name + "\n" +
                     (turns_format == "chatml" ? "" : turns_format + "\n") +
                     std::to_string(spec.text_template.prompt.size()) + " " + spec.text_template.prompt + "\n" +
                     std::to_string(spec.text_template.response.size()) + " " + spec.text_template.response + "\n";
  for (const std::string& path : spec.files) {
    struct stat info {};
    std::error_code error;
    if (::stat(path.c_str(), &info) != 0) return {};
    text += fs::absolute(path, error).string() + " " + std::to_string(info.st_dev) + " " + std::to_string(info.st_ino) + " " +
            std::to_string(info.st_size) + " " + std::to_string(info.st_mtim.tv_sec) + "." +
            std::to_string(info.st_mtim.tv_nsec) + "\n";
  }
  return sha256_hex(text);
}

std::string index_path(const std::string& home, const std::string& hash) { return home + "/datasets/" + hash + "/index.bin"; }

// The index of an earlier import of the same unchanged files; null where there is none that can be trusted.
std::shared_ptr<const RecordIndex> find_index(const ImportOptions& options, const std::string& seen_path) {
  const auto hash = fedllm::read_file(seen_path);
  if (!hash.ok() || hash->size() != 64 || hash->find_first_not_of("0123456789abcdef") != std::string::npos) return nullptr;
  auto index = RecordIndex::open(index_path(options.home, *hash));
  if (!index.ok() || (*index)->summary().hash != *hash) return nullptr;
  const IndexSummary& summary = (*index)->summary();
  if (summary.files.size() != options.spec.files.size()) return nullptr;
  if (summary.skipped_count > 0 && options.spec.bad_lines != "skip") return nullptr;   // read again to say what is wrong
  return *index;
}

Status check(const spec::DatasetSpec& spec) {
  if (spec.files.empty()) return invalid_argument("expected at least one file, got none", kWhere);
  if (spec.bad_lines != "refuse" && spec.bad_lines != "skip")
    return invalid_argument("dataset.bad_lines: expected refuse or skip, got \"" + spec.bad_lines + "\"", kWhere);
  return {};
}

Result<std::shared_ptr<const RecordIndex>> read_into_temporary(const ImportOptions& options) {
  std::error_code error;
  FEDLLM_ASSIGN_OR_RETURN(IndexWriter writer, IndexWriter::create(fs::temp_directory_path(error).string()));
  FEDLLM_ASSIGN_OR_RETURN(const IndexSummary summary, Importer(options).run(writer));
  FEDLLM_RETURN_IF_ERROR(writer.commit(summary, {}));
  auto index = RecordIndex::open(writer.path());
  fs::remove(writer.path(), error);   // the mapping keeps it
  return index;
}

Result<std::shared_ptr<const RecordIndex>> read_into_home(const ImportOptions& options) {
  const std::string key = fingerprint(options);
  const std::string seen_path = options.home + "/datasets/seen/" + key;
  if (!key.empty()) {
    if (auto index = find_index(options, seen_path)) return index;
  }
  FEDLLM_ASSIGN_OR_RETURN(IndexWriter writer, IndexWriter::create(options.home + "/datasets"));
  FEDLLM_ASSIGN_OR_RETURN(const IndexSummary summary, Importer(options).run(writer));
  const std::string path = index_path(options.home, summary.hash);
  FEDLLM_RETURN_IF_ERROR(writer.commit(summary, path));
  // Only if nobody wrote to the files meanwhile.
  if (!key.empty() && fingerprint(options) == key) {
    FEDLLM_RETURN_IF_ERROR(make_dirs(options.home + "/datasets/seen"));
    FEDLLM_RETURN_IF_ERROR(write_file_atomic(seen_path, summary.hash));
  }
  return RecordIndex::open(path);
}

}  // namespace

Result<std::shared_ptr<const Dataset>> Dataset::import(const ImportOptions& options) {
  FEDLLM_RETURN_IF_ERROR(check(options.spec));
  FEDLLM_ASSIGN_OR_RETURN(auto index, options.home.empty() ? read_into_temporary(options) : read_into_home(options));
  return std::shared_ptr<const Dataset>(std::make_shared<FileDataset>(options.spec.files, std::move(index)));
}

}  // namespace fedllm::data
