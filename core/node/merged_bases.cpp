#include "node/merged_bases.h"

#include <algorithm>
#include <cstring>

#include "base/sha256.h"

namespace fedllm::node {
namespace {

constexpr const char* kWhere = "node.merged";
constexpr size_t kKept = 2;   // the version that is trained on and the next one
constexpr std::string_view kMagic = "FLMG";
constexpr uint32_t kVersion = 1;
constexpr size_t kHead = 16;
constexpr uint32_t kMostRank = 1 << 16;

void put_u32(std::string& out, uint32_t value) { out.append(reinterpret_cast<const char*>(&value), 4); }
uint32_t u32_at(std::string_view bytes, size_t place) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data() + place, 4);
  return value;
}

}  // namespace

MergedBases::One* MergedBases::at(const std::string& sha256) {
  const auto found = std::find_if(newest_.begin(), newest_.end(), [&](const One& one) { return one.sha256 == sha256; });
  return found == newest_.end() ? nullptr : &*found;
}

MergedPtr MergedBases::find(const std::string& sha256) const {
  std::lock_guard lock(mutex_);
  const One* one = const_cast<MergedBases*>(this)->at(sha256);
  return one ? one->merged : nullptr;
}

void MergedBases::put(const std::string& sha256, MergedPtr merged) {
  std::lock_guard lock(mutex_);
  if (at(sha256)) return;
  newest_.push_front({sha256, std::move(merged), nullptr});
  if (newest_.size() > kKept) newest_.pop_back();
}

Result<std::shared_ptr<const train::BaseModel>> MergedBases::base(const std::string& sha256, const std::shared_ptr<const train::BaseModel>& plain,
                                                                 train::Backend& backend) {
  std::lock_guard lock(mutex_);   // the others need it too
  One* one = at(sha256);
  if (!one) return internal_error("the accumulator " + sha256.substr(0, 12) + " is not here", kWhere);
  if (!one->base) {
    FEDLLM_ASSIGN_OR_RETURN(one->base, backend.with_merged(plain, *one->merged));
  }
  return one->base;
}

std::string merged_sha256(const adapter::AdapterState& merged) {
  Sha256 hash;
  for (const adapter::ModuleSlot& slot : merged.layout->modules()) hash.update(slot.name + " " + std::to_string(slot.rank) + "\n");
  hash.update({reinterpret_cast<const char*>(merged.values.data()), merged.values.size() * sizeof(float)});
  return hash.hex();
}

std::string encode_merged(const adapter::AdapterState& merged, bool whole, const codec::Codec& codec, uint64_t seed) {
  std::string out(kMagic);
  put_u32(out, kVersion);
  put_u32(out, whole ? 1 : 0);
  const auto& modules = merged.layout->modules();
  put_u32(out, static_cast<uint32_t>(modules.size()));
  for (const adapter::ModuleSlot& slot : modules) put_u32(out, static_cast<uint32_t>(slot.rank));
  if (!whole) return out + codec.encode(merged, nullptr, seed);
  return out + (*codec::make_codec("f32"))->encode(merged, nullptr);
}

Result<ReadMerged> decode_merged(std::string_view bytes, const adapter::AdapterLayout& layout, const codec::Codec& codec) {
  const auto refuse = [](const std::string& why) { return data_loss("the accumulator beside the base cannot be read: " + why, kWhere); };
  const size_t ranks = kHead + 4 * layout.modules().size();
  if (bytes.size() < ranks) return refuse("expected " + std::to_string(ranks) + " bytes or more, got " + std::to_string(bytes.size()));
  if (!bytes.starts_with(kMagic) || u32_at(bytes, 4) != kVersion) return refuse("expected FLMG version 1 at its start");
  if (u32_at(bytes, 8) > 1) return refuse("its kind is neither 0 nor 1");
  if (const uint32_t count = u32_at(bytes, 12); count != layout.modules().size())
    return refuse("expected " + std::to_string(layout.modules().size()) + " modules, got " + std::to_string(count));
  std::vector<adapter::ModuleSlot> modules = layout.modules();
  for (size_t m = 0; m < modules.size(); ++m) {
    const uint32_t rank = u32_at(bytes, kHead + 4 * m);
    if (rank < 1 || rank > kMostRank) return refuse(modules[m].name + ": expected a rank from 1 to " + std::to_string(kMostRank) + ", got " + std::to_string(rank));
    modules[m].rank = static_cast<int>(rank), modules[m].alpha = rank;
  }
  FEDLLM_ASSIGN_OR_RETURN(const adapter::LayoutPtr own, adapter::AdapterLayout::make(std::move(modules), 1));
  ReadMerged read;
  read.whole = u32_at(bytes, 8) == 1;
  FEDLLM_ASSIGN_OR_RETURN(const auto f32, codec::make_codec("f32"));
  FEDLLM_ASSIGN_OR_RETURN(read.merged, (read.whole ? *f32 : codec).decode(bytes.substr(ranks), own));
  if (!adapter::all_finite(read.merged)) return refuse("it holds numbers that are not finite");
  return read;
}

size_t most_merged_bytes(const adapter::AdapterLayout& layout) {
  size_t most = 1 << 20;
  for (const adapter::ModuleSlot& slot : layout.modules())
    most += sizeof(float) * 2 * static_cast<size_t>(std::min(slot.in_features, slot.out_features)) * (static_cast<size_t>(slot.in_features) + slot.out_features);
  return most;
}

}  // namespace fedllm::node
