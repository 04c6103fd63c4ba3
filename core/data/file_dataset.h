// Dataset over an index and the files it describes: records are read and parsed on demand. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/record_index.h"

namespace fedllm::data {

// The first 64 KiB of a file.
Result<std::string> read_head(const std::string& path);

class FileDataset final : public Dataset {
 public:
  FileDataset(std::vector<std::string> files, std::shared_ptr<const RecordIndex> index);
  ~FileDataset() override;
  const std::string& hash() const override { return index_->summary().hash; }
  int64_t size() const override { return index_->size(); }
  const std::vector<std::string>& fields() const override { return index_->summary().fields; }
  const std::vector<std::string>& files() const override { return files_; }
  const std::vector<std::string>& labels() const override { return labels_; }
  int32_t label_of(int64_t record) const override;
  int32_t file_of(int64_t record) const override { return static_cast<int32_t>(index_->entry(record).file); }
  Result<Record> read(int64_t record) const override;
  const std::vector<BadLine>& skipped() const override { return skipped_; }
  int64_t skipped_count() const override { return index_->summary().skipped_count; }
  int64_t turns() const override { return index_->summary().turns; }

 private:
  Result<int> descriptor(size_t file) const;   // the caller closes it for files beyond those kept open
  Status changed(size_t file) const;
  std::vector<std::string> files_;
  std::shared_ptr<const RecordIndex> index_;
  std::vector<std::string> labels_;      // sorted
  std::vector<int32_t> sorted_label_;    // number of first appearance -> position in labels_
  std::vector<BadLine> skipped_;
  mutable std::vector<std::atomic<int>> descriptors_;   // -1: not open yet
};

}  // namespace fedllm::data
