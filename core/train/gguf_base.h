// A base model of the llama architecture as a GGUF file for llama.cpp: weights in the checkpoint's own type (vectors as F32,
// as llama.cpp expects them), rows of queries and keys in its order, the tokenizer where tokenizer.json has a form it knows.
// Configurations that llama.cpp's llama does not compute (a sliding window, dynamic scaling) are UNIMPLEMENTED by name.
#pragma once

#include <string>

#include "train/model_folder.h"

namespace fedllm::train {

struct GgufBaseResult { int64_t bytes = 0; std::string no_vocabulary; };   // why there is none, or empty
Result<GgufBaseResult> write_gguf_base(const ModelFolder& model, const std::string& name, const std::string& path);

}  // namespace fedllm::train
