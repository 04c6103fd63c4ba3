// GGUF files (ggml's model format, version 2 and 3, little-endian): a header, key-value pairs, tensor descriptions, aligned
// tensor data. Reading maps the file and checks every length, count, offset and size against the file before anything is
// allocated in proportion to it; a truncated or contradictory file is DATA_LOSS. Quantised tensors are listed, not decoded.
// Source: github.com/ggml-org/ggml, docs/gguf.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/status.h"

namespace fedllm::adapter {

enum class GgufType : uint32_t { u8 = 0, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64 };
inline constexpr uint32_t kGgmlF32 = 0, kGgmlF16 = 1, kGgmlBf16 = 30;
// "F32", "Q4_K"; "type 77" where unknown.
std::string ggml_type_name(uint32_t type);

struct GgufValue {
  GgufType type = GgufType::u8;          // of the elements, for an array
  bool is_array = false;
  uint64_t count = 1;
  std::span<const std::byte> bytes;      // the numbers as they lie
  std::vector<std::string_view> texts;   // strings; they live as long as the file's map
  std::optional<double> number(size_t index = 0) const;
  std::optional<int64_t> whole(size_t index = 0) const;
};

struct GgufTensor {
  std::string name;
  std::vector<uint64_t> dims;            // innermost first: [in, out] of a weight [out, in]
  uint32_t type = 0;
  std::span<const std::byte> bytes;
  uint64_t elements() const;
};

class GgufFile {
 public:
  static Result<GgufFile> open(const std::string& path);
  uint32_t version() const { return version_; }
  const std::map<std::string, GgufValue>& values() const { return values_; }
  const std::vector<GgufTensor>& tensors() const { return tensors_; }   // in the file's order
  const GgufTensor* tensor(const std::string& name) const;
  std::string text(const std::string& key) const;                       // empty where absent or no text
  std::optional<double> number(const std::string& key) const;

 private:
  std::shared_ptr<const MappedFile> map_;
  uint32_t version_ = 0;
  std::map<std::string, GgufValue> values_;
  std::vector<GgufTensor> tensors_;
};

// F32, F16 and BF16 to float32.
Result<std::vector<float>> to_float(const GgufTensor& tensor);

}  // namespace fedllm::adapter
