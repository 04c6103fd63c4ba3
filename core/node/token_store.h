// TokenStore: a dataset's records as token ids, in one flat file of the home (FORMAT.md, "tokens"), mapped when read, so
// that a client's memory is its list of record numbers. Built once per dataset, template, tokenizer and max_length; used
// by every run that shares them. Immutable and thread-safe once open.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "base/stop_token.h"
#include "data/dataset.h"
#include "node/worker_pool.h"

namespace fedllm::node {

struct TokenSource {
  std::shared_ptr<const data::Dataset> dataset;
  spec::TemplateSpec text_template;  // resolved
  std::shared_ptr<const data::Tokenizer> tokenizer;
  std::string model_dir;  // whose tokenizer files name the cache
  int max_length = 0;
};

class TokenStore {
 public:
  // Opens home/datasets/HASH/tokens-KEY.bin, building it on `pool` where it is missing or broken.
  static Result<std::shared_ptr<const TokenStore>> open(const TokenSource& source, const std::string& home, WorkerPool& pool,
                                                        const StopFlag& stop);
  int64_t size() const { return records_; }
  int64_t tokens(int64_t record) const;
  bool truncated(int64_t record) const;
  data::Example example(int64_t record) const;
  std::vector<data::Example> examples(const std::vector<int64_t>& records) const;

 private:
  static Result<std::shared_ptr<const TokenStore>> map(const std::string& path, const TokenSource& source);
  struct Entry {
    uint64_t first;
    uint32_t length, prompt;
  };
  Entry entry(int64_t record) const;

  std::shared_ptr<const MappedFile> file_;
  std::shared_ptr<const data::Dataset> dataset_;
  int64_t records_ = 0;
  uint64_t ids_ = 0;
  bool marked_ = false;   // ids carry marks of what is not scored
};

// One record, tokenised without a store; errors name the file and the record.
Result<data::Example> tokenize_record(const TokenSource& source, int64_t record);

}  // namespace fedllm::node
