// CallList: the streams of a federation service that are under way, by the client they speak for, so that they can be counted
// and ended from outside: all, one client's, or an older update of the one that pushes again. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <mutex>

namespace fedllm::node {

inline constexpr int kAnybody = -2;  // whoever the request names

class CallList {
 public:
  void add(grpc::CallbackServerContext* context, int client) {
    std::lock_guard lock(mutex_);
    calls_[context] = {client, false};
  }
  // A client has one update under way: one that comes again stands for a stream that broke off, or for mischief.
  void begin_push(grpc::CallbackServerContext* context, int client) {
    std::lock_guard lock(mutex_);
    for (const auto& [other, one] : calls_) {
      if (other != context && one.pushes && one.client == client) other->TryCancel();
    }
    calls_[context] = {client, true};
  }
  void remove(grpc::CallbackServerContext* context) {
    std::lock_guard lock(mutex_);
    calls_.erase(context);
  }
  // client kAnybody: all.
  void cancel(int client) {
    std::lock_guard lock(mutex_);
    for (const auto& [context, one] : calls_) {
      if (client == kAnybody || one.client == client) context->TryCancel();
    }
  }
  int count() const {
    std::lock_guard lock(mutex_);
    return static_cast<int>(calls_.size());
  }

 private:
  struct One {
    int client = 0;
    bool pushes = false;
  };
  mutable std::mutex mutex_;
  std::map<grpc::CallbackServerContext*, One> calls_;
};

// Counts one stream while it lives.
class Listed {
 public:
  Listed(CallList& calls, grpc::CallbackServerContext* context, int client) : calls_(calls), context_(context) {
    calls_.add(context_, client);
  }
  ~Listed() { calls_.remove(context_); }
  Listed(const Listed&) = delete;
  void begin_push(int client) { calls_.begin_push(context_, client); }

 private:
  CallList& calls_;
  grpc::CallbackServerContext* context_;
};

}  // namespace fedllm::node
