// CRC-32 (ISO-HDLC: polynomial 0x04c11db7 reflected, as in zip and PNG); detects accidents, not forgery.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedllm {

uint32_t crc32(std::string_view bytes, uint32_t so_far = 0);

}  // namespace fedllm
