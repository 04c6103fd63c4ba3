// Messages of federation.proto that carry payloads, without protobuf's copies, at both ends: a chunk goes out as a reference to the
// payload that all who pull it share, and what comes in is read where gRPC received it. The bytes are protobuf's. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/client_callback.h>

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
// A wire::PushMessage with a chunk.
grpc::ByteBuffer push_message(std::shared_ptr<const std::string> payload, std::string_view piece);

// Federation.Pull and Federation.Push of a client, in messages as they come and go.
std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> start_pull(grpc::Channel& channel, grpc::ClientContext* context, const wire::PullRequest& request);
void start_push(grpc::Channel& channel, grpc::ClientContext* context, wire::PushReply* reply, grpc::ClientWriteReactor<grpc::ByteBuffer>* reactor);

// Reads one wire::Chunk: total_bytes and crc32, where it has them, into `head`, and hands its data, which must come behind these, to
// `take` as read_push() does; returns how many bytes those were. INVALID_ARGUMENT: data twice or beyond kChunkBytes, not protobuf.
Result<size_t> read_chunk(grpc::ByteBuffer& message, wire::Chunk& head, const std::function<Status(std::string_view)>& take);

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
