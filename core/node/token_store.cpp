#include "node/token_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/sha256.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.token_store";
constexpr char kMagic[4] = {'F', 'L', 'T', 'K'};
constexpr uint32_t kVersion = 2;           // 1 where no id is marked
constexpr size_t kHeaderBytes = 24, kEntryBytes = 16;
constexpr uint32_t kTruncated = 1u << 31;  // in an entry's prompt field
constexpr int32_t kUnscored = INT32_MIN;   // marks an id behind the prompt that is not scored
constexpr int64_t kBlock = 2048;           // records tokenised by one job

Result<std::string> cache_path(const TokenSource& source, const std::string& home) {
  Sha256 key;
  std::error_code error;  // without it, a loop of links throws
  const bool has_json = std::filesystem::exists(source.model_dir + "/tokenizer.json", error);
  for (const char* name : {has_json ? "/tokenizer.json" : "/tokenizer.model", "/tokenizer_config.json"}) {
    const std::string path = source.model_dir + name;
    if (!std::filesystem::exists(path, error)) continue;
    FEDLLM_ASSIGN_OR_RETURN(const auto file, MappedFile::open(path));
    key.update(file->bytes());
  }
  key.update(source.text_template.prompt + '\0' + source.text_template.response + '\0' + source.text_template.name + '\0' +
             std::to_string(source.max_length));
  if (!source.text_template.system.empty()) key.update('\0' + source.text_template.system);
  return home + "/datasets/" + source.dataset->hash() + "/tokens-" + key.hex().substr(0, 16) + ".bin";
}

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T get(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// A file being written beside its final name; removed unless finish() succeeds.
class TempFile {
 public:
  static Result<std::unique_ptr<TempFile>> create(const std::string& path) {
    FEDLLM_RETURN_IF_ERROR(make_dirs(std::filesystem::path(path).parent_path().string()));
    auto file = std::make_unique<TempFile>(path);
    if (file->fd_ < 0) return file->error("create");
    return file;
  }
  // A name of its own: a run and a preview may want the same file at the same time.
  explicit TempFile(const std::string& path)
      : path_(path), temp_(path + ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(next_++)) {
    fd_ = ::open(temp_.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  }
  ~TempFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!done_) ::unlink(temp_.c_str());
  }
  Status write(std::string_view bytes, uint64_t at) {
    while (!bytes.empty()) {
      const ssize_t wrote = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return error("write");
      bytes.remove_prefix(static_cast<size_t>(wrote));
      at += static_cast<uint64_t>(wrote);
    }
    return {};
  }
  Status finish() {
    if (::fsync(fd_) != 0) return error("write");
    if (::rename(temp_.c_str(), path_.c_str()) != 0) return error("rename");
    done_ = true;
    return {};
  }

 private:
  Status error(const std::string& what) const {
    const Code code = errno == ENOSPC || errno == EDQUOT ? Code::resource_exhausted : Code::unavailable;
    return Status(code, "cannot " + what + " the token file " + path_ + ": " + std::strerror(errno), kWhere);
  }
  static inline std::atomic<unsigned> next_ = 0;
  std::string path_, temp_;
  int fd_ = -1;
  bool done_ = false;
};

struct Block {
  std::string entries;  // with offsets relative to the block
  std::vector<int32_t> ids;
  bool marked = false;
  Status status;
};

// The ids, those between two responses marked.
std::vector<int32_t> stored_ids(const data::Example& example) {
  std::vector<int32_t> ids = example.ids;
  for (size_t i = 1; i < example.scored.size(); ++i)
    for (int32_t at = example.scored[i - 1].end; at < example.scored[i].begin; ++at) ids[static_cast<size_t>(at)] |= kUnscored;
  if (!example.scored.empty())
    for (size_t at = static_cast<size_t>(example.scored.back().end); at < ids.size(); ++at) ids[at] |= kUnscored;
  return ids;
}

// Takes the marks out and makes ranges of them.
void restore_ranges(data::Example& example) {
  bool open = false, marked = false;
  for (size_t at = static_cast<size_t>(example.prompt_length); at < example.ids.size(); ++at) {
    const bool scored = example.ids[at] >= 0;
    example.ids[at] &= ~kUnscored;
    marked = marked || !scored;
    if (scored && !open) example.scored.push_back({static_cast<int32_t>(at), static_cast<int32_t>(at)});
    if (scored) example.scored.back().end = static_cast<int32_t>(at) + 1;
    open = scored;
  }
  if (!marked) example.scored.clear();
}

Block tokenize_block(const TokenSource& source, int64_t first, int64_t end, const StopFlag& stop) {
  Block block;
  for (int64_t record = first; record < end && !stop.requested(); ++record) {
    auto example = tokenize_record(source, record);
    if (!example.ok()) {
      block.status = example.status();
      return block;
    }
    put<uint64_t>(block.entries, block.ids.size());
    put<uint32_t>(block.entries, static_cast<uint32_t>(example->ids.size()));
    put<uint32_t>(block.entries, static_cast<uint32_t>(example->prompt_length) | (example->truncated ? kTruncated : 0));
    const std::vector<int32_t> ids = stored_ids(*example);
    block.ids.insert(block.ids.end(), ids.begin(), ids.end());
    block.marked = block.marked || !example->scored.empty();
  }
  return block;
}

// Offsets of a block's entries, moved behind `before` ids.
void shift(std::string& entries, uint64_t before) {
  for (size_t at = 0; at < entries.size(); at += kEntryBytes) {
    uint64_t first;
    std::memcpy(&first, entries.data() + at, sizeof first);
    first += before;
    std::memcpy(entries.data() + at, &first, sizeof first);
  }
}

Status build(const TokenSource& source, const std::string& path, WorkerPool& pool, const StopFlag& stop) {
  FEDLLM_ASSIGN_OR_RETURN(auto file, TempFile::create(path));
  const int64_t records = source.dataset->size();
  const uint64_t ids_at = kHeaderBytes + static_cast<uint64_t>(records) * kEntryBytes;
  uint64_t ids = 0;
  bool marked = false;
  const int at_once = 4 * pool.workers();
  for (int64_t first = 0; first < records; first += kBlock * at_once) {
    std::vector<Block> blocks(static_cast<size_t>(at_once));
    pool.run_all(at_once, [&](int job) {
      const int64_t from = std::min(records, first + job * kBlock);
      blocks[static_cast<size_t>(job)] = tokenize_block(source, from, std::min(records, from + kBlock), stop);
    });
    if (stop.requested()) return cancelled("stopped while tokenising", kWhere);
    for (int job = 0; job < at_once; ++job) {
      Block& block = blocks[static_cast<size_t>(job)];
      FEDLLM_RETURN_IF_ERROR(block.status);
      marked = marked || block.marked;
      shift(block.entries, ids);
      FEDLLM_RETURN_IF_ERROR(
          file->write(block.entries, kHeaderBytes + static_cast<uint64_t>(first + job * kBlock) * kEntryBytes));
      FEDLLM_RETURN_IF_ERROR(
          file->write({reinterpret_cast<const char*>(block.ids.data()), block.ids.size() * 4}, ids_at + ids * 4));
      ids += block.ids.size();
    }
  }
  std::string header(kMagic, 4);
  put<uint32_t>(header, marked ? kVersion : 1);
  put<uint64_t>(header, static_cast<uint64_t>(records));
  put<uint64_t>(header, ids);
  FEDLLM_RETURN_IF_ERROR(file->write(header, 0));
  return file->finish();
}

}  // namespace

Result<data::Example> tokenize_record(const TokenSource& source, int64_t record) {
  const data::Dataset& dataset = *source.dataset;
  auto fail = [&](const Status& status) {
    const int32_t file = dataset.file_of(record);
    const std::string name = file >= 0 && file < static_cast<int32_t>(dataset.files().size())
                                 ? dataset.files()[static_cast<size_t>(file)]
                                 : "the dataset";
    return status.with_prefix("record " + std::to_string(record) + " (" + name + ")");
  };
  auto read = dataset.read(record);
  if (!read.ok()) return fail(read.status());
  auto rendered = data::render(*read, source.text_template);
  if (!rendered.ok()) return fail(rendered.status());
  auto example = data::tokenize(*rendered, *source.tokenizer, source.max_length);
  if (!example.ok()) return fail(example.status());
  example->label = dataset.label_of(record);
  return std::move(example).value();
}

Result<std::shared_ptr<const TokenStore>> TokenStore::map(const std::string& path, const TokenSource& source) {
  FEDLLM_ASSIGN_OR_RETURN(auto file, MappedFile::open(path));
  const auto bytes = file->bytes();
  if (bytes.size() < kHeaderBytes || std::memcmp(bytes.data(), kMagic, 4) != 0 || get<uint32_t>(bytes.data() + 4) - 1 >= kVersion) {
    return data_loss(path + " is not a token file of version 1 or 2", kWhere);
  }
  const uint64_t records = get<uint64_t>(bytes.data() + 8), ids = get<uint64_t>(bytes.data() + 16);
  const uint64_t want = kHeaderBytes + static_cast<uint64_t>(source.dataset->size()) * kEntryBytes + ids * 4;
  if (records != static_cast<uint64_t>(source.dataset->size()) || bytes.size() != want) {
    return data_loss(path + ": expected " + std::to_string(want) + " bytes, got " + std::to_string(bytes.size()), kWhere);
  }
  auto store = std::make_shared<TokenStore>();
  store->file_ = std::move(file);
  store->dataset_ = source.dataset;
  store->records_ = static_cast<int64_t>(records);
  store->ids_ = ids;
  store->marked_ = get<uint32_t>(store->file_->bytes().data() + 4) == kVersion;
  return std::shared_ptr<const TokenStore>(std::move(store));
}

Result<std::shared_ptr<const TokenStore>> TokenStore::open(const TokenSource& source, const std::string& home, WorkerPool& pool,
                                                           const StopFlag& stop) {
  FEDLLM_ASSIGN_OR_RETURN(const std::string path, cache_path(source, home));
  if (std::filesystem::exists(path)) {
    // A broken cache is no error: it is made again.
    if (auto store = map(path, source); store.ok()) return store;
  }
  FEDLLM_RETURN_IF_ERROR(build(source, path, pool, stop));
  return map(path, source);
}

TokenStore::Entry TokenStore::entry(int64_t record) const {
  const std::byte* at = file_->bytes().data() + kHeaderBytes + static_cast<size_t>(record) * kEntryBytes;
  Entry entry{get<uint64_t>(at), get<uint32_t>(at + 8), get<uint32_t>(at + 12)};
  // The cache may have been damaged on disk after it was mapped: never read outside.
  if (entry.first > ids_ || entry.length > ids_ - entry.first) entry.length = 0;
  return entry;
}

int64_t TokenStore::tokens(int64_t record) const { return entry(record).length; }
bool TokenStore::truncated(int64_t record) const { return entry(record).prompt & kTruncated; }

data::Example TokenStore::example(int64_t record) const {
  const Entry found = entry(record);
  data::Example example;
  example.ids.resize(found.length);
  const std::byte* ids = file_->bytes().data() + kHeaderBytes + static_cast<size_t>(records_) * kEntryBytes;
  if (found.length) std::memcpy(example.ids.data(), ids + found.first * 4, found.length * size_t{4});
  example.prompt_length = static_cast<int32_t>(std::min(found.prompt & ~kTruncated, found.length));
  if (marked_) restore_ranges(example);
  example.truncated = found.prompt & kTruncated;
  example.label = dataset_->label_of(record);
  return example;
}

std::vector<data::Example> TokenStore::examples(const std::vector<int64_t>& records) const {
  std::vector<data::Example> examples;
  examples.reserve(records.size());
  for (const int64_t record : records) examples.push_back(example(record));
  return examples;
}

}  // namespace fedllm::node
