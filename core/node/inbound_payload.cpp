#include "node/inbound_payload.h"

#include <algorithm>
#include <utility>

#include "base/crc32.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.inbound_payload";

}  // namespace

Result<std::string> StoredPayload::take() {
  std::string whole = std::move(bytes);
  const std::shared_ptr<SpillFile> from = std::move(file);
  whole.resize(std::exchange(size, 0));
  if (!from) return whole;
  FEDLLM_RETURN_IF_ERROR(from->read(0, std::as_writable_bytes(std::span(whole))));
  return whole;
}

bool InboundPayload::hold() {
  const size_t before = inbox_.held_bytes.fetch_add(expected_);
  if (inbox_.spill_folder.empty() || before + expected_ <= std::max(kInboxMemory, 2 * expected_)) {
    held_ = expected_;
    return true;
  }
  inbox_.held_bytes -= expected_;
  return false;
}

Status InboundPayload::begin(uint64_t total_bytes, uint32_t crc32) {
  if (file_) return invalid_argument("the size of a payload was declared twice", kWhere);
  if (assembler_.begun() || total_bytes != expected_ || hold()) return assembler_.begin(total_bytes, crc32);
  wanted_crc_ = crc32;
  auto created = SpillFile::create(inbox_.spill_folder);
  if (!created.ok()) return trouble_ = created.status();
  file_ = std::move(*created);
  return {};
}

Status InboundPayload::put_down(std::string_view piece) {
  if (Status written = file_->write(arrived_, std::as_bytes(std::span(piece))); !written.ok()) return trouble_ = written;
  return {};
}

Status InboundPayload::add(std::string_view piece) {
  if (!file_) return assembler_.add(piece);
  if (piece.size() > net::kChunkBytes)
    return invalid_argument("expected chunks of at most " + std::to_string(net::kChunkBytes) + " bytes, got " +
                                std::to_string(piece.size()),
                            kWhere);
  if (piece.size() > expected_ - arrived_)
    return invalid_argument("expected a payload of " + std::to_string(expected_) + " bytes, got at least " +
                                std::to_string(arrived_ + piece.size()),
                            kWhere);
  FEDLLM_RETURN_IF_ERROR(put_down(piece));
  arrived_ += piece.size();
  crc_ = crc32(piece, crc_);
  return {};
}

Result<StoredPayload> InboundPayload::finish() {
  StoredPayload stored;
  stored.size = expected_;
  if (!file_) {
    FEDLLM_ASSIGN_OR_RETURN(stored.bytes, assembler_.finish());
    stored.crc32 = assembler_.crc32();
    return stored;
  }
  if (arrived_ != expected_)
    return data_loss("expected a payload of " + std::to_string(expected_) + " bytes, the stream ended after " +
                         std::to_string(arrived_),
                     kWhere);
  if (crc_ != wanted_crc_)
    return data_loss("the checksum of a payload does not fit: expected " + std::to_string(wanted_crc_) + ", got " +
                         std::to_string(crc_),
                     kWhere);
  stored.file = std::move(file_);
  stored.crc32 = crc_;
  return stored;
}

}  // namespace fedllm::node
