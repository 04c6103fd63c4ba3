// FederationDoor: the federation service of a room's server, which outlives the runs. While a run is on, its calls go to that
// run's FederationService; between runs they are answered UNAVAILABLE. Whose certificate a call comes with decides for which
// client it may speak: any other client number is refused PERMISSION_DENIED before anything is read. Thread-safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

#include "node/federation_service.h"

namespace fedllm::node {

class FederationDoor {
 public:
  explicit FederationDoor(SlotOf slot_of);
  ~FederationDoor();
  grpc::Service& grpc_service();
  const SlotOf& slot_of() const;
  void open(FederationService& service);
  // New calls are refused, those under way cancelled; `settle` is called until they are gone, to answer what they still
  // bring. Afterwards nothing touches the run any more.
  void shut(const std::function<void()>& settle);
  // Ends every stream of one client at once (revoked, removed).
  void drop(int client);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fedllm::node
