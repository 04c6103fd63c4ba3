// Messages of federation.proto that carry payloads, without protobuf's copies: a chunk goes out as a reference to the payload
// that all who pull it share, and what comes in is read where gRPC received it. The bytes are protobuf's. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "wire/federation.pb.h"

namespace fedllm::net {

template <class Message>
bool parse(const grpc::ByteBuffer& bytes, Message& message) {
  grpc::ByteBuffer shared(bytes);  // reading uses a buffer up; this one shares the bytes
  return grpc::SerializationTraits<Message>::Deserialize(&shared, &message).ok();
}

grpc::ByteBuffer serialize(const google::protobuf::MessageLite& message);

// A wire::Chunk. head: its other fields. piece: part of *payload, which lives until gRPC has sent it.
grpc::ByteBuffer chunk_message(const wire::Chunk& head, std::shared_ptr<const std::string> payload, std::string_view piece);

// One wire::PushMessage.
struct PushPart {
  bool is_header = false;
  size_t chunk_bytes = 0;
};
// Reads a header into `header`, or hands a chunk to `take` in consecutive pieces, none of which outlives the call. The first
// status of `take` that is not OK ends it. INVALID_ARGUMENT: neither of both, more than one, a chunk beyond kChunkBytes, not
// protobuf.
Result<PushPart> read_push(grpc::ByteBuffer& message, wire::UpdateHeader& header,
                           const std::function<Status(std::string_view)>& take);

}  // namespace fedllm::net
