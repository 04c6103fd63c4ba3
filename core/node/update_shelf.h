// UpdateShelf: one round's accepted updates until they are aggregated: as payloads where a codec's values can be read in parts,
// else as float32. What fits into `memory_bytes` stays in memory; the rest lies as it is in a file of the run's folder, whose name
// is gone as soon as it is open, so that nothing is left behind whatever happens. The coordinator's thread only. Errors: a full disk is RESOURCE_EXHAUSTED and nothing of the update is kept.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "codec/codec.h"
#include "fed/strategy.h"
#include "node/spill_file.h"

namespace fedllm::node {

inline constexpr size_t kShelfMemory = 64 << 20;
inline constexpr size_t kRoomShelfMemory = 8 << 20;  // where members train, memory is theirs; two updates always fit

class UpdateShelf final : public fed::Contributions {
 public:
  explicit UpdateShelf(std::string folder, size_t memory_bytes = kShelfMemory);
  Status put(int client, int64_t num_examples, adapter::AdapterState delta);
  // A payload that was checked, with values of this layout.
  Status put(int client, int64_t num_examples, adapter::LayoutPtr layout, codec::Payload payload, codec::PlainValues values);
  size_t spilled() const { return places_; }

  size_t size() const override { return all_.size(); }
  int client(size_t i) const override { return at(i).first; }
  int64_t num_examples(size_t i) const override { return at(i).second.num_examples; }
  const adapter::LayoutPtr& layout(size_t i) const override { return at(i).second.layout; }
  std::optional<adapter::Numbers> numbers(size_t i) const override { return at(i).second.held(); }
  Status read(size_t i, size_t from, std::span<float> values) const override;
  // All of its values; valid until the next load().
  Result<const adapter::AdapterState*> load(size_t i);

 private:
  struct One {
    int64_t num_examples = 0;
    adapter::LayoutPtr layout;
    std::vector<float> delta;
    codec::Payload payload;       // instead; neither: in the file
    codec::PlainValues values;    // of the payload
    uint64_t offset = 0;
    std::span<const std::byte> bytes() const;
    std::optional<adapter::Numbers> held() const;
  };
  Status keep(int client, One one);
  const std::pair<const int, One>& at(size_t i) const;

  const std::string folder_;
  const size_t memory_bytes_;
  size_t held_bytes_ = 0, places_ = 0;
  uint64_t file_bytes_ = 0;
  std::map<int, One> all_;  // by client: the order of every sum
  std::unique_ptr<SpillFile> file_;
  adapter::AdapterState loaded_;
};

}  // namespace fedllm::node
