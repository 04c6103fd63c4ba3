#include "codec/codec.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "adapter/half.h"
#include "base/crc32.h"
#include "spec/names.h"

namespace fedllm::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "payloads are little-endian and copied as they lie");

constexpr const char* kWhere = "codec.decode";
constexpr std::string_view kMagic = "FLUP";
constexpr uint8_t kVersion = 1;
constexpr size_t kHeader = 16, kOverhead = kHeader + 4;
constexpr float kHalfMax = 65504;

template <class T>
T load(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <class T>
void store(Payload& bytes, size_t offset, T value) { std::memcpy(bytes.data() + offset, &value, sizeof value); }

Status refuse(const std::string& what) { return data_loss("payload: " + what, kWhere); }

std::string codec_text(uint8_t id) {
  return id < std::size(spec::kCodecs) ? std::string(spec::kCodecs[id]) : "number " + std::to_string(id);
}

// Everything but the values: header, sizes, checksum (FORMAT.md).
class Framed : public Codec {
 public:
  Framed(uint8_t id, size_t element) : id_(id), element_(element) {}
  std::string_view name() const override { return spec::kCodecs[id_]; }
  size_t payload_bytes(const adapter::AdapterLayout& layout) const override { return kOverhead + element_ * layout.size(); }

  Payload encode(const adapter::AdapterState& state, Residual* residual) const override {
    const size_t count = state.values.size();
    Payload out(kOverhead + element_ * count, '\0');
    kMagic.copy(out.data(), kMagic.size());
    out[4] = static_cast<char>(kVersion);
    out[5] = static_cast<char>(id_);
    store<uint64_t>(out, 8, count);
    write_values(state.values, residual, out.data() + kHeader);
    store<uint32_t>(out, out.size() - 4, crc32(std::string_view(out).substr(0, out.size() - 4)));
    return out;
  }

  Result<adapter::AdapterState> decode(std::string_view payload, const adapter::LayoutPtr& layout) const override {
    FEDLLM_RETURN_IF_ERROR(check(payload, *layout));
    adapter::AdapterState state = adapter::AdapterState::zeros(layout);
    read_values(payload.data() + kHeader, state.values);
    return state;
  }

 protected:
  virtual void write_values(const std::vector<float>& values, Residual* residual, char* out) const = 0;
  virtual void read_values(const char* bytes, std::vector<float>& values) const = 0;

 private:
  Status check(std::string_view payload, const adapter::AdapterLayout& layout) const {
    if (payload.size() < kOverhead) return refuse("expected at least 20 bytes, got " + std::to_string(payload.size()));
    if (!payload.starts_with(kMagic)) return refuse("expected the magic FLUP at its start, got other bytes");
    if (const auto version = load<uint8_t>(payload, 4); version != kVersion)
      return refuse("expected format version 1, got " + std::to_string(version));
    if (const auto id = load<uint8_t>(payload, 5); id != id_)
      return refuse("expected codec " + std::string(name()) + ", got " + codec_text(id));
    if (load<uint16_t>(payload, 6) != 0)
      return refuse("expected zero in the reserved bytes, got " + std::to_string(load<uint16_t>(payload, 6)));
    if (const auto count = load<uint64_t>(payload, 8); count != layout.size())
      return refuse("expected " + std::to_string(layout.size()) + " values, got " + std::to_string(count));
    if (payload.size() != payload_bytes(layout))
      return refuse("expected " + std::to_string(payload_bytes(layout)) + " bytes, got " + std::to_string(payload.size()));
    const std::string_view body = payload.substr(0, payload.size() - 4);
    if (load<uint32_t>(payload, body.size()) != crc32(body))
      return refuse("the checksum does not match, so bytes were changed on the way");
    return {};
  }

  uint8_t id_;
  size_t element_;
};

class F32 final : public Framed {
 public:
  F32() : Framed(0, 4) {}

 private:
  void write_values(const std::vector<float>& values, Residual*, char* out) const override {
    std::memcpy(out, values.data(), 4 * values.size());
  }
  void read_values(const char* bytes, std::vector<float>& values) const override {
    std::memcpy(values.data(), bytes, 4 * values.size());
  }
};

class F16 final : public Framed {
 public:
  F16() : Framed(1, 2) {}

 private:
  static uint16_t to_half(float value) {
    return adapter::float_to_half(std::isfinite(value) ? std::clamp(value, -kHalfMax, kHalfMax) : value);
  }

  void write_values(const std::vector<float>& values, Residual* residual, char* out) const override {
    if (residual && residual->values.size() != values.size()) residual->values.assign(values.size(), 0.0f);
    for (size_t i = 0; i < values.size(); ++i) {
      const float wanted = residual ? values[i] + residual->values[i] : values[i];
      const uint16_t half = to_half(wanted);
      std::memcpy(out + 2 * i, &half, 2);
      if (residual) residual->values[i] = std::isfinite(wanted) ? wanted - adapter::half_to_float(half) : 0.0f;
    }
  }

  void read_values(const char* bytes, std::vector<float>& values) const override {
    for (size_t i = 0; i < values.size(); ++i) {
      uint16_t half;
      std::memcpy(&half, bytes + 2 * i, 2);
      values[i] = adapter::half_to_float(half);
    }
  }
};

}  // namespace

std::vector<std::string> codec_names() { return {std::begin(spec::kCodecs), std::end(spec::kCodecs)}; }

Result<std::unique_ptr<Codec>> make_codec(std::string_view name) {
  if (name == "f32") return std::unique_ptr<Codec>(std::make_unique<F32>());
  if (name == "f16") return std::unique_ptr<Codec>(std::make_unique<F16>());
  return invalid_argument("expected codec f32 or f16, got \"" + std::string(name) + "\"", "codec.make");
}

}  // namespace fedllm::codec
