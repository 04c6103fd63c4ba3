// Ledger rows, events and errors as the control service sends them, and back for a reader on the other side.
#pragma once

#include <grpcpp/grpcpp.h>

#include "ledger/ledger.h"
#include "wire/control.pb.h"

namespace fedllm::node {

void to_wire(const ledger::Event& event, wire::Event& out);
ledger::Event from_wire(const wire::Event& event, const std::string& run);
// Without last_seq and adapter_dir, which the row does not hold.
void to_wire(const ledger::RunRow& row, wire::RunInfo& out);

// The one sentence, without the place that found it.
inline grpc::Status to_wire(const Status& status) {
  return status.ok() ? grpc::Status::OK : grpc::Status(static_cast<grpc::StatusCode>(status.code()), status.message());
}

}  // namespace fedllm::node
