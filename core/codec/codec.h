// Codec: an AdapterState (a version downlink, a delta uplink) <-> payload bytes. The byte format is in FORMAT.md: magic
// "FLUP", version, codec id, element count, values, CRC-32. decode() checks sizes before allocating and never trusts the
// peer; errors say expected and got. Residual carries what a lossy codec dropped into the next encode (error feedback).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/adapter.h"
#include "base/crc32.h"
#include "base/status.h"

namespace fedllm::codec {

using Payload = std::string;

struct Residual { std::vector<float> values; };   // empty until the first lossy encode

class Codec {
 public:
  virtual ~Codec() = default;
  virtual std::string_view name() const = 0;
  virtual Payload encode(const adapter::AdapterState& state, Residual* residual) const = 0;
  virtual Result<adapter::AdapterState> decode(std::string_view payload, const adapter::LayoutPtr& layout) const = 0;
  // Exact payload size for a layout, without encoding.
  virtual size_t payload_bytes(const adapter::AdapterLayout& layout) const = 0;
};

Result<std::unique_ptr<Codec>> make_codec(std::string_view name);   // "f32", "f16"
std::vector<std::string> codec_names();
using fedllm::crc32;

}  // namespace fedllm::codec
