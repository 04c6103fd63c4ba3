// What methods that add to the base have added so far (FLoRA 2409.05976, FedEx-LoRA 2410.09432): the accumulator beside the
// frozen base, known by its hash, and the base with it added, which all clients of the process and the evaluation share. The
// newest few are kept. And the accumulator's form on the wire (FORMAT.md, "Accumulator"). Thread-safe.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "adapter/adapter.h"
#include "codec/codec.h"
#include "train/backend.h"

namespace fedllm::node {

using MergedPtr = std::shared_ptr<const adapter::AdapterState>;

class MergedBases {
 public:
  // Null where it is not here.
  MergedPtr find(const std::string& sha256) const;
  void put(const std::string& sha256, MergedPtr merged);
  // Made once, whoever asks first; the accumulator must be here.
  Result<std::shared_ptr<const train::BaseModel>> base(const std::string& sha256, const std::shared_ptr<const train::BaseModel>& plain,
                                                       train::Backend& backend);

 private:
  struct One {
    std::string sha256;
    MergedPtr merged;
    std::shared_ptr<const train::BaseModel> base;
  };
  One* at(const std::string& sha256);
  mutable std::mutex mutex_;
  std::deque<One> newest_;
};

// SHA-256 over ranks and values.
std::string merged_sha256(const adapter::AdapterState& merged);

// `layout` says the modules and sizes; ranks travel. whole: the accumulator itself, as float32; else what one round added, in
// the codec of versions. Damaged or absurd bytes are DATA_LOSS.
std::string encode_merged(const adapter::AdapterState& merged, bool whole, const codec::Codec& codec, uint64_t seed);
struct ReadMerged { adapter::AdapterState merged; bool whole = false; };
Result<ReadMerged> decode_merged(std::string_view bytes, const adapter::AdapterLayout& layout, const codec::Codec& codec);
// More than this no accumulator may have on the wire, whatever the peer says.
size_t most_merged_bytes(const adapter::AdapterLayout& layout);

}  // namespace fedllm::node
