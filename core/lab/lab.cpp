#include "lab/lab.h"

#include "lab/lab_service.h"

namespace fedllm::lab {

class Lab::Impl {
 public:
  explicit Impl(const LabTools& tools) : book(tools), service(book) {}
  LabBook book;
  LabService service;
};

Lab::Lab(const LabTools& tools) : impl_(std::make_unique<Impl>(tools)) {}
Lab::~Lab() { close(); }
grpc::Service& Lab::service() { return impl_->service.grpc_service(); }

Result<std::shared_ptr<RoomHost>> Lab::host(const RoomOptions& options) { return impl_->book.host(options); }
Result<std::shared_ptr<RoomMember>> Lab::join(const MemberOptions& options) { return impl_->book.join(options); }
wire::LabState Lab::state() const { return impl_->book.state(); }
bool Lab::busy() const { return impl_->book.busy() || impl_->service.watched(); }

// Rooms first: those who watch still see how they end.
void Lab::close() {
  impl_->book.close();
  impl_->service.close();
}

}  // namespace fedllm::lab
