// InboundPayload: one update's payload while it arrives, in chunks whose size was declared first. Beyond what all that arrive at
// the same time may hold of memory (Inbox), it goes to a nameless file, so that many members, or slow ones, cost no memory.
// One thread at a time. Errors: as net::ChunkAssembler's, and RESOURCE_EXHAUSTED when the disk is full.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "net/chunks.h"
#include "node/spill_file.h"

namespace fedllm::node {

inline constexpr size_t kInboxMemory = 8 << 20;  // or two payloads, if that is more

struct Inbox {
  std::string spill_folder;  // empty: everything stays in memory
  std::atomic<size_t> held_bytes{0};
};

// A whole payload that was checked.
struct StoredPayload {
  std::string bytes;
  std::shared_ptr<SpillFile> file;  // instead of bytes
  size_t size = 0;
  uint32_t crc32 = 0;
  bool empty() const { return size == 0; }
  // Once: in memory, and forgotten here.
  Result<std::string> take();
};

class InboundPayload {
 public:
  InboundPayload(Inbox& inbox, size_t expected_bytes) : inbox_(inbox), expected_(expected_bytes), assembler_(expected_bytes) {}
  ~InboundPayload() { inbox_.held_bytes -= held_; }
  InboundPayload(const InboundPayload&) = delete;
  Status begin(uint64_t total_bytes, uint32_t crc32);
  Status add(std::string_view piece);
  bool complete() const { return file_ ? arrived_ == expected_ : assembler_.complete(); }
  // Why this machine could not put it down (a full disk): no fault of the peer's.
  const Status& trouble() const { return trouble_; }
  // The memory counts as held until this object is gone.
  Result<StoredPayload> finish();

 private:
  bool hold();
  Status put_down(std::string_view piece);
  Inbox& inbox_;
  const size_t expected_;
  net::ChunkAssembler assembler_;
  std::shared_ptr<SpillFile> file_;
  size_t held_ = 0, arrived_ = 0;
  uint32_t wanted_crc_ = 0, crc_ = 0;
  Status trouble_;
};

}  // namespace fedllm::node
