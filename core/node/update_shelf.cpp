#include "node/update_shelf.h"

#include <algorithm>
#include <iterator>

namespace fedllm::node {

UpdateShelf::UpdateShelf(std::string folder, size_t memory_bytes) : folder_(std::move(folder)), memory_bytes_(memory_bytes) {}

std::span<const std::byte> UpdateShelf::One::bytes() const {
  return payload.empty() ? std::as_bytes(std::span(delta)) : std::as_bytes(std::span(payload));
}

std::optional<adapter::Numbers> UpdateShelf::One::held() const {
  if (bytes().empty()) return {};
  return payload.empty() ? adapter::numbers_of(delta) : values.of(payload);
}

Status UpdateShelf::put(int client, int64_t num_examples, adapter::AdapterState delta) {
  return keep(client, {num_examples, std::move(delta.layout), std::move(delta.values), {}, {}, 0});
}

Status UpdateShelf::put(int client, int64_t num_examples, adapter::LayoutPtr layout, codec::Payload payload, codec::PlainValues values) {
  return keep(client, {num_examples, std::move(layout), {}, std::move(payload), values, 0});
}

Status UpdateShelf::keep(int client, One one) {
  const size_t size = one.bytes().size();
  if (held_bytes_ + size <= memory_bytes_) {
    held_bytes_ += size;
  } else {
    if (!file_) {
      FEDLLM_ASSIGN_OR_RETURN(file_, SpillFile::create(folder_));
    }
    one.offset = file_bytes_;
    FEDLLM_RETURN_IF_ERROR(file_->write(one.offset, one.bytes()));
    std::vector<float>().swap(one.delta), codec::Payload().swap(one.payload);   // an assignment would keep their memory
    ++places_;
    file_bytes_ += size;
  }
  all_[client] = std::move(one);
  return {};
}

const std::pair<const int, UpdateShelf::One>& UpdateShelf::at(size_t i) const {
  return *std::next(all_.begin(), static_cast<std::ptrdiff_t>(i));
}

Result<const adapter::AdapterState*> UpdateShelf::load(size_t i) {
  const adapter::LayoutPtr& own = layout(i);
  if (loaded_.layout != own) loaded_ = adapter::AdapterState::zeros(own);
  FEDLLM_RETURN_IF_ERROR(read(i, 0, loaded_.values));
  return &loaded_;
}

Status UpdateShelf::read(size_t i, size_t from, std::span<float> values) const {
  const One& one = at(i).second;
  if (const std::optional<adapter::Numbers> held = one.held()) {
    adapter::widen(held->from(from), values);
    return {};
  }
  const size_t width = adapter::bytes_of(one.values.as);
  const uint64_t begin = one.offset + one.values.offset + from * width;
  if (one.values.as == adapter::Number::f32) return file_->read(begin, std::as_writable_bytes(values));
  std::vector<std::byte> narrow(values.size() * width);
  FEDLLM_RETURN_IF_ERROR(file_->read(begin, narrow));
  adapter::widen({reinterpret_cast<const char*>(narrow.data()), one.values.as}, values);
  return {};
}

}  // namespace fedllm::node
