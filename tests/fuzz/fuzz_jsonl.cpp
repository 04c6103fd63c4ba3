// libFuzzer target: the bytes are a JSONL file of records.
#include "read_records.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  fedllm::test::read_records({reinterpret_cast<const char*>(data), size}, fedllm::data::Format::jsonl);
  return 0;
}
