// TryIt: one prompt, one adapter of a run, answered as it comes; and the prompts worth clicking. Holds the last few runs'
// tokenizer, base model and adapters, so that a slider over rounds answers at once. Thread-safe; a call blocks its thread
// for one generation (never call it on a gRPC callback thread or the window's). Errors: one sentence; NOT_FOUND names the
// rounds or clients that have an adapter.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/home.h"
#include "base/status.h"
#include "ledger/ledger.h"
#include "node/told_answer.h"
#include "train/backend.h"
#include "wire/control.pb.h"

namespace fedllm::node {

class TryIt {
 public:
  // `open_backend` is called on the first prompt only (train::open_backend, or a test's backend).
  TryIt(ledger::Ledger& ledger, std::function<Result<train::Backend*>()> open_backend, HomePaths paths);
  ~TryIt();
  // round -1: base model; client -1: the global adapter of `round`, else that client's own. `right` compares with
  // `expected` (ends trimmed); max_new_tokens 0 means 32. The listener hears the text while it comes, ends not yet trimmed.
  Result<wire::TryReply> try_prompt(const wire::TryRequest& request, const Listener& listener = {});
  // About 8 held-out records a topic, then the controls; prompts carry the run's template, so they go back verbatim.
  Result<wire::TryItemsReply> try_items(const std::string& run);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fedllm::node
