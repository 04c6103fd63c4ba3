// A ticket as a QR code for a terminal: UTF-8 half blocks, two rows of the code in one line, a quiet zone of four around it,
// light on dark as most terminals are: colours are set, so that it can be scanned on any. Empty when the text does not fit.
#pragma once

#include <string>

namespace fedllm::lab {

std::string qr_for_terminal(const std::string& text);

}  // namespace fedllm::lab
