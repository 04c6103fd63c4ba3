// Bodies that send few of the values, as halves: the largest (top-k; places as a bitmap or as numbers, whichever is
// smaller), or those of a mask that both sides draw from a seed (random-mask; no places).
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "adapter/half.h"
#include "base/seed_tree.h"
#include "codec/body.h"

namespace fedllm::codec {
namespace {

Status refuse(const std::string& what) { return data_loss("payload: " + what, "codec.decode"); }

size_t chosen_of(size_t count, double density) {
  return count == 0 ? 0 : std::clamp<size_t>(static_cast<size_t>(std::ceil(density * static_cast<double>(count))), 1, count);
}

uint32_t magnitude(float value) { return std::bit_cast<uint32_t>(value) & 0x7fffffffu; }

void put_half(char* out, size_t place, float value) {
  const uint16_t half = finite_half(value);
  std::memcpy(out + 2 * place, &half, 2);
}

float half_at(const char* bytes, size_t place) {
  uint16_t half;
  std::memcpy(&half, bytes + 2 * place, 2);
  return adapter::half_to_float(half);
}

// The k-th largest magnitude's bits, and how many lie above them: two counts over 16 bits each.
struct Threshold { uint32_t bits = 0; size_t above = 0; };
Threshold threshold_of(std::span<const float> values, size_t k) {
  std::vector<uint32_t> counts(1 << 16);
  const auto find = [&](size_t above) {
    uint32_t bin = 0xffff;
    while (above + counts[bin] < k) above += counts[bin--];
    return Threshold{bin, above};
  };
  for (const float value : values) ++counts[magnitude(value) >> 16];
  const Threshold high = find(0);
  std::fill(counts.begin(), counts.end(), 0);
  for (const float value : values)
    if (magnitude(value) >> 16 == high.bits) ++counts[magnitude(value) & 0xffffu];
  const Threshold low = find(high.above);
  return {high.bits << 16 | low.bits, low.above};
}

class TopK final : public Body {
 public:
  explicit TopK(double density) : density_(density) {}
  bool carries_versions() const override { return false; }
  size_t bytes(size_t count) const override { return places_bytes(count) + 2 * chosen_of(count, density_); }

  // Of equals at the threshold, those that come first.
  void write(std::span<const float> values, uint64_t, bool, char* out) const override {
    const size_t count = values.size(), k = chosen_of(count, density_);
    if (k == 0) return;
    const Threshold threshold = threshold_of(values, k);
    size_t equals = k - threshold.above, sent = 0;
    char* halves = out + places_bytes(count);
    const bool bitmap = is_bitmap(count);
    for (size_t i = 0; i < count; ++i) {
      const uint32_t bits = magnitude(values[i]);
      if (bits < threshold.bits || (bits == threshold.bits && equals == 0)) continue;
      if (bits == threshold.bits) --equals;
      if (bitmap) {
        out[i / 8] = static_cast<char>(out[i / 8] | 1 << i % 8);
      } else {
        const auto place = static_cast<uint32_t>(i);
        std::memcpy(out + 4 * sent, &place, 4);
      }
      put_half(halves, sent++, values[i]);
    }
  }

  Status read(const char* bytes, std::span<float> values) const override {
    const size_t count = values.size(), k = chosen_of(count, density_);
    const char* halves = bytes + places_bytes(count);
    return is_bitmap(count) ? read_bitmap(bytes, halves, k, values) : read_places(bytes, halves, k, values);
  }

 private:
  bool is_bitmap(size_t count) const { return (count + 7) / 8 <= 4 * chosen_of(count, density_); }
  size_t places_bytes(size_t count) const { return std::min((count + 7) / 8, 4 * chosen_of(count, density_)); }

  static Status read_bitmap(const char* bits, const char* halves, size_t k, std::span<float> values) {
    size_t found = 0;
    for (size_t i = 0; i < (values.size() + 7) / 8 * 8; ++i) {
      if ((static_cast<uint8_t>(bits[i / 8]) >> i % 8 & 1) == 0) continue;
      if (i >= values.size()) return refuse("expected places below " + std::to_string(values.size()) + ", got " + std::to_string(i));
      if (found == k) return refuse("expected " + std::to_string(k) + " places in the bitmap, got more");
      values[i] = half_at(halves, found++);
    }
    return found == k ? Status() : refuse("expected " + std::to_string(k) + " places in the bitmap, got " + std::to_string(found));
  }

  static Status read_places(const char* places, const char* halves, size_t k, std::span<float> values) {
    int64_t before = -1;
    for (size_t n = 0; n < k; ++n) {
      uint32_t place;
      std::memcpy(&place, places + 4 * n, 4);
      if (place <= before || place >= values.size())
        return refuse("expected rising places below " + std::to_string(values.size()) + ", got " + std::to_string(place) + " after " + std::to_string(before));
      values[place] = half_at(halves, n);
      before = place;
    }
    return {};
  }

  double density_;
};

// The seed, then the values that its mask chooses. Without error feedback they are weighed up by count / k, which makes the
// whole unbiased.
class RandomMask final : public Body {
 public:
  explicit RandomMask(double density) : density_(density) {}
  bool carries_versions() const override { return false; }
  size_t bytes(size_t count) const override { return 8 + 2 * chosen_of(count, density_); }

  void write(std::span<const float> values, uint64_t seed, bool whole, char* out) const override {
    std::memcpy(out, &seed, 8);
    const size_t k = chosen_of(values.size(), density_);
    const float weight = whole && k > 0 ? static_cast<float>(static_cast<double>(values.size()) / static_cast<double>(k)) : 1.0f;
    size_t sent = 0;
    each_chosen(values.size(), seed, [&](size_t i) { put_half(out + 8, sent++, weight * values[i]); });
  }

  Status read(const char* bytes, std::span<float> values) const override {
    uint64_t seed;
    std::memcpy(&seed, bytes, 8);
    size_t taken = 0;
    each_chosen(values.size(), seed, [&](size_t i) { values[i] = half_at(bytes + 8, taken++); });
    return {};
  }

 private:
  // Selection sampling: each place with probability (still to choose) / (still to come), so exactly k, ascending.
  template <class Take>
  void each_chosen(size_t count, uint64_t seed, Take&& take) const {
    Rng rng(seed);
    size_t left = chosen_of(count, density_);
    for (size_t i = 0; i < count && left > 0; ++i)
      if (rng.uniform() * static_cast<double>(count - i) < static_cast<double>(left)) take(i), --left;
  }

  double density_;
};

}  // namespace

std::unique_ptr<Body> top_k_body(double density) { return std::make_unique<TopK>(density); }
std::unique_ptr<Body> random_mask_body(double density) { return std::make_unique<RandomMask>(density); }

}  // namespace fedllm::codec
