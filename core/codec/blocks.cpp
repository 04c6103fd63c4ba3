// Bodies that send a scale a block and few bits a value: int8 and int4 with stochastic rounding (an unbiased one: QSGD,
// 1610.02132), sign with the block's mean magnitude (1802.04434 with the scale of 1901.09847).
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "codec/body.h"

// A clone is chosen while the program is loaded, when the thread sanitizer is not there yet.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__)
#define FEDLLM_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FEDLLM_WIDE
#endif

namespace fedllm::codec {
namespace {

constexpr uint32_t kInfinity = 0x7f800000u;

size_t blocks_of(size_t count, size_t block) { return (count + block - 1) / block; }

// The bits of the largest magnitude: those of NaN and infinity lie above all finite ones'.
FEDLLM_WIDE uint32_t top_bits(const float* x, size_t count) {
  uint32_t top = 0;
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, x + i, 4);
    top = std::max(top, bits & 0x7fffffffu);
  }
  return top;
}

// floor(x inverse + u) with u uniform in [0, 1) by seed and place, in steps of 2^-16 so that whole numbers stay: the sum with
// `levels` is positive, at most 2^8, and exact there.
FEDLLM_WIDE void round_block(const float* x, size_t count, float inverse, int levels, uint32_t seed, uint32_t place, int8_t* q) {
  const float shift = static_cast<float>(levels + 1);
  for (size_t i = 0; i < count; ++i) {
    uint32_t h = (place + static_cast<uint32_t>(i)) * 0x9E3779B9u + seed;   // an integer hash: two rounds of multiply and shift
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    const float u = static_cast<float>(static_cast<int32_t>((h ^ h >> 16) >> 16)) * 0x1p-16f;
    const int level = static_cast<int>(x[i] * inverse + (shift + u)) - (levels + 1);
    q[i] = static_cast<int8_t>(std::clamp(level, -levels, levels));
  }
}

// A scale a block, then the values' levels, -kLevels to kLevels.
template <int kLevels, size_t kBlock>
class Levels final : public Body {
 public:
  size_t bytes(size_t count) const override { return 4 * blocks_of(count, kBlock) + packed(count); }

  void write(std::span<const float> values, uint64_t seed, bool, char* out) const override {
    const size_t blocks = blocks_of(values.size(), kBlock);
    const auto mixed = static_cast<uint32_t>(seed ^ seed >> 32);
    char* levels = out + 4 * blocks;
    int8_t q[kBlock];
    for (size_t block = 0; block < blocks; ++block) {
      const size_t from = block * kBlock, count = std::min(kBlock, values.size() - from);
      const uint32_t top = top_bits(values.data() + from, count);
      float scale = std::bit_cast<float>(top) / kLevels;
      std::memset(q, 0, sizeof q);
      if (top >= kInfinity) scale = std::numeric_limits<float>::quiet_NaN();   // so that the round sees it and refuses
      else if (!std::isnormal(scale)) scale = 0;
      else round_block(values.data() + from, count, 1 / scale, kLevels, mixed, static_cast<uint32_t>(from), q);
      std::memcpy(out + 4 * block, &scale, 4);
      pack(q, from, count, levels);
    }
  }

  Status read(const char* bytes, std::span<float> values) const override {
    const size_t blocks = blocks_of(values.size(), kBlock);
    const char* levels = bytes + 4 * blocks;
    for (size_t block = 0; block < blocks; ++block) {
      float scale;
      std::memcpy(&scale, bytes + 4 * block, 4);
      const size_t from = block * kBlock, to = std::min(from + kBlock, values.size());
      for (size_t i = from; i < to; ++i) {
        const int level = level_at(levels, i);
        if (level < -kLevels)
          return data_loss("payload: expected levels of -" + std::to_string(kLevels) + " to " + std::to_string(kLevels) + ", got " + std::to_string(level) + " at value " + std::to_string(i), "codec.decode");
        values[i] = scale * static_cast<float>(level);
      }
    }
    return {};
  }

 private:
  static constexpr bool kHalves = kLevels < 8;   // two values a byte, the first in the low bits, as level + 8
  static size_t packed(size_t count) { return kHalves ? (count + 1) / 2 : count; }
  static void pack(const int8_t* q, size_t from, size_t count, char* levels) {
    if constexpr (!kHalves) {
      std::memcpy(levels + from, q, count);
    } else {
      for (size_t i = 0; i < count; i += 2) levels[(from + i) / 2] = static_cast<char>((q[i] + 8) | (i + 1 < count ? q[i + 1] + 8 : 0) << 4);
    }
  }
  static int level_at(const char* levels, size_t i) {
    if constexpr (!kHalves) return static_cast<int8_t>(levels[i]);
    else return (static_cast<uint8_t>(levels[i / 2]) >> (i % 2 * 4) & 15) - 8;
  }
};

// The mean magnitude a block, then a bit a value: 1 where it is negative.
class Sign final : public Body {
 public:
  size_t bytes(size_t count) const override { return 4 * blocks_of(count, kBlock) + (count + 7) / 8; }
  bool carries_versions() const override { return false; }

  void write(std::span<const float> values, uint64_t, bool, char* out) const override {
    const size_t blocks = blocks_of(values.size(), kBlock);
    for (size_t block = 0; block < blocks; ++block) {
      const size_t from = block * kBlock, to = std::min(from + kBlock, values.size());
      double sum = 0;
      for (size_t i = from; i < to; ++i) sum += std::abs(values[i]);
      const auto mean = static_cast<float>(sum / static_cast<double>(to - from));
      std::memcpy(out + 4 * block, &mean, 4);
    }
    char* bits = out + 4 * blocks;
    for (size_t i = 0; i < values.size(); ++i) bits[i / 8] = static_cast<char>(bits[i / 8] | std::signbit(values[i]) << i % 8);
  }

  Status read(const char* bytes, std::span<float> values) const override {
    const char* bits = bytes + 4 * blocks_of(values.size(), kBlock);
    for (size_t i = 0; i < values.size(); ++i) {
      float mean;
      std::memcpy(&mean, bytes + 4 * (i / kBlock), 4);
      values[i] = (static_cast<uint8_t>(bits[i / 8]) >> i % 8 & 1) != 0 ? -mean : mean;
    }
    return {};
  }

 private:
  static constexpr size_t kBlock = 256;
};

}  // namespace

std::unique_ptr<Body> int8_body() { return std::make_unique<Levels<127, 128>>(); }
std::unique_ptr<Body> int4_body() { return std::make_unique<Levels<7, 64>>(); }
std::unique_ptr<Body> sign_body() { return std::make_unique<Sign>(); }

}  // namespace fedllm::codec
