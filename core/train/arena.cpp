#include "train/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace fedllm::train {
namespace {

constexpr size_t kAlign = 16, kFirstBlock = size_t{1} << 18;   // floats

}  // namespace

// Pages of their own: malloc would keep those of ended clients in the heaps of the threads that trained them. Huge ones
// made a 135M model's steps a tenth slower.
void Arena::Free::operator()(float* p) const { munmap(p, bytes); }

void Arena::add_block(size_t floats) {
  const size_t bytes = sizeof(float) * floats;
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  blocks_.push_back({std::unique_ptr<float, Free>(static_cast<float*>(data), Free{bytes}), floats, 0});
}

float* Arena::take(int64_t floats) {
  const size_t need = (static_cast<size_t>(floats) + kAlign - 1) / kAlign * kAlign;
  while (at_ < blocks_.size() && blocks_[at_].used + need > blocks_[at_].size && at_ + 1 < blocks_.size()) blocks_[++at_].used = 0;
  if (blocks_.empty() || blocks_[at_].used + need > blocks_[at_].size) {
    add_block(std::max({need, kFirstBlock, blocks_.empty() ? 0 : blocks_.back().size}));
    at_ = blocks_.size() - 1;
  }
  Block& block = blocks_[at_];
  float* data = block.data.get() + block.used;
  block.used += need;
  return data;
}

void Arena::release(Mark mark) {
  if (blocks_.empty()) return;
  at_ = mark.block;
  blocks_[at_].used = mark.used;
}

void Arena::reset() {
  if (blocks_.size() > 1) {
    size_t total = 0;
    for (const Block& block : blocks_) total += block.size;
    blocks_.clear();
    add_block(total);
  }
  at_ = 0;
  if (!blocks_.empty()) blocks_[0].used = 0;
}

}  // namespace fedllm::train
