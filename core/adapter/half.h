// IEEE 754 binary16 and bfloat16 <-> binary32, in integers so that every platform agrees. To half: round to nearest, ties
// to even, overflow to infinity, subnormals kept; NaN stays NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace fedllm::adapter {

// Without branches, so that whole vectors are converted at once.
inline float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t rest = half & 0x7fffu;
  const uint32_t beyond = rest >= 0x7c00u ? 0x38000000u : 0u;                                     // infinity, NaN: exponent 31 -> 255
  const uint32_t normal = (rest << 13) + 0x38000000u + beyond;                                    // exponent 15 -> 127
  const float subnormal = static_cast<float>(static_cast<int32_t>(rest)) * 0x1p-24f;              // and zero
  const uint32_t is_normal = 0u - static_cast<uint32_t>(rest >= 0x0400u);                         // all bits or none
  return std::bit_cast<float>(sign | (normal & is_normal) | (std::bit_cast<uint32_t>(subnormal) & ~is_normal));
}

inline uint16_t float_to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000u);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return sign | 0x7e00u;                     // NaN
  if (magnitude >= 0x477ff000u) return sign | 0x7c00u;                    // 65520 and more: infinity
  if (magnitude < 0x38800000u) {                                          // below 2^-14: subnormal half
    const uint32_t exponent = magnitude >> 23;
    if (exponent < 102) return sign;                                      // below 2^-25: zero
    const uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    const uint32_t shift = 126 - exponent;                                // 14 … 24 bits fall away
    const uint32_t kept = mantissa >> shift, lost = mantissa & ((1u << shift) - 1), tie = 1u << (shift - 1);
    return static_cast<uint16_t>(sign | (kept + (lost > tie || (lost == tie && (kept & 1)))));
  }
  const uint32_t rounded = magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1);
  return static_cast<uint16_t>(sign | rounded >> 13);
}

inline float bfloat_to_float(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

inline uint16_t float_to_bfloat(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>(bits >> 16 | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

}  // namespace fedllm::adapter
