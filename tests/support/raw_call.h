// raw_call: any method of a gRPC service called with any bytes as its messages, so that a peer can say what no stub would. The
// call ends with the service's answer, after `most_replies` of them, or when `seconds` have passed.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace fedllm::tests {

inline grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

inline std::string bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  (void)buffer.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

struct RawAnswer {
  grpc::Status status;
  std::vector<std::string> replies;
  // The last reply, if it can be read.
  template <class Message>
  Message reply() const {
    Message message;
    if (!replies.empty()) (void)message.ParseFromString(replies.back());
    return message;
  }
};

class RawCall final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  RawCall(grpc::GenericStub& stub, const std::string& method, std::vector<std::string> messages, size_t most_replies, double seconds)
      : messages_(std::move(messages)), most_replies_(most_replies) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6)));
    stub.PrepareBidiStreamingCall(&context_, method, grpc::StubOptions(), this);
    StartRead(&incoming_);
    write();
    StartCall();
  }
  RawAnswer wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return over_; });
    return std::move(answer_);
  }

 private:
  void write() {
    if (next_ == messages_.size()) return StartWritesDone();
    outgoing_ = buffer_of(messages_[next_++]);
    StartWrite(&outgoing_);
  }
  void OnWriteDone(bool ok) override {
    if (ok) write();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    answer_.replies.push_back(bytes_of(incoming_));
    if (answer_.replies.size() >= most_replies_) context_.TryCancel();
    StartRead(&incoming_);
  }
  void OnDone(const grpc::Status& status) override {
    std::lock_guard lock(mutex_);
    answer_.status = status;
    over_ = true;
    changed_.notify_all();
  }

  const std::vector<std::string> messages_;
  const size_t most_replies_;
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_, outgoing_;
  size_t next_ = 0;
  RawAnswer answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
};

inline RawAnswer raw_call(grpc::GenericStub& stub, const std::string& method, std::vector<std::string> messages, double seconds = 10,
                          size_t most_replies = 1000) {
  RawCall call(stub, method, std::move(messages), most_replies, seconds);
  return call.wait();
}

inline std::string code_text(const grpc::Status& status) {
  return std::string(code_name(static_cast<Code>(status.error_code())));
}

}  // namespace fedllm::tests
