// libFuzzer target: the bytes are a config.json.
#include "read_models.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  fedllm::test::read_model_config({reinterpret_cast<const char*>(data), size});
  return 0;
}
