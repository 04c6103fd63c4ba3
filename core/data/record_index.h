// The record index of a dataset on disk: where each record lies and which label it has. Written once during import,
// mapped when read, so that memory does not grow with the number of records. Layout in FORMAT.md. The writer leaves
// nothing behind unless commit() succeeded. Reader: immutable, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "data/source_format.h"

namespace fedllm::data {

// One record, 24 bytes on disk, little-endian.
struct IndexEntry {
  uint64_t offset = 0;      // in its file
  uint32_t length = 0;
  uint32_t file = 0;
  int32_t label = -1;       // number in the order of first appearance, -1: none
  uint32_t key = kNoKey;    // index into keys, kNoKey or kOwnKey
};
static_assert(sizeof(IndexEntry) == 24);

struct IndexedFile {
  uint64_t size = 0;
  int64_t records = 0;
  SourceLayout layout;
};

// What the index says once.
struct IndexSummary {
  std::string hash;
  std::vector<IndexedFile> files;
  std::vector<std::string> fields;
  std::vector<std::string> labels;      // in the order of first appearance
  std::vector<std::string> keys;
  std::vector<BadLine> skipped;         // the first 100, file as index into files ("0", "1", …)
  int64_t skipped_count = 0;
  int64_t turns = 0;                    // of all conversations
};

class IndexWriter {
 public:
  // In `folder` (created), under a name of its own.
  static Result<IndexWriter> create(const std::string& folder);
  IndexWriter(IndexWriter&& other) noexcept;
  ~IndexWriter();
  Status append(const IndexEntry& entry);
  uint64_t count() const { return count_; }
  // Writes the summary, makes the file durable and gives it its name. Without one it keeps the temporary one (see path())
  // and is not synced: nobody will look for it after a crash.
  Status commit(const IndexSummary& summary, const std::string& final_path);
  const std::string& path() const { return path_; }

 private:
  IndexWriter() = default;
  Status flush();
  Status write_at(uint64_t offset, std::string_view bytes);
  std::string path_;
  int fd_ = -1;
  std::string pending_;
  uint64_t count_ = 0, written_ = 0;
  bool committed_ = false;
};

class RecordIndex {
 public:
  static Result<std::shared_ptr<const RecordIndex>> open(const std::string& path);
  static Result<std::shared_ptr<const RecordIndex>> parse(std::shared_ptr<const MappedFile> file);
  const IndexSummary& summary() const { return summary_; }
  int64_t size() const { return count_; }
  IndexEntry entry(int64_t record) const;   // 0 <= record < size()

 private:
  std::shared_ptr<const MappedFile> file_;
  IndexSummary summary_;
  const char* entries_ = nullptr;
  int64_t count_ = 0;
};

}  // namespace fedllm::data
