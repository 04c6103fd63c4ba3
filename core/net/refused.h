// Refused: a streaming call that is answered with a status before it began. Reactor: one of gRPC's server reactors. It ends
// itself; a handler returns `new Refused<Reactor>(status)`.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_callback.h>

namespace fedllm::net {

template <class Reactor>
class Refused final : public Reactor {
 public:
  explicit Refused(const grpc::Status& status) { this->Finish(status); }

 private:
  void OnDone() override { delete this; }
};

}  // namespace fedllm::net
