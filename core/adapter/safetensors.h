// safetensors files: 8 bytes little-endian header length, JSON header, tensor data. Reading maps the file and checks every
// offset, shape and type against the file size before anything is touched; a truncated or overlapping file is DATA_LOSS
// with expected and got. Writing is canonical (sorted names, header padded to 8 bytes, {"format":"pt"} only), so equal
// tensors give equal files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/status.h"

namespace fedllm::adapter {

enum class DType { f32, f16, bf16, i64, i32, u8, f64, boolean };
size_t dtype_size(DType dtype);

struct TensorView {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
  int64_t elements() const;
};

class SafetensorsFile {
 public:
  static Result<SafetensorsFile> open(const std::string& path);
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  Result<TensorView> find(const std::string& name) const;
  const std::shared_ptr<const MappedFile>& map() const { return map_; }

 private:
  std::shared_ptr<const MappedFile> map_;
  std::map<std::string, TensorView> tensors_;
};

// f32, f16, bf16, f64 to float32.
Result<std::vector<float>> to_float(const TensorView& tensor);

struct TensorToWrite {
  std::string name;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;
  std::span<const std::byte> view;  // instead of bytes: owned by the caller until it is written
  std::span<const std::byte> content() const { return view.empty() ? std::span<const std::byte>(bytes) : view; }
};
TensorToWrite float_tensor(std::string name, std::vector<int64_t> shape, std::span<const float> values, DType dtype = DType::f32);
// f32 as it lies; `values` must live until it is written.
TensorToWrite view_tensor(std::string name, std::vector<int64_t> shape, std::span<const float> values);
std::string serialize_safetensors(std::vector<TensorToWrite> tensors);
// The same as a header and, in the order of their names, in which `tensors` are brought, their contents where they lie.
struct SafetensorsPieces {
  explicit SafetensorsPieces(std::vector<TensorToWrite>& tensors);
  SafetensorsPieces(const SafetensorsPieces&) = delete;
  std::string header;
  std::vector<std::string_view> all;  // the header's first
};
// What stands before the data of these tensors, which follows in the order of their names, without gaps.
struct TensorHead { std::string name; DType dtype = DType::f32; std::vector<int64_t> shape; uint64_t bytes = 0; };
std::string safetensors_header(std::vector<TensorHead> tensors);

}  // namespace fedllm::adapter
