#include "node/core_basis.h"

namespace fedllm::node {

Status CoreBasis::lay(const adapter::LayoutPtr& layout, const std::string& sha256, MergedPtr basis) {
  std::lock_guard lock(mutex_);
  if (sha256_ == sha256) return {};
  FEDLLM_ASSIGN_OR_RETURN(cores_, adapter::Cores::on(layout, *basis));
  adapter_ = std::move(basis);
  sha256_ = sha256;
  return {};
}

CoreBasis::CoresPtr CoreBasis::cores() const {
  std::lock_guard lock(mutex_);
  return cores_;
}

MergedPtr CoreBasis::adapter() const {
  std::lock_guard lock(mutex_);
  return adapter_;
}

}  // namespace fedllm::node
