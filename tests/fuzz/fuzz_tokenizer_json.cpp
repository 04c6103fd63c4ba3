// libFuzzer target: the bytes are a tokenizer.json.
#include "read_tokenizers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  fedllm::test::read_tokenizer_json({reinterpret_cast<const char*>(data), size});
  return 0;
}
