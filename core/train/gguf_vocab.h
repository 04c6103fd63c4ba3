// The tokenizer of a model folder as llama.cpp's key-value pairs (tokenizer.ggml.*), from tokenizer.json where it has a form
// llama.cpp knows: SentencePiece-style BPE with byte fallback ("llama"; scores follow the order of the merges) and byte-level
// BPE ("gpt2") with one of the pre-tokenizer patterns it has a name for. Otherwise the file gets no vocabulary, and the reason.
// Source: github.com/ggml-org/llama.cpp, gguf-py/gguf/vocab.py and conversion/base.py.
#pragma once

#include <string>

#include "adapter/gguf_writer.h"
#include "train/model_config.h"

namespace fedllm::train {

// Empty where the vocabulary was written, else why not. Errors are those of damaged files.
Result<std::string> add_gguf_vocabulary(const std::string& folder, int vocab_size, adapter::GgufWriter& writer);

}  // namespace fedllm::train
