// UpdateShelf: one round's accepted updates until they are aggregated. What fits into `memory_bytes` stays in memory; the rest
// lies as raw float32 in a file of the run's folder, whose name is gone as soon as it is open, so that nothing is left behind
// whatever happens. The coordinator's thread only. Errors: a full disk is RESOURCE_EXHAUSTED and nothing of the update is kept.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "fed/strategy.h"
#include "node/spill_file.h"

namespace fedllm::node {

inline constexpr size_t kShelfMemory = 64 << 20;
inline constexpr size_t kRoomShelfMemory = 8 << 20;  // where members train, memory is theirs; two updates always fit

class UpdateShelf final : public fed::Contributions {
 public:
  UpdateShelf(std::string folder, adapter::LayoutPtr layout, size_t memory_bytes = kShelfMemory);
  Status put(int client, int64_t num_examples, adapter::AdapterState delta);
  size_t spilled() const { return places_; }

  size_t size() const override { return all_.size(); }
  int client(size_t i) const override { return at(i).first; }
  int64_t num_examples(size_t i) const override { return at(i).second.num_examples; }
  Result<const adapter::AdapterState*> load(size_t i) override;
  const adapter::AdapterState* held(size_t i) const override { return at(i).second.delta.values.empty() ? nullptr : &at(i).second.delta; }
  // Some of its values, from place `from` on.
  Status read(size_t i, size_t from, std::span<float> values) const;

 private:
  struct One {
    int64_t num_examples = 0;
    adapter::AdapterState delta;  // no values: in the file
    uint64_t offset = 0;
  };
  const std::pair<const int, One>& at(size_t i) const;

  const std::string folder_;
  const adapter::LayoutPtr layout_;
  const size_t memory_bytes_;
  size_t held_bytes_ = 0, places_ = 0;
  std::map<int, One> all_;  // by client: the order of every sum
  std::unique_ptr<SpillFile> file_;
  adapter::AdapterState loaded_;
};

}  // namespace fedllm::node
