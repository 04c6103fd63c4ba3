#include "data/token_text.h"

#include <algorithm>

namespace fedllm::data {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Without the replacement characters at its end: they may be the first bytes of a character.
std::string_view settled(std::string_view text) {
  while (text.ends_with(kReplacement)) text.remove_suffix(kReplacement.size());
  return text;
}

}  // namespace

TokenText::TokenText(std::shared_ptr<const Tokenizer> tokenizer, std::vector<std::string> stops) : tokenizer_(std::move(tokenizer)), stops_(std::move(stops)) {
  std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
}

size_t TokenText::find_stop(std::string_view text) const {
  size_t first = std::string_view::npos;
  for (const std::string& stop : stops_) first = std::min(first, text.find(stop));
  return first;
}

size_t TokenText::held_back(std::string_view text) const {
  size_t most = 0;
  for (const std::string& stop : stops_)
    for (size_t length = std::min(stop.size() - 1, text.size()); length > most; --length)
      if (text.ends_with(std::string_view(stop).substr(0, length))) most = length;
  return most;
}

// A later token may change what bytes before it mean; what was told stays, and the rest follows where it still fits.
std::string TokenText::tell(std::string_view whole, size_t end) {
  if (end <= told_.size() || !whole.starts_with(told_)) return {};
  const std::string fresh(whole.substr(told_.size(), end - told_.size()));
  told_ += fresh;
  return fresh;
}

std::string TokenText::add(int32_t id) {
  if (stopped_) return {};
  ids_.push_back(id);
  const std::string text = tokenizer_->decode(ids_);
  if (const size_t stop = find_stop(text); stop != std::string::npos) {
    stopped_ = true;
    return tell(text, stop);
  }
  const std::string_view sure = settled(text);
  return tell(text, sure.size() - held_back(sure));
}

std::string TokenText::finish() {
  if (stopped_) return {};
  const std::string text = tokenizer_->decode(ids_);
  return tell(text, text.size());
}

}  // namespace fedllm::data
