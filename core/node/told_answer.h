// An answer told while its tokens come: text only in whole characters and never a part of a stop text (data::TokenText).
// Blocks its thread for one generation; stopping returns CANCELLED. Errors: one sentence, the one of `fedllm generate`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/stop_token.h"
#include "data/tokenizer.h"
#include "train/backend.h"
#include "wire/control.pb.h"

namespace fedllm::node {

struct Listener {
  std::function<void(const std::string& text, int tokens)> on_text;   // new text, perhaps none, and the tokens so far
  StopFlag stop;
};

// Length, sampling and likeliest tokens as the request asks; INVALID_ARGUMENT where a number has no meaning.
Result<train::GenerateOptions> generate_options(const wire::TryRequest& request);

struct Speaker {
  train::Backend* backend;
  const train::BaseModel* base;
  const adapter::AdapterState* adapter;   // null: the base itself
  std::shared_ptr<const data::Tokenizer> tokenizer;
};
// The reply's answer, first choices, counts, rate and end; `options.on_token` and `options.stop` are the listener's.
Result<wire::TryReply> tell_answer(const Speaker& speaker, std::span<const int32_t> prompt, train::GenerateOptions options,
                                   const std::vector<std::string>& stops, const Listener& listener);

}  // namespace fedllm::node
