// The basis in which a run's cores are, as this process knows it: drawn from the seed (RAVAN 2506.05568), or what the first step
// laid (Fed-SB 2502.15436), known by its hash like an accumulator. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "adapter/cores.h"
#include "node/merged_bases.h"

namespace fedllm::node {

class CoreBasis {
 public:
  using CoresPtr = std::shared_ptr<const adapter::Cores>;
  void draw(CoresPtr cores) { cores_ = std::move(cores); }   // before anybody asks
  // Takes the place of one with another hash.
  Status lay(const adapter::LayoutPtr& layout, const std::string& sha256, MergedPtr basis);
  CoresPtr cores() const;      // null: no basis yet
  MergedPtr adapter() const;   // its A stays; null unless it was laid

 private:
  mutable std::mutex mutex_;
  std::string sha256_;
  CoresPtr cores_;
  MergedPtr adapter_;
};

}  // namespace fedllm::node
