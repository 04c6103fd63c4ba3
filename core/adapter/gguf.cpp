#include "adapter/gguf.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include "adapter/half.h"
#include "base/text.h"

namespace fedllm::adapter {
namespace {

constexpr const char* kWhere = "adapter.gguf";
constexpr uint32_t kMagic = 0x46554747;        // "GGUF"
constexpr uint64_t kMaxKey = 65535, kMaxTensors = 1 << 20, kMaxDims = 4, kDefaultAlignment = 32;

struct GgmlType { uint32_t id; const char* name; uint64_t block, bytes; };
constexpr GgmlType kTypes[] = {
    {0, "F32", 1, 4},        {1, "F16", 1, 2},       {2, "Q4_0", 32, 18},      {3, "Q4_1", 32, 20},     {6, "Q5_0", 32, 22},
    {7, "Q5_1", 32, 24},     {8, "Q8_0", 32, 34},    {9, "Q8_1", 32, 36},      {10, "Q2_K", 256, 84},   {11, "Q3_K", 256, 110},
    {12, "Q4_K", 256, 144},  {13, "Q5_K", 256, 176}, {14, "Q6_K", 256, 210},   {15, "Q8_K", 256, 292},  {16, "IQ2_XXS", 256, 66},
    {17, "IQ2_XS", 256, 74}, {18, "IQ3_XXS", 256, 98}, {19, "IQ1_S", 256, 50}, {20, "IQ4_NL", 32, 18},  {21, "IQ3_S", 256, 110},
    {22, "IQ2_S", 256, 82},  {23, "IQ4_XS", 256, 136}, {24, "I8", 1, 1},       {25, "I16", 1, 2},       {26, "I32", 1, 4},
    {27, "I64", 1, 8},       {28, "F64", 1, 8},      {29, "IQ1_M", 256, 56},   {30, "BF16", 1, 2},      {34, "TQ1_0", 256, 54},
    {35, "TQ2_0", 256, 66},  {39, "MXFP4", 32, 17}};

const GgmlType* type_of(uint32_t id) {
  const auto found = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const GgmlType& t) { return t.id == id; });
  return found == std::end(kTypes) ? nullptr : &*found;
}

// Bytes of one value; 0 for a string, an array and what is no type.
uint64_t size_of(GgufType type) {
  switch (type) {
    case GgufType::u8: case GgufType::i8: case GgufType::boolean: return 1;
    case GgufType::u16: case GgufType::i16: return 2;
    case GgufType::u32: case GgufType::i32: case GgufType::f32: return 4;
    case GgufType::u64: case GgufType::i64: case GgufType::f64: return 8;
    default: return 0;
  }
}

// A place in the file; the first thing that does not fit stays the error.
class Cursor {
 public:
  Cursor(std::span<const std::byte> bytes, const std::string& path) : bytes_(bytes), path_(path) {}
  const Status& status() const { return status_; }
  bool ok() const { return status_.ok(); }
  uint64_t at() const { return at_; }
  uint64_t left() const { return bytes_.size() - at_; }

  void fail(const std::string& what) {
    if (status_.ok()) status_ = data_loss(path_ + ": " + what, kWhere);
  }
  std::span<const std::byte> take(uint64_t size, const std::string& what) {
    if (ok() && size > left())
      fail("expected " + std::to_string(size) + " bytes of " + what + ", got " + std::to_string(left()) + " (truncated file?)");
    if (!ok()) return {};
    const auto part = bytes_.subspan(at_, size);
    at_ += size;
    return part;
  }
  template <class T>
  T number(const std::string& what) {
    T value{};
    const auto bytes = take(sizeof value, what);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view text(const std::string& what) {
    const auto bytes = take(number<uint64_t>("the length of " + what), what);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::span<const std::byte> bytes_;
  std::string path_;
  uint64_t at_ = 0;
  Status status_;
};

std::string printable(std::string_view name) {
  return invalid_utf8_at(name) == std::string_view::npos ? shortened(name, 100) : "(not UTF-8)";
}

GgufValue read_value(Cursor& in, const std::string& key) {
  GgufValue value;
  uint32_t type = in.number<uint32_t>("the type of " + key);
  if (in.ok() && type == static_cast<uint32_t>(GgufType::array)) {
    value.is_array = true;
    type = in.number<uint32_t>("the element type of " + key);
    value.count = in.number<uint64_t>("the length of " + key);
  }
  value.type = static_cast<GgufType>(type);
  if (value.type == GgufType::string) {
    if (in.ok() && value.count > in.left() / 8) in.fail(key + ": expected at most " + std::to_string(in.left() / 8) + " texts in what is left of the file, got " + std::to_string(value.count));
    for (uint64_t i = 0; i < value.count && in.ok(); ++i) value.texts.push_back(in.text("the text of " + key));
  } else if (const uint64_t size = size_of(value.type); size > 0) {
    if (in.ok() && value.count > in.left() / size) in.fail(key + ": expected at most " + std::to_string(in.left() / size) + " values in what is left of the file, got " + std::to_string(value.count));
    else value.bytes = in.take(value.count * size, "the value of " + key);
  } else {
    in.fail(key + ": a value of type " + std::to_string(type) + " is not supported" + (value.is_array ? " in an array" : ""));
  }
  return value;
}

GgufTensor read_tensor(Cursor& in, uint64_t& offset) {
  GgufTensor tensor;
  tensor.name = in.text("a tensor's name");
  const uint32_t dims = in.number<uint32_t>("the number of dimensions of " + printable(tensor.name));
  if (in.ok() && (dims < 1 || dims > kMaxDims))
    in.fail("tensor " + printable(tensor.name) + ": expected 1 to 4 dimensions, got " + std::to_string(dims));
  for (uint32_t d = 0; d < dims && in.ok(); ++d) tensor.dims.push_back(in.number<uint64_t>("the sizes of " + printable(tensor.name)));
  tensor.type = in.number<uint32_t>("the type of " + printable(tensor.name));
  offset = in.number<uint64_t>("the offset of " + printable(tensor.name));
  return tensor;
}

// Bytes of a tensor, or an error.
uint64_t tensor_bytes(Cursor& in, const GgufTensor& tensor) {
  const GgmlType* type = type_of(tensor.type);
  if (!type) {
    in.fail("tensor " + printable(tensor.name) + ": type " + std::to_string(tensor.type) + " is not known");
    return 0;
  }
  uint64_t elements = 1, bytes = 0;
  for (const uint64_t n : tensor.dims)
    if (n == 0 || __builtin_mul_overflow(elements, n, &elements) || elements > INT64_MAX) {
      in.fail("tensor " + printable(tensor.name) + ": expected sizes of 1 or more whose product fits 63 bits");
      return 0;
    }
  if (tensor.dims[0] % type->block != 0) {
    in.fail("tensor " + printable(tensor.name) + ": expected rows of a multiple of " + std::to_string(type->block) + " values (" + type->name +
            "), got " + std::to_string(tensor.dims[0]));
    return 0;
  }
  if (__builtin_mul_overflow(elements / type->block, type->bytes, &bytes)) in.fail("tensor " + printable(tensor.name) + " is too large");
  return bytes;
}

void check_overlap(Cursor& in, const std::vector<GgufTensor>& tensors) {
  std::vector<const GgufTensor*> order;
  for (const GgufTensor& tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](auto* l, auto* r) { return l->bytes.data() < r->bytes.data(); });
  for (size_t i = 1; i < order.size(); ++i)
    if (order[i]->bytes.data() < order[i - 1]->bytes.data() + order[i - 1]->bytes.size())
      in.fail("the tensors " + printable(order[i - 1]->name) + " and " + printable(order[i]->name) + " overlap");
}

template <class T>
T read_at(std::span<const std::byte> bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

template <class T, class F>
std::vector<float> converted(const GgufTensor& tensor, F to) {
  std::vector<float> out(tensor.elements());
  for (size_t i = 0; i < out.size(); ++i) out[i] = to(read_at<T>(tensor.bytes, i));
  return out;
}

}  // namespace

std::string ggml_type_name(uint32_t type) {
  const GgmlType* known = type_of(type);
  return known ? known->name : "type " + std::to_string(type);
}

std::optional<int64_t> GgufValue::whole(size_t index) const {
  if (index >= count || bytes.empty()) return std::nullopt;
  switch (type) {
    case GgufType::u8: case GgufType::boolean: return read_at<uint8_t>(bytes, index);
    case GgufType::i8: return read_at<int8_t>(bytes, index);
    case GgufType::u16: return read_at<uint16_t>(bytes, index);
    case GgufType::i16: return read_at<int16_t>(bytes, index);
    case GgufType::u32: return read_at<uint32_t>(bytes, index);
    case GgufType::i32: return read_at<int32_t>(bytes, index);
    case GgufType::u64: return static_cast<int64_t>(read_at<uint64_t>(bytes, index));
    case GgufType::i64: return read_at<int64_t>(bytes, index);
    default: return std::nullopt;
  }
}

std::optional<double> GgufValue::number(size_t index) const {
  if (index >= count || bytes.empty()) return std::nullopt;
  if (type == GgufType::f32) return read_at<float>(bytes, index);
  if (type == GgufType::f64) return read_at<double>(bytes, index);
  if (const auto value = whole(index)) return static_cast<double>(*value);
  return std::nullopt;
}

uint64_t GgufTensor::elements() const {
  uint64_t count = 1;
  for (const uint64_t n : dims) count *= n;
  return count;
}

Result<GgufFile> GgufFile::open(const std::string& path) {
  GgufFile file;
  FEDLLM_ASSIGN_OR_RETURN(file.map_, MappedFile::open(path));
  Cursor in(file.map_->bytes(), path);
  if (in.number<uint32_t>("the magic") != kMagic) in.fail("expected a GGUF file, got other bytes at its start");
  file.version_ = in.number<uint32_t>("the version");
  if (in.ok() && file.version_ != 2 && file.version_ != 3)
    in.fail("expected GGUF version 2 or 3, got " + std::to_string(file.version_));
  const uint64_t tensors = in.number<uint64_t>("the number of tensors"), values = in.number<uint64_t>("the number of values");
  if (in.ok() && (tensors > kMaxTensors || values > in.left() / 13))
    in.fail("expected at most 2^20 tensors and as many values as the file can hold, got " + std::to_string(tensors) + " and " + std::to_string(values));
  for (uint64_t i = 0; i < values && in.ok(); ++i) {
    const std::string key(in.text("a key"));
    if (in.ok() && (key.empty() || key.size() > kMaxKey || invalid_utf8_at(key) != std::string::npos)) in.fail("a key is empty, too long or not UTF-8");
    GgufValue value = read_value(in, printable(key));
    if (in.ok() && !file.values_.emplace(key, std::move(value)).second) in.fail("the key " + printable(key) + " is given twice");
  }
  const auto stated = file.values_.find("general.alignment");
  const uint64_t alignment = stated == file.values_.end() ? kDefaultAlignment : static_cast<uint64_t>(stated->second.whole().value_or(0));
  if (in.ok() && (alignment < 8 || alignment > (1 << 20) || !std::has_single_bit(alignment)))
    in.fail("expected a power of two from 8 to 2^20 for general.alignment, got " + std::to_string(alignment));
  std::vector<uint64_t> offsets;
  std::set<std::string> names;
  for (uint64_t i = 0; i < tensors && in.ok(); ++i) {
    file.tensors_.push_back(read_tensor(in, offsets.emplace_back()));
    if (in.ok() && !names.insert(file.tensors_.back().name).second) in.fail("the tensor " + printable(file.tensors_.back().name) + " is given twice");
  }
  if (!in.ok()) return in.status();
  const uint64_t data = std::min<uint64_t>((in.at() + alignment - 1) / alignment * alignment, file.map_->bytes().size());
  const auto bytes = file.map_->bytes().subspan(data);
  for (size_t i = 0; i < file.tensors_.size() && in.ok(); ++i) {
    const uint64_t size = tensor_bytes(in, file.tensors_[i]);
    const std::string name = "tensor " + printable(file.tensors_[i].name);
    if (offsets[i] % alignment != 0) in.fail(name + ": expected an offset that is a multiple of " + std::to_string(alignment) + ", got " + std::to_string(offsets[i]));
    if (in.ok() && (offsets[i] > bytes.size() || size > bytes.size() - offsets[i]))
      in.fail(name + ": expected " + std::to_string(size) + " bytes at " + std::to_string(offsets[i]) + ", got data of " + std::to_string(bytes.size()) + " (truncated file?)");
    if (in.ok()) file.tensors_[i].bytes = bytes.subspan(offsets[i], size);
  }
  if (in.ok()) check_overlap(in, file.tensors_);
  if (!in.ok()) return in.status();
  return file;
}

const GgufTensor* GgufFile::tensor(const std::string& name) const {
  const auto found = std::find_if(tensors_.begin(), tensors_.end(), [&](const GgufTensor& t) { return t.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

std::string GgufFile::text(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end() || found->second.is_array || found->second.texts.empty()) return {};
  return std::string(found->second.texts[0]);
}

std::optional<double> GgufFile::number(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end() || found->second.is_array) return std::nullopt;
  return found->second.number();
}

Result<std::vector<float>> to_float(const GgufTensor& tensor) {
  if (tensor.type == kGgmlF32) return converted<float>(tensor, [](float x) { return x; });
  if (tensor.type == kGgmlF16) return converted<uint16_t>(tensor, half_to_float);
  if (tensor.type == kGgmlBf16) return converted<uint16_t>(tensor, bfloat_to_float);
  return invalid_argument("tensor " + tensor.name + ": expected F32, F16 or BF16, got " + ggml_type_name(tensor.type), kWhere);
}

}  // namespace fedllm::adapter
