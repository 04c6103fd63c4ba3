// LabService: the gRPC side of a LabBook (lab.proto). Callbacks only hand work to small pools: one for what answers soon, one for
// what opens files, waits for a run's end or asks the network. Watch sends the whole state when it has changed, looked for four
// times a second while somebody watches, and at least once a second; a reader that lags gets the newest state, not every one.
// Browse listens on the network only while somebody browses. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "lab/lab_book.h"

namespace fedllm::lab {

class LabService {
 public:
  explicit LabService(LabBook& book);
  ~LabService();
  grpc::Service& grpc_service();
  void close();  // ends the streams
  bool watched() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::lab
