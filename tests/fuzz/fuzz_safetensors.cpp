// libFuzzer target: the bytes are a safetensors file.
#include "read_models.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  fedllm::test::read_safetensors({reinterpret_cast<const char*>(data), size});
  return 0;
}
