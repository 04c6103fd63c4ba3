// Arena: the buffers of one training or inference pass, taken one after another and given back together. What a step took is
// kept for the next, so a steady loop allocates nothing. One thread; contents are undefined; 64-byte aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace fedllm::train {

class Arena {
 public:
  float* take(int64_t floats);
  struct Mark { size_t block = 0, used = 0; };
  Mark mark() const { return {at_, blocks_.empty() ? 0 : blocks_[at_].used}; }
  void release(Mark mark);
  // Gives everything back; blocks that were added on the way become one.
  void reset();

 private:
  struct Free { size_t bytes = 0; void operator()(float* p) const; };
  struct Block { std::unique_ptr<float, Free> data; size_t size = 0, used = 0; };
  void add_block(size_t floats);
  std::vector<Block> blocks_;
  size_t at_ = 0;
};

// Gives an arena's buffers back at the end of a scope.
class ArenaScope {
 public:
  explicit ArenaScope(Arena& arena) : arena_(arena), mark_(arena.mark()) {}
  ~ArenaScope() { arena_.release(mark_); }
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;

 private:
  Arena& arena_;
  Arena::Mark mark_;
};

}  // namespace fedllm::train
