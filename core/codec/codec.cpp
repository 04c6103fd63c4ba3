#include "codec/codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/text.h"
#include "codec/body.h"
#include "spec/names.h"

namespace fedllm::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "payloads are little-endian and copied as they lie");

constexpr const char* kWhere = "codec.decode";
constexpr std::string_view kMagic = "FLUP";
constexpr uint8_t kVersion = 1;
constexpr size_t kHeader = 16, kChecksum = 4, kOverhead = kHeader + kChecksum;

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

// By way of the nearest cache, so that memory is not filled with zeros first.
std::vector<float> widened(adapter::Numbers from, size_t count) {
  std::vector<float> values;
  values.reserve(count);
  std::array<float, 4096> block;
  for (size_t at = 0; at < count; at += block.size()) {
    const std::span part(block.data(), std::min(block.size(), count - at));
    adapter::widen(from.from(at), part);
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

// Everything but the values: header, sizes, checksum (FORMAT.md), and error feedback.
class Framed final : public Codec {
 public:
  Framed(uint8_t id, std::unique_ptr<Body> body) : id_(id), body_(std::move(body)) {}
  std::string_view name() const override { return spec::kCodecs[id_]; }
  bool lossless() const override { return !body_->lossy(); }
  bool carries_versions() const override { return body_->carries_versions(); }
  std::optional<PlainValues> plain() const override {
    const std::optional<adapter::Number> as = body_->plain();
    return as ? std::optional(PlainValues{*as, kHeader}) : std::nullopt;
  }
  size_t payload_bytes(const adapter::AdapterLayout& layout) const override { return payload_size(layout.size()); }

  Payload encode(const adapter::AdapterState& state, Residual* residual, uint64_t seed) const override {
    const size_t count = state.values.size();
    Payload out(kHeader, '\0');
    kMagic.copy(out.data(), kMagic.size());
    out[4] = static_cast<char>(kVersion);
    out[5] = static_cast<char>(id_);
    store<uint64_t>(out, 8, count);
    out.reserve(payload_size(count));
    if (body_->plain() == adapter::Number::f32) {
      out.append(reinterpret_cast<const char*>(state.values.data()), sizeof(float) * count);   // without the zeros of a resize
    } else {
      out.resize(payload_size(count) - kChecksum);
      if (residual && body_->lossy()) write_owed(state.values, *residual, seed, out.data() + kHeader);
      else body_->write(state.values, seed, true, out.data() + kHeader);
    }
    const uint32_t checksum = crc32(out);
    out.append(reinterpret_cast<const char*>(&checksum), kChecksum);
    return out;
  }

  Result<adapter::AdapterState> decode(std::string_view payload, const adapter::LayoutPtr& layout, std::optional<uint32_t> crc32) const override {
    FEDLLM_RETURN_IF_ERROR(check(payload, *layout, crc32));
    if (const std::optional<PlainValues> values = plain()) return adapter::AdapterState{layout, widened(values->of(payload), layout->size())};
    adapter::AdapterState state = adapter::AdapterState::zeros(layout);
    FEDLLM_RETURN_IF_ERROR(body_->read(payload.data() + kHeader, state.values));
    return state;
  }

  Status check(std::string_view payload, const adapter::AdapterLayout& layout, std::optional<uint32_t> known_crc) const override {
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
    if (known_crc ? *known_crc != kWholeCrc : load<uint32_t>(payload, body.size()) != crc32(body))
      return refuse("the checksum does not match, so bytes were changed on the way");
    return {};
  }

 private:
  size_t payload_size(size_t count) const { return kOverhead + body_->bytes(count); }
  // What earlier encodes lost is sent with the rest; what this one loses is owed.
  void write_owed(const std::vector<float>& values, Residual& residual, uint64_t seed, char* out) const {
    if (residual.values.size() != values.size()) residual.values.assign(values.size(), 0.0f);
    std::vector<float> arrives(values.size(), 0.0f);
    for (size_t i = 0; i < values.size(); ++i) residual.values[i] += values[i];
    body_->write(residual.values, seed, false, out);
    (void)body_->read(out, arrives);   // of our own making: it is well formed
    for (size_t i = 0; i < values.size(); ++i) {
      const float wanted = residual.values[i];
      residual.values[i] = std::isfinite(wanted) ? wanted - arrives[i] : 0.0f;
    }
  }

  uint8_t id_;
  std::unique_ptr<Body> body_;
};

// In the order of spec::kCodecs, which is that of the ids in FORMAT.md.
std::unique_ptr<Body> make_body(size_t id, double density) {
  switch (id) {
    case 0: return f32_body();
    case 1: return f16_body();
    case 2: return bf16_body();
    case 3: return int8_body();
    case 4: return int4_body();
    case 5: return top_k_body(density);
    case 6: return random_mask_body(density);
    default: return sign_body();
  }
}

}  // namespace

std::vector<std::string> codec_names() { return {std::begin(spec::kCodecs), std::end(spec::kCodecs)}; }

Result<std::unique_ptr<Codec>> make_codec(std::string_view name, double density) {
  const auto found = std::find(std::begin(spec::kCodecs), std::end(spec::kCodecs), name);
  if (found == std::end(spec::kCodecs))
    return invalid_argument("expected a codec of " + join(codec_names(), ", ") + ", got \"" + std::string(name) + "\"", "codec.make");
  if (!(density > 0 && density <= 1)) return invalid_argument("expected a density in (0, 1], got " + std::to_string(density), "codec.make");
  const auto id = static_cast<size_t>(found - std::begin(spec::kCodecs));
  return std::unique_ptr<Codec>(std::make_unique<Framed>(static_cast<uint8_t>(id), make_body(id, density)));
}

double relative_error(const adapter::AdapterState& decoded, const adapter::AdapterState& wanted) {
  double apart = 0, whole = 0;
  for (size_t i = 0; i < wanted.values.size(); ++i) {
    const double difference = static_cast<double>(decoded.values[i]) - wanted.values[i];
    apart += difference * difference, whole += static_cast<double>(wanted.values[i]) * wanted.values[i];
  }
  const double error = std::sqrt(apart / whole);
  return std::isfinite(error) ? error : 0;
}

}  // namespace fedllm::codec
