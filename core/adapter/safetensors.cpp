#include "adapter/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "adapter/half.h"

namespace fedllm::adapter {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian and used in place");

using Json = nlohmann::json;
constexpr const char* kWhere = "adapter.safetensors";
constexpr uint64_t kMaxHeader = 100'000'000;   // the format's own limit

struct DTypeName { std::string_view name; DType dtype; size_t size; };
constexpr DTypeName kDTypes[] = {{"F32", DType::f32, 4}, {"F16", DType::f16, 2},     {"BF16", DType::bf16, 2},
                                 {"I64", DType::i64, 8}, {"I32", DType::i32, 4},     {"U8", DType::u8, 1},
                                 {"F64", DType::f64, 8}, {"BOOL", DType::boolean, 1}};

const DTypeName& entry_of(DType dtype) {
  return *std::find_if(std::begin(kDTypes), std::end(kDTypes), [&](const DTypeName& d) { return d.dtype == dtype; });
}

std::string bytes_text(uint64_t n) { return std::to_string(n) + " bytes"; }

Status damaged(const std::string& path, const std::string& what) { return data_loss(path + ": " + what, kWhere); }

// Product of the shape times the element size; false when it does not fit 63 bits.
bool byte_count(const std::vector<int64_t>& shape, size_t element, uint64_t& bytes) {
  bytes = element;
  for (int64_t n : shape) {
    if (n >= 0 && !__builtin_mul_overflow(bytes, static_cast<uint64_t>(n), &bytes) && bytes <= INT64_MAX) continue;
    bytes = UINT64_MAX;   // not what is left of the product
    return false;
  }
  return true;
}

bool read_unsigned(const Json& json, uint64_t& out) {
  if (!json.is_number_unsigned()) return false;
  out = json.get<uint64_t>();
  return true;
}

// dtype, shape and offsets of one header entry, checked against each other and the data's size.
Status read_entry(const std::string& path, const std::string& name, const Json& json, std::span<const std::byte> data,
                  TensorView& out) {
  if (!json.is_object() || !json.contains("dtype") || !json["dtype"].is_string() || !json.contains("shape") ||
      !json["shape"].is_array() || !json.contains("data_offsets") || !json["data_offsets"].is_array() ||
      json["data_offsets"].size() != 2)
    return damaged(path, "tensor " + name + ": expected dtype, shape and two data_offsets in the header");
  const std::string dtype = json["dtype"];
  const auto known = std::find_if(std::begin(kDTypes), std::end(kDTypes), [&](const DTypeName& d) { return d.name == dtype; });
  if (known == std::end(kDTypes))
    return Status(Code::unimplemented, path + ": tensor " + name + " has type " + dtype + ", which this program does not read",
                  kWhere);
  for (const Json& n : json["shape"]) {
    uint64_t size = 0;
    if (!read_unsigned(n, size) || size > INT64_MAX)
      return damaged(path, "tensor " + name + ": expected whole numbers in its shape");
    out.shape.push_back(static_cast<int64_t>(size));
  }
  uint64_t begin = 0, end = 0, expected = 0;
  if (!read_unsigned(json["data_offsets"][0], begin) || !read_unsigned(json["data_offsets"][1], end) || begin > end)
    return damaged(path, "tensor " + name + ": expected data_offsets that ascend");
  if (end > data.size())
    return damaged(path, "tensor " + name + ": expected " + bytes_text(end) + " of tensor data, got " + bytes_text(data.size()) +
                             " (truncated file?)");
  if (!byte_count(out.shape, known->size, expected) || expected != end - begin)
    return damaged(path, "tensor " + name + ": its shape needs " +
                             (expected > INT64_MAX ? "2^63 bytes or more" : bytes_text(expected)) + ", its data_offsets hold " +
                             bytes_text(end - begin));
  out.name = name;
  out.dtype = known->dtype;
  out.bytes = data.subspan(begin, end - begin);
  return {};
}

// Tensors must tile the data: no overlap, no gap, nothing behind the last.
Status check_tiling(const std::string& path, const std::map<std::string, TensorView>& tensors, std::span<const std::byte> data) {
  std::vector<const TensorView*> order;
  for (const auto& [name, tensor] : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](auto* l, auto* r) {
    return std::pair(l->bytes.data(), l->bytes.size()) < std::pair(r->bytes.data(), r->bytes.size());
  });
  const std::byte* at = data.data();
  for (const TensorView* tensor : order) {
    if (tensor->bytes.data() < at)
      return damaged(path,
                     "tensor " + tensor->name + " overlaps the tensor before it by " + bytes_text(at - tensor->bytes.data()));
    if (tensor->bytes.data() > at)
      return damaged(path, "there are " + bytes_text(tensor->bytes.data() - at) + " of no tensor before " + tensor->name);
    at += tensor->bytes.size();
  }
  const uint64_t rest = static_cast<uint64_t>(data.data() + data.size() - at);
  return rest == 0 ? Status() : damaged(path, "there are " + bytes_text(rest) + " of no tensor at the end");
}

}  // namespace

size_t dtype_size(DType dtype) { return entry_of(dtype).size; }

int64_t TensorView::elements() const { return static_cast<int64_t>(bytes.size() / dtype_size(dtype)); }

Result<SafetensorsFile> SafetensorsFile::open(const std::string& path) {
  SafetensorsFile file;
  FEDLLM_ASSIGN_OR_RETURN(file.map_, MappedFile::open(path));
  const std::span<const std::byte> all = file.map_->bytes();
  uint64_t header_size = 0;
  if (all.size() < sizeof header_size) return damaged(path, "expected at least 8 bytes, got " + std::to_string(all.size()));
  std::memcpy(&header_size, all.data(), sizeof header_size);
  if (header_size > kMaxHeader)
    return damaged(
        path, "expected a header of at most 100000000 bytes, got " + std::to_string(header_size) + " (not a safetensors file?)");
  if (header_size > all.size() - 8)
    return damaged(
        path, "expected a header of " + bytes_text(header_size) + ", got " + bytes_text(all.size() - 8) + " (truncated file?)");
  const std::string_view header = file.map_->text().substr(8, header_size);
  const Json json = Json::parse(header.begin(), header.end(), nullptr, false);
  if (json.is_discarded() || !json.is_object()) return damaged(path, "the header is not a JSON object (not a safetensors file?)");
  const auto data = all.subspan(8 + header_size);
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__") continue;
    FEDLLM_RETURN_IF_ERROR(read_entry(path, name, entry, data, file.tensors_[name]));
  }
  FEDLLM_RETURN_IF_ERROR(check_tiling(path, file.tensors_, data));
  return file;
}

Result<TensorView> SafetensorsFile::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return not_found(map_->path() + ": there is no tensor " + name, kWhere);
  return found->second;
}

namespace {

// Tensor data may lie at odd addresses: memcpy, never a cast.
template <class T, class F>
std::vector<float> convert(const TensorView& tensor, F to) {
  std::vector<float> out(static_cast<size_t>(tensor.elements()));
  for (size_t i = 0; i < out.size(); ++i) {
    T raw;
    std::memcpy(&raw, tensor.bytes.data() + i * sizeof raw, sizeof raw);
    out[i] = to(raw);
  }
  return out;
}

template <class T, class F>
void append_all(std::vector<std::byte>& bytes, std::span<const float> values, F from) {
  bytes.resize(values.size() * sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    const T raw = from(values[i]);
    std::memcpy(bytes.data() + i * sizeof raw, &raw, sizeof raw);
  }
}

}  // namespace

Result<std::vector<float>> to_float(const TensorView& tensor) {
  switch (tensor.dtype) {
    case DType::f32: return convert<float>(tensor, [](float x) { return x; });
    case DType::f64: return convert<double>(tensor, [](double x) { return static_cast<float>(x); });
    case DType::f16: return convert<uint16_t>(tensor, half_to_float);
    case DType::bf16: return convert<uint16_t>(tensor, bfloat_to_float);
    default:
      return invalid_argument(
          "tensor " + tensor.name + ": expected F32, F16, BF16 or F64, got " + std::string(entry_of(tensor.dtype).name), kWhere);
  }
}

TensorToWrite float_tensor(std::string name, std::vector<int64_t> shape, std::span<const float> values, DType dtype) {
  TensorToWrite out{std::move(name), dtype, std::move(shape), {}, {}};
  switch (dtype) {
    case DType::f16: append_all<uint16_t>(out.bytes, values, float_to_half); break;
    case DType::bf16: append_all<uint16_t>(out.bytes, values, float_to_bfloat); break;
    case DType::f64: append_all<double>(out.bytes, values, [](float x) { return static_cast<double>(x); }); break;
    default: out.dtype = DType::f32; append_all<float>(out.bytes, values, [](float x) { return x; });
  }
  return out;
}

TensorToWrite view_tensor(std::string name, std::vector<int64_t> shape, std::span<const float> values) {
  return {std::move(name), DType::f32, std::move(shape), {}, std::as_bytes(values)};
}

std::string safetensors_header(std::vector<TensorHead> tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& l, const auto& r) { return l.name < r.name; });
  nlohmann::ordered_json header = {{"__metadata__", {{"format", "pt"}}}};
  uint64_t offset = 0;
  for (const TensorHead& tensor : tensors) {
    header[tensor.name] = {{"dtype", entry_of(tensor.dtype).name},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes}}};
    offset += tensor.bytes;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const uint64_t header_size = text.size();
  return std::string(reinterpret_cast<const char*>(&header_size), sizeof header_size) + text;
}

SafetensorsPieces::SafetensorsPieces(std::vector<TensorToWrite>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const auto& l, const auto& r) { return l.name < r.name; });
  std::vector<TensorHead> heads;
  for (const TensorToWrite& tensor : tensors) heads.push_back({tensor.name, tensor.dtype, tensor.shape, tensor.content().size()});
  header = safetensors_header(std::move(heads));
  all.push_back(header);
  for (const TensorToWrite& tensor : tensors) all.emplace_back(reinterpret_cast<const char*>(tensor.content().data()), tensor.content().size());
}

std::string serialize_safetensors(std::vector<TensorToWrite> tensors) {
  const SafetensorsPieces pieces(tensors);
  size_t size = 0;
  for (const std::string_view piece : pieces.all) size += piece.size();
  std::string out;
  out.reserve(size);
  for (const std::string_view piece : pieces.all) out.append(piece);
  return out;
}

}  // namespace fedllm::adapter
