#include "base/crc32.h"

#include <libdeflate.h>

namespace fedllm {

uint32_t crc32(std::string_view bytes, uint32_t so_far) { return libdeflate_crc32(so_far, bytes.data(), bytes.size()); }

}  // namespace fedllm
