// tests/bench/pytorch_lora.py, carried in the program so that `bench train --vs-python` works wherever it is installed.
#pragma once

#include <string_view>

namespace fedllm::app {

std::string_view reference_script();

}  // namespace fedllm::app
