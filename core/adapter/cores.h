// Cores: adapters whose B is a fixed basis times a small core, B = B0 H, so that the cores alone are trained, sent and averaged;
// A stays as it is. B0 [out, rank] has orthonormal columns, drawn from the module's name and a seed that everybody knows
// (RAVAN 2506.05568) or given (Fed-SB 2502.15436); H [rank, rank] has one block of [rank / heads, rank / heads] a head on its
// diagonal and is 0 elsewhere; Fed-SB has one head. The mean of cores is the core of the mean, so averaging them is exact.
// Immutable, any thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "adapter/adapter.h"

namespace fedllm::adapter {

class Cores {
 public:
  // Flat vectors of cores hold, module by module in the layout's order, head by head, a block row by row.
  struct Block { size_t from = 0; int side = 0; };
  // INVALID_ARGUMENT: heads that do not divide a module's rank, a rank above the module's outputs, tensors kept whole.
  static Result<std::shared_ptr<const Cores>> make(LayoutPtr layout, int heads, uint64_t seed);
  // One head on the span of the B of `basis`, an adapter of the layout's modules and ranks; scales do not matter. Its columns
  // stay where they are orthonormal. INVALID_ARGUMENT as above, and other modules or ranks.
  static Result<std::shared_ptr<const Cores>> on(LayoutPtr layout, const AdapterState& basis);
  const std::vector<Block>& blocks() const { return blocks_; }
  size_t size() const { return size_; }   // numbers of all cores: sum over modules of rank^2 / heads
  // B0^T B of the blocks: the core of an adapter, and of a gradient for B that for H. Linear. `adapter` in the layout.
  std::vector<float> project(std::span<const float> adapter) const;
  // Sets every B to B0 H.
  void expand(std::span<const float> cores, std::span<float> adapter) const;

 private:
  Cores(LayoutPtr layout, int heads) : layout_(std::move(layout)), heads_(heads) {}
  Status add(const ModuleSlot& slot, std::vector<double> basis);
  LayoutPtr layout_;
  int heads_ = 1;
  size_t size_ = 0;
  std::vector<Block> blocks_;                 // heads a module
  std::vector<std::vector<double>> bases_;    // a module: [out, rank]
};

}  // namespace fedllm::adapter
