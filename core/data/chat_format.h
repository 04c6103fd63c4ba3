// Prompt formats by name: how the turns of a conversation become one text, exactly as the models' own chat templates render
// them (chat_template of tokenizer_config.json, rendered with trim_blocks and lstrip_blocks as Hugging Face does):
//   raw      the texts alone; end-of-text after each answer
//   alpaca   Stanford Alpaca's two preambles (with "### Input:" and without); a system turn stands in their place
//   chatml   OpenAI's ChatML as in TRL and Qwen without a default system turn      llama-2  Llama-2-7b-chat-hf
//   llama-3  Meta-Llama-3-8B-Instruct            mistral  Mistral-7B-Instruct-v0.2, with its folded system turn
//   zephyr   zephyr-7b-beta (no BOS)             gemma    gemma-3-it; gemma-it and gemma-2-it are the same but refuse system
//   phi-3    Phi-3-mini-4k-instruct, July 2024 (no BOS, end-of-text after everything)
// BOS and EOS stand as marks that become the tokenizer's own. Scored is what the assistant writes, its end-of-turn token
// included, never a newline behind that. Errors: turns that a format cannot say, one sentence. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/dataset.h"
#include "data/tokenizer.h"
#include "data/turns.h"

namespace fedllm::data {

Result<RenderedRecord> render_turns(const std::vector<Turn>& turns, std::string_view format);
// What a model is asked with: the turns and the opening of the assistant's next one; nothing is scored.
Result<RenderedRecord> render_prompt(const std::vector<Turn>& turns, std::string_view format);
// The turns of a record under a resolved template whose name is a format: its conversation where it has one, else its
// single turn, behind the template's system text where it has none of its own.
Result<std::vector<Turn>> record_turns(const Record& record, const spec::TemplateSpec& resolved);
Result<RenderedRecord> render_chat(const Record& record, const spec::TemplateSpec& resolved);

// The tokens that a format writes as text (<|im_start|> …), without BOS and EOS.
std::vector<std::string> control_tokens(std::string_view format);
// Where the tokenizer lacks what the format writes: one sentence each, empty: it has everything.
std::vector<std::string> format_warnings(std::string_view format, const Tokenizer& tokenizer);
// The id of `text` where the tokenizer reads all of it as one token, else -1.
int32_t single_token(const Tokenizer& tokenizer, std::string_view text);
// What ends an answer in the format: its end-of-turn token where the tokenizer has it, else the tokenizer's EOS (-1: none).
int32_t stop_token(std::string_view format, const Tokenizer& tokenizer);
// Marks replaced by the tokenizer's own BOS and EOS; what it lacks or would not add is left out.
RenderedRecord with_own_tokens(const RenderedRecord& rendered, const Tokenizer& tokenizer);

}  // namespace fedllm::data
