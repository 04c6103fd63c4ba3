#include "net/raw_messages.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <array>
#include <optional>

#include "net/chunks.h"
#include "wire/federation.grpc.pb.h"

namespace fedllm::net {
namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using Wire = google::protobuf::internal::WireFormatLite;

constexpr const char* kWhere = "net.messages";
constexpr uint32_t kChunkData = wire::Chunk::kDataFieldNumber << 3 | Wire::WIRETYPE_LENGTH_DELIMITED;
constexpr uint32_t kChunkTotal = wire::Chunk::kTotalBytesFieldNumber << 3 | Wire::WIRETYPE_VARINT;
constexpr uint32_t kChunkCrc = wire::Chunk::kCrc32FieldNumber << 3 | Wire::WIRETYPE_VARINT;
constexpr uint32_t kPushHeader = wire::PushMessage::kHeaderFieldNumber << 3 | Wire::WIRETYPE_LENGTH_DELIMITED;
constexpr uint32_t kPushChunk = wire::PushMessage::kChunkFieldNumber << 3 | Wire::WIRETYPE_LENGTH_DELIMITED;
constexpr uint32_t kMostHeader = 64 * 1024;

Status not_a_push() { return invalid_argument("a push message was neither header nor chunk", kWhere); }
Status not_a_chunk() { return invalid_argument("a message was not a chunk", kWhere); }

// otherwise: what to say of a message that is cut short.
Status take_chunk(CodedInputStream& in, uint32_t length, const std::function<Status(std::string_view)>& take, Status (*otherwise)()) {
  if (length > kChunkBytes)
    return invalid_argument("expected chunks of at most " + std::to_string(kChunkBytes) + " bytes, got " + std::to_string(length),
                            kWhere);
  for (size_t rest = length; rest > 0;) {
    const void* data = nullptr;
    int size = 0;
    if (!in.GetDirectBufferPointer(&data, &size) || size <= 0) return otherwise();
    const size_t piece = std::min(rest, static_cast<size_t>(size));
    FEDLLM_RETURN_IF_ERROR(take({static_cast<const char*>(data), piece}));
    in.Skip(static_cast<int>(piece));
    rest -= piece;
  }
  return {};
}

Status read_header(CodedInputStream& in, uint32_t length, wire::UpdateHeader& header) {
  if (length > kMostHeader)
    return invalid_argument("expected an update's header of at most 65536 bytes, got " + std::to_string(length), kWhere);
  const auto limit = in.PushLimit(static_cast<int>(length));
  header.Clear();
  if (!header.MergeFromCodedStream(&in) || in.BytesUntilLimit() != 0) return not_a_push();
  in.PopLimit(limit);
  return {};
}

// front, then the bytes field of `tag` that holds `piece`.
grpc::ByteBuffer with_piece(std::string front, uint32_t tag, std::shared_ptr<const std::string> payload, std::string_view piece) {
  std::array<uint8_t, 16> head;
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(tag, head.data());
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(piece.size()), end);
  front.append(reinterpret_cast<const char*>(head.data()), static_cast<size_t>(end - head.data()));
  using Owner = std::shared_ptr<const std::string>;
  const auto release = [](void* owner) { delete static_cast<Owner*>(owner); };
  const std::array<grpc::Slice, 2> slices = {
      grpc::Slice(front), grpc::Slice(const_cast<char*>(piece.data()), piece.size(), release, new Owner(std::move(payload)))};
  return grpc::ByteBuffer(slices.data(), slices.size());
}

std::string method_of(const char* name) { return std::string("/") + wire::Federation::service_full_name() + "/" + name; }

}  // namespace

grpc::ByteBuffer serialize(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer chunk_message(const wire::Chunk& head, std::shared_ptr<const std::string> payload, std::string_view piece) {
  return with_piece(head.SerializeAsString(), kChunkData, std::move(payload), piece);
}

grpc::ByteBuffer push_message(std::shared_ptr<const std::string> payload, std::string_view piece) {
  return with_piece({}, kPushChunk, std::move(payload), piece);
}

std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> start_pull(grpc::Channel& channel, grpc::ClientContext* context, const wire::PullRequest& request) {
  static const std::string name = method_of("Pull");
  const grpc::internal::RpcMethod method(name.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING);
  return std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>>(grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(&channel, method, context, request));
}

void start_push(grpc::Channel& channel, grpc::ClientContext* context, wire::PushReply* reply, grpc::ClientWriteReactor<grpc::ByteBuffer>* reactor) {
  static const std::string name = method_of("Push");
  const grpc::internal::RpcMethod method(name.c_str(), grpc::internal::RpcMethod::CLIENT_STREAMING);
  grpc::internal::ClientCallbackWriterFactory<grpc::ByteBuffer>::Create(&channel, method, context, reply, reactor);
}

Result<size_t> read_chunk(grpc::ByteBuffer& message, wire::Chunk& head, const std::function<Status(std::string_view)>& take) {
  grpc::ProtoBufferReader reader(&message);
  CodedInputStream in(&reader);
  std::optional<size_t> taken;
  while (const uint32_t tag = in.ReadTag()) {
    uint64_t number = 0;
    uint32_t length = 0;
    if (tag == kChunkTotal || tag == kChunkCrc) {
      if (taken || !in.ReadVarint64(&number)) return not_a_chunk();
      if (tag == kChunkTotal) head.set_total_bytes(number);
      else head.set_crc32(static_cast<uint32_t>(number));
    } else if (tag == kChunkData) {
      if (taken || !in.ReadVarint32(&length)) return not_a_chunk();
      FEDLLM_RETURN_IF_ERROR(take_chunk(in, length, take, not_a_chunk));
      taken = length;
    } else if (!Wire::SkipField(&in, tag)) {
      return not_a_chunk();
    }
  }
  if (!in.ConsumedEntireMessage()) return not_a_chunk();
  return taken.value_or(0);
}

Result<PushPart> read_push(grpc::ByteBuffer& message, wire::UpdateHeader& header,
                           const std::function<Status(std::string_view)>& take) {
  grpc::ProtoBufferReader reader(&message);
  CodedInputStream in(&reader);
  PushPart part;
  const uint32_t tag = in.ReadTag();
  uint32_t length = 0;
  if ((tag != kPushHeader && tag != kPushChunk) || !in.ReadVarint32(&length)) return not_a_push();
  if (tag == kPushHeader) {
    part.is_header = true;
    FEDLLM_RETURN_IF_ERROR(read_header(in, length, header));
  } else {
    part.chunk_bytes = length;
    FEDLLM_RETURN_IF_ERROR(take_chunk(in, length, take, not_a_push));
  }
  if (in.ReadTag() != 0 || !in.ConsumedEntireMessage()) return not_a_push();
  return part;
}

}  // namespace fedllm::net
