#include "base/crc32.h"

#ifdef FEDLLM_OWN_DIGESTS
#include "base/own_digest.h"
#else
#include <libdeflate.h>
#endif

namespace fedllm {

uint32_t crc32(std::string_view bytes, uint32_t so_far) {
#ifdef FEDLLM_OWN_DIGESTS
  return own_crc32(bytes, so_far);
#else
  return libdeflate_crc32(so_far, bytes.data(), bytes.size());
#endif
}

}  // namespace fedllm
