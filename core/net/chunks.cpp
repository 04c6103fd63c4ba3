#include "net/chunks.h"

#include <algorithm>

#include "base/crc32.h"

namespace fedllm::net {
namespace {

constexpr const char* kWhere = "net.chunks";

std::string bytes_text(uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

}  // namespace

std::string_view ChunkCutter::next() {
  const std::string_view piece = rest_.substr(0, kChunkBytes);
  rest_.remove_prefix(piece.size());
  return piece;
}

Status ChunkAssembler::begin(uint64_t total_bytes, uint32_t crc32) {
  if (begun_) return invalid_argument("the size of a payload was declared twice", kWhere);
  if (total_bytes != expected_)
    return invalid_argument("expected a payload of " + bytes_text(expected_) + ", the peer declares " + bytes_text(total_bytes),
                            kWhere);
  begun_ = true;
  wanted_crc_ = crc32;
  bytes_.reserve(expected_);
  return {};
}

Status ChunkAssembler::add(std::string_view piece) {
  if (!begun_) return invalid_argument("a chunk came before the size of its payload", kWhere);
  if (piece.size() > kChunkBytes)
    return invalid_argument("expected chunks of at most " + bytes_text(kChunkBytes) + ", got " + bytes_text(piece.size()),
                            kWhere);
  if (piece.size() > expected_ - bytes_.size())
    return invalid_argument(
        "expected a payload of " + bytes_text(expected_) + ", got at least " + bytes_text(bytes_.size() + piece.size()), kWhere);
  bytes_.append(piece);
  crc_ = fedllm::crc32(piece, crc_);
  return {};
}

Result<std::string> ChunkAssembler::finish() {
  if (!begun_) return invalid_argument("the stream ended before the size of its payload", kWhere);
  if (bytes_.size() != expected_)
    return data_loss("expected a payload of " + bytes_text(expected_) + ", the stream ended after " + bytes_text(bytes_.size()),
                     kWhere);
  if (crc_ != wanted_crc_)
    return data_loss("the checksum of a payload does not fit: expected " + std::to_string(wanted_crc_) + ", got " + std::to_string(crc_),
                     kWhere);
  return std::move(bytes_);
}

}  // namespace fedllm::net
