#include "adapter/gguf_writer.h"

#include <bit>

namespace fedllm::adapter {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF is written as numbers lie in memory");

constexpr const char* kWhere = "adapter.gguf";
constexpr uint64_t kAlignment = 32;
constexpr size_t kMaxName = 63;      // what ggml keeps of a tensor's name

template <class T>
void put(std::string& out, T value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); }

void put_text(std::string& out, const std::string& text) {
  put<uint64_t>(out, text.size());
  out += text;
}

uint64_t aligned(uint64_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

Status pad(FileSink& sink) {
  static const std::string zeros(kAlignment, '\0');
  return sink.append(std::string_view(zeros).substr(0, aligned(sink.size()) - sink.size()));
}

}  // namespace

void GgufWriter::key(const std::string& key, GgufType type) {
  ++count_;
  put_text(values_, key);
  put(values_, static_cast<uint32_t>(type));
}

void GgufWriter::array(const std::string& name, GgufType type, size_t count) {
  key(name, GgufType::array);
  put(values_, static_cast<uint32_t>(type));
  put<uint64_t>(values_, count);
}

void GgufWriter::text(const std::string& name, const std::string& value) {
  key(name, GgufType::string);
  put_text(values_, value);
}
void GgufWriter::u32(const std::string& name, uint32_t value) {
  key(name, GgufType::u32);
  put(values_, value);
}
void GgufWriter::f32(const std::string& name, float value) {
  key(name, GgufType::f32);
  put(values_, value);
}
void GgufWriter::boolean(const std::string& name, bool value) {
  key(name, GgufType::boolean);
  put<uint8_t>(values_, value);
}
void GgufWriter::texts(const std::string& name, const std::vector<std::string>& values) {
  array(name, GgufType::string, values.size());
  for (const std::string& value : values) put_text(values_, value);
}
void GgufWriter::f32s(const std::string& name, std::span<const float> values) {
  array(name, GgufType::f32, values.size());
  values_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}
void GgufWriter::i32s(const std::string& name, std::span<const int32_t> values) {
  array(name, GgufType::i32, values.size());
  values_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

void GgufWriter::tensor(const std::string& name, const std::vector<int64_t>& shape, uint32_t type, Fill fill) {
  uint64_t bytes = type == kGgmlF32 ? 4 : 2;
  for (const int64_t n : shape) bytes *= static_cast<uint64_t>(n);
  tensors_.push_back({name, shape, type, bytes, std::move(fill)});
}

void GgufWriter::tensor(const std::string& name, const std::vector<int64_t>& shape, std::span<const float> values) {
  tensor(name, shape, kGgmlF32, [values](FileSink& sink) { return sink.append(std::as_bytes(values)); });
}

Status GgufWriter::write(const std::string& path) const {
  std::string head = "GGUF";
  put<uint32_t>(head, 3);
  put<uint64_t>(head, tensors_.size());
  put<uint64_t>(head, count_);
  head += values_;
  uint64_t offset = 0;
  for (const Entry& entry : tensors_) {
    if (entry.name.size() > kMaxName)
      return invalid_argument("expected tensor names of at most 63 bytes for GGUF, got " + entry.name, kWhere);
    put_text(head, entry.name);
    put<uint32_t>(head, static_cast<uint32_t>(entry.shape.size()));
    for (size_t d = entry.shape.size(); d-- > 0;) put<uint64_t>(head, static_cast<uint64_t>(entry.shape[d]));
    put(head, entry.type);
    put(head, offset);
    offset += aligned(entry.bytes);
  }
  FEDLLM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSink> sink, FileSink::create(path));
  FEDLLM_RETURN_IF_ERROR(sink->append(head));
  FEDLLM_RETURN_IF_ERROR(pad(*sink));
  for (const Entry& entry : tensors_) {
    const uint64_t before = sink->size();
    FEDLLM_RETURN_IF_ERROR(entry.fill(*sink));
    if (sink->size() - before != entry.bytes)
      return internal_error(entry.name + ": expected " + std::to_string(entry.bytes) + " bytes, wrote " + std::to_string(sink->size() - before), kWhere);
    FEDLLM_RETURN_IF_ERROR(pad(*sink));
  }
  return sink->commit();
}

}  // namespace fedllm::adapter
