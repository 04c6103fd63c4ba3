// Codec: an AdapterState (a version downlink, a delta uplink) <-> payload bytes. The byte format is in FORMAT.md: magic
// "FLUP", version, codec id, element count, body, CRC-32. decode() checks sizes before allocating and never trusts the
// peer; errors say expected and got. Residual carries what a lossy codec dropped into the next encode (error feedback,
// 1901.09847): sent + residual = sum of what was to be sent. Immutable, any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/numbers.h"
#include "base/crc32.h"
#include "base/status.h"

namespace fedllm::codec {

using Payload = std::string;

// Where every value lies by itself, in order: as what, and how far behind the payload's beginning the first.
struct PlainValues {
  adapter::Number as = adapter::Number::f32;
  size_t offset = 0;
  adapter::Numbers of(std::string_view payload) const { return {payload.data() + offset, as}; }
};

// CRC-32 of every payload as it was encoded: what ends with its own CRC-32 has this one, and of all endings no other has.
inline constexpr uint32_t kWholeCrc = 0x2144df1c;

struct Residual { std::vector<float> values; };   // empty until the first lossy encode

class Codec {
 public:
  virtual ~Codec() = default;
  virtual std::string_view name() const = 0;
  // `seed`: of stochastic rounding and of random masks; the same seed gives the same bytes.
  virtual Payload encode(const adapter::AdapterState& state, Residual* residual, uint64_t seed = 0) const = 0;
  // crc32: of the payload, where it is known; its bytes are not summed once more then.
  virtual Result<adapter::AdapterState> decode(std::string_view payload, const adapter::LayoutPtr& layout, std::optional<uint32_t> crc32 = {}) const = 0;
  // What decode() refuses but for the values that a body does not believe: of f32, f16 and bf16 everything.
  virtual Status check(std::string_view payload, const adapter::AdapterLayout& layout, std::optional<uint32_t> crc32 = {}) const = 0;
  // f32, f16, bf16: a payload that was checked can be read in parts, and summed as it lies (adapter/numbers.h). Else nothing.
  virtual std::optional<PlainValues> plain() const = 0;
  // Exact payload size for a layout, without encoding.
  virtual size_t payload_bytes(const adapter::AdapterLayout& layout) const = 0;
  virtual bool lossless() const = 0;
  // Fit for a version on its way down: every value arrives, about as it was. The others carry changes alone.
  virtual bool carries_versions() const = 0;
};

// One of spec::kCodecs. density: the part of the values that top-k and random-mask send, in (0, 1].
Result<std::unique_ptr<Codec>> make_codec(std::string_view name, double density = 1.0 / 16);
std::vector<std::string> codec_names();
// ||decoded - wanted|| / ||wanted||, 0 where nothing or nothing finite was wanted.
double relative_error(const adapter::AdapterState& decoded, const adapter::AdapterState& wanted);
using fedllm::crc32;

}  // namespace fedllm::codec
