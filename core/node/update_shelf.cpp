#include "node/update_shelf.h"

#include <algorithm>
#include <iterator>

namespace fedllm::node {

UpdateShelf::UpdateShelf(std::string folder, adapter::LayoutPtr layout, size_t memory_bytes)
    : folder_(std::move(folder)), layout_(std::move(layout)), memory_bytes_(memory_bytes) {}

Status UpdateShelf::put(int client, int64_t num_examples, adapter::AdapterState delta) {
  const size_t bytes = delta.values.size() * sizeof(float);
  One one{num_examples, {}, 0};
  if (held_bytes_ + bytes <= memory_bytes_) {
    held_bytes_ += bytes;
    one.delta = std::move(delta);
  } else {
    if (!file_) {
      FEDLLM_ASSIGN_OR_RETURN(file_, SpillFile::create(folder_));
    }
    one.offset = places_ * bytes;
    FEDLLM_RETURN_IF_ERROR(file_->write(one.offset, std::as_bytes(std::span(delta.values))));
    ++places_;
  }
  all_[client] = std::move(one);
  return {};
}

const std::pair<const int, UpdateShelf::One>& UpdateShelf::at(size_t i) const {
  return *std::next(all_.begin(), static_cast<std::ptrdiff_t>(i));
}

Result<const adapter::AdapterState*> UpdateShelf::load(size_t i) {
  const One& one = at(i).second;
  if (!one.delta.values.empty()) return &one.delta;
  if (!loaded_.layout) loaded_ = adapter::AdapterState::zeros(layout_);
  FEDLLM_RETURN_IF_ERROR(read(i, 0, loaded_.values));
  return &loaded_;
}

Status UpdateShelf::read(size_t i, size_t from, std::span<float> values) const {
  const One& one = at(i).second;
  if (one.delta.values.empty()) return file_->read(one.offset + from * sizeof(float), std::as_writable_bytes(values));
  std::copy_n(one.delta.values.begin() + static_cast<std::ptrdiff_t>(from), values.size(), values.begin());
  return {};
}

}  // namespace fedllm::node
