// Writes a GGUF file (version 3): key-value pairs and tensors in the order given, data aligned to 32 bytes and streamed, so
// that no tensor need be in memory whole. The same pairs and tensors give the same file.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "adapter/gguf.h"
#include "base/file_sink.h"

namespace fedllm::adapter {

class GgufWriter {
 public:
  void text(const std::string& key, const std::string& value);
  void u32(const std::string& key, uint32_t value);
  void f32(const std::string& key, float value);
  void boolean(const std::string& key, bool value);
  void texts(const std::string& key, const std::vector<std::string>& values);
  void f32s(const std::string& key, std::span<const float> values);
  void i32s(const std::string& key, std::span<const int32_t> values);

  // Appends exactly the tensor's bytes.
  using Fill = std::function<Status(FileSink& sink)>;
  // `shape` outermost first ([out, in]), as safetensors says it; `type` F32, F16 or BF16.
  void tensor(const std::string& name, const std::vector<int64_t>& shape, uint32_t type, Fill fill);
  // F32; the values must live until it is written.
  void tensor(const std::string& name, const std::vector<int64_t>& shape, std::span<const float> values);
  Status write(const std::string& path) const;

 private:
  struct Entry { std::string name; std::vector<int64_t> shape; uint32_t type; uint64_t bytes; Fill fill; };
  void key(const std::string& key, GgufType type);
  void array(const std::string& key, GgufType type, size_t count);

  std::string values_;
  uint64_t count_ = 0;
  std::vector<Entry> tensors_;
};

}  // namespace fedllm::adapter
